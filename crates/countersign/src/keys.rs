//! The keys of a verifier. They are all that it keeps of its secrets.

use std::sync::Arc;

use crate::mac::{Key, Mac, Tag};

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
    /// Begins to hash a body with the current key. Only this key hashes while the body arrives, because it signed nearly every delivery.
    pub(crate) fn start(&self) -> Mac {
        self.current.key.start()
    }

    /// The label of the key that made the tag.
    ///
    /// `current` is the computation that [`start`](Self::start) began and that has taken the whole body. If it does not match, each
    /// other key hashes the body once more until one matches.
    pub(crate) fn matching_label(&self, current: Mac, body: &[u8], tag: &Tag) -> Option<Arc<str>> {
        if current.matches(tag) {
            return Some(Arc::clone(&self.current.label));
        }
        let other = self.others.iter().find(|other| other.matches(body, tag))?;
        Some(Arc::clone(&other.label))
    }
}

impl LabelledKey {
    fn matches(&self, body: &[u8], tag: &Tag) -> bool {
        #[cfg(test)]
        HASHED_AGAIN.set(HASHED_AGAIN.get().saturating_add(1));
        self.key.matches(body, tag)
    }
}

#[cfg(test)]
thread_local! {
    /// How many times this thread has hashed a body with a key that is not the current one.
    pub(crate) static HASHED_AGAIN: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}
