//! One `tracing` event for each verdict, with the feature `tracing`; nothing without it.
//!
//! Fields are bounded and hold neither secrets, tags nor bodies. What a sender wrote is escaped: a line in a log stays a line.

use crate::{Event, Rejection, Verified};

/// Notes a refusal, and hands it on.
pub(crate) fn refused(sender: &'static str, rejection: Rejection) -> Rejection {
    #[cfg(feature = "tracing")]
    if let Rejection::Misconfigured { .. } = rejection {
        tracing::error!(sender, status = rejection.status(), reason = %rejection, "webhook refused");
    } else {
        tracing::warn!(sender, status = rejection.status(), reason = %rejection, "webhook refused");
    }
    #[cfg(not(feature = "tracing"))]
    let _ = sender;
    rejection
}

/// Notes an acceptance.
pub(crate) fn accepted<E: Event>(verified: &Verified<E>) {
    #[cfg(feature = "tracing")]
    tracing::debug!(
        sender = <E::Provider as crate::Provider>::NAME,
        kind = verified.name().map(|name| tracing::field::debug(shortened(name))),
        secret = verified.secret_label(),
        bytes = verified.body().len(),
        "webhook verified"
    );
    #[cfg(not(feature = "tracing"))]
    let _ = verified;
}

/// At most 64 characters of a name: a signed one may still be long.
#[cfg(feature = "tracing")]
fn shortened(name: &str) -> String {
    name.chars().take(64).collect()
}
