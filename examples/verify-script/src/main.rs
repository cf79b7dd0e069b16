//! `SECRET=… verify-script sha256=… < body` exits 0 if the signature is genuine, and 1 with the reason if it is not.

use std::error::Error;
use std::io::Read;
use std::process::ExitCode;

use countersign::Secret;

const LIMIT: u64 = 1024 * 1024;

fn main() -> ExitCode {
    let Err(reason) = run() else { return ExitCode::SUCCESS };
    #[expect(clippy::print_stderr, reason = "a script talks to a terminal")]
    (eprintln!("{reason}"));
    ExitCode::FAILURE
}

fn run() -> Result<(), Box<dyn Error>> {
    let header = std::env::args_os().nth(1).ok_or("usage: SECRET=… verify-script sha256=… < body")?;
    let secret = Secret::from_env("SECRET")?;
    let (mut body, mut input) = (Vec::new(), std::io::stdin().lock().take(LIMIT + 1));
    input.read_to_end(&mut body)?;
    if input.limit() == 0 {
        return Err("body is over 1 MiB".into());
    }
    Ok(countersign::verify(&secret, body, header.as_encoded_bytes())?)
}
