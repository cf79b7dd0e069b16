//! The bodies that may have been signed instead of the one that came.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use crate::BodyCause;
use crate::bytes::Bytes;
use crate::cause::body::Experiment;
use crate::dialects::mixed_spellings;
use crate::evidence::Evidence;

/// Longest body, in bytes, that is changed twice.
const LONGEST_TWICE: usize = 20 * 1024;

/// Number of bytes that bodies with two changes have together.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// A body, and the mistakes that lie between it and the one that came.
pub(crate) type Rewritten<'e> = (Vec<BodyCause>, Bytes<'e>);

/// The bodies that one experiment makes, each written when it is asked for. Equal ones are there once, and what came is not among them.
pub(crate) fn rewritten<'e>(evidence: &'e Evidence<'e>) -> impl Iterator<Item = Rewritten<'e>> {
    let mut news = News::since(evidence);
    made(evidence).filter(move |(_, body)| news.is_new(body)).map(|(cause, body)| (vec![cause], body))
}

/// The bodies that two experiments make, one after the other, and that one alone does not make.
pub(crate) fn rewritten_twice<'e>(evidence: &'e Evidence<'e>) -> impl Iterator<Item = Rewritten<'e>> {
    let is_short = evidence.body.len() <= LONGEST_TWICE;
    let once: Vec<Rewritten<'e>> = rewritten(evidence).take_while(|_| is_short).collect();
    let mut news = News::since(evidence);
    for (_, body) in &once {
        news.is_new(body);
    }
    let mixed = evidence.json.iter().filter(move |_| is_short).flat_map(mixed_spellings);
    let mixed =
        mixed.map(|(dialect, text)| (vec![BodyCause::Reserialised { dialect }], text.into_bytes().into()));
    let twice = once
        .into_iter()
        .filter(|(first, _)| !first.iter().any(BodyCause::is_numerous))
        .flat_map(move |(first, body)| again(evidence, &first, &body));
    within(MOST_BYTES, mixed).chain(within(MOST_BYTES, twice)).filter(move |(_, body)| news.is_new(body))
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

/// A changed body with each second change, which must not make it much longer. JSON is not spelled twice, because the second spelling is
/// enough.
fn again(evidence: &Evidence<'_>, first: &[BodyCause], body: &[u8]) -> Vec<Rewritten<'static>> {
    let changed = evidence.with_body(body);
    let is_spelled = first.iter().any(BodyCause::is_spelling);
    made(&changed)
        .filter(|(second, body)| !(is_spelled && second.is_spelling()) && body.len() <= 8 * LONGEST_TWICE)
        .map(|(second, body)| ([first, &[second]].concat(), Bytes::Owned(body.into_owned())))
        .collect()
}

fn made<'e>(evidence: &'e Evidence<'e>) -> impl Iterator<Item = (BodyCause, Bytes<'e>)> {
    let made = BodyCause::experiments().filter_map(move |experiment| match experiment {
        Experiment::Signed(make) => Some(make(evidence)),
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
