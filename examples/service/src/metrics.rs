//! The counter of the outcomes, and the address at which Prometheus reads it.

use std::net::SocketAddr;

use countersign::Provider;
use countersign::dedupe::Outcome;
use metrics::{counter, describe_counter};
use metrics_exporter_prometheus::PrometheusBuilder;

use crate::ServiceError;

/// The name of the counter.
const DELIVERIES: &str = "webhook_deliveries_total";

/// Counts an outcome of this provider: `verify.on_outcome(count::<P>)`.
///
/// The labels are words of the library, and nothing that a client sends. So a client cannot make new time series.
pub fn count<P: Provider>(outcome: Outcome) {
    let reason = if let Outcome::Refused { reason } = outcome { reason } else { "" };
    let labels = [("provider", P::NAME), ("outcome", outcome.as_str()), ("reason", reason)];
    counter!(DELIVERIES, &labels).increment(1);
}

/// Serves the counter at `http://ADDRESS/metrics`. If there is no address, nothing is counted.
///
/// The address is not that of the webhooks, because the whole internet can reach that one. Call this in a tokio runtime, which then serves the counter.
///
/// # Errors
///
/// The address is in use, or is not an address of this machine.
pub fn serve_metrics(address: Option<SocketAddr>) -> Result<(), ServiceError> {
    let Some(address) = address else { return Ok(()) };
    PrometheusBuilder::new().with_http_listener(address).install()?;
    describe_counter!(DELIVERIES, "Requests at a webhook, by their outcome.");
    Ok(())
}
