//! One delivery as JSON, for the detail view.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::testing::ProviderInfo;
use countersign_diagnose::Diagnosis;
use serde::Serialize;

use super::delivery::{Answered, Delivery};
use super::store::Store;
use super::text::{Piece, part_of_header, pieces};
use super::view::{Row, in_millis, is_valid, millis, short};
use super::{diff, mask};
use crate::commands::diagnose::Cause;
use crate::commands::listen::Received;
use crate::commands::verify::Report;
use crate::output::clean;
use crate::scheme::{algorithm_in_words, signed_in_words, value_in_words};

/// The part of a body that the page shows, in bytes.
const SHOWN: usize = 256 * 1024;

/// The detail view.
#[derive(Serialize)]
pub(super) struct Detail {
    #[serde(flatten)]
    row: Row,
    sentence: String,
    causes: Vec<Cause>,
    suspicions: Vec<Cause>,
    diagnosis_note: Option<String>,
    diff: Option<Diff>,
    headers: Vec<Header>,
    body: String,
    body_cut: bool,
    signed_text: Vec<Piece>,
    signed_formula: String,
    algorithm: &'static str,
    value_form: String,
    answers: Vec<Answer>,
    attempts: Vec<Attempt>,
    key_source: &'static str,
}

#[derive(Serialize)]
struct Diff {
    signed: String,
    came: String,
    signed_bytes: usize,
    came_bytes: usize,
    parts: Vec<(u8, usize)>,
    cut: bool,
}

#[derive(Serialize)]
struct Header {
    name: String,
    value: String,
    part: Option<&'static str>,
}

#[derive(Serialize)]
struct Answer {
    time: u64,
    kind: &'static str,
    status: Option<u16>,
    reason: String,
    error: Option<String>,
    milliseconds: Option<f64>,
    body: String,
}

#[derive(Serialize)]
struct Attempt {
    number: u64,
    time: u64,
    valid: bool,
}

impl Detail {
    pub(super) fn new(provider: &ProviderInfo, store: &Store, number: u64) -> Option<Self> {
        let delivery = store.get(number)?;
        let received = &delivery.received;
        let scheme = &provider.scheme;
        let row = Row::new(provider, &delivery);
        let has_id = delivery.claims.event_id.is_some();
        let body = &received.request.body;
        let found = received.judged.finding.made();
        Some(Self {
            row,
            sentence: sentence(received),
            causes: found.map(Diagnosis::causes).map(causes).unwrap_or_default(),
            suspicions: found.map(Diagnosis::suspicions).map(causes).unwrap_or_default(),
            diagnosis_note: note(received),
            diff: found.and_then(Diagnosis::signed_body).map(|signed| Diff::new(signed, body)),
            headers: headers(provider, received),
            body: STANDARD.encode(start(body)),
            body_cut: body.len() > SHOWN,
            signed_text: pieces(scheme, &received.request),
            signed_formula: signed_in_words(scheme),
            algorithm: algorithm_in_words(scheme),
            value_form: format!("{}: {}", scheme.header(), value_in_words(scheme)),
            answers: delivery.answers.iter().map(Answer::from).collect(),
            attempts: store.attempts(delivery.key).iter().map(Attempt::from).collect(),
            key_source: if has_id { "They have the same event id." } else { "They have equal bodies." },
        })
    }
}

impl Diff {
    fn new(signed: &[u8], came: &[u8]) -> Self {
        let (left, right) = (start(signed), start(came));
        Self {
            signed: STANDARD.encode(left),
            came: STANDARD.encode(right),
            signed_bytes: signed.len(),
            came_bytes: came.len(),
            parts: diff::spans(left, right).into_iter().map(|(kind, length)| (kind as u8, length)).collect(),
            cut: signed.len() > SHOWN || came.len() > SHOWN,
        }
    }
}

impl From<&Answered> for Answer {
    fn from(answered: &Answered) -> Self {
        let (got, error) = match &answered.outcome {
            Ok(got) => (Some(got), None),
            Err(error) => (None, Some(clean(error))),
        };
        Self {
            time: millis(answered.time),
            kind: answered.by.as_str(),
            status: got.map(|got| got.status),
            reason: got.map(|got| short(&got.reason)).unwrap_or_default(),
            error,
            milliseconds: got.map(|_| in_millis(answered.elapsed)),
            body: got.map(|got| got.body.clone()).unwrap_or_default(),
        }
    }
}

impl From<&Delivery> for Attempt {
    fn from(delivery: &Delivery) -> Self {
        let received = &delivery.received;
        Self { number: delivery.number, time: millis(received.judged.at), valid: is_valid(received) }
    }
}

fn headers(provider: &ProviderInfo, received: &Received) -> Vec<Header> {
    let own = provider.scheme.header();
    let header = |(name, value): &(String, Vec<u8>)| Header {
        name: clean(name),
        value: clean(&mask::masked(name, value, own)),
        part: part_of_header(&provider.scheme, name),
    };
    received.request.headers.iter().map(header).collect()
}

fn causes(causes: &[countersign_diagnose::Cause]) -> Vec<Cause> {
    causes.iter().map(Cause::from).collect()
}

/// The verdict in one sentence.
fn sentence(received: &Received) -> String {
    match &received.judged.verdict {
        Report::Valid { secret, sent_at, .. } => {
            let at = sent_at.as_ref().map(|time| format!(" at {time}")).unwrap_or_default();
            let known = match received.judged.event_is_known {
                Some(false) => " The provider's documents do not name this event type.",
                _ => "",
            };
            format!("The signature matches. It was made with {secret}{at}.{known}")
        }
        Report::Refused { words, .. } => clean(words),
    }
}

/// The words of a diagnosis besides its causes.
fn note(received: &Received) -> Option<String> {
    let finding = &received.judged.finding;
    finding.skipped().or_else(|| finding.made()?.advice()).map(str::to_owned)
}

fn start(bytes: &[u8]) -> &[u8] {
    bytes.get(..SHOWN).unwrap_or(bytes)
}
