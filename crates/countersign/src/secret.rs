//! The secrets that a sender and its receiver share.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use zeroize::Zeroizing;

use crate::ConfigError;
use crate::keys::{Keys, LabelledKey};
use crate::mac::Key;

/// A signing secret. Cloning shares it.
///
/// The key is the **whole text**, a `whsec_` prefix included: these senders strip and decode nothing.
///
/// It is wiped from memory when its last clone is dropped, and it cannot be printed, compared, serialised or read. A
/// [`Verifier`](crate::Verifier) makes keys of it and drops it.
///
/// ```
/// let secret = countersign::Secret::new("whsec_abc123")?;
/// assert_eq!(format!("{secret:?}"), "Secret([REDACTED])");
/// # Ok::<(), countersign::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Secret(Arc<Shared>);

struct Shared {
    bytes: Zeroizing<Box<[u8]>>,
    /// Made at the first use and kept, so that a script that verifies many bodies prepares it once.
    key: OnceLock<Key>,
}

impl Secret {
    /// Takes the secret's text as it stands.
    ///
    /// # Errors
    ///
    /// Each of these is a slip in a configuration, with which every delivery is refused, or anybody can sign:
    ///
    /// - a text that is empty, blank, or invisible because it has zero-width characters alone;
    /// - white space at an end, and a byte order mark at the start;
    /// - `whsec_` or `v1,whsec_` with nothing behind it;
    /// - a `${NAME}` that nothing expanded, alone or behind that prefix.
    pub fn new(text: impl AsRef<str>) -> Result<Self, ConfigError> {
        let text = text.as_ref();
        check(text)?;
        Self::from_bytes(text)
    }

    /// Takes a secret of any bytes. They **are** the key: nothing is stripped, decoded or taken for a slip.
    ///
    /// # Errors
    ///
    /// Refuses an empty one, and one of zero bytes alone, such as a file that was never written through: HMAC pads keys
    /// with zeros, so that it would be the empty one.
    pub fn from_bytes(bytes: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let bytes = bytes.as_ref();
        if bytes.is_empty() {
            return Err(ConfigError::EmptySecret);
        }
        if bytes.iter().all(|byte| *byte == 0) {
            return Err(ConfigError::ZeroSecret);
        }
        Ok(Self(Arc::new(Shared { bytes: Zeroizing::new(bytes.into()), key: OnceLock::new() })))
    }

    /// Takes the secret from an environment variable.
    ///
    /// # Errors
    ///
    /// Names the variable if it is unset, or if [`Secret::from_file`] would refuse its value as the content of a file.
    pub fn from_env(name: &str) -> Result<Self, ConfigError> {
        let value = std::env::var_os(name)
            .map(|value| Zeroizing::new(value.into_encoded_bytes()))
            .ok_or_else(|| ConfigError::UnsetVariable { name: name.to_owned() })?;
        Self::checked(&value).map_err(|fault| fault.within(name.to_owned()))
    }

    /// Takes the secret from a file, without exactly one final newline (`\n` or `\r\n`) if there is one.
    ///
    /// At most 64 KiB of it are read. The rest of the content need not be text.
    ///
    /// # Errors
    ///
    /// Names the file if it cannot be read or is larger than 64 KiB, if it begins with a byte order mark of UTF-16 or
    /// UTF-8, or if [`Secret::new`] would refuse what is left.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let content = read(path)
            .map_err(|error| ConfigError::UnreadableFile { path: path.to_owned(), kind: error.kind() })?;
        let line = content.strip_suffix(b"\n").unwrap_or(&content);
        let line = if line.len() < content.len() { line.strip_suffix(b"\r").unwrap_or(line) } else { line };
        // The limit counts the newline too: the rest of a longer file was not read.
        let checked = if content.len() > MAX_BYTES { Err(TOO_LARGE) } else { Self::checked(line) };
        checked.map_err(|fault| fault.within(path.display().to_string()))
    }

    /// The checks of [`Secret::new`] for bytes that are probably text.
    fn checked(bytes: &[u8]) -> Result<Self, ConfigError> {
        if bytes.len() > MAX_BYTES {
            return Err(TOO_LARGE);
        }
        if UTF_16_MARKS.iter().any(|mark| bytes.starts_with(mark)) {
            return Err(ConfigError::Utf16);
        }
        // Each invalid byte becomes U+FFFD, which no check is about.
        check(&Zeroizing::new(String::from_utf8_lossy(bytes).into_owned()))?;
        Self::from_bytes(bytes)
    }

    pub(crate) fn key(&self) -> &Key {
        self.0.key.get_or_init(|| Key::new(&self.0.bytes))
    }

    /// A forger signs with a key that is nearly the secret.
    #[cfg(feature = "testing")]
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }
}

