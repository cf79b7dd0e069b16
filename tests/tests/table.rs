//! Every case of the table through every door.

use std::collections::{BTreeMap, BTreeSet};

use countersign::testing::PROVIDERS;
use countersign_tests::{Case, DOORS, Outcome, seen};
use serde_json::Value;

/// The table has at least this many cases, runs and doors. Fewer of them mean that some have been lost.
const CASES: usize = 1100;
const DOOR_COUNT: usize = 14;
const RUNS: usize = 15_000;

#[tokio::test]
async fn every_case_through_every_door() {
    let cases = Case::all();
    let mut runs = BTreeMap::new();
    let mut faults = Vec::new();
    for case in &cases {
        let mut first = None;
        for door in DOORS {
            let Some(outcome) = (door.run)(case).await else { continue };
            *runs.entry(door.name).or_insert(0_usize) += 1;
            if let Err(fault) = check(case, &outcome, &mut first) {
                faults.push(format!("{}\n    at {}: {fault}", case.name, door.name));
            }
        }
    }
    let sum: usize = runs.values().sum();
    println!("{} cases, {} doors, {sum} runs: {runs:?}", cases.len(), DOORS.len());
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert_eq!(DOORS.len(), DOOR_COUNT);
    assert!(cases.len() >= CASES && sum >= RUNS);
    assert!(DOORS.iter().all(|door| runs.contains_key(door.name)), "a door that no case went through");
}

/// Compares an outcome with the table and with the outcome of the first door, which all doors must share.
fn check(case: &Case, outcome: &Outcome, first: &mut Option<(u16, String)>) -> Result<(), String> {
    let expected = &case.expect;
    match outcome {
        Outcome::Verdict(verdict) => {
            let reason = expected.reason.as_ref().filter(|_| expected.status == 401);
            equal("verdict", &verdict.as_ref().err(), &reason)
        }
        Outcome::Answer { status, headers, body, reason } => {
            equal("status", status, &expected.status)?;
            equal("headers", headers, &headers_of(*status))?;
            if reason.is_some() {
                equal("reason", reason, &expected.reason)?;
            }
            if *status == 200 {
                check_seen(case, body)?;
            } else {
                equal("body", body, &refusal(*status).to_owned())?;
            }
            let first = first.get_or_insert_with(|| (*status, body.clone()));
            equal("answer at the first door", &(*status, body.clone()), first)
        }
    }
}

fn check_seen(case: &Case, body: &str) -> Result<(), String> {
    let seen: Value = serde_json::from_str(body).map_err(|error| error.to_string())?;
    equal("hash of the body", &seen["body"], &seen::hash(&case.body()).into())?;
    for (key, expected) in &case.expect.seen {
        let found = seen.get(key).ok_or_else(|| format!("'{key}' is nothing that can be seen"))?;
        equal(key, found, expected)?;
    }
    Ok(())
}

/// The headers of an answer, sorted. They are written here a second time, so that a change is noticed.
fn headers_of(status: u16) -> Vec<(String, String)> {
    let json = ("content-type", "application/json");
    let all = if status == 401 { vec![json, ("www-authenticate", "Signature")] } else { vec![json] };
    all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The body of an answer. It is written here a second time, so that a change is noticed.
#[track_caller]
fn refusal(status: u16) -> &'static str {
    match status {
        400 => r#"{"error":"malformed payload"}"#,
        401 => r#"{"error":"invalid signature"}"#,
        413 => r#"{"error":"body too large"}"#,
        415 => r#"{"error":"unsupported content encoding"}"#,
        other => panic!("no answer {other} in the table"),
    }
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what} {found:?}, not {expected:?}")) }
}

#[test]
fn every_refusal_has_a_reason_and_every_name_is_unique() {
    let cases = Case::all();
    for case in &cases {
        assert_eq!(case.expect.status != 200, case.expect.reason.is_some(), "{}", case.name);
    }
    let names: BTreeSet<_> = cases.iter().map(|case| &case.name).collect();
    assert_eq!(names.len(), cases.len());
}

#[test]
fn every_documented_event_is_in_the_table() {
    let cases = Case::all();
    for provider in PROVIDERS {
        for event_type in provider.samples.iter().filter_map(|sample| sample.event_type) {
            let genuine = cases.iter().any(|case| {
                case.provider == provider.name
                    && case.expect.seen.get("kind").is_some_and(|name| name == event_type)
                    && case.expect.seen.get("known").is_some_and(|known| known == true)
                    && case.expect.seen.contains_key("occurred_at_ms")
            });
            assert!(genuine, "{} {event_type}", provider.name);
        }
    }
}
