//! The key of a delivery.

use std::fmt;
use std::str::FromStr;

use crate::{ConfigError, mac};

/// The name under which a [`DedupeStore`](crate::dedupe::DedupeStore) remembers a delivery: 32 bytes of SHA-256.
///
/// The key covers the provider, the tenant, the name of the endpoint, the route pattern, and the signed event id or the body. Two
/// deliveries have the same key only if all of these are equal. No header is part of the key, because nobody signs headers.
///
/// `Dedupe` makes the key and logs it as the field `key` of `webhook delivery`. A service can let its operator
/// [`forget`](crate::dedupe::MemoryStore::forget) such a delivery, so that its next attempt is handled again:
///
/// ```
/// use countersign::ConfigError;
/// use countersign::dedupe::{DeliveryKey, MemoryStore};
///
/// /// Forgets the delivery with the key of a log line. Returns whether the store held it.
/// fn forget(store: &MemoryStore, key: &str) -> Result<bool, ConfigError> {
///     Ok(store.forget(&key.parse::<DeliveryKey>()?))
/// }
///
/// let store = MemoryStore::new(10);
/// let key = "ebc95f65dfd9172d097288ea104a9be78ccf9edbf99d9af136d5ffe003ed3186";
/// assert_eq!(forget(&store, key), Ok(false));
/// assert_eq!(forget(&store, "evt_1"), Err(ConfigError::MalformedDeliveryKey));
/// ```
///
/// A program without `Dedupe`, such as a worker on a queue, makes the key by [`of_event`](Self::of_event) or
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
mod tests;