/// Largest content of a variable or a file, in bytes. A path of a device or of an archive is a slip, and must not cost
/// the memory of the machine.
const MAX_BYTES: usize = 64 * 1024;

const TOO_LARGE: ConfigError = ConfigError::SecretTooLarge { limit: MAX_BYTES };

/// How UTF-16 begins, in little and in big endian. Some shells and editors write it.
const UTF_16_MARKS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// Characters without a width, which a copy from a web page brings along: zero-width space, non-joiner and joiner, word
/// joiner, byte order mark.
const ZERO_WIDTH: [char; 5] = ['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}'];

/// Reads the file as far as one byte beyond the limit.
fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    // Room for all of it, since a vector that grows leaves copies behind that nobody wipes.
    let mut content = Zeroizing::new(Vec::with_capacity(MAX_BYTES.saturating_add(2)));
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)?.take(most).read_to_end(&mut content)?;
    Ok(content)
}

fn check(text: &str) -> Result<(), ConfigError> {
    let key = text.strip_prefix("v1,").unwrap_or(text).strip_prefix("whsec_");
    if text.is_empty() {
        Err(ConfigError::EmptySecret)
    } else if text.starts_with('\u{feff}') {
        Err(ConfigError::ByteOrderMark)
    } else if text.trim().is_empty() {
        Err(ConfigError::BlankSecret)
    } else if is_invisible(text) {
        Err(ConfigError::InvisibleSecret)
    } else if text.trim().len() != text.len() {
        Err(ConfigError::SurroundingWhiteSpace)
    } else if key.is_some_and(is_invisible) {
        Err(ConfigError::BarePrefix)
    } else if is_unexpanded(key.unwrap_or(text)) {
        Err(ConfigError::UnexpandedVariable)
    } else {
        Ok(())
    }
}

/// Whether there is nothing to be seen, so that the secret was left out where the text was put together.
fn is_invisible(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || ZERO_WIDTH.contains(&c))
}

/// `${NAME}`, also with a default as in `${NAME:-default}`.
fn is_unexpanded(text: &str) -> bool {
    let inside = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
    let behind_name = inside.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let named = behind_name.len() < inside.len() && !inside.starts_with(|c: char| c.is_ascii_digit());
    named && (behind_name.is_empty() || behind_name.starts_with([':', '-', '?', '+']))
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([REDACTED])")
    }
}

/// One to eight secrets with labels, the current one first: what a rotation needs.
///
/// A delivery is accepted if any of them signed it. The current one costs one hash of the body; the others are tried in
/// order, only where it does not match. [`Verified::secret_label`](crate::Verified::secret_label) names the one that did, so that one
/// sees when the old one may go. Labels are logged; do not make them of the secret.
///
/// ```
/// use countersign::{Massu, Secret, Secrets, Verifier};
///
/// let verifier = Verifier::<Massu>::new(Secret::new("old")?)?;
/// // … the sender shows a new secret …
/// let secrets = Secrets::new("2026-11", Secret::new("new")?)?.also("2026-05", Secret::new("old")?)?;
/// verifier.replace_secrets(secrets)?; // every clone of the verifier sees it
/// # Ok::<(), countersign::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Secrets {
    current: Labelled,
    others: Vec<Labelled>,
}

#[derive(Clone)]
struct Labelled {
    label: Arc<str>,
    secret: Secret,
}

impl Secrets {
    /// How many secrets a set may hold: each costs a forged delivery one more hash of its body.
    pub const MAX: usize = 8;

    /// Longest label, in bytes.
    pub const MAX_LABEL: usize = 64;

    /// A set with the current secret alone.
    ///
    /// # Errors
    ///
    /// Refuses a label that is empty, longer than [`MAX_LABEL`](Self::MAX_LABEL) bytes or has control characters.
    pub fn new(label: &str, current: Secret) -> Result<Self, ConfigError> {
        Ok(Self { current: Labelled::new(label, current)?, others: Vec::new() })
    }

