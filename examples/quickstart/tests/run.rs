//! The whole run, as a newcomer starts it.

use std::process::Command;

#[test]
fn all_is_as_it_should_be_and_no_colour_leaks_into_a_pipe() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_quickstart")).env_remove("CLICOLOR_FORCE").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert_eq!(output.stderr, b"");
    assert!(!text.contains('\u{1b}'), "{text}");

    // 34 documented deliveries; and an unknown event and four that must not get through for each sender.
    let rows = |what: &str| text.lines().filter(|line| line.starts_with('✓') && line.contains(what)).count();
    assert_eq!(rows(" 200 OK "), 34 + 5, "{text}");
    assert_eq!(rows(" 401 invalid signature "), 5 * 4, "{text}");
    assert!(text.contains("59 deliveries, all answered as they should in "), "{text}");
}
