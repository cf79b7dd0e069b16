//! `countersign`: webhooks from the shell. Bytes in, one line or table out, `--json` for machines.
//!
//! Exit code 0: valid, accepted, all right. 1: refused. 2: a wrong usage, or a file or network that fails.

mod cli;
mod commands;
mod failure;
mod http1;
mod input;
mod output;
mod payload;
mod secrets;
mod sender;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let mut out = anstream::stdout();
    match commands::run(cli.command, &mut out) {
        Ok(verdict) => verdict.into(),
        Err(failure) => failure.report(),
    }
}
