//! What stops a command: said in one line, with the next step.

use std::fmt;
use std::io::{self, Write as _};
use std::process::ExitCode;

/// How a command ended that did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Exit code 0.
    Good,
    /// Exit code 1.
    Bad,
}

impl Verdict {
    pub(crate) const fn of(good: bool) -> Self {
        if good { Self::Good } else { Self::Bad }
    }
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Good => Self::SUCCESS,
            Verdict::Bad => Self::FAILURE,
        }
    }
}

/// Exit code 2.
#[derive(Debug)]
pub(crate) enum Failure {
    /// In words for whoever called.
    Said(String),
    /// Nobody reads our output any more, `countersign … | head -1`: no reason to complain.
    NobodyReads,
}

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    pub(crate) fn new(message: impl fmt::Display) -> Self {
        Self::Said(message.to_string())
    }

    /// Ends the process from a thread that is not the main one.
    pub(crate) fn exit(self) -> ! {
        self.report();
        std::process::exit(2)
    }

    pub(crate) fn report(self) -> ExitCode {
        if let Self::Said(message) = self {
            // Where even the error stream is closed, the exit code is all that is left.
            writeln!(anstream::stderr(), "error: {message}").ok();
        }
        ExitCode::from(2)
    }
}

/// Errors of our own output; those of files and sockets are said with their names.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::NobodyReads,
            _ => Self::new(format_args!("cannot write the output: {error}")),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::from(io::Error::from(error))
    }
}

impl From<countersign::ConfigError> for Failure {
    fn from(error: countersign::ConfigError) -> Self {
        Self::new(error)
    }
}
