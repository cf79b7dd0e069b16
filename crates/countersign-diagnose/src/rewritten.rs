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
pub(crate) const LONGEST_TWICE: usize = 20 * 1024;

/// Longest text, in bytes, that is tried with a final newline in each mixed spelling.
const LONGEST_ENDED: usize = 4 * 1024;

/// Number of bytes that bodies with two changes have together.
const MOST_BYTES: usize = 24 * 1024 * 1024;

/// Number of bytes that are counted for each of them besides, because short ones take time too.
const EACH: usize = 256;

/// A body, and the mistakes that lie between it and the one that came.
pub(crate) type Rewritten<'e> = (Vec<BodyCause>, Bytes<'e>);

/// The bodies that one experiment makes, each written when it is asked for. Equal ones are there once, and what came is not among them.
pub(crate) fn rewritten<'e>(evidence: &'e Evidence<'e>) -> impl Iterator<Item = Rewritten<'e>> {
    once(evidence, made(evidence, Rows::GUESSES))
}

/// The same without the experiments that guess.
pub(crate) fn rewritten_surely<'e>(evidence: &'e Evidence<'e>) -> impl Iterator<Item = Rewritten<'e>> {
    once(evidence, std::iter::empty())
}

fn once<'e>(
    evidence: &'e Evidence<'e>,
    guesses: impl Iterator<Item = (BodyCause, Bytes<'e>)>,
) -> impl Iterator<Item = Rewritten<'e>> {
    let mut news = News::since(evidence);
    let one = |(cause, body)| (vec![cause], body);
    let is_short = evidence.body.len() <= LONGEST_TWICE;
    let likely: Vec<Rewritten<'e>> =
        is_short.then(|| made(evidence, Rows::LIKELY)).into_iter().flatten().map(one).collect();
    // Two likely changes come before a spelling of JSON, because they may make the same bytes and say more.
    let twice = likely
        .clone()
        .into_iter()
        .flat_map(move |(first, body)| again(evidence, &first, &body, Rows::LIKELY));
    let all = made(evidence, Rows::ALL).chain(guesses).map(one);
    likely.into_iter().chain(twice).chain(all).filter(move |(_, body)| news.is_new(body))
}

/// The bodies that two experiments make, one after the other, and that one alone does not make.
pub(crate) fn rewritten_twice<'e>(evidence: &'e Evidence<'e>) -> impl Iterator<Item = Rewritten<'e>> {
    let is_short = evidence.body.len() <= LONGEST_TWICE;
    let mut news = News::since(evidence);
    let mut seen = News::since(evidence);
    let once: Vec<Rewritten<'e>> = made(evidence, Rows::ALL)
        .take_while(|_| is_short)
        .filter(|(_, body)| seen.is_new(body))
        .map(|(cause, body)| (vec![cause], body))
        .collect();
    for (_, body) in rewritten(evidence).take_while(|_| is_short) {
        news.is_new(&body);
    }
    let mixed = evidence.json.iter().filter(move |_| is_short).flat_map(mixed);
    let is_nested = evidence.json.as_ref().is_some_and(|json| json.is_nested().contains(&true));
    let likely =
        once.clone().into_iter().flat_map(move |(first, body)| again(evidence, &first, &body, Rows::LIKELY));
    let twice = once.clone().into_iter().flat_map(move |(first, body)| {
        // JSON in another spelling is not changed as JSON again, because such a change comes first, and nor is JSON with something around it.
        let is_parsed = !is_nested || first.iter().any(BodyCause::is_value);
        again(evidence, &first, &body, if is_parsed { Rows::ALL } else { Rows::TEXTS })
    });
    let guesses =
        once.into_iter().flat_map(move |(first, body)| again(evidence, &first, &body, Rows::GUESSES));
    within(MOST_BYTES, mixed)
        .chain(within(MOST_BYTES / 2, likely))
        .chain(within(MOST_BYTES, twice))
        .chain(within(MOST_BYTES, guesses))
        .filter(move |(_, body)| news.is_new(body))
}

/// The mixed spellings. Short ones are there with a final newline too, which some programs write behind their JSON.
fn mixed<'j>(json: &'j Json<'_>) -> impl Iterator<Item = Rewritten<'j>> {
    mixed_spellings(json).flat_map(|(dialect, text)| {
        let spelled = BodyCause::Reserialised { dialect };
        let ended = (text.len() <= LONGEST_ENDED).then(|| {
            (
                vec![spelled.clone(), BodyCause::FinalNewlineLost],
                Bytes::Owned(format!("{text}\n").into_bytes()),
            )
        });
        [(vec![spelled], Bytes::Owned(text.into_bytes()))].into_iter().chain(ended)
    })
}

/// The first bodies, as long as they have no more than `most` bytes together.
fn within<'e>(
    most: usize,
    bodies: impl Iterator<Item = Rewritten<'e>>,
) -> impl Iterator<Item = Rewritten<'e>> {
    bodies.scan(most, |left, (causes, body)| {
        *left = left.checked_sub(body.len())?.checked_sub(EACH)?;
        Some((causes, body))
    })
}

/// A changed body with each second change, which must not make it much longer.
fn again(evidence: &Evidence<'_>, first: &[BodyCause], body: &[u8], rows: Rows) -> Vec<Rewritten<'static>> {
    let changed = evidence.with_body(body);
    made(&changed, rows)
        .filter(|(_, body)| body.len() <= 8 * LONGEST_TWICE)
        .map(|(second, body)| ([first, &[second]].concat(), Bytes::Owned(body.into_owned())))
        .collect()
}

/// The rows that are tried.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Rows {
    texts: Texts,
    parsed: bool,
    guesses: bool,
}

/// The rows that take any body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Texts {
    None,
    /// Those in front of the first row that takes JSON.
    Likely,
    All,
}

impl Rows {
    const LIKELY: Self = Self { texts: Texts::Likely, parsed: false, guesses: false };
    const TEXTS: Self = Self { texts: Texts::All, ..Self::LIKELY };
    const ALL: Self = Self { parsed: true, ..Self::TEXTS };
    const GUESSES: Self = Self { texts: Texts::None, guesses: true, ..Self::LIKELY };
}

fn made<'e>(evidence: &'e Evidence<'e>, rows: Rows) -> impl Iterator<Item = (BodyCause, Bytes<'e>)> {
    let json = evidence.json.as_ref();
    let mut texts = rows.texts;
    let made = BodyCause::experiments().filter_map(move |experiment| match experiment {
        Experiment::Signed(make) => (texts != Texts::None).then(|| make(evidence)),
        Experiment::Parsed(make) => {
            texts = if texts == Texts::All { Texts::All } else { Texts::None };
            Some(make(json.filter(|_| rows.parsed)?))
        }
        Experiment::Guessed(make) => Some(make(json.filter(|_| rows.guesses)?)),
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
