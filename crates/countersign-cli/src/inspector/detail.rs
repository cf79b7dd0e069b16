//! One delivery as JSON, for the detail view.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::testing::ProviderInfo;
use countersign_diagnose::Diagnosis;
use serde::Serialize;

use super::delivery::{Answered, Delivery};
use super::store::Store;
use super::text::{Piece, part_of_header, pieces};
use super::view::{Row, in_millis, is_valid, millis};
use super::{diff, mask};
use crate::commands::diagnose::Cause;
use crate::commands::listen::Received;
use crate::commands::verify::Report;
use crate::output::clean;
use crate::scheme::{algorithm_in_words, signed_in_words, value_in_words};

/// The part of a body that the page shows, in bytes.
const SHOWN: usize = 256 * 1024;

/// Equal bytes that are shown in front of the first difference of long texts.
const CONTEXT: usize = 4 * 1024;

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
    /// Equal bytes at the start that are left out.
    skipped: usize,
    parts: Vec<(u8, usize)>,
    /// Whether bytes at the end are left out.
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
            answers: delivery
                .answers
                .iter()
                .map(|answered| Answer::new(provider, received, answered))
                .collect(),
            attempts: store.attempts(delivery.key).iter().map(Attempt::from).collect(),
            key_source: if has_id { "They have the same event id." } else { "They have equal bodies." },
        })
    }
}

impl Diff {
    fn new(signed: &[u8], came: &[u8]) -> Self {
        let skipped = skipped(signed, came);
        let [left, right] = [signed, came].map(|bytes| start(bytes.get(skipped..).unwrap_or_default()));
        Self {
            skipped,
            signed: STANDARD.encode(left),
            came: STANDARD.encode(right),
            signed_bytes: signed.len(),
            came_bytes: came.len(),
            parts: diff::spans(left, right).into_iter().map(|(kind, length)| (kind as u8, length)).collect(),
            cut: [signed, came].iter().any(|bytes| bytes.len().saturating_sub(skipped) > SHOWN),
        }
    }
}

impl Answer {
    fn new(provider: &ProviderInfo, received: &Received, answered: &Answered) -> Self {
        let without_echo =
            |body: &[u8]| mask::without_echo(&received.request.headers, provider.scheme.header(), body);
        let (got, error) = match &answered.outcome {
            Ok(got) => (Some(got), None),
            Err(error) => (None, Some(clean(error))),
        };
        Self {
            time: millis(answered.time),
            kind: answered.by.as_str(),
            status: got.map(|got| got.status),
            reason: got.map(|got| got.reason.clone()).unwrap_or_default(),
            error,
            milliseconds: got.map(|_| in_millis(answered.elapsed)),
            body: got.map(|got| STANDARD.encode(without_echo(&got.body))).unwrap_or_default(),
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

/// The number of equal bytes at the start that are left out. It is 0 if both texts can be shown whole.
fn skipped(signed: &[u8], came: &[u8]) -> usize {
    if signed.len().max(came.len()) <= SHOWN {
        return 0;
    }
    let equal = signed.iter().zip(came).take_while(|(one, other)| one == other).count();
    let near = equal.saturating_sub(CONTEXT);
    // The cut moves back to the first byte of a character. Other bytes of a character are from 80 to bf.
    let back = signed.get(..=near).unwrap_or_default().iter().rev().take(4);
    near.saturating_sub(back.take_while(|byte| matches!(byte, 0x80..=0xbf)).count())
}

fn causes(causes: &[countersign_diagnose::Cause]) -> Vec<Cause> {
    causes.iter().map(|cause| Cause::from(cause).cleaned()).collect()
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
