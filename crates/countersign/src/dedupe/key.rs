//! The key of a delivery.

use std::fmt;
use std::str::FromStr;

use crate::{ConfigError, mac};

/// The name under which a [`DedupeStore`](crate::dedupe::DedupeStore) remembers a delivery: 32 bytes of SHA-256.
///
/// The key covers the provider, the tenant, the name of the endpoint, the route pattern, and the signed event id or the body. Two
/// deliveries have the same key only if all of these are equal. No header is part of the key, because nobody signs headers.
///
/// `Dedupe` makes the key and logs it. To [`forget`](crate::dedupe::MemoryStore::forget) a delivery, an operator parses the key from the
/// log line. A program without `Dedupe`, such as a worker on a queue, makes the key by [`of_event`](Self::of_event) or
/// [`of_body`](Self::of_body).
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

    /// The key of the delivery with the signed event id `id`, at the endpoint with this name and without a route.
    #[must_use]
    pub fn of_event(provider: &str, endpoint: &str, id: &str) -> Self {
        Place::endpoint(provider, endpoint).event(id)
    }

    /// The key of the delivery with this signed body, at the endpoint with this name and without a route.
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

    /// The key of a value. Its `source` is `event` or `body`. The source is a part of the key, because an event id may happen to have the
    /// same 32 bytes as the SHA-256 of a body.
    fn key(&self, source: &str, value: &[u8]) -> DeliveryKey {
        // The empty text stands for a missing part. A tenant, an endpoint or a route is never empty.
        let [tenant, endpoint, route] =
            [self.tenant, self.endpoint, self.route].map(|part| part.unwrap_or_default().as_bytes());
        let parts = [self.provider.as_bytes(), tenant, endpoint, route, source.as_bytes(), value];
        DeliveryKey(mac::sha256(&preimage(parts)))
    }
}

/// The bytes that are hashed: each part behind its length, in 8 bytes and big-endian. The lengths keep the parts apart. Otherwise `a`, `bc`
/// and `ab`, `c` would have the same key.
fn preimage(parts: [&[u8]; 6]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len().saturating_add(8)).sum());
    for part in parts {
        // A `usize` has at most 64 bits on every platform of Rust, so the cast loses nothing.
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

/// Writes 64 lower-case hex digits.
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

    /// Reads the parts back from a preimage. If every preimage can be read back, no two inputs share one.
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
    fn text_that_moves_from_one_part_to_the_next_makes_another_key() {
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
    fn an_event_id_and_a_body_never_share_a_key() {
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
    fn a_key_is_parsed_from_its_own_text_only() {
        let key = DeliveryKey::of_event("hook", "billing", "evt_1");
        assert_eq!(key.to_string().parse(), Ok(key));
        for text in ["", "4b", &"4".repeat(63), &"4".repeat(66), &"g".repeat(64)] {
            let error = text.parse::<DeliveryKey>().unwrap_err();
            assert_eq!(error.to_string(), "delivery key is not 64 hex digits");
        }
    }

    /// Python's `hashlib` made these keys. If a new version of the library changed them, every repeat would be handled once more.
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
