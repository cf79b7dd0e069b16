//! The answers, counted by kind, version and status.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::client::Version;
use crate::judge::Kind;

/// The counts. A request without an answer has no status.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    answers: BTreeMap<(Kind, Version, Option<u16>), usize>,
    wrong: usize,
}

/// At most this many wrong answers are printed.
const SHOWN: usize = 20;

impl Tally {
    pub(crate) fn count(&self, kind: Kind, version: Version, status: Option<u16>) {
        *self.0.lock().unwrap().answers.entry((kind, version, status)).or_default() += 1;
    }

    /// Counts a wrong answer, and prints the first ones.
    pub(crate) fn wrong(&self, answer: &str) {
        let mut counts = self.0.lock().unwrap();
        counts.wrong += 1;
        if counts.wrong <= SHOWN {
            println!("wrong answer: {answer}");
        }
    }

    pub(crate) fn wrong_answers(&self) -> usize {
        self.0.lock().unwrap().wrong
    }

    /// The requests that were answered.
    pub(crate) fn answered(&self) -> usize {
        self.0
            .lock()
            .unwrap()
            .answers
            .iter()
            .filter(|((.., status), _)| status.is_some())
            .map(|(_, count)| count)
            .sum()
    }

    /// A line for each kind and version: the statuses and their numbers.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = BTreeMap::<_, Vec<String>>::new();
        for ((kind, version, status), count) in &self.0.lock().unwrap().answers {
            let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
            lines.entry((*kind, *version)).or_default().push(format!("{status}: {count}"));
        }
        let line = |((kind, version), counts): ((Kind, Version), Vec<String>)| {
            format!("{:<10} {:<6} {}", format!("{kind:?}"), format!("{version:?}"), counts.join(", "))
        };
        lines.into_iter().map(line).collect()
    }
}
