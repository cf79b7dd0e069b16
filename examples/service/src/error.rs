//! Why a service ends.

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

use countersign::ConfigError;
use thiserror::Error;
use tracing_subscriber::filter::FromEnvError;

/// Why a service does not start, or stops by itself. Each message names the variable that is at fault.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// Nothing could be received.
    #[error("no sender has a secret: set MASSU_WEBHOOK_SECRET or that of another sender")]
    NoSecret,
    /// Which of the two counts is not for us to guess.
    #[error("{name} and {name}_FILE are both set")]
    SetTwice {
        /// The variable without `_FILE`.
        name: String,
    },
    /// The current secret of a rotation is missing.
    #[error("{name}_PREVIOUS is set, and {name} is not")]
    PreviousAlone {
        /// The variable of the current secret.
        name: String,
    },
    /// A variable names a file that holds no secret.
    #[error("{name}: {fault}")]
    SecretFile {
        /// The variable.
        name: String,
        /// What is wrong.
        fault: ConfigError,
    },
    /// A variable holds no secret.
    #[error(transparent)]
    Secret(#[from] ConfigError),
    /// `LISTEN` is something else.
    #[error("LISTEN is not an IP address and a port, as in 127.0.0.1:3000")]
    NotAnAddress,
    /// A time limit is something else.
    #[error("{name} is not a number of milliseconds")]
    NotMilliseconds {
        /// The variable.
        name: &'static str,
    },
    /// Another limit is something else.
    #[error("{name} is not a number greater than zero")]
    NotPositive {
        /// The variable.
        name: &'static str,
    },
    /// `REDIS_URL` is not one.
    #[error("REDIS_URL: {0}")]
    Redis(countersign_redis::ConfigError),
    /// `REDIS_URL` is not text.
    #[error("REDIS_URL is not UTF-8")]
    RedisNotUnicode,
    /// Services on one Redis need a name each, so that they do not share deliveries.
    #[error("REDIS_URL is set, and SERVICE_NAME is not")]
    NoServiceName,
    /// `SERVICE_NAME` cannot be used.
    #[error("SERVICE_NAME: {0}")]
    ServiceName(countersign_redis::ConfigError),
    /// `SERVICE_NAME` is not text.
    #[error("SERVICE_NAME is not UTF-8")]
    ServiceNameNotUnicode,
    /// The address is taken, or not ours.
    #[error("LISTEN: cannot bind {address}: {fault}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        fault: io::Error,
    },
    /// `RUST_LOG` cannot be read.
    #[error("RUST_LOG: {0}")]
    Log(#[from] FromEnvError),
    /// Not a matter of configuration.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Says on stderr what went wrong. The code is 0, or 1 if the service failed, or 2 if its configuration is at fault.
#[must_use]
pub fn exit_code(outcome: Result<(), ServiceError>) -> ExitCode {
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    #[expect(clippy::print_stderr, reason = "whatever RUST_LOG filters, this must be seen")]
    (eprintln!("error: {error}"));
    ExitCode::from(if matches!(error, ServiceError::Io(_)) { 1 } else { 2 })
}
