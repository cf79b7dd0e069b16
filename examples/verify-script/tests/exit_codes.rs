//! The exit codes, with GitHub's published example.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::io::{ErrorKind, Write};
use std::process::{Command, Output, Stdio};

const GENUINE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
const SECRET: &str = "It's a Secret to Everybody";

/// `SECRET`, the arguments and the body; then the exit code and stderr.
type Case<'a> = (Option<&'a str>, &'a [&'a str], &'a [u8], i32, &'a str);

#[track_caller]
fn run(secret: Option<&str>, arguments: &[&str], body: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_verify-script"));
    command.args(arguments).env_remove("SECRET").envs(secret.map(|text| ("SECRET", text)));
    let mut script =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The script does not read the body if it refuses its arguments.
    if let Err(error) = script.stdin.take().unwrap().write_all(body) {
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    }
    script.wait_with_output().unwrap()
}

#[test]
fn the_exit_code_and_one_line_are_the_verdict() {
    let one_digit_changed = GENUINE.replace("e17", "e18");
    let full = vec![b'.'; 1024 * 1024];
    let over = vec![b'.'; 1024 * 1024 + 1];
    let cases: [Case; 10] = [
        (Some(SECRET), &[GENUINE], b"Hello, World!", 0, ""),
        (Some(SECRET), &[&one_digit_changed], b"Hello, World!", 1, "signature does not match the body\n"),
        (Some(SECRET), &[GENUINE], b"Hello, World!\n", 1, "signature does not match the body\n"),
        (Some("another"), &[GENUINE], b"Hello, World!", 1, "signature does not match the body\n"),
        (
            Some(SECRET),
            &["sha1=757107ea"],
            b"Hello, World!",
            1,
            "signature does not begin with the scheme's prefix\n",
        ),
        (Some(SECRET), &[GENUINE], &full, 1, "signature does not match the body\n"),
        (Some(SECRET), &[GENUINE], &over, 1, "body is over 1 MiB\n"),
        (Some(SECRET), &[], b"", 1, "usage: SECRET=… verify-script sha256=… < body\n"),
        (Some(""), &[GENUINE], b"", 1, "SECRET: secret is empty\n"),
        (None, &[GENUINE], b"", 1, "environment variable SECRET is not set\n"),
    ];
    for (secret, arguments, body, code, message) in cases {
        let output = run(secret, arguments, body);
        let case = format!("{arguments:?}, {} bytes", body.len());
        assert_eq!(output.status.code(), Some(code), "{case}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), message, "{case}");
        assert_eq!(output.stdout, b"", "{case}");
    }
}
