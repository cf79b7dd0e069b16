//! The bodies that may have been signed instead of the one that came.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use crate::BodyCause;
use crate::bytes::Bytes;
use crate::cause::body::Experiment;
use crate::evidence::Evidence;

/// A body, and the mistakes that lie between it and the one that came.
pub(crate) type Rewritten<'e> = (Vec<BodyCause>, Bytes<'e>);

/// The bodies that experiments make, each written when it is asked for. Equal ones are there once, and what came is not among them.
pub(crate) fn rewritten<'e>(evidence: &'e Evidence<'e>) -> impl Iterator<Item = Rewritten<'e>> {
    let hasher = RandomState::new();
    let mut seen = HashSet::from([hasher.hash_one(evidence.body)]);
    let made = BodyCause::experiments().filter_map(move |experiment| match experiment {
        Experiment::Signed(make) => Some(make(evidence)),
        _ => None,
    });
    made.flatten()
        .filter(move |(_, body)| seen.insert(hasher.hash_one(body.as_ref())))
        .map(|(cause, body)| (vec![cause], body))
}
