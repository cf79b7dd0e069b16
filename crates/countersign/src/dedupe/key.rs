//! What a delivery is known by.

use std::fmt;

use crate::mac;

/// The name under which a [`DedupeStore`](crate::DedupeStore) remembers a delivery: 32 bytes of SHA-256.
///
/// Made of signed bytes alone, together with the sender and the endpoint, so that two endpoints never meet. The layer and the
/// middleware make it on their own; a script, or an operator who wants to [`forget`](crate::MemoryStore::forget) a delivery, makes
/// it here. It stays the same from version to version.
///
/// ```
/// use countersign::{DeliveryKey, Hook, Provider};
///
/// let key = DeliveryKey::of_event(Hook::NAME, Hook::NAME, "evt_1");
/// assert_ne!(key, DeliveryKey::of_event(Hook::NAME, "hook-staging", "evt_1"));
/// assert_eq!(key.to_string().len(), 64);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryKey([u8; 32]);

impl DeliveryKey {
    /// Longest name of an endpoint, in bytes.
    pub const MAX_ENDPOINT: usize = 64;

    /// The key of a delivery by the event id in its body. Unless one was named, the endpoint is the provider's name.
    #[must_use]
    pub fn of_event(provider: &str, endpoint: &str, id: &str) -> Self {
        Self::of(provider, endpoint, "event", id.as_bytes())
    }

    /// The key of a delivery by its body as it was signed.
    #[must_use]
    pub fn of_body(provider: &str, endpoint: &str, body: &[u8]) -> Self {
        Self::of(provider, endpoint, "body", &mac::sha256(body))
    }

    /// What kind of value it is counts too: an event id may be 32 bytes that are somebody's SHA-256.
    fn of(provider: &str, endpoint: &str, kind: &str, value: &[u8]) -> Self {
        Self(mac::sha256(&preimage([provider.as_bytes(), endpoint.as_bytes(), kind.as_bytes(), value])))
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Each part behind its length, 8 bytes big-endian, so that no part can reach into the next: `a`, `bc` is not `ab`, `c`.
fn preimage(parts: [&[u8]; 4]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len().saturating_add(8)).sum());
    for part in parts {
        // Widening on every platform that Rust has.
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

/// 64 lower-case hex digits.
impl fmt::Display for DeliveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for DeliveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeliveryKey({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads a preimage back. What can be read back in one way only was not made in two.
    fn parts(mut bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut parts = Vec::new();
        while let Some((length, rest)) = bytes.split_first_chunk() {
            let (part, rest) = rest.split_at(usize::try_from(u64::from_be_bytes(*length)).unwrap());
            parts.push(part.to_vec());
            bytes = rest;
        }
        assert!(bytes.is_empty());
        parts
    }

    proptest! {
        #[test]
        fn different_inputs_never_share_a_preimage(input: [Vec<u8>; 4]) {
            prop_assert_eq!(parts(&preimage(input.each_ref().map(Vec::as_slice))), input);
        }
    }

    #[test]
    fn parts_are_not_concatenated_without_lengths() {
        let keys = [
            DeliveryKey::of_event("a", "bc", "d"),
            DeliveryKey::of_event("ab", "c", "d"),
            DeliveryKey::of_event("abc", "", "d"),
            DeliveryKey::of_event("a", "b", "cd"),
            DeliveryKey::of_event("", "abc", "d"),
        ];
        for (i, key) in keys.iter().enumerate() {
            assert!(!keys[..i].contains(key), "{i}");
        }
    }

    #[test]
    fn an_event_id_never_meets_a_body() {
        let body = b"{}";
        let digest = mac::sha256(body);
        assert_ne!(DeliveryKey::of("a", "b", "event", &digest), DeliveryKey::of_body("a", "b", body));
    }

    /// From Python's `hashlib`: a key that changed with a version would let every repeat through once.
    #[test]
    fn keys_never_change() {
        assert_eq!(
            DeliveryKey::of_event("hook", "billing", "evt_1").to_string(),
            "4b2413ca45499616b4c5e7ff8a4ba617cfeade59bd6b9ab42487b58069484dbe"
        );
        assert_eq!(
            format!("{:?}", DeliveryKey::of_body("massu", "massu", b"{\"a\":1}")),
            "DeliveryKey(8fddaa2a8be5069652ddc6f2136e9426252b671d29c1154246e139729bb81ac3)"
        );
    }
}
