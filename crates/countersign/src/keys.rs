//! The keys of a verifier. They are all that it keeps of its secrets.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::claim::Claim;
use crate::mac::{Key, Mac};
use crate::scheme::Text;
use crate::{Scheme, Secrets};

/// One to eight prepared keys with labels, the current one first. They hold no secret's text.
pub(crate) struct Keys {
    pub(crate) current: LabelledKey,
    pub(crate) others: Vec<LabelledKey>,
}

/// A prepared key, and the label of its secret.
pub(crate) struct LabelledKey {
    pub(crate) label: Label,
    pub(crate) key: Key,
}

/// The label of a secret and of its key. A delivery has a copy of it. If it shared the text, all processors would count the owners in one
/// place.
#[derive(Clone, Copy)]
pub(crate) struct Label {
    text: Text<{ Secrets::MAX_LABEL }>,
    /// No other secret of this process has this number. The labels of two secrets may be equal texts.
    number: usize,
}

impl Label {
    /// The label of a new secret.
    pub(crate) fn new(text: Text<{ Secrets::MAX_LABEL }>) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        Self { text, number: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    pub(crate) const fn as_str(&self) -> &str {
        self.text.as_str()
    }
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

    /// The key whose label this is.
    pub(crate) fn labelled(&self, label: Label) -> Option<&Key> {
        let mut keys = std::iter::once(&self.current).chain(&self.others);
        keys.find(|key| key.label.number == label.number).map(|key| &key.key)
    }

    /// The label of the key that made one of the tags. The keys hash the signed text one after the other until one matches.
    #[inline]
    pub(crate) fn matching_label(&self, scheme: &Scheme, claim: &Claim, body: &[u8]) -> Option<&Label> {
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
    ) -> Option<&Label> {
        claim.hash_back(scheme, hashed);
        let is_current = hashed.matches(claim.tags());
        self.label(is_current, scheme, claim, body)
    }

    #[inline]
    fn label(&self, is_current: bool, scheme: &Scheme, claim: &Claim, body: &[u8]) -> Option<&Label> {
        if is_current {
            return Some(&self.current.label);
        }
        let other = self.others.iter().find(|other| other.matches(scheme, claim, body))?;
        Some(&other.label)
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
