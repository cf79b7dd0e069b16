//! Checks that the comparison of tags takes the same time for every tag. The README explains how.
//!
//! Each check runs the program a second time, with `inside`: under Valgrind, or to measure times. It reads what that run prints.

mod cases;
mod controls;
mod instructions;
mod outside;
mod secrets;
mod time;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let passed = match arguments[..] {
        ["instructions"] => instructions::check(),
        ["instructions", "inside"] => instructions::inside(),
        ["secrets"] => secrets::check(),
        ["secrets", "inside"] => secrets::inside(),
        ["time"] => time::check(),
        ["time", "inside"] => time::inside(),
        _ => {
            eprintln!("say instructions, secrets or time");
            return ExitCode::from(2);
        }
    };
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
