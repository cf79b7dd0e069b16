//! The longest times of one attempt. Like the [state machine](super::machine), they need no clock and no store.

use std::time::Duration;

/// Extra lease time after the handler's timeout, for recording and for clock skew. It is also the timeout of one store call.
const MARGIN: Duration = Duration::from_secs(10);

/// The time for which a provider retries has room for this many leases, so that retries follow after a crash.
const LEASES_IN_A_HORIZON: u32 = 8;

/// The time for which a provider is assumed to retry if it does not document its retries.
const ASSUMED_HORIZON: Duration = Duration::from_secs(60 * 60);

/// The longest times of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// For the handler, from the moment at which the store is asked for the claim.
    pub(crate) handler: Duration,
    /// For the claim.
    pub(crate) lease: Duration,
    /// For one call of the store.
    pub(crate) store: Duration,
}

impl Limits {
    /// The shortest timeout of a handler.
    pub(crate) const SHORTEST: Duration = Duration::from_millis(1);

    /// The limits for a handler with this timeout, and a provider with this
    /// [`RETRY_HORIZON`](crate::Provider::RETRY_HORIZON).
    pub(crate) fn new(handler_timeout: Duration, horizon: Option<Duration>) -> Self {
        // A provider with a horizon of zero never retries. No lease could delay its next attempt, so the usual limits apply.
        let horizon = horizon.filter(|horizon| !horizon.is_zero()).unwrap_or(ASSUMED_HORIZON);
        let longest = horizon.checked_div(LEASES_IN_A_HORIZON).unwrap_or(horizon);
        let lease = handler_timeout.saturating_add(MARGIN).min(longest);
        let store = MARGIN.min(lease.checked_div(2).unwrap_or(lease));
        Self { handler: handler_timeout.min(lease.saturating_sub(store)), lease, store }
    }
}
