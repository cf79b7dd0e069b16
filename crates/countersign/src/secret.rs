//! The secrets that a provider and its receiver share.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use zeroize::Zeroizing;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::keys::{Keys, Label, LabelledKey};
use crate::mac::Key;
use crate::scheme::Text;
use crate::{Algorithm, ConfigError, KeyEncoding, Scheme};

/// A signing secret. Clones share one copy of it.
///
/// The provider decides how its text becomes the key. For most, the key is the **whole text**, including a prefix such as `whsec_`. Some
/// encode the key in base64 or hex, and their [`Scheme`](crate::Scheme::key) says so.
///
/// The text is wiped from memory when the last clone is dropped. It cannot be printed, compared, serialised or read. A
/// [`Verifier`](crate::Verifier) makes a key of it and then drops it.
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
    /// The bytes are the key itself, and no provider's encoding applies to them.
    is_key: bool,
    /// The prepared key of the usual scheme, HMAC-SHA256 with the bytes as they are. It is made at its first use and kept, so a script that
    /// verifies many bodies prepares it once.
    key: OnceLock<Key>,
}

impl Secret {
    /// Makes a secret from a text. The text is not changed.
    ///
    /// # Errors
    ///
    /// A text that is a common mistake in a configuration. With it, every delivery would be refused, or anybody could sign:
    ///
    /// - a text that is empty, is blank, or has only zero-width characters or zero bytes;
    /// - white space at the start or the end, or a byte order mark at the start;
    /// - `whsec_` or `v1,whsec_` with nothing after it;
    /// - a `${NAME}` that was not expanded, alone or after such a prefix.
    pub fn new(text: impl AsRef<str>) -> Result<Self, ConfigError> {
        let text = text.as_ref();
        check(text)?;
        Self::unchecked(text.as_bytes(), false)
    }

    /// Makes a secret from any bytes. The bytes **are** the key, for every provider: nothing is stripped or decoded, and white space is
    /// kept. Use it for a key that its provider did not encode.
    ///
    /// # Errors
    ///
    /// Refuses a secret without bytes, and one that has only zero bytes. HMAC pads keys with zeros, so both are the same key, and anybody
    /// can guess it.
    pub fn from_bytes(bytes: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        Self::unchecked(bytes.as_ref(), true)
    }

    fn unchecked(bytes: &[u8], is_key: bool) -> Result<Self, ConfigError> {
        check_key(bytes)?;
        Ok(Self(Arc::new(Shared { bytes: Zeroizing::new(bytes.into()), is_key, key: OnceLock::new() })))
    }

    /// Reads the secret from the environment variable `name`.
    ///
    /// # Errors
    ///
    /// The variable is not set, or its value would be refused as the content of a file by [`Secret::from_file`]. The error names the
    /// variable.
    pub fn from_env(name: &str) -> Result<Self, ConfigError> {
        let value = std::env::var_os(name)
            .map(|value| Zeroizing::new(value.into_encoded_bytes()))
            .ok_or_else(|| ConfigError::UnsetVariable { name: name.to_owned() })?;
        Self::checked(&value).map_err(|fault| fault.within(name.to_owned()))
    }

