//! How it went, for metrics.

/// What became of a delivery behind a [`Dedupe`](crate::Dedupe). One `tracing` event each; [`on_outcome`](crate::Dedupe::on_outcome)
/// hands it to your metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// Handled, and recorded where repeats are told apart. The handler's answer, a 2xx.
    Accepted,
    /// Handled, but the store could not record it: a retry would be handled again. The handler's answer, a 2xx.
    Unrecorded,
    /// Handled before. 200.
    Repeat,
    /// Another attempt is being handled. 503.
    InProgress,
    /// Not let through: its signature, its body or its headers were refused, or the store could not take the claim and
    /// [`Outage::Refuse`](crate::Outage::Refuse) is set.
    Refused {
        /// Why, as [`Rejection::label`](crate::Rejection::label) has it: `invalid_signature`, `store_unavailable`, …
        reason: &'static str,
    },
    /// The handler did not answer with a 2xx; the next attempt is handled. The handler's answer.
    Failed,
    /// The handler panicked; the next attempt is handled. 500.
    Panicked,
    /// The handler overran its deadline and was dropped; the next attempt is handled. 503.
    Overrun,
}

impl Outcome {
    /// The outcome as a label: one of `accepted`, `unrecorded`, `repeat`, `in_progress`, `refused`, `failed`, `panicked` and
    /// `overrun`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Unrecorded => "unrecorded",
            Self::Repeat => "repeat",
            Self::InProgress => "in_progress",
            Self::Refused { .. } => "refused",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::Overrun => "overrun",
        }
    }
}
