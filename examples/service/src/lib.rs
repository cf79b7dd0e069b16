//! The code that the deployable receivers share: settings from the environment, the answer, the line on stdout, logging, metrics and exit
//! codes. Their `main.rs` then show the framework and nothing else.

mod dedupe;
mod error;
mod metrics;
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

pub use error::{ServiceError, exit_code};
pub use metrics::{count, serve_metrics};
pub use settings::{Limits, Settings};
pub use stop::stop_requested;
pub use verifiers::Verifiers;

/// The time that requests under way have to finish after the service was asked to stop.
pub const GRACE: Duration = Duration::from_secs(10);

/// The answer to a delivery: `{"received":true,"event":"session.completed"}`.
#[derive(Debug, Serialize)]
pub struct Received {
    received: bool,
    event: Option<String>,
}

impl Received {
    /// Logs the event and makes its answer.
    ///
    /// A real service would first hand the event to a queue. Providers wait for a few seconds only.
    pub fn new<E: Event>(event: &Verified<E>) -> Self {
        let event_type = event.event_type().map(shortened);
        // The fields have the names that the library gives them. The subscriber escapes their text, so it cannot break a line of the log.
        tracing::info!(
            provider = E::Provider::NAME,
            tenant = event.tenant(),
            event_type = event_type.as_deref(),
            event_id = event.event_id().map(shortened).as_deref(),
            secret_label = event.secret_label(),
            bytes = event.body().len(),
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

/// actix-http would log each malformed request as an error.
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

/// Prints the only line on stdout. The program that started the service reads the port from it.
///
/// # Errors
///
/// Stdout is closed.
pub fn announce(address: SocketAddr) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "listening on http://{address}")?;
    stdout.flush()
}
