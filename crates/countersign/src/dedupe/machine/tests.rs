//! The machine has few states and inputs, so these tests try all of them: every input in every state, and every path.

use std::collections::HashSet;

use super::*;

const TOKEN: ClaimToken = ClaimToken::new([7; 16]);
const LEFT: Duration = Duration::from_secs(9);
const FAILURES: [Failure; 3] = [Failure::Answered, Failure::Panicked, Failure::TimedOut];
const DECISIONS: [OnStoreError; 2] = [OnStoreError::FailClosed, OnStoreError::FailOpen];

/// Every end of an attempt.
fn ends() -> Vec<End> {
    let mut ends =
        vec![End::Accepted, End::Unrecorded, End::Repeat, End::InProgress(LEFT), End::StoreUnavailable];
    ends.extend(FAILURES.map(End::Failed));
    ends
}

/// Every state. One token and one duration stand for all, because the machine never looks into them.
fn states() -> Vec<State> {
    let mut states = vec![State::Handling(None), State::Handling(Some(TOKEN)), State::Completing];
    states.extend(DECISIONS.map(State::Claiming));
    states.extend(FAILURES.map(|failure| State::Releasing(TOKEN, failure)));
    states.extend(ends().into_iter().map(State::Over));
    states
}

/// Every input.
fn inputs() -> Vec<Input> {
    let claims = [Claim::Claimed(TOKEN), Claim::InFlight { retry_after: LEFT }, Claim::Done];
    let mut inputs = vec![Input::Handled(Ok(())), Input::Stored, Input::StoreFailed];
    inputs.extend(claims.map(Input::Claim));
    inputs.extend(FAILURES.map(|failure| Input::Handled(Err(failure))));
    inputs
}

/// Every first state.
fn begins() -> Vec<State> {
    let begin = |has_key| DECISIONS.map(|on_store_error| State::begin(has_key, on_store_error));
    [begin(true), begin(false)].concat()
}

/// The transitions, written down a second time as a table. Any other pair of a state and an input must change nothing.
fn transitions() -> Vec<(State, Input, State)> {
    use OnStoreError::{FailClosed, FailOpen};
    use State::{Claiming, Completing, Handling, Over, Releasing};

    let in_flight = Input::Claim(Claim::InFlight { retry_after: LEFT });
    let mut table = vec![
        (Claiming(FailClosed), Input::StoreFailed, Over(End::StoreUnavailable)),
        (Claiming(FailOpen), Input::StoreFailed, Handling(None)),
        (Handling(None), Input::Handled(Ok(())), Completing),
        (Handling(Some(TOKEN)), Input::Handled(Ok(())), Completing),
        (Completing, Input::Stored, Over(End::Accepted)),
        (Completing, Input::StoreFailed, Over(End::Unrecorded)),
    ];
    for decision in DECISIONS {
        table.extend([
            (Claiming(decision), Input::Claim(Claim::Claimed(TOKEN)), Handling(Some(TOKEN))),
            (Claiming(decision), in_flight, Over(End::InProgress(LEFT))),
            (Claiming(decision), Input::Claim(Claim::Done), Over(End::Repeat)),
        ]);
    }
    for failure in FAILURES {
        table.extend([
            (Handling(None), Input::Handled(Err(failure)), Over(End::Failed(failure))),
            (Handling(Some(TOKEN)), Input::Handled(Err(failure)), Releasing(TOKEN, failure)),
            (Releasing(TOKEN, failure), Input::Stored, Over(End::Failed(failure))),
            (Releasing(TOKEN, failure), Input::StoreFailed, Over(End::Failed(failure))),
        ]);
    }
    table
}

/// Every path from a first state to an end, as the inputs that changed the state and the states that they led to.
fn paths() -> Vec<Vec<(Option<Input>, State)>> {
    let mut unfinished: Vec<_> = begins().into_iter().map(|state| vec![(None, state)]).collect();
    let mut finished = Vec::new();
    while let Some(path) = unfinished.pop() {
        assert!(path.len() <= 5, "more than 4 steps: {path:?}");
        let state = path.last().unwrap().1;
        if let State::Over(_) = state {
            finished.push(path);
            continue;
        }
        for input in inputs() {
            let next = state.next(input);
            if next != state {
                let mut longer = path.clone();
                longer.push((Some(input), next));
                unfinished.push(longer);
            }
        }
    }
    finished
}

