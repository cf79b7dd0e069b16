//! One `tracing` event for each verdict, with the feature `tracing`; nothing without it.
//!
//! Fields are bounded and hold neither secrets, tags nor bodies. What a provider wrote is escaped: a line in a log stays a line.

#[cfg(feature = "async")]
use crate::dedupe::{DeliveryKey, Outcome};
use crate::{Event, Rejection, Verified};

/// Whether a name can stand in a log line and in a key: not empty, not long, and without control characters.
pub(crate) fn is_loggable(name: &str, most_bytes: usize) -> bool {
    !name.is_empty() && name.len() <= most_bytes && !name.contains(char::is_control)
}

/// Notes a refusal, and hands it on.
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

/// Notes an acceptance.
pub(crate) fn accepted<E: Event>(verified: &Verified<E>) {
    #[cfg(feature = "tracing")]
    tracing::debug!(
        provider = <E::Provider as crate::Provider>::NAME,
        event_type = verified.event_type().map(|name| tracing::field::debug(shortened(name, 64))),
        tenant = verified.tenant().map(tracing::field::debug),
        secret = verified.secret_label(),
        bytes = verified.body().len(),
        "webhook verified"
    );
    #[cfg(not(feature = "tracing"))]
    let _ = verified;
}

/// Notes what became of a delivery behind a `Dedupe`. The key is a hash, and what an operator forgets it by.
#[cfg(feature = "async")]
pub(crate) fn outcome(provider: &'static str, key: Option<&DeliveryKey>, outcome: Outcome) {
    let (key, label) = (key.map(tracing::field::display), outcome.as_str());
    match outcome {
        Outcome::Accepted | Outcome::Repeat | Outcome::InProgress => {
            tracing::info!(provider, outcome = label, key, "webhook delivery");
        }
        Outcome::Refused { reason } => {
            tracing::warn!(provider, outcome = label, reason, key, "webhook delivery");
        }
        Outcome::Unrecorded | Outcome::Failed | Outcome::Panicked | Outcome::TimedOut => {
            tracing::warn!(provider, outcome = label, key, "webhook delivery");
        }
    }
}

/// Notes that the dedupe store failed, and at which verb. Its error's text is its own, and is shortened.
#[cfg(feature = "async")]
pub(crate) fn store_failed(provider: &'static str, verb: &'static str, error: &dyn std::error::Error) {
    let reason = shortened(&error.to_string(), 256);
    tracing::error!(provider, verb, ?reason, "dedupe store failed");
}

/// Notes that a handler gets less time than the service asked for.
#[cfg(feature = "async")]
pub(crate) fn timeout_cut(provider: &'static str, asked: std::time::Duration, given: std::time::Duration) {
    tracing::warn!(
        provider,
        ?asked,
        ?given,
        "handler timeout cut: after a crash, the provider's retries must not end before the claim does"
    );
}

/// So many characters at most: what is signed, or comes from a store, may still be long.
#[cfg(feature = "tracing")]
fn shortened(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