    /// Reads the secret from a file. One newline (`\n` or `\r\n`) at the end is not part of the secret.
    ///
    /// The content need not be UTF-8.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is larger than 64 KiB, or begins with a byte order mark of UTF-16 or UTF-8, or [`Secret::new`] would refuse
    /// its content. The error names the file.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let content = read(path)
            .map_err(|error| ConfigError::UnreadableFile { path: path.to_owned(), kind: error.kind() })?;
        let line = content.strip_suffix(b"\n").unwrap_or(&content);
        let line = if line.len() < content.len() { line.strip_suffix(b"\r").unwrap_or(line) } else { line };
        // The limit counts the newline too, because the rest of a larger file was not read.
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
        // Each invalid byte becomes U+FFFD. No check looks for that character.
        check(&Zeroizing::new(String::from_utf8_lossy(bytes).into_owned()))?;
        Self::unchecked(bytes, false)
    }

    /// The key that is kept, if the scheme uses the bytes as they are, with HMAC-SHA256.
    pub(crate) fn default_key(&self, scheme: &Scheme) -> Option<&Key> {
        let is_plain = self.0.is_key || matches!(scheme.key_encoding(), KeyEncoding::Text);
        let is_usual = is_plain && scheme.mac_algorithm() == Algorithm::HmacSha256;
        is_usual.then(|| self.0.key.get_or_init(|| Key::new(Algorithm::HmacSha256, &self.0.bytes)))
    }

    /// The key that a scheme makes of this secret.
    pub(crate) fn to_key(&self, scheme: &Scheme) -> Result<Key, ConfigError> {
        if let Some(key) = self.default_key(scheme) {
            return Ok(key.clone());
        }
        Ok(Key::new(scheme.mac_algorithm(), &self.decoded(scheme)?))
    }

    /// The bytes of the key, by the scheme's encoding.
    fn decoded(&self, scheme: &Scheme) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
        let plain = || Zeroizing::new(self.0.bytes.to_vec());
        let key = match scheme.key_encoding() {
            _ if self.0.is_key => return Ok(plain()),
            KeyEncoding::Text => return Ok(plain()),
            KeyEncoding::Base64 { strip } => from_base64(self.after(strip)?)?,
            KeyEncoding::Hex { strip } => from_hex(self.after(strip)?)?,
        };
        check_key(&key)?;
        Ok(key)
    }

    /// The bytes after a prefix that every secret of the provider has.
    fn after(&self, prefix: &str) -> Result<&[u8], ConfigError> {
        let rest = self.0.bytes.strip_prefix(prefix.as_bytes());
        rest.ok_or_else(|| ConfigError::MissingPrefix { prefix: prefix.to_owned() })
    }

    /// The bytes of the secret, which are text for most providers. A verify token is compared as it is, and the forgeries of the test kit
    /// read the text in wrong ways.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// Whether the bytes are the key under every encoding.
    #[cfg(feature = "testing")]
    pub(crate) fn is_key(&self) -> bool {
        self.0.is_key
    }

    /// The bytes of the key, or the secret's own bytes if it is no key for the scheme. A test with such a secret fails anyway, when it
    /// makes a verifier of it.
    #[cfg(feature = "testing")]
    pub(crate) fn key_bytes(&self, scheme: &Scheme) -> Zeroizing<Vec<u8>> {
        self.decoded(scheme).unwrap_or_else(|_| Zeroizing::new(self.0.bytes.to_vec()))
    }
}

/// Largest content of a variable or a file, in bytes. A path may lead to a device or an archive by mistake, and reading it must not use
/// up the machine's memory.
const MAX_BYTES: usize = 64 * 1024;

const TOO_LARGE: ConfigError = ConfigError::SecretTooLarge { limit: MAX_BYTES };

/// The byte order marks of UTF-16, little-endian and big-endian. Some shells and editors write UTF-16.
const UTF_16_MARKS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// Characters without a width: zero-width space, non-joiner and joiner, word joiner, byte order mark. A copy from a web page may hold
/// them.
const ZERO_WIDTH: [char; 5] = ['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}'];

/// Reads a file up to one byte beyond the limit.
fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    // The vector has room for all bytes from the start. A vector that grows would leave unwiped copies of the secret in memory.
    let mut content = Zeroizing::new(Vec::with_capacity(MAX_BYTES.saturating_add(2)));
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)?.take(most).read_to_end(&mut content)?;
    Ok(content)
}

/// Decodes a key. The buffer has its full size from the start and is wiped even if a digit is wrong. `STANDARD.decode` and `hex::decode`
/// would leave unwiped copies of the key in memory.
fn from_base64(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
    let mut key = Zeroizing::new(vec![0; base64::decoded_len_estimate(text.len())]);
    let length = STANDARD.decode_slice(text, &mut key).map_err(|_| ConfigError::NotBase64)?;
    key.truncate(length);
    Ok(key)
}

/// Decodes a key, as [`from_base64`] does.
fn from_hex(digits: &[u8]) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
    let mut key = Zeroizing::new(vec![0; digits.len().div_ceil(2)]);
    hex::decode_to_slice(digits, &mut key).map_err(|_| ConfigError::NotHex)?;
    Ok(key)
}

