//! The decisions of dedupe, as a pure state machine.
//!
//! The machine has no clock, no store and no handler, so a test can try every input in every state.
//! [`Dedupe::handle`](super::Dedupe::handle) does what the state asks for, and passes the result back as the next input.
//!
//! The model in `proof/model` is compiled with this file, `limits.rs`, `key.rs` and `store.rs`. It explores every order of events.
//!
//! One machine is one attempt at a delivery. Each retry of the provider is another attempt, perhaps on another computer. Attempts share
//! nothing but the store.
//!
//! ```text
//!             ┌─ done ──────────────────────────────► Repeat
//!             ├─ in flight ─────────────────────────► InProgress
//! Claiming ───┼─ store failed, fail closed ─────────► StoreUnavailable
//!             ├─ store failed, fail open ──┐
//!             └─ claimed ──────────────────┴► Handling ─┬─ success ─► Completing ─┬─ recorded ─────► Accepted
//!                                                       │                         └─ store failed ─► Unrecorded
//!                                                       └─ failure ─► Releasing ───────────────────► Failed
//! ```
//!
//! A handler that failed without a claim has nothing to release, so its attempt is over at once.
//!
//! Two rules hold on every path. A delivery is only accepted after its handler succeeded. Every claim is followed by `Completing` or
//! `Releasing`, so that a retry need not wait for the end of the lease. Only a crash or a store that fails leaves a claim to its lease.

use std::time::Duration;

use super::{Claim, ClaimToken, OnStoreError};

/// The state of an attempt. Each state but the last asks for one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum State {
    /// Ask the store for a claim.
    Claiming(OnStoreError),
    /// Run the handler. There is no claim if the delivery has no key, or if the store failed and the service fails open.
    Handling(Option<ClaimToken>),
    /// Record the success in the store.
    ///
    /// This needs no claim. A store that failed at the claim may be back by now, so the success is recorded after a run without a claim
    /// too.
    Completing,
    /// Release the claim, so that the next attempt is handled.
    Releasing(ClaimToken, Failure),
    /// Answer the request. The attempt has ended.
    Over(End),
}

/// The result of the thing that the state asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Input {
    /// The store answered the claim.
    Claim(Claim),
    /// The handler ended.
    Handled(Result<(), Failure>),
    /// The store has recorded the success or released the claim.
    Stored,
    /// The store failed, or did not answer in time.
    StoreFailed,
}

/// How a handler failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Failure {
    /// The handler returned an answer that is no success.
    Answered,
    /// The handler panicked.
    Panicked,
    /// The handler was not done in time.
    TimedOut,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum End {
    /// The handler succeeded, and the store has recorded it.
    Accepted,
    /// The handler succeeded, but the store could not record it. A retry will be handled again.
    Unrecorded,
    /// An earlier attempt was handled.
    Repeat,
    /// Another attempt has the claim. Its lease ends after this time.
    InProgress(Duration),
    /// The store failed at the claim, and nothing was handled.
    StoreUnavailable,
    /// The handler failed.
    Failed(Failure),
}

impl State {
    /// The first state. A delivery without a key cannot be claimed, because a repeat of it cannot be told from a new event.
    pub(crate) const fn begin(has_key: bool, on_store_error: OnStoreError) -> Self {
        if has_key { Self::Claiming(on_store_error) } else { Self::Handling(None) }
    }

    /// The next state. An input that the state did not ask for changes nothing, so no caller can skip a state.
    pub(crate) const fn next(self, input: Input) -> Self {
        match (self, input) {
            (Self::Claiming(_), Input::Claim(claim)) => match claim {
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
            // The handler's success stands even if the store fails. A 503 would make the provider repeat work that is done.
            (Self::Completing, Input::StoreFailed) => Self::Over(End::Unrecorded),
            // The answer is the same if the store failed. The claim then ends with its lease.
            (Self::Releasing(_, failure), Input::Stored | Input::StoreFailed) => {
                Self::Over(End::Failed(failure))
            }
            (state, _) => state,
        }
    }
}

#[cfg(test)]
mod tests;
