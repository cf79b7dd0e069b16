//! Logs: one `tracing` event for each verified or refused request, and one for each outcome behind a `Dedupe`. They need the feature
//! `tracing`.
//!
//! All lines of a request name their fields alike, so that they can be joined: `provider`, `tenant`, `event_type`, `event_id`,
//! `secret_label` and `key`. A value is plain text, without quotes of its own. A value that does not exist has no field.
//!
//! Fields have a bounded length, and hold no secret, tag or body. Text from a provider or a store is escaped, so that it cannot begin a
//! new line in the log.

use std::sync::Arc;
#[cfg(feature = "async")]
use std::time::Duration;

#[cfg(feature = "tracing")]
use crate::Provider as _;
#[cfg(feature = "async")]
use crate::dedupe::{DeliveryKey, Outcome};
use crate::handshake::Refusal;
use crate::keys::Label;
#[cfg(feature = "tracing")]
use crate::plain::plain;
use crate::{Event, Rejection};

/// Whether a name can stand in a log line and in a key. It must not be empty or too long, or have control characters.
pub(crate) fn is_loggable(name: &str, most_bytes: usize) -> bool {
    !name.is_empty() && name.len() <= most_bytes && !name.contains(char::is_control)
}

/// Logs a refusal and returns it. The tenant is known once its verifier is.
pub(crate) fn refused(provider: &'static str, tenant: Option<&str>, rejection: Rejection) -> Rejection {
    #[cfg(feature = "tracing")]
    {
        let (tenant, status) = (tenant.map(short), rejection.status());
        let tenant = tenant.as_deref();
        if let Rejection::Misconfigured { .. } = rejection {
            tracing::error!(provider, tenant, status, reason = %rejection, "webhook refused");
        } else {
            tracing::warn!(provider, tenant, status, reason = %rejection, "webhook refused");
        }
    }
    #[cfg(not(feature = "tracing"))]
    let _ = (provider, tenant);
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
/// `event_id` may look for the id in the body, so it is called only if the line is logged.
#[inline]
pub(crate) fn accepted<'a, E: Event>(
    event: &E,
    tenant: Option<&Arc<str>>,
    label: Label,
    bytes: usize,
    event_id: impl FnOnce() -> Option<&'a str>,
) {
    #[cfg(feature = "tracing")]
    if tracing::enabled!(tracing::Level::DEBUG) {
        let subject = Subject::new(event, tenant, event_id(), label);
        let Subject { provider, tenant, event_type, event_id, secret_label } = &subject;
        let (tenant, event_type, event_id) = (tenant.as_deref(), event_type.as_deref(), event_id.as_deref());
        tracing::debug!(provider, tenant, event_type, event_id, secret_label, bytes, "webhook verified");
    }
    #[cfg(not(feature = "tracing"))]
    let _ = (event, tenant, label, bytes, event_id);
}

/// A verified delivery, as log lines name it.
#[cfg(feature = "tracing")]
#[derive(Debug)]
pub(crate) struct Subject {
    provider: &'static str,
    tenant: Option<String>,
    event_type: Option<String>,
    event_id: Option<String>,
    secret_label: String,
}

#[cfg(feature = "tracing")]
impl Subject {
    fn new<E: Event>(event: &E, tenant: Option<&Arc<str>>, event_id: Option<&str>, label: Label) -> Self {
        Self {
            provider: E::Provider::NAME,
            tenant: tenant.map(|tenant| short(tenant)),
            event_type: event.event_type().map(short),
            event_id: event_id.map(short),
            secret_label: short(label.as_str()),
        }
    }

    /// The subject of a delivery whose [`outcome`] will be logged. `None` if nobody reads it. A subject takes memory for its texts, and may
    /// have to look for the event id in the body.
    #[cfg(feature = "async")]
    pub(crate) fn if_logged<E: Event>(verified: &crate::Verified<E>) -> Option<Self> {
        let delivery = &verified.delivery;
        let subject = || {
            Self::new(&verified.event, delivery.tenant.as_ref(), delivery.event_id(), delivery.secret_label)
        };
        tracing::enabled!(tracing::Level::WARN).then(subject)
    }
}

/// Logs the outcome of a delivery behind a `Dedupe`, and the time that it took. The key is a hash. An operator needs it to forget the
/// delivery.
#[cfg(feature = "async")]
pub(crate) fn outcome(subject: &Subject, key: Option<&DeliveryKey>, outcome: Outcome, duration: Duration) {
    let Subject { provider, tenant, event_type, event_id, secret_label } = subject;
    let (tenant, event_type, event_id) = (tenant.as_deref(), event_type.as_deref(), event_id.as_deref());
    let key = key.map(tracing::field::display);
    let reason = if let Outcome::Refused { reason } = outcome { Some(reason) } else { None };
    let duration_ms = milliseconds(duration);
    macro_rules! log {
        ($level:ident) => {
            tracing::$level!(
                provider,
                tenant,
                event_type,
                event_id,
                secret_label,
                key,
                outcome = outcome.as_str(),
                reason,
                duration_ms,
                "webhook delivery"
            )
        };
    }
    match outcome {
        Outcome::Accepted | Outcome::Repeat | Outcome::InProgress => log!(info),
        Outcome::Refused { .. }
        | Outcome::Unrecorded
        | Outcome::Failed
        | Outcome::Panicked
        | Outcome::TimedOut => log!(warn),
    }
}

/// A time in milliseconds, to the microsecond.
#[cfg(feature = "async")]
fn milliseconds(time: Duration) -> f64 {
    time.as_micros() as f64 / 1000.0
}

/// Logs that a verb of the dedupe store failed. The text of its error may be long, so it is shortened.
#[cfg(feature = "async")]
pub(crate) fn store_failed(
    provider: &'static str,
    verb: &'static str,
    key: Option<&DeliveryKey>,
    error: &dyn std::error::Error,
) {
    let (key, reason) = (key.map(tracing::field::display), short(&error.to_string()));
    tracing::error!(provider, verb, key, reason, "dedupe store failed");
}

/// Logs that a handler gets less time than the service has set.
#[cfg(feature = "async")]
pub(crate) fn timeout_cut(provider: &'static str, asked: Duration, given: Duration) {
    tracing::warn!(
        provider,
        ?asked,
        ?given,
        "handler timeout cut: after a crash, the provider's retries must not end before the claim does"
    );
}

/// The first 256 characters of a text, made fit for a line. A provider or a store may write a long text.
#[cfg(feature = "tracing")]
fn short(text: &str) -> String {
    plain(text, 256)
}

#[cfg(test)]
#[cfg(feature = "async")]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_logged_in_milliseconds_to_the_microsecond() {
        let shown = |time| format!("{:?}", milliseconds(time));
        assert_eq!(shown(Duration::from_nanos(1_234_567_890)), "1234.567");
        assert_eq!(shown(Duration::ZERO), "0.0");
    }
}
