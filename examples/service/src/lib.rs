//! What the deployable receivers share, so that their `main.rs` show the framework and nothing else: settings from the
//! environment, the answer, the line on stdout, logging and exit codes.

mod dedupe;
mod error;
mod settings;
mod stop;
mod verifiers;

use std::env;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

use countersign::{Event, Provider, Verified};
use serde::Serialize;
use tracing_subscriber::EnvFilter;

pub use dedupe::count;
pub use error::{ServiceError, exit_code};
pub use settings::{Limits, Settings};
pub use stop::stop_requested;
pub use verifiers::Verifiers;

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
        let event_type = event.event_type().map(shortened);
        // What a sender wrote is logged in quotes and escaped (`?`), so that a line stays a line.
        tracing::info!(
            provider = E::Provider::NAME,
            event_type = event_type.as_ref().map(tracing::field::debug),
            id = event.event_id().map(shortened).map(tracing::field::debug),
            bytes = event.body().len(),
            secret = event.secret_label(),
            "received"
        );
        Self { received: true, event: event_type }
    }
}

/// Cuts a text to 64 characters: a signed text may still be as long as a body.
fn shortened(text: &str) -> String {
    text.chars().take(LONGEST_TEXT).collect()
}

/// The most characters of an event type or id that are logged and answered.
const LONGEST_TEXT: usize = 64;

/// actix-http logs as an error each request that a client malforms.
const DEFAULT_LOG: &str = "info,actix_http=off";

/// Sends `tracing` to stderr. `RUST_LOG` chooses the lines. Default: all from `info` on, but none of actix-http.
///
/// # Errors
///
/// `RUST_LOG` cannot be read.
pub fn log_to_stderr() -> Result<(), ServiceError> {
    let is_set = env::var_os(EnvFilter::DEFAULT_ENV).is_some_and(|text| !text.is_empty());
    let filter = if is_set { EnvFilter::try_from_default_env()? } else { EnvFilter::new(DEFAULT_LOG) };
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
