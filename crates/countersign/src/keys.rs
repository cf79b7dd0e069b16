//! The keys of a verifier. They are all that it keeps of its secrets.

use std::sync::Arc;

use crate::Scheme;
use crate::claim::Claim;
use crate::mac::{Key, Mac};

/// One to eight prepared keys with labels, the current one first. They hold no secret's text.
pub(crate) struct Keys {
    pub(crate) current: LabelledKey,
    pub(crate) others: Vec<LabelledKey>,
}

/// A prepared key, and the label of its secret.
pub(crate) struct LabelledKey {
    pub(crate) label: Arc<str>,
    pub(crate) key: Key,
}

impl Keys {
    /// Begins to hash a delivery with the current key: the parts of the signed text before the body. Only this key hashes while the body
    /// arrives, because it signed nearly every delivery.
    #[inline]
    pub(crate) fn start(&self, scheme: &Scheme, claim: &Claim) -> Mac {
        let mut mac = self.current.key.start();
        claim.hash_front(scheme, &mut mac);
        mac
    }

    /// The key whose label this is. The labels of two secrets may be equal texts, so the place in memory counts: a proof and the key that
    /// made it share one label.
    pub(crate) fn labelled(&self, label: &Arc<str>) -> Option<&Key> {
        std::iter::once(&self.current)
            .chain(&self.others)
            .find(|key| Arc::ptr_eq(&key.label, label))
            .map(|key| &key.key)
    }

    /// The label of the key that made one of the tags. The keys hash the signed text one after the other until one matches.
    #[inline]
    pub(crate) fn matching_label(&self, scheme: &Scheme, claim: &Claim, body: &[u8]) -> Option<Arc<str>> {
        let is_current = claim.matches(scheme, &self.current.key, body);
        self.label(is_current, scheme, claim, body)
    }

    /// The label of the key that made one of the tags. `hashed` is the computation that [`start`](Self::start) began and that has taken the
    /// whole body, so only the other keys hash it again.
    #[inline]
    pub(crate) fn label_after(
        &self,
        hashed: &mut Mac,
        scheme: &Scheme,
        claim: &Claim,
        body: &[u8],
    ) -> Option<Arc<str>> {
        claim.hash_back(scheme, hashed);
        let is_current = hashed.matches(claim.tags());
        self.label(is_current, scheme, claim, body)
    }

    #[inline]
    fn label(&self, is_current: bool, scheme: &Scheme, claim: &Claim, body: &[u8]) -> Option<Arc<str>> {
        if is_current {
            return Some(Arc::clone(&self.current.label));
        }
        let other = self.others.iter().find(|other| other.matches(scheme, claim, body))?;
        Some(Arc::clone(&other.label))
    }
}

impl LabelledKey {
    fn matches(&self, scheme: &Scheme, claim: &Claim, body: &[u8]) -> bool {
        #[cfg(test)]
        HASHED_AGAIN.set(HASHED_AGAIN.get().saturating_add(1));
        claim.matches(scheme, &self.key, body)
    }
}

#[cfg(test)]
thread_local! {
    /// How many times this thread has hashed a body with a key that is not the current one.
    pub(crate) static HASHED_AGAIN: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}
