//! The decisions of dedupe, as a pure state machine: no clock, no store, no handler.
//!
//! [`Dedupe::handle`](super::Dedupe::handle) does what the state asks for and feeds the result back. One machine is one attempt at
//! a delivery. Each retry of the provider is an attempt of its own, and the store is the only thing that attempts share.
//!
//! ```text
//!             ┌─ done ──────────────────────────────► Repeat
//!             ├─ in flight ─────────────────────────► InProgress
//! Claiming ───┼─ store failed, fail closed ─────────► StoreUnavailable
//!             ├─ store failed, fail open ──┐
//!             └─ claimed ──────────────────┴► Handling ─┬─ success ─► Completing ─┬─ recorded ─────► Accepted
//!                                                       │                         └─ store failed ─► Unrecorded
//!                                                       └─ failure ─► Releasing ────────────────────► Failed, Panicked, TimedOut
//! ```

use std::time::Duration;

use super::{Claim, ClaimToken, OnStoreError};

/// The state of an attempt: the one thing that is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum State {
    /// Ask the store for a claim.
    Claiming(OnStoreError),
    /// Run the handler. Without a claim, there is nothing to claim or no store to ask.
    Handling(Option<ClaimToken>),
    /// Record the success. A claim is not needed for it.
    ///
    /// The store may be back by now, so a handler that ran without a claim is recorded too.
    Completing,
    /// Give the claim back, so that the next attempt is handled.
    Releasing(ClaimToken, Failure),
    /// Answer. Nothing more is to be done.
    Over(End),
}

/// What happened to the thing that the state asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Input {
    /// The store answered the claim.
    Answered(Claim),
    /// The handler ended.
    Handled(Result<(), Failure>),
    /// The store did what it was told.
    Stored,
    /// The store failed, or did not answer in time.
    StoreFailed,
}

/// How a handler failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Failure {
    /// The handler gave an answer that is no success.
    Answered,
    Panicked,
    TimedOut,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum End {
    /// The handler succeeded, and the store has recorded it.
    Accepted,
    /// The handler succeeded, and the store could not record it. A retry will be handled again.
    Unrecorded,
    /// An earlier attempt was handled.
    Repeat,
    /// Another attempt is being handled. Its claim ends after this time at the latest.
    InProgress(Duration),
    /// Nothing was handled, because the store could not be asked.
    StoreUnavailable,
    /// The handler failed.
    Failed(Failure),
}

impl State {
    /// The first state. A delivery that cannot be told from others has no key, and nothing to claim.
    pub(crate) const fn begin(has_key: bool, on_store_error: OnStoreError) -> Self {
        if has_key { Self::Claiming(on_store_error) } else { Self::Handling(None) }
    }

    /// The next state. An input that the state did not ask for changes nothing.
    pub(crate) const fn next(self, input: Input) -> Self {
        match (self, input) {
            (Self::Claiming(_), Input::Answered(claim)) => match claim {
                Claim::Claimed(token) => Self::Handling(Some(token)),
                Claim::InFlight { retry_after } => Self::Over(End::InProgress(retry_after)),
                Claim::Done => Self::Over(End::Repeat),
            },
            (Self::Claiming(OnStoreError::FailOpen), Input::StoreFailed) => Self::Handling(None),
            (Self::Claiming(OnStoreError::FailClosed), Input::StoreFailed) => {
                Self::Over(End::StoreUnavailable)
            }
            (Self::Handling(_), Input::Handled(Ok(()))) => Self::Completing,
            (Self::Handling(Some(token)), Input::Handled(Err(failure))) => Self::Releasing(token, failure),
            (Self::Handling(None), Input::Handled(Err(failure))) => Self::Over(End::Failed(failure)),
            (Self::Completing, Input::Stored) => Self::Over(End::Accepted),
            // The handler's success stands. A 503 would make the provider repeat work that is done.
            (Self::Completing, Input::StoreFailed) => Self::Over(End::Unrecorded),
            // If the store failed, the lease gives the delivery back.
            (Self::Releasing(_, failure), Input::Stored | Input::StoreFailed) => {
                Self::Over(End::Failed(failure))
            }
            (state, _) => state,
        }
    }
}
