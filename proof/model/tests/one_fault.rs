//! Every promise holds after every order of events with at most one fault. This takes seconds.

use countersign_model::{OnStoreError, holds};

#[test]
fn fails_closed() {
    holds(OnStoreError::FailClosed, 1);
}

#[test]
fn fails_open() {
    holds(OnStoreError::FailOpen, 1);
}