    /// Adds one that is also accepted: the one before, or the one to come.
    ///
    /// # Errors
    ///
    /// Refuses a label as [`new`](Self::new) does, one that is taken, and a ninth secret.
    pub fn also(mut self, label: &str, secret: Secret) -> Result<Self, ConfigError> {
        if self.others.len() >= Self::MAX.saturating_sub(1) {
            return Err(ConfigError::TooManySecrets);
        }
        if self.labels().any(|taken| taken == label) {
            return Err(ConfigError::RepeatedLabel { label: label.to_owned() });
        }
        self.others.push(Labelled::new(label, secret)?);
        Ok(self)
    }

    /// The labels, the current one first.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|labelled| &*labelled.label)
    }

    fn iter(&self) -> impl Iterator<Item = &Labelled> {
        std::iter::once(&self.current).chain(&self.others)
    }

    /// The keys alone, which is all that a verifier keeps.
    pub(crate) fn into_keys(self) -> Result<Keys, ConfigError> {
        let others = self.others.iter().map(Labelled::to_key).collect();
        Ok(Keys { current: self.current.to_key(), others })
    }
}

impl Labelled {
    fn new(label: &str, secret: Secret) -> Result<Self, ConfigError> {
        if !crate::report::is_loggable(label, Secrets::MAX_LABEL) {
            return Err(ConfigError::UnusableLabel);
        }
        Ok(Self { label: label.into(), secret })
    }

    fn to_key(&self) -> LabelledKey {
        LabelledKey { label: Arc::clone(&self.label), key: self.secret.key().clone() }
    }
}

/// A single secret is labelled `current`.
impl From<Secret> for Secrets {
    fn from(secret: Secret) -> Self {
        Self { current: Labelled { label: "current".into(), secret }, others: Vec::new() }
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.labels()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Massu, Verifier};

    #[test]
    fn a_slip_is_refused() {
        for (text, fault) in [
            ("", ConfigError::EmptySecret),
            (" \n", ConfigError::BlankSecret),
            ("s ", ConfigError::SurroundingWhiteSpace),
            ("\u{feff}s", ConfigError::ByteOrderMark),
            ("\u{200b}", ConfigError::InvisibleSecret),
            ("whsec_", ConfigError::BarePrefix),
            ("${NAME}", ConfigError::UnexpandedVariable),
        ] {
            assert_eq!(Secret::new(text).err(), Some(fault), "{text:?}");
        }
    }

    #[test]
    fn bytes_are_the_key_and_no_slip_is_looked_for() {
        for bytes in ["whsec_", "${NAME}", "\u{200b}", " ", "\u{feff}"] {
            assert!(Secret::from_bytes(bytes).is_ok(), "{bytes:?}");
        }
        assert!(Secret::from_bytes([7; MAX_BYTES + 1]).is_ok());
    }

    #[test]
    fn a_verifier_keeps_no_secret_text() {
        let pair = || {
            let (new, old) = (Secret::new("new").unwrap(), Secret::new("old").unwrap());
            let texts = [&new, &old].map(|secret| Arc::downgrade(&secret.0));
            (Secrets::new("new", new).unwrap().also("old", old).unwrap(), texts)
        };
        let (secrets, first) = pair();
        let verifier = Verifier::<Massu>::new(secrets).unwrap();
        let headers = [("x-massu-signature-256", format!("sha256={}", "0".repeat(64)))];
        let under_way = verifier.begin(&headers).unwrap();
        let (secrets, second) = pair();
        verifier.replace_secrets(secrets).unwrap();
        assert!(first.iter().chain(&second).all(|text| text.upgrade().is_none()));
        drop((verifier, under_way));
    }

    #[test]
    fn labels_are_shown_in_order_and_taken_once() {
        let secret = || Secret::new("s").unwrap();
        let secrets = Secrets::new("b", secret()).unwrap().also("a", secret()).unwrap();
        assert_eq!(format!("{secrets:?}"), r#"["b", "a"]"#);
        let taken = secrets.also("b", secret()).err();
        assert_eq!(taken, Some(ConfigError::RepeatedLabel { label: "b".to_owned() }));
    }
}
