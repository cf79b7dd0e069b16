//! Runs this program once more.

use std::process::{Command, Output, Stdio};

/// The second run, under this command, or by itself if there is none.
pub(crate) fn run(under: &[&str], check: &str) -> Output {
    let program = std::env::current_exe().expect("the program's path");
    let mut words = under.iter().map(|word| (*word).to_owned()).chain([program.display().to_string()]);
    let mut command = Command::new(words.next().expect("a command"));
    command.args(words).args([check, "inside"]).stderr(Stdio::inherit());
    let output = command.output().unwrap_or_else(|error| panic!("{under:?} does not start: {error}"));
    assert!(output.status.success(), "the second run failed: {}", output.status);
    output
}

/// The text that the second run has printed.
pub(crate) fn text(output: Output) -> String {
    String::from_utf8(output.stdout).expect("a text")
}
