//! The reasons for which a service ends.

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

use countersign::ConfigError;
use thiserror::Error;
use tracing_subscriber::filter::FromEnvError;

/// The reason why a service does not start, or stops by itself. Each message names the variable that is at fault.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// The service could receive nothing.
    #[error("no provider has a secret: set MASSU_WEBHOOK_SECRET or the variable of another provider")]
    NoSecret,
    /// Nothing tells which of the two counts.
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
        /// The fault of its content.
        fault: ConfigError,
    },
    /// A variable holds no secret.
    #[error(transparent)]
    Secret(#[from] ConfigError),
    /// An address cannot be read.
    #[error("{name} is not an IP address and a port, as in 127.0.0.1:3000")]
    NotAnAddress {
        /// The variable.
        name: &'static str,
    },
    /// A time limit is not a number.
    #[error("{name} is not a number of milliseconds")]
    NotMilliseconds {
        /// The variable.
        name: &'static str,
    },
    /// Another limit is not a number.
    #[error("{name} is not a number greater than zero")]
    NotPositive {
        /// The variable.
        name: &'static str,
    },
    /// `REDIS_URL` is not a URL of a Redis server.
    #[error("REDIS_URL: {0}")]
    Redis(countersign_redis::ConfigError),
    /// `REDIS_URL` is not text.
    #[error("REDIS_URL is not UTF-8")]
    RedisNotUnicode,
    /// Two services on one Redis would share their deliveries if they had no names.
    #[error("REDIS_URL is set, and SERVICE_NAME is not")]
    NoServiceName,
    /// `SERVICE_NAME` cannot be used.
    #[error("SERVICE_NAME: {0}")]
    ServiceName(countersign_redis::ConfigError),
    /// `SERVICE_NAME` is not text.
    #[error("SERVICE_NAME is not UTF-8")]
    ServiceNameNotUnicode,
    /// The address is in use, or is not an address of this machine.
    #[error("LISTEN: cannot bind {address}: {fault}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The error of the operating system.
        fault: io::Error,
    },
    /// The metrics cannot be served, because the address is in use or is not an address of this machine.
    #[error("METRICS_LISTEN: {0}")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
    /// `RUST_LOG` cannot be read.
    #[error("RUST_LOG: {0}")]
    Log(#[from] FromEnvError),
    /// A failure that is no fault of the configuration.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Prints the error on stderr. The code is 0, or 1 if the service failed, or 2 if its configuration is at fault.
#[must_use]
pub fn exit_code(outcome: Result<(), ServiceError>) -> ExitCode {
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    #[expect(clippy::print_stderr, reason = "this must be seen even if RUST_LOG filters it out")]
    (eprintln!("error: {error}"));
    ExitCode::from(if matches!(error, ServiceError::Io(_)) { 1 } else { 2 })
}
