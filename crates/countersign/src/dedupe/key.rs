//! The key of a delivery.

use std::fmt;
use std::str::FromStr;

use crate::{ConfigError, mac};

/// The name under which a [`DedupeStore`](crate::dedupe::DedupeStore) remembers a delivery: 32 bytes of SHA-256.
///
/// The key covers the provider, the tenant, the name of the endpoint, the route pattern, and the signed event id or the body.
/// No header is part of it, since nobody signs those. Two deliveries share a key only if all of these parts are equal.
///
/// The layer and the middleware make the key by themselves and log it. An operator who wants to
/// [`forget`](crate::dedupe::MemoryStore::forget) a delivery parses the key from the log line. A program without them, such as a worker on
/// a queue, makes the key by [`of_event`](Self::of_event) or [`of_body`](Self::of_body).
///
/// ```
/// use countersign::dedupe::DeliveryKey;
/// use countersign::{Hook, Provider};
///
/// let key = DeliveryKey::of_event(Hook::NAME, "inbox", "evt_1");
/// assert_ne!(key, DeliveryKey::of_event(Hook::NAME, "staging", "evt_1"));
/// assert_eq!(key.to_string().parse(), Ok(key));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryKey([u8; 32]);

impl DeliveryKey {
    /// Longest name of an endpoint, in bytes.
    pub const MAX_ENDPOINT: usize = 64;

    /// Longest name of a tenant, in bytes.
    pub const MAX_TENANT: usize = 128;

    /// The key of a delivery by its signed event id, at an endpoint with this name.
    #[must_use]
    pub fn of_event(provider: &str, endpoint: &str, id: &str) -> Self {
        Place::endpoint(provider, endpoint).event(id)
    }

    /// The key of a delivery by its signed body, at an endpoint with this name.
    #[must_use]
    pub fn of_body(provider: &str, endpoint: &str, body: &[u8]) -> Self {
        Place::endpoint(provider, endpoint).body(body)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The place that received a delivery. Deliveries at different places are never repeats of each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) provider: &'a str,
    pub(crate) tenant: Option<&'a str>,
    pub(crate) endpoint: Option<&'a str>,
    pub(crate) route: Option<&'a str>,
}

impl<'a> Place<'a> {
    const fn endpoint(provider: &'a str, endpoint: &'a str) -> Self {
        Self { provider, tenant: None, endpoint: Some(endpoint), route: None }
    }

    pub(crate) fn event(&self, id: &str) -> DeliveryKey {
        self.key("event", id.as_bytes())
    }

    pub(crate) fn body(&self, body: &[u8]) -> DeliveryKey {
        self.key("body", &mac::sha256(body))
    }

    /// The kind of the value is a part of its own, because an event id may be 32 bytes that equal a body's SHA-256.
    fn key(&self, kind: &str, value: &[u8]) -> DeliveryKey {
        // No tenant, endpoint or route is empty, so that the empty text stands for none.
        let [tenant, endpoint, route] =
            [self.tenant, self.endpoint, self.route].map(|part| part.unwrap_or_default().as_bytes());
        let parts = [self.provider.as_bytes(), tenant, endpoint, route, kind.as_bytes(), value];
        DeliveryKey(mac::sha256(&preimage(parts)))
    }
}

/// Writes each part behind its length in 8 bytes, big-endian. No part can reach into the next: `a`, `bc` differs from `ab`, `c`.
fn preimage(parts: [&[u8]; 6]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len().saturating_add(8)).sum());
    for part in parts {
        // This cast only widens, on every platform that Rust has.
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

/// Reads the 64 hex digits that [`Display`](fmt::Display) writes.
impl FromStr for DeliveryKey {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let mut key = [0; 32];
        hex::decode_to_slice(text, &mut key).map_err(|_| ConfigError::MalformedDeliveryKey)?;
        Ok(Self(key))
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
        fn different_inputs_never_share_a_preimage(input: [Vec<u8>; 6]) {
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
        let place = Place::endpoint("a", "b");
        assert_ne!(place.key("event", &mac::sha256(b"{}")), place.body(b"{}"));
    }

    #[test]
    fn each_part_of_the_place_makes_another_key() {
        let place = Place { provider: "hook", tenant: None, endpoint: None, route: None };
        let keys = [
            place,
            Place { provider: "massu", ..place },
            Place { tenant: Some("a"), ..place },
            Place { endpoint: Some("a"), ..place },
            Place { route: Some("a"), ..place },
        ]
        .map(|place| place.event("evt_1"));
        for (i, key) in keys.iter().enumerate() {
            assert!(!keys[..i].contains(key), "{i}");
        }
    }

    #[test]
    fn a_key_is_read_back_from_its_text_alone() {
        let key = DeliveryKey::of_event("hook", "billing", "evt_1");
        assert_eq!(key.to_string().parse(), Ok(key));
        for text in ["", "4b", &"4".repeat(63), &"4".repeat(66), &"g".repeat(64)] {
            let error = text.parse::<DeliveryKey>().unwrap_err();
            assert_eq!(error.to_string(), "delivery key is not 64 hex digits");
        }
    }

    /// From Python's `hashlib`: a key that changed with a version would let every repeat through once.
    #[test]
    fn keys_never_change() {
        assert_eq!(
            DeliveryKey::of_event("hook", "billing", "evt_1").to_string(),
            "2c91337eb7bb02c076a9fab06333a3c1b4264765888af32dd0f9a2718d42f160"
        );
        assert_eq!(
            format!("{:?}", DeliveryKey::of_body("massu", "massu", b"{\"a\":1}")),
            "DeliveryKey(17581c98f6973d2b2a1d1659456496049f6c9a09941356fab767e0a516b18e6e)"
        );
        let place = Place {
            provider: "hook",
            tenant: Some("tenant-7"),
            endpoint: Some("billing"),
            route: Some("/hooks/{id}"),
        };
        assert_eq!(
            place.event("evt_1").to_string(),
            "7ca6241b11da8c0174aac1a8be74001bc3a849e48580e073a89d86cbd1bb369c"
        );
    }
}
