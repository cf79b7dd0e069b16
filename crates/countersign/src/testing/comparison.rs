//! The comparison of tags by itself, for the proof that its time does not depend on them.

use std::fmt;

use crate::Algorithm;
use crate::mac::{Key, Mac, Tag, Tags};

/// A MAC whose body is complete, and the tags that a request claims.
#[derive(Clone)]
pub struct Comparison {
    mac: Mac,
    tags: Tags,
}

impl Comparison {
    /// Prepares the key and hashes the body. There is at least one tag, and each has the algorithm's length.
    #[must_use]
    pub fn new<'a>(
        algorithm: Algorithm,
        key: &[u8],
        body: &[u8],
        first: &'a [u8],
        others: impl IntoIterator<Item = &'a [u8]>,
    ) -> Self {
        let mut mac = Key::new(algorithm, key).start();
        mac.update(body);
        let mut tags = Tags::new(tag(first));
        others.into_iter().for_each(|other| tags.add(tag(other)));
        Self { mac, tags }
    }

    /// Ends the hash and compares. This is the call whose time must not depend on the tags.
    #[inline(never)]
    pub fn matches(&mut self) -> bool {
        self.mac.matches(&self.tags)
    }
}

fn tag(bytes: &[u8]) -> Tag {
    let mut decoded = [0; Tag::ROOM];
    decoded.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    Tag::new(decoded)
}

impl fmt::Debug for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Comparison").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_tag_of_the_body_matches() {
        // Made by Python's hmac.
        let tag = hex::decode("757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17").unwrap();
        let matches = |body: &[u8], first: &[u8], others: &[&[u8]]| {
            let key = b"It's a Secret to Everybody";
            Comparison::new(Algorithm::HmacSha256, key, body, first, others.iter().copied()).matches()
        };
        assert!(matches(b"Hello, World!", &tag, &[]));
        assert!(matches(b"Hello, World!", &[0; 32], &[&tag]));
        assert!(!matches(b"Hello, World?", &tag, &[]));
        assert!(!matches(b"Hello, World!", &[0; 32], &[]));
    }

    #[test]
    fn debug_shows_no_tag() {
        let comparison = Comparison::new(Algorithm::HmacSha256, b"key", b"", &[7; 32], []);
        assert_eq!(format!("{comparison:?}"), "Comparison { .. }");
    }
}
