//! The commands, a file each.

mod completions;
mod diagnose;
mod listen;
mod probe;
mod providers;
mod send;
mod sign;
mod verify;

use std::io::Write;

use crate::cli::Command;
use crate::failure::{Result, Verdict};

/// Runs the command of the arguments.
pub(crate) fn run(command: Command, out: &mut (impl Write + Send)) -> Result<Verdict> {
    match command {
        Command::Verify(args) => verify::run(&args, out),
        Command::Sign(args) => sign::run(&args, out),
        Command::Send(args) => send::run(&args, out),
        Command::Probe(args) => probe::run(&args, out),
        Command::Diagnose(args) => diagnose::run(&args, out),
        Command::Listen(args) => listen::run(&args, out),
        Command::Providers(args) => providers::run(&args, out),
        Command::Completions(args) => completions::run(&args, out),
    }
}
