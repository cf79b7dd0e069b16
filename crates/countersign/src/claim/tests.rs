//! Every small scheme without a fault, against texts that look like several deliveries.

use super::*;
use crate::Part;

const PARTS: [Part<'_>; 8] = [
    Part::Id("x-id"),
    Part::Timestamp,
    Part::Body,
    Part::Text("."),
    Part::Text("0"),
    Part::Text("T"),
    Part::Text("Z-"),
    Part::Text(":+"),
];

const IDS: [&str; 9] =
    ["a", "0", "9", "Z", "+00", "2020-01-01T00", "1649367553", "2020-01-01T00:00:00Z", "a.1649367553"];

const BODIES: [&str; 14] = [
    "",
    ".",
    "0",
    "Z",
    "1",
    "1649367553",
    ".1649367553",
    "T1649367553000",
    "2020-01-01T00:00:00Z",
    ".2020-01-01T00:00:00Z",
    "+00:00",
    ".5Z",
    "Z-1649367553Z-",
    "02020-01-01T00:00:00+00:00:+0",
];

const TIMES: [&str; 10] = [
    "0",
    "1",
    "01649367553",
    "1649367553",
    "16493675530",
    "1649367553000",
    "2020-01-01T00:00:00Z",
    "2020-01-01T00:00:00.5Z",
    "2020-01-01T00:00:00+00:00",
    "2020-01-01T00:00:00.5-23:59",
];

/// Miri takes every seventh id, time and body, because all of them would take days.
const STEP: usize = if cfg!(miri) { 7 } else { 1 };

/// How many deliveries the rest of a signed text can be read as.
fn readings(scheme: &Scheme, parts: &[Part<'_>], text: &[u8]) -> usize {
    let Some((part, parts)) = parts.split_first() else { return usize::from(text.is_empty()) };
    (0..=text.len())
        .filter(|end| is_part(scheme, *part, &text[..*end]))
        .map(|end| readings(scheme, parts, &text[end..]))
        .sum()
}

fn is_part(scheme: &Scheme, part: Part<'_>, text: &[u8]) -> bool {
    match part {
        Part::Text(literal) => literal.as_bytes() == text,
        Part::Timestamp => scheme.read_time(text).is_some(),
        Part::Id(_) => signed_id(scheme, Once::Value(text)).is_ok(),
        Part::Body => true,
    }
}

/// All sequences of `length` parts.
fn sequences(length: usize) -> Vec<Vec<Part<'static>>> {
    (0..length).fold(vec![Vec::new()], |shorter, _| {
        shorter.iter().flat_map(|parts| PARTS.map(|part| [&parts[..], &[part]].concat())).collect()
    })
}

#[test]
fn every_signed_text_is_read_as_one_delivery() {
    let longest = if cfg!(miri) { 3 } else { 4 };
    let time = Timestamp::header("x-time");
    let mut schemes = 0;
    for parts in (1..=longest).flat_map(sequences) {
        for time in [time, time.millis(), time.rfc3339()] {
            let scheme = Scheme::hex("x-signature").timestamp(time).signed(&parts);
            if scheme.fault().is_none() {
                schemes += 1;
                assert_read_in_one_way(&scheme, &parts);
            }
        }
    }
    if longest == 4 {
        assert_eq!(schemes, 1057);
    } else {
        assert!(schemes > 0);
    }
}

fn assert_read_in_one_way(scheme: &Scheme, parts: &[Part<'_>]) {
    let ids = if scheme.id_header().is_some() { &IDS[..] } else { &IDS[..1] };
    let ids = ids.iter().step_by(STEP);
    let times = TIMES.iter().step_by(STEP).filter(|time| scheme.read_time(time.as_bytes()).is_some());
    for (time, id) in times.flat_map(|time| ids.clone().map(move |id| (time, id))) {
        for body in BODIES.iter().step_by(STEP) {
            let part = |part: &Part<'_>| match part {
                Part::Text(literal) => (*literal).to_owned(),
                Part::Timestamp => (*time).to_owned(),
                Part::Id(_) => (*id).to_owned(),
                Part::Body => (*body).to_owned(),
            };
            let text: String = parts.iter().map(part).collect();
            assert!(
                readings(scheme, parts, text.as_bytes()) <= 1,
                "{parts:?} reads {text:?} in several ways"
            );
        }
    }
}
