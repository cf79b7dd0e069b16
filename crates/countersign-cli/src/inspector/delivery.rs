//! A delivery as the inspector keeps it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use countersign::dedupe::DeliveryKey;
use countersign_diagnose::Diagnosis;

use super::claims::Claims;
use super::view::short;
use crate::commands::listen::Received;
use crate::http1::Answer;

/// The part of an answer's body that is kept, in bytes.
const ANSWER_BODY: usize = 4 * 1024;

/// Answers that are kept for one delivery. The first is the one that the client got.
const ANSWERS: usize = 20;

/// The memory that a delivery takes besides its own bytes, roughly, in bytes.
const OVERHEAD: usize = 1024;

/// The memory that a header takes besides its name and its value, roughly, in bytes.
const HEADER: usize = 96;

/// A delivery in the store.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) number: u64,
    pub(super) received: Arc<Received>,
    pub(super) claims: Arc<Claims>,
    /// The number of deliveries with the same key so far, with this one.
    pub(super) attempt: usize,
    pub(super) key: DeliveryKey,
    pub(super) answers: Vec<Arc<Answered>>,
    /// The version of the store in which it changed last.
    pub(super) changed: u64,
}

/// The answer to a delivery, or to its replay.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) time: SystemTime,
    pub(crate) by: Answerer,
    pub(crate) elapsed: Duration,
    pub(crate) outcome: Result<Got, String>,
}

/// The party that answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answerer {
    /// The command itself.
    Listener,
    /// The forward target.
    Forward,
    /// The forward target, to a replay.
    Replay,
}

/// The part of an answer that is kept.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) body: Vec<u8>,
}

/// The memory that a delivery takes, in bytes.
pub(super) fn bytes(received: &Received) -> usize {
    let headers =
        received.request.headers.iter().map(|(name, value)| [HEADER, name.len(), value.len()].iter().sum());
    let signed = received.judged.finding.made().and_then(Diagnosis::signed_body).map_or(0, <[u8]>::len);
    let parts = [OVERHEAD, received.request.path.len(), received.request.body.len(), signed];
    headers.chain(parts).fold(0, usize::saturating_add)
}

impl Delivery {
    /// Adds an answer. The answers to the oldest of many replays are dropped.
    pub(super) fn answer(&mut self, answered: Answered) {
        if self.answers.len() >= ANSWERS {
            self.answers.remove(1);
        }
        self.answers.push(Arc::new(answered));
    }

    /// The memory that its answers take, in bytes.
    pub(super) fn answer_bytes(&self) -> usize {
        self.answers.iter().map(|answered| answered.bytes()).fold(0, usize::saturating_add)
    }
}

impl Answered {
    fn bytes(&self) -> usize {
        let text = self.outcome.as_ref().map_or_else(String::len, |got| got.body.len());
        text.saturating_add(256)
    }
}

impl Answerer {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Listener => "listener",
            Self::Forward => "forward",
            Self::Replay => "replay",
        }
    }
}

impl From<&Answer> for Got {
    fn from(answer: &Answer) -> Self {
        let start = answer.body.get(..ANSWER_BODY).unwrap_or(&answer.body);
        Self { status: answer.status, reason: short(&answer.reason), body: start.to_vec() }
    }
}
