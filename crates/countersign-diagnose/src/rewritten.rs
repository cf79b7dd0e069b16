//! The bodies that may have been signed instead of the one that came.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use crate::BodyCause;
use crate::bytes::Bytes;
use crate::cause::body::Experiment;
use crate::dialects::mixed_spellings;
use crate::evidence::Evidence;
use crate::json::Json;

/// Longest body, in bytes, that is changed twice.
const LONGEST_TWICE: usize = 20 * 1024;

/// Number of bytes that bodies with two changes have together.
const MOST_BYTES: usize = 24 * 1024 * 1024;

/// A body, and the mistakes that lie between it and the one that came.
pub(crate) type Rewritten<'e> = (Vec<BodyCause>, Bytes<'e>);

/// The bodies that one experiment makes, each written when it is asked for. Equal ones are there once, and what came is not among them.
pub(crate) fn rewritten<'e>(evidence: &'e Evidence<'e>) -> impl Iterator<Item = Rewritten<'e>> {
    let mut news = News::since(evidence);
    made(evidence, true).filter(move |(_, body)| news.is_new(body)).map(|(cause, body)| (vec![cause], body))
}

/// The bodies that two experiments make, one after the other, and that one alone does not make.
pub(crate) fn rewritten_twice<'e>(evidence: &'e Evidence<'e>) -> impl Iterator<Item = Rewritten<'e>> {
    let is_short = evidence.body.len() <= LONGEST_TWICE;
    let once: Vec<Rewritten<'e>> = rewritten(evidence).take_while(|_| is_short).collect();
    let mut news = News::since(evidence);
    for (_, body) in &once {
        news.is_new(body);
    }
    let has_many = once.last().is_some_and(|(first, _)| is_numerous(first));
    let few: Vec<Rewritten<'e>> = once.into_iter().take_while(|(first, _)| !is_numerous(first)).collect();
    let mixed = evidence.json.iter().filter(move |_| is_short).flat_map(mixed);
    let twice = few.clone().into_iter().flat_map(move |(first, body)| {
        again(evidence, &first, &body, |bodies| {
            bodies.take_while(|(second, _)| !is_numerous(second)).collect()
        })
    });
    let many = few.into_iter().filter(move |_| has_many).flat_map(move |(first, body)| {
        again(evidence, &first, &body, |bodies| {
            bodies.skip_while(|(second, _)| !is_numerous(second)).collect()
        })
    });
    within(MOST_BYTES, mixed)
        .chain(within(MOST_BYTES, twice))
        .chain(within(MOST_BYTES, many))
        .filter(move |(_, body)| news.is_new(body))
}

/// The mixed spellings, each with a final newline too, which some programs write behind their JSON.
fn mixed<'j>(json: &'j Json<'_>) -> impl Iterator<Item = Rewritten<'j>> {
    mixed_spellings(json).flat_map(|(dialect, text)| {
        let spelled = BodyCause::Reserialised { dialect };
        let line = format!("{text}\n").into_bytes();
        let ended = (vec![spelled.clone(), BodyCause::FinalNewlineLost], Bytes::Owned(line));
        [(vec![spelled], Bytes::Owned(text.into_bytes())), ended]
    })
}

/// Whether the last change makes many bodies. The rows of such changes are the last ones of the table.
fn is_numerous(causes: &[BodyCause]) -> bool {
    causes.last().is_some_and(BodyCause::is_numerous)
}

/// The first bodies, as long as they have no more than `most` bytes together.
fn within<'e>(
    most: usize,
    bodies: impl Iterator<Item = Rewritten<'e>>,
) -> impl Iterator<Item = Rewritten<'e>> {
    bodies.scan(most, |left, (causes, body)| {
        *left = left.checked_sub(body.len())?;
        Some((causes, body))
    })
}

/// Takes some of the changes.
type Choose = fn(&mut dyn Iterator<Item = Rewritten<'static>>) -> Vec<Rewritten<'static>>;

/// A changed body with those second changes that `choose` takes. They must not make it much longer. JSON in another spelling is not changed
/// as JSON again, because such a change comes first, and nor is JSON with something around it.
fn again(
    evidence: &Evidence<'_>,
    first: &[BodyCause],
    body: &[u8],
    choose: Choose,
) -> Vec<Rewritten<'static>> {
    let changed = evidence.with_body(body);
    let is_value_changed = first.iter().any(BodyCause::is_value);
    let is_nested = |json: &Json<'_>| json.is_nested().contains(&true);
    let parsed = is_value_changed || !evidence.json.as_ref().is_some_and(is_nested);
    let mut made = made(&changed, parsed)
        .filter(|(_, body)| body.len() <= 8 * LONGEST_TWICE)
        .map(|(second, body)| ([first, &[second]].concat(), Bytes::Owned(body.into_owned())));
    choose(&mut made)
}

fn made<'e>(evidence: &'e Evidence<'e>, parsed: bool) -> impl Iterator<Item = (BodyCause, Bytes<'e>)> {
    let json = evidence.json.as_ref().filter(|_| parsed);
    let made = BodyCause::experiments().filter_map(move |experiment| match experiment {
        Experiment::Signed(make) => Some(make(evidence)),
        Experiment::Parsed(make) => Some(make(json?)),
        _ => None,
    });
    made.flatten()
}

/// The bodies that were seen, as hashes.
struct News {
    hasher: RandomState,
    seen: HashSet<u64>,
}

impl News {
    fn since(evidence: &Evidence<'_>) -> Self {
        let hasher = RandomState::new();
        Self { seen: HashSet::from([hasher.hash_one(evidence.body)]), hasher }
    }

    fn is_new(&mut self, body: &[u8]) -> bool {
        self.seen.insert(self.hasher.hash_one(body))
    }
}