fn end(path: &[(Option<Input>, State)]) -> End {
    match path.last() {
        Some((_, State::Over(end))) => *end,
        other => panic!("no end: {other:?}"),
    }
}

#[test]
fn every_transition_is_in_the_table_and_any_other_input_changes_nothing() {
    let table = transitions();
    for state in states() {
        for input in inputs() {
            let row = table.iter().find(|(from, on, _)| (*from, *on) == (state, input));
            let expected = row.map_or(state, |(_, _, to)| *to);
            assert_eq!(state.next(input), expected, "{state:?} on {input:?}");
        }
    }
}

#[test]
fn an_attempt_that_is_over_stays_over() {
    for end in ends() {
        for input in inputs() {
            assert_eq!(State::Over(end).next(input), State::Over(end), "{input:?}");
        }
    }
}

#[test]
fn only_a_delivery_with_a_key_is_claimed() {
    for decision in DECISIONS {
        assert_eq!(State::begin(true, decision), State::Claiming(decision));
        assert_eq!(State::begin(false, decision), State::Handling(None));
    }
}

/// The longest path is claim, handle, complete or release: 3 steps. [`paths`] fails if a path has more than 4.
#[test]
fn every_path_ends_and_every_state_is_on_one() {
    let paths = paths();
    assert!(paths.iter().all(|path| path.len() <= 4));
    let reached: HashSet<_> = paths.iter().flatten().map(|(_, state)| *state).collect();
    assert_eq!(reached, states().into_iter().collect());
}

#[test]
fn the_handler_runs_once_at_most() {
    for path in paths() {
        let runs = path.iter().filter(|(_, state)| matches!(state, State::Handling(_))).count();
        assert!(runs <= 1, "{path:?}");
    }
}

#[test]
fn a_delivery_is_accepted_if_and_only_if_its_handler_succeeded_and_was_recorded() {
    for path in paths() {
        let inputs: Vec<_> = path.iter().filter_map(|(input, _)| *input).collect();
        let succeeded = inputs.contains(&Input::Handled(Ok(())));
        let recorded = succeeded && inputs.last() == Some(&Input::Stored);
        assert_eq!(end(&path) == End::Accepted, recorded, "{path:?}");
        assert_eq!(matches!(end(&path), End::Accepted | End::Unrecorded), succeeded, "{path:?}");
    }
}

#[test]
fn a_repeat_and_a_delivery_in_progress_are_never_handled() {
    for path in paths() {
        let handled = path.iter().any(|(_, state)| matches!(state, State::Handling(_)));
        let refused = matches!(end(&path), End::Repeat | End::InProgress(_) | End::StoreUnavailable);
        assert_ne!(handled, refused, "{path:?}");
    }
}

#[test]
fn a_claim_is_completed_after_a_success_and_released_after_a_failure() {
    for path in paths() {
        let has = |wanted: fn(&State) -> bool| path.iter().any(|(_, state)| wanted(state));
        let claimed = has(|state| matches!(state, State::Handling(Some(_))));
        let succeeded = matches!(end(&path), End::Accepted | End::Unrecorded);
        assert_eq!(has(|state| *state == State::Completing), succeeded, "{path:?}");
        let released = has(|state| matches!(state, State::Releasing(TOKEN, _)));
        assert_eq!(released, claimed && !succeeded, "{path:?}");
    }
}

#[test]
fn a_failure_ends_as_the_same_failure() {
    for path in paths() {
        let failed = path.iter().find_map(|(input, _)| match input {
            Some(Input::Handled(Err(failure))) => Some(*failure),
            _ => None,
        });
        let ended = match end(&path) {
            End::Failed(failure) => Some(failure),
            _ => None,
        };
        assert_eq!(ended, failed, "{path:?}");
    }
}

/// A store that fails at the claim decides whether the handler runs. A store that fails later changes no failure and no success.
#[test]
fn a_service_that_fails_closed_never_handles_a_delivery_with_a_key_without_a_claim() {
    for path in paths() {
        if path.first() == Some(&(None, State::Claiming(OnStoreError::FailClosed))) {
            assert!(path.iter().all(|(_, state)| *state != State::Handling(None)), "{path:?}");
        }
    }
}
