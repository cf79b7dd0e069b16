//! Logs: one `tracing` event for each verified or refused request. They need the feature `tracing`.
//!
//! Fields have a bounded length, and hold no secret, tag or body. Text from a provider or a store is escaped, so that it cannot begin a
//! new line in the log.

#[cfg(feature = "async")]
use crate::dedupe::{DeliveryKey, Outcome};
use crate::handshake::Refusal;
use crate::{Event, Rejection};

/// Whether a name can stand in a log line and in a key. It must not be empty or too long, or have control characters.
pub(crate) fn is_loggable(name: &str, most_bytes: usize) -> bool {
    !name.is_empty() && name.len() <= most_bytes && !name.contains(char::is_control)
}

/// Logs a refusal and returns it.
pub(crate) fn refused(provider: &'static str, rejection: Rejection) -> Rejection {
    #[cfg(feature = "tracing")]
    if let Rejection::Misconfigured { .. } = rejection {
        tracing::error!(provider, status = rejection.status(), reason = %rejection, "webhook refused");
    } else {
        tracing::warn!(provider, status = rejection.status(), reason = %rejection, "webhook refused");
    }
    #[cfg(not(feature = "tracing"))]
    let _ = provider;
    rejection
}

/// Logs that a handshake was refused, and returns the reason.
pub(crate) fn handshake_refused(provider: &'static str, refusal: Refusal) -> Refusal {
    #[cfg(feature = "tracing")]
    tracing::warn!(provider, status = refusal.answer().status(), reason = %refusal, "handshake refused");
    #[cfg(not(feature = "tracing"))]
    let _ = provider;
    refusal
}

/// Logs that a request was verified. It takes the parts, because a whole [`Verified`](crate::Verified) would have to be moved after it.
#[inline]
pub(crate) fn accepted<E: Event>(event: &E, tenant: Option<&str>, secret: &str, bytes: usize) {
    #[cfg(feature = "tracing")]
    tracing::debug!(
        provider = <E::Provider as crate::Provider>::NAME,
        event_type = event.event_type().map(|text| tracing::field::debug(shortened(text, 64))),
        tenant = tenant.map(tracing::field::debug),
        secret,
        bytes,
        "webhook verified"
    );
    #[cfg(not(feature = "tracing"))]
    let _ = (event, tenant, secret, bytes);
}

/// Logs the outcome of a delivery behind a `Dedupe`. The key is a hash. An operator needs it to forget the delivery.
#[cfg(feature = "async")]
pub(crate) fn outcome(provider: &'static str, key: Option<&DeliveryKey>, outcome: Outcome) {
    let (key, name) = (key.map(tracing::field::display), outcome.as_str());
    match outcome {
        Outcome::Accepted | Outcome::Repeat | Outcome::InProgress => {
            tracing::info!(provider, outcome = name, key, "webhook delivery");
        }
        Outcome::Refused { reason } => {
            tracing::warn!(provider, outcome = name, reason, key, "webhook delivery");
        }
        Outcome::Unrecorded | Outcome::Failed | Outcome::Panicked | Outcome::TimedOut => {
            tracing::warn!(provider, outcome = name, key, "webhook delivery");
        }
    }
}

/// Logs that a verb of the dedupe store failed. The text of its error may be long, so it is shortened.
#[cfg(feature = "async")]
pub(crate) fn store_failed(provider: &'static str, verb: &'static str, error: &dyn std::error::Error) {
    let reason = shortened(&error.to_string(), 256);
    tracing::error!(provider, verb, ?reason, "dedupe store failed");
}

/// Logs that a handler gets less time than the service has set.
#[cfg(feature = "async")]
pub(crate) fn timeout_cut(provider: &'static str, asked: std::time::Duration, given: std::time::Duration) {
    tracing::warn!(
        provider,
        ?asked,
        ?given,
        "handler timeout cut: after a crash, the provider's retries must not end before the claim does"
    );
}

/// The first `most` characters. A provider or a store may write a long text.
#[cfg(feature = "tracing")]
fn shortened(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
