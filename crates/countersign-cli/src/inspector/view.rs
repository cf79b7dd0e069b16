//! Deliveries as JSON, for the list.

use std::time::{Duration, SystemTime};

use countersign::testing::ProviderInfo;
use serde::Serialize;

use super::delivery::Delivery;
use super::store::Update;
use crate::clock;
use crate::commands::listen::Received;
use crate::commands::verify::Report;
use crate::output::clean;

/// Longest text in a row of the list, in characters.
const LONGEST: usize = 200;

/// The changes of the list.
#[derive(Serialize)]
pub(super) struct Changes {
    oldest: u64,
    dropped: u64,
    /// Whether more changes follow at once.
    more: bool,
    deliveries: Vec<Row>,
}

/// A row of the list.
#[derive(Serialize)]
pub(super) struct Row {
    number: u64,
    /// Milliseconds since 1970.
    time: u64,
    method: String,
    path: String,
    version: &'static str,
    provider: &'static str,
    event_type: Option<String>,
    event_id: Option<String>,
    bytes: usize,
    valid: bool,
    reason: String,
    status: Option<u16>,
    failed: bool,
    milliseconds: Option<f64>,
    attempt: usize,
}

impl Changes {
    pub(super) fn new(provider: &ProviderInfo, update: &Update, more: bool) -> Self {
        let rows = update.deliveries.iter().map(|delivery| Row::new(provider, delivery));
        Self { oldest: update.oldest, dropped: update.dropped, more, deliveries: rows.collect() }
    }
}

impl Row {
    pub(super) fn new(provider: &ProviderInfo, delivery: &Delivery) -> Self {
        let Delivery { received, claims, .. } = delivery;
        let last = delivery.answers.last();
        let got = last.and_then(|answer| answer.outcome.as_ref().ok());
        Self {
            number: delivery.number,
            time: millis(received.judged.at),
            method: short(&received.request.method),
            path: short(&received.request.path),
            version: received.version,
            provider: provider.name,
            event_type: claims.event_type.as_deref().map(short),
            event_id: claims.event_id.as_ref().or(claims.delivery_id.as_ref()).map(|id| short(id)),
            bytes: received.request.body.len(),
            valid: is_valid(received),
            reason: short(&reason(received)),
            status: got.map(|got| got.status),
            failed: last.is_some_and(|answer| answer.outcome.is_err()),
            milliseconds: got.and(last).map(|answer| in_millis(answer.elapsed)),
            attempt: delivery.attempt,
        }
    }
}

pub(super) fn is_valid(received: &Received) -> bool {
    matches!(received.judged.verdict, Report::Valid { .. })
}

/// The reason in the list: the first cause, or else the verdict.
fn reason(received: &Received) -> String {
    let found = received.judged.finding.made();
    let cause = found.and_then(|found| found.causes().first().or(found.suspicions().first()));
    match (&received.judged.verdict, cause) {
        (Report::Valid { secret, .. }, _) => format!("signed with {secret}"),
        (Report::Refused { .. }, Some(cause)) => cause.fact(),
        // The row has no room for the name of the header.
        (Report::Refused { words, .. }, None) => {
            words.split_once(": ").map_or(words.as_str(), |(_, words)| words).to_owned()
        }
    }
}

pub(super) fn short(text: &str) -> String {
    let mut characters = text.chars();
    let start: String = characters.by_ref().take(LONGEST).collect();
    let more = if characters.next().is_some() { "…" } else { "" };
    clean(&start) + more
}

pub(super) fn millis(time: SystemTime) -> u64 {
    u64::try_from(clock::since_1970(time).as_millis()).unwrap_or(u64::MAX)
}

/// Milliseconds with one digit. An endpoint on this machine answers within one.
pub(super) fn in_millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}
