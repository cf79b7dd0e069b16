//! `SECRET=… verify-script sha256=… < body` exits 0 if the signature is genuine, 1 if not, 2 if that cannot be told.

use std::io::Read;
use std::process::ExitCode;

use countersign::{Secret, VerifyError};

fn main() -> ExitCode {
    let (code, message) = match run() {
        Ok(Ok(())) => return ExitCode::SUCCESS,
        Ok(Err(refusal)) => (1, refusal.to_string()),
        Err(trouble) => (2, trouble.to_string()),
    };
    #[expect(clippy::print_stderr, reason = "a script talks to a terminal")]
    (eprintln!("{message}"));
    ExitCode::from(code)
}

fn run() -> Result<Result<(), VerifyError>, Box<dyn std::error::Error>> {
    let header = std::env::args_os().nth(1).ok_or("usage: SECRET=… verify-script sha256=… < body")?;
    let secret = Secret::from_env("SECRET")?;
    let mut body = Vec::new();
    let mut input = std::io::stdin().lock().take(1024 * 1024);
    input.read_to_end(&mut body)?;
    if input.limit() == 0 {
        return Err("body is not under 1 MiB".into());
    }
    Ok(countersign::verify(&secret, body, header.as_encoded_bytes()))
}
