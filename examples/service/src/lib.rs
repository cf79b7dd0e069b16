//! What the deployable receivers share, so that their `main.rs` show the framework and nothing else: settings from the
//! environment, the answer, the line on stdout, logging and exit codes.

mod dedupe;
mod error;
mod settings;
mod stop;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

use countersign::{Event, Provider, Verified};
use serde::Serialize;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

pub use error::{ServiceError, exit_code};
pub use settings::Settings;
pub use stop::stop_requested;

/// How long requests under way may take to finish after the service was asked to stop.
pub const GRACE: Duration = Duration::from_secs(10);

/// The answer to a delivery: `{"received":true,"event":"session.completed"}`.
#[derive(Debug, Serialize)]
pub struct Received {
    received: bool,
    event: Option<String>,
}

impl Received {
    /// Notes the event in the log, which is all that these services do with it, and makes its answer.
    ///
    /// A real one would hand the event to a queue here, and answer then: senders wait for seconds only.
    pub fn new<E: Event>(event: &Verified<E>) -> Self {
        // What a sender wrote is logged in quotes and escaped (`?`), so that a line stays a line.
        tracing::info!(
            sender = E::Provider::NAME,
            event = event.name().map(tracing::field::debug),
            id = event.event_id().map(tracing::field::debug),
            bytes = event.body().len(),
            secret = event.secret_label(),
            "received"
        );
        Self { received: true, event: event.name().map(str::to_owned) }
    }
}

/// Sends `tracing` to stderr. The level comes from `RUST_LOG`. Default: `info`.
///
/// # Errors
///
/// `RUST_LOG` cannot be read.
pub fn log_to_stderr() -> Result<(), ServiceError> {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env()?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    Ok(())
}

/// Prints the only line on stdout, for whoever started the service and wants to know its port.
///
/// # Errors
///
/// Stdout is closed.
pub fn announce(address: SocketAddr) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "listening on http://{address}")?;
    stdout.flush()
}
