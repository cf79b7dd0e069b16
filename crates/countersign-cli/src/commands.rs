//! The commands, a file each.

mod completions;
pub(crate) mod diagnose;
pub(crate) mod listen;
mod probe;
mod providers;
pub(crate) mod send;
pub(crate) mod sign;
pub(crate) mod verify;

use std::io::Write;
use std::time::SystemTime;

use crate::cli::Command;
use crate::clock;
use crate::failure::{Result, Verdict};

/// Runs the command of the arguments.
pub(crate) fn run(command: Command, out: &mut (impl Write + Send)) -> Result<Verdict> {
    if let Some(time) = at(&command) {
        clock::stop_at(time);
    }
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

/// The time of `--at`.
const fn at(command: &Command) -> Option<SystemTime> {
    match command {
        Command::Verify(args) => args.clock.at,
        Command::Sign(args) => args.clock.at,
        Command::Send(args) => args.clock.at,
        Command::Diagnose(args) => args.clock.at,
        Command::Probe(_) | Command::Listen(_) | Command::Providers(_) | Command::Completions(_) => None,
    }
}
