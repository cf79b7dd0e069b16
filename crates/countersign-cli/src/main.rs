//! `countersign`: webhooks from the shell. It reads bytes and prints one line or a table, or JSON with `--json`.
//!
//! Exit code 0: valid, accepted or all right. 1: refused. 2: wrong usage, or a failure of a file or the network. 3: `verify` found a valid
//! signature on a body that is no event.

mod captured;
mod cli;
mod clock;
mod commands;
mod failure;
mod http1;
mod input;
mod inspector;
mod output;
mod payload;
mod provider;
mod scheme;
mod secrets;

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
