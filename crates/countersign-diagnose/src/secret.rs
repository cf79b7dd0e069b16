//! Secrets, from the caller to the keys that are tried.

use std::fmt;

use countersign::{ConfigError, Secret};
use zeroize::Zeroizing;

use crate::SecretCause;
use crate::cause::secret::Experiment;

/// The bytes of a secret, as a receiver has configured it.
///
/// A [`Secret`] cannot be read, so the caller hands over the bytes themselves. They are wiped from memory when this is dropped, and they
/// are never printed.
///
/// ```
/// let secret = countersign_diagnose::SecretBytes::new("whsec_abc123")?;
/// assert_eq!(format!("{secret:?}"), "SecretBytes([REDACTED])");
/// # Ok::<(), countersign::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct SecretBytes(Zeroizing<Box<[u8]>>);

impl SecretBytes {
    /// Copies the bytes. White space at an end is taken as it is, because it is one of the mistakes that are looked for.
    ///
    /// # Errors
    ///
    /// Refuses what [`Secret::from_bytes`] refuses: no bytes, and zero bytes alone.
    pub fn new(bytes: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let bytes = bytes.as_ref();
        Secret::from_bytes(bytes)?;
        Ok(Self(Zeroizing::new(bytes.into())))
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes([REDACTED])")
    }
}

impl SecretBytes {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A secret that is configured for something else.
#[derive(Clone, Debug)]
pub(crate) struct OtherSecret {
    pub(crate) label: String,
    pub(crate) secret: SecretBytes,
}

/// A key to try. It is wiped after the search.
pub(crate) struct Key {
    /// Why it is not a configured secret; `None` for the secret itself.
    pub(crate) cause: Option<SecretCause>,
    pub(crate) bytes: Zeroizing<Vec<u8>>,
}

/// The configured secret, then the keys that mistakes make of it. Each key is there once, under its first name.
pub(crate) fn keys(secret: &SecretBytes) -> Vec<Key> {
    let mut keys = vec![Key { cause: None, bytes: Zeroizing::new(secret.0.to_vec()) }];
    let made = SecretCause::experiments().filter_map(|experiment| match experiment {
        Experiment::Key(make) => Some(make(&secret.0)),
        Experiment::Undecoded(_) | Experiment::Elsewhere(_) | Experiment::Judged(_) => None,
    });
    for (cause, bytes) in made.flatten() {
        let bytes = Zeroizing::new(bytes);
        if keys.iter().all(|key| key.bytes != bytes) {
            keys.push(Key { cause: Some(cause), bytes });
        }
    }
    keys
}

/// A secret whose text encodes the key.
pub(crate) struct Encoded<'e> {
    /// The whole text.
    pub(crate) text: &'e [u8],
    /// The text after the prefix of the scheme.
    pub(crate) rest: &'e [u8],
}

/// The keys that a mistake makes of a secret for a scheme that decodes it.
pub(crate) fn undecoded_keys(secret: &SecretBytes, strip: &str) -> Vec<Key> {
    let text = secret.bytes();
    let encoded = Encoded { text, rest: text.strip_prefix(strip.as_bytes()).unwrap_or(text) };
    let made = SecretCause::experiments().filter_map(|experiment| match experiment {
        Experiment::Undecoded(make) => Some(make(&encoded)),
        Experiment::Key(_) | Experiment::Elsewhere(_) | Experiment::Judged(_) => None,
    });
    made.flatten().map(|(cause, bytes)| Key { cause: Some(cause), bytes: Zeroizing::new(bytes) }).collect()
}

/// The key that is configured for something else.
pub(crate) fn other_keys(other: &OtherSecret) -> impl Iterator<Item = Key> {
    let made = SecretCause::experiments().filter_map(move |experiment| match experiment {
        Experiment::Elsewhere(take) => Some(take(other)),
        Experiment::Key(_) | Experiment::Undecoded(_) | Experiment::Judged(_) => None,
    });
    made.flatten().map(|(cause, bytes)| Key { cause: Some(cause), bytes: Zeroizing::new(bytes) })
}

impl OtherSecret {
    /// For the experiment that tries it as it is.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.secret.0.to_vec()
    }
}
