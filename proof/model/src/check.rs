//! The two questions that the tests ask.

use std::time::Instant;

use stateright::{Checker, HasDiscoveries, Model};

use crate::{Mistake, OnStoreError, Protocol};

/// Explores every order of events, and prints how many states there are.
///
/// # Panics
///
/// A promise is broken, or a sight was never seen.
#[track_caller]
pub fn holds(on_store_error: OnStoreError, faults: u8) {
    let (start, protocol) = (Instant::now(), Protocol::new(on_store_error, faults));
    let checker = protocol.checker().threads(2).spawn_bfs().join();
    let (states, time) = (checker.unique_state_count(), start.elapsed());
    // The runner has begun a line with the name of the test.
    println!("\nfigure: {on_store_error:?} has {states} states with {faults} faults");
    println!("time: {:.1} s", time.as_secs_f64());
    checker.assert_properties();
    assert!(protocol.is_exact(), "a time lies between two ticks");
}

/// Explores the library with a mistake until a promise is broken, and prints the shortest way to it.
///
/// # Panics
///
/// No promise is broken, or another one.
#[track_caller]
pub fn breaks(mistake: Mistake, promise: &'static str) {
    let protocol = Protocol::new(OnStoreError::FailClosed, 1).with(mistake);
    // One thread finds a shortest way, and always the same.
    let checker = protocol.checker().finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    let Some(way) = checker.discovery(promise) else { panic!("{mistake:?} does not break \"{promise}\"") };
    let (states, steps) = (checker.unique_state_count(), way.into_actions());
    println!("{mistake:?} breaks \"{promise}\" after {states} states, by {steps:?}");
}
