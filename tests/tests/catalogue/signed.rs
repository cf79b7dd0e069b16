//! Every delivery of `signed.json` through every door.

use std::collections::{BTreeMap, BTreeSet};

use countersign_tests::catalogue::{Signed, SignedCase};

use crate::doors::{ENTRIES, Outcome};

/// The file has at least this many cases. If there are fewer, some have been lost.
const CASES: usize = 5000;

#[tokio::test]
async fn every_delivery_through_every_door() {
    let mut runs = BTreeMap::new();
    let mut faults = Vec::new();
    for signed in Signed::all() {
        let entry = ENTRIES.iter().find(|entry| entry.name == signed.provider).unwrap();
        for case in &signed.cases {
            let delivery = signed.delivery(case);
            for door in entry.doors {
                let Some(outcome) = (door.run)(&delivery).await else { continue };
                *runs.entry(door.name).or_insert(0_usize) += 1;
                if let Err(fault) = check(case, &outcome) {
                    faults.push(format!("{}: {}\n    at {}: {fault}", entry.name, case.name, door.name));
                }
            }
        }
    }
    println!("{runs:?}");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(runs.len() == ENTRIES[0].doors.len() && runs.values().all(|runs| *runs >= CASES));
}

fn check(case: &SignedCase, outcome: &Outcome) -> Result<(), String> {
    let is_right = match (outcome, &case.accepted, &case.refused) {
        (Outcome::Accepted(None), Some(_), None) | (Outcome::Refused(None), None, Some(_)) => true,
        (Outcome::Accepted(Some(facts)), Some(expected), None) => facts == expected,
        (Outcome::Refused(Some(reason)), None, Some(expected)) => is_reason(reason, expected),
        _ => false,
    };
    let expected = || format!("{outcome:?}, not {:?} {:?}", case.accepted, case.refused);
    if is_right { Ok(()) } else { Err(expected()) }
}

/// A reason with fields is expected as a whole or by its name.
fn is_reason(reason: &str, expected: &str) -> bool {
    reason == expected || reason.split(' ').next() == Some(expected)
}

#[test]
fn every_catalogued_provider_has_genuine_and_forged_deliveries() {
    let all = Signed::all();
    let signed: BTreeSet<_> = all.iter().map(|signed| &*signed.provider).collect();
    assert_eq!(signed, ENTRIES.iter().map(|entry| entry.name).collect());
    for signed in &all {
        assert!(
            signed.cases.iter().filter(|case| case.accepted.is_some()).count() >= 4,
            "{}",
            signed.provider
        );
        assert!(
            signed.cases.iter().filter(|case| case.refused.is_some()).count() >= 30,
            "{}",
            signed.provider
        );
    }
}
