//! The keys of a verifier: all that it keeps of its secrets.

use std::sync::Arc;

use crate::mac::{Key, Mac, Tag};

/// One to eight prepared keys with labels, the current one first. No text of a secret is in it.
pub(crate) struct Keys {
    pub(crate) current: LabelledKey,
    pub(crate) others: Vec<LabelledKey>,
}

pub(crate) struct LabelledKey {
    pub(crate) label: Arc<str>,
    pub(crate) key: Key,
}

impl Keys {
    /// Begins to hash a body with the current key, which made the tag of nearly every delivery.
    pub(crate) fn start(&self) -> Mac {
        self.current.key.start()
    }

    /// The label of the key that made the tag. `current` is the hash from [`start`](Self::start), which was updated as the body arrived;
    /// each other key costs one more hash of the body.
    pub(crate) fn matching_label(&self, current: Mac, body: &[u8], tag: &Tag) -> Option<Arc<str>> {
        if current.matches(tag) {
            return Some(Arc::clone(&self.current.label));
        }
        let other = self.others.iter().find(|other| other.key.matches(body, tag))?;
        Some(Arc::clone(&other.label))
    }
}
