//! Failures. A message is one line and names the next step.

use std::fmt;
use std::io;
use std::process::ExitCode;

use crate::output;

/// The result of a command that did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Exit code 0.
    Good,
    /// Exit code 1.
    Bad,
    /// Exit code 3: the signature is valid, but the body is no event of the provider.
    NoEvent,
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
            Verdict::NoEvent => Self::from(3),
        }
    }
}

/// Exit code 2.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A message for the user.
    Message(String),
    /// The reader of the output is gone, as in `countersign … | head -1`. This is no error, and nothing is printed.
    OutputClosed,
}

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    pub(crate) fn new(message: impl fmt::Display) -> Self {
        Self::Message(message.to_string())
    }

    /// The message for the user.
    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Message(message) => message,
            Self::OutputClosed => "",
        }
    }

    /// Puts the name of a file in front.
    pub(crate) fn about(self, name: &str) -> Self {
        match self {
            Self::Message(message) => Self::Message(format!("{name}: {message}")),
            Self::OutputClosed => self,
        }
    }

    pub(crate) fn report(self) -> ExitCode {
        if let Self::Message(message) = self {
            output::to_errors("error", &message);
        }
        ExitCode::from(2)
    }
}

/// An error of the command's own output. An error of a file or a socket is reported with its name instead.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::OutputClosed,
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