/// Refuses a key that anybody can guess.
fn check_key(key: &[u8]) -> Result<(), ConfigError> {
    if key.is_empty() {
        Err(ConfigError::EmptySecret)
    } else if key.iter().all(|byte| *byte == 0) {
        Err(ConfigError::ZeroSecret)
    } else {
        Ok(())
    }
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

/// Whether the text shows nothing when it is printed. The empty text is invisible too.
fn is_invisible(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || ZERO_WIDTH.contains(&c))
}

/// Whether the text is a shell variable such as `${NAME}` or `${NAME:-default}`.
fn is_unexpanded(text: &str) -> bool {
    let inside = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
    let after_name = inside.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let named = after_name.len() < inside.len() && !inside.starts_with(|c: char| c.is_ascii_digit());
    named && (after_name.is_empty() || after_name.starts_with([':', '-', '?', '+']))
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([REDACTED])")
    }
}

/// One to eight secrets with labels, the current one first. A rotation needs more than one.
///
/// A delivery is accepted if any secret of the set signed it. The body is hashed with the current secret first. If that does not match, it
/// is hashed again with each of the others, in order, until one matches. [`Verified::secret_label`](crate::Verified::secret_label) names
/// the secret that matched, and so shows when an old one can be removed. Labels are logged, so they must not reveal the secret.
///
/// ```
/// use countersign::{Massu, Secret, Secrets, Verifier};
///
/// let verifier = Verifier::<Massu>::new(Secret::new("old")?)?;
/// // … the provider's dashboard shows a new secret …
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
    label: Label,
    secret: Secret,
}

impl Secrets {
    /// Largest number of secrets in a set. A forged body is hashed once for each of them.
    pub const MAX: usize = 8;

    /// Longest label, in bytes.
    pub const MAX_LABEL: usize = 64;

    /// Makes a set with one secret, the current one.
    ///
    /// # Errors
    ///
    /// Refuses a label that is empty, longer than [`MAX_LABEL`](Self::MAX_LABEL) bytes or has control characters.
    pub fn new(label: &str, current: Secret) -> Result<Self, ConfigError> {
        Ok(Self { current: Labelled::new(label, current)?, others: Vec::new() })
    }

    /// Adds a secret that is also accepted, such as the previous or the next one.
    ///
    /// # Errors
    ///
    /// Refuses a label as [`new`](Self::new) does, a label that another secret has, and a ninth secret.
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
        self.iter().map(|labelled| labelled.label.as_str())
    }

    fn iter(&self) -> impl Iterator<Item = &Labelled> {
        std::iter::once(&self.current).chain(&self.others)
    }

    /// The prepared keys. A verifier keeps these and drops the secrets.
    pub(crate) fn into_keys(self, scheme: &Scheme) -> Result<Keys, ConfigError> {
        let others = self.others.iter().map(|other| other.to_key(scheme)).collect::<Result<_, _>>()?;
        Ok(Keys { current: self.current.to_key(scheme)?, others })
    }
}

impl Labelled {
    fn new(label: &str, secret: Secret) -> Result<Self, ConfigError> {
        let text = Text::new(label).filter(|_| crate::report::is_loggable(label, Secrets::MAX_LABEL));
        Ok(Self { label: Label::new(text.ok_or(ConfigError::UnusableLabel)?), secret })
    }

    /// Prepares the key. The error names the secret by its label.
    fn to_key(&self, scheme: &Scheme) -> Result<LabelledKey, ConfigError> {
        let key = self.secret.to_key(scheme).map_err(|fault| fault.within(self.label.as_str().to_owned()))?;
        Ok(LabelledKey { label: self.label, key })
    }
}

/// Makes a set from a single secret, with the label `current`.
impl From<Secret> for Secrets {
    fn from(secret: Secret) -> Self {
        let label = Label::new(Text::new("current").unwrap_or(Text::EMPTY));
        Self { current: Labelled { label, secret }, others: Vec::new() }
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
    fn a_mistake_in_a_text_is_refused() {
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
    fn bytes_are_the_key_and_are_not_checked_for_mistakes() {
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
    fn labels_are_shown_in_order_and_unique() {
        let secret = || Secret::new("s").unwrap();
        let secrets = Secrets::new("b", secret()).unwrap().also("a", secret()).unwrap();
        assert_eq!(format!("{secrets:?}"), r#"["b", "a"]"#);
        let taken = secrets.also("b", secret()).err();
        assert_eq!(taken, Some(ConfigError::RepeatedLabel { label: "b".to_owned() }));
    }
}
