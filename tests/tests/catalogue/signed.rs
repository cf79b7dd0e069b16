//! Every delivery of `signed.json` through every door.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, UNIX_EPOCH};

use countersign::testing::ProviderInfo;
use countersign::{Custom, Secret, Signer};
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

/// The genuine deliveries that have one signature, in the spelling that a provider uses.
const AS_SENT: [&str; 11] = [
    "a JSON body",
    "a body that is not ASCII",
    "a body with JSON escapes",
    "a body that is not UTF-8",
    "an empty body",
    "a form",
    "a time with Z",
    "as old as the tolerance",
    "an id of one character",
    "an id of 256 characters",
    "an id of all visible characters",
];

/// Python made the same signatures of the same bytes.
#[test]
fn a_signer_of_each_provider_sends_the_headers_that_python_made() {
    let mut signed_by = BTreeMap::new();
    for signed in Signed::all() {
        let scheme = ProviderInfo::find(&signed.provider).unwrap().scheme;
        let signer =
            Signer::<Custom>::for_scheme(scheme, &Secret::new(signed.secret.clone()).unwrap()).unwrap();
        for case in signed.cases.iter().filter(|case| AS_SENT.contains(&&*case.name)) {
            let (delivery, facts) = (signed.delivery(case), case.accepted.as_ref().unwrap());
            let sent_at =
                facts.sent_at_ns.map_or(delivery.now, |time| UNIX_EPOCH + Duration::from_nanos(time));
            let signer = match scheme.id_header() {
                Some(_) => signer.clone().id(facts.event_id.clone().unwrap()),
                None => signer.clone(),
            };
            let headers = signer.sign_at(&delivery.body, sent_at);
            let sent = |name| delivery.headers.iter().find(|(other, _)| other == name).unwrap();
            // A signer writes the time of UTC. Python also writes the same time with an offset.
            if headers.iter().any(|(name, value)| value.ends_with('Z') && value.as_bytes() != sent(name).1) {
                continue;
            }
            for (name, value) in &headers {
                // A receiver skips the blanks that some providers write around their entries.
                let other = str::from_utf8(&sent(name).1).unwrap().replace(", ", ",");
                assert_eq!(*value, other, "{name} of {}: {}", signed.provider, case.name);
            }
            *signed_by.entry(signed.provider.clone()).or_insert(0_usize) += 1;
        }
    }
    assert!(signed_by.len() == ENTRIES.len(), "{signed_by:?}");
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
