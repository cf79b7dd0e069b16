//! The whole run, as a newcomer starts it.

use std::process::Command;

#[test]
fn every_answer_is_right_and_a_pipe_gets_no_colour() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_quickstart")).env_remove("CLICOLOR_FORCE").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert_eq!(output.stderr, b"");
    assert!(!text.contains('\u{1b}'), "{text}");

    // 34 documented deliveries, and for each provider an unknown event and four forgeries.
    let rows = |what: &str| text.lines().filter(|line| line.starts_with('✓') && line.contains(what)).count();
    assert_eq!(rows(" 200 OK "), 34 + 5, "{text}");
    assert_eq!(rows(" 401 invalid signature "), 5 * 4, "{text}");
    assert!(text.contains("59 deliveries, all answered as they should in "), "{text}");
}
