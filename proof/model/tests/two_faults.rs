//! Every promise holds after every order of events with at most two faults. This takes a minute or two.

use countersign_model::{OnStoreError, holds};

#[test]
fn fails_closed() {
    holds(OnStoreError::FailClosed, 2);
}

#[test]
fn fails_open() {
    holds(OnStoreError::FailOpen, 2);
}
