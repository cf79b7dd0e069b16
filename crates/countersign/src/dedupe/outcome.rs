//! The result of one attempt at a delivery.

use std::time::Duration;

use super::machine::{End, Failure, State};
use crate::{Answer, Rejection};

/// The result of [`Dedupe::handle`](super::Dedupe::handle).
///
/// ```
/// # use countersign::dedupe::Handled;
/// fn status(handled: Handled<u16>) -> u16 {
///     // The handler's own answer, or the library's in its place.
///     handled.into_answer().unwrap_or_else(|answer| answer.status())
/// }
/// assert_eq!(status(Handled::Accepted(204)), 204);
/// assert_eq!(status(Handled::Repeat), 200);
/// assert_eq!(status(Handled::Panicked), 500);
/// ```
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Handled<R> {
    /// The handler succeeded, and the store has recorded it.
    Accepted(R),
    /// The handler succeeded, but the store could not record it. A retry will be handled again.
    Unrecorded(R),
    /// The handler's answer is no success. The next attempt is handled.
    Failed(R),
    /// The handler panicked. The next attempt is handled. 500.
    Panicked,
    /// The handler was not done in time and was dropped. The next attempt is handled. 503.
    TimedOut {
        /// The time that the handler had.
        timeout: Duration,
    },
    /// An earlier attempt was handled. 200 with an empty body.
    Repeat,
    /// Another attempt is being handled, or it crashed and its lease has not ended. 503.
    InProgress {
        /// The time until that lease ends.
        retry_after: Duration,
    },
    /// The store could not take the claim, and nothing was handled. 503.
    StoreUnavailable,
    /// The endpoint has neither a name nor a route pattern. 500.
    Refused(Rejection),
}

impl<R> Handled<R> {
    /// The handler's answer, or the library's in its place.
    ///
    /// # Errors
    ///
    /// The [`Answer`] of the library, if the handler did not run or did not return an answer.
    pub fn into_answer(self) -> Result<R, Answer> {
        Err(match self {
            Self::Accepted(answer) | Self::Unrecorded(answer) | Self::Failed(answer) => return Ok(answer),
            Self::Repeat => Answer::REPEAT,
            Self::Panicked => Answer::HANDLER_FAILED,
            Self::InProgress { retry_after } => Answer::in_progress(retry_after),
            Self::TimedOut { .. } | Self::StoreUnavailable => Answer::UNAVAILABLE,
            Self::Refused(rejection) => rejection.answer(),
        })
    }

    /// The outcome without the handler's answer, for counters.
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::Accepted(_) => Outcome::Accepted,
            Self::Unrecorded(_) => Outcome::Unrecorded,
            Self::Failed(_) => Outcome::Failed,
            Self::Panicked => Outcome::Panicked,
            Self::TimedOut { .. } => Outcome::TimedOut,
            Self::Repeat => Outcome::Repeat,
            Self::InProgress { .. } => Outcome::InProgress,
            Self::StoreUnavailable => Outcome::Refused { reason: "store_unavailable" },
            Self::Refused(rejection) => Outcome::Refused { reason: rejection.as_str() },
        }
    }

    /// The result of an attempt, from its last state. The last arm is the panic of a handler. It also stands for pairs that never occur,
    /// such as a success without an answer, because a 500 makes the provider retry.
    pub(super) fn new(state: State, answer: Option<R>, timeout: Duration) -> Self {
        match (state, answer) {
            (State::Over(End::Accepted), Some(answer)) => Self::Accepted(answer),
            (State::Over(End::Unrecorded), Some(answer)) => Self::Unrecorded(answer),
            (State::Over(End::Failed(Failure::Answered)), Some(answer)) => Self::Failed(answer),
            (State::Over(End::Failed(Failure::TimedOut)), _) => Self::TimedOut { timeout },
            (State::Over(End::Repeat), _) => Self::Repeat,
            (State::Over(End::InProgress(retry_after)), _) => Self::InProgress { retry_after },
            (State::Over(End::StoreUnavailable), _) => Self::StoreUnavailable,
            _ => Self::Panicked,
        }
    }
}

/// The outcome of a request at a [`VerifyMiddleware`](crate::VerifyMiddleware), for counters and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// The delivery was handled and recorded. The handler's answer is a 2xx.
    Accepted,
    /// The delivery was handled, but the store could not record it. A retry will be handled again. The handler's answer is a 2xx.
    Unrecorded,
    /// An earlier attempt was handled. 200.
    Repeat,
    /// Another attempt is being handled. 503.
    InProgress,
    /// The request did not reach the handler, because it was refused or the store could not take the claim.
    Refused {
        /// The machine name of the [`Rejection`](Rejection::as_str), or `store_unavailable`.
        reason: &'static str,
    },
    /// The handler's answer is no 2xx. The next attempt is handled.
    Failed,
    /// The handler panicked. The next attempt is handled. 500.
    Panicked,
    /// The handler was not done in time and was dropped. The next attempt is handled. 503.
    TimedOut,
}

impl Outcome {
    /// The machine name: `accepted`, `unrecorded`, `repeat`, `in_progress`, `refused`, `failed`, `panicked` or `timed_out`.
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
            Self::TimedOut => "timed_out",
        }
    }
}
