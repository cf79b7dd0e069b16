//! Secrets, from the caller to the keys that are tried.

use std::fmt;

use countersign::{ConfigError, KeyEncoding, Secret};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::SecretCause;
use crate::cause::Outcomes;
use crate::cause::secret::Experiment;
use crate::encoding::from_base64;
use crate::mac::ends_in;
use crate::request::{Request, shown};

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

/// Shortest secret, in bytes, that no accident puts into a header.
const MIN_SENT: usize = 8;

pub(crate) const PREFIX: &[u8] = b"whsec_";
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The key of the configured secret, then the keys that mistakes make of it. Each key is there once, under its first name.
pub(crate) fn keys(secret: &SecretBytes, encoding: KeyEncoding<'_>) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut add = |cause, bytes| {
        let bytes = Zeroizing::new(bytes);
        if keys.iter().all(|key: &Key| key.bytes != bytes) {
            keys.push(Key { cause, bytes });
        }
    };
    let encoded = Encoded { text: secret.bytes(), encoding };
    if let Some(key) = encoded.key() {
        add(None, key);
    }
    let made = SecretCause::experiments().filter_map(|experiment| match experiment {
        Experiment::Text(make) => {
            let key =
                move |(cause, text): (_, Vec<u8>)| Some((cause, Encoded { text: &text, encoding }.key()?));
            Some(Box::new(make(secret.bytes()).filter_map(key)) as Outcomes<'_, _, _>)
        }
        Experiment::Key(make) => Some(make(&encoded)),
        Experiment::Elsewhere(_)
        | Experiment::Judged(_)
        | Experiment::Exchanged(_)
        | Experiment::Suspected(_) => None,
    });
    made.flatten().for_each(|(cause, bytes)| add(Some(cause), bytes));
    keys
}

/// The key that is configured for something else. Its text may be the key, even if the scheme decodes it.
pub(crate) fn other_keys(other: &OtherSecret, encoding: KeyEncoding<'_>) -> Vec<Key> {
    let made = SecretCause::experiments().filter_map(move |experiment| match experiment {
        Experiment::Elsewhere(take) => Some(take(other)),
        _ => None,
    });
    let keys = made.flatten().flat_map(|(cause, text)| {
        let decoded = Encoded { text: &text, encoding }.key();
        [decoded, Some(text)]
            .into_iter()
            .flatten()
            .map(move |bytes| Key { cause: Some(cause.clone()), bytes: Zeroizing::new(bytes) })
    });
    keys.collect()
}

/// The texts that are signed with the body as the key.
pub(crate) fn exchanged(key: &Key) -> impl Iterator<Item = (SecretCause, Zeroizing<Vec<u8>>)> {
    let made = SecretCause::experiments().filter_map(|experiment| match experiment {
        Experiment::Exchanged(make) => Some(make(&key.bytes)),
        _ => None,
    });
    made.flatten().map(|(cause, text)| (cause, Zeroizing::new(text)))
}

/// The headers, and the secrets that may be in one of them.
pub(crate) struct Sent<'e> {
    pub(crate) request: &'e Request<'e>,
    pub(crate) secrets: &'e [SecretBytes],
}

impl Sent<'_> {
    /// The name of the header that ends in a secret.
    pub(crate) fn header(&self) -> Option<String> {
        let secrets = || self.secrets.iter().map(|secret| secret.0.trim_ascii());
        let is_sent = |text: &[u8]| secrets().any(|secret| secret.len() >= MIN_SENT && ends_in(text, secret));
        let holds = |value: &[u8]| {
            let value = value.trim_ascii();
            let word = value.rsplit(|byte| b" =,".contains(byte)).find(|word| !word.is_empty());
            is_sent(value)
                || [Some(value), word]
                    .into_iter()
                    .flatten()
                    .filter_map(from_base64)
                    .any(|text| is_sent(&text))
        };
        shown(self.request.headers.iter().find(|header| holds(header.value))?.name.as_bytes())
    }
}

/// A way from a text to a key.
type Decode = fn(&[u8]) -> Option<Vec<u8>>;

/// The text of a secret, and the way from it to the key.
pub(crate) struct Encoded<'e> {
    pub(crate) text: &'e [u8],
    encoding: KeyEncoding<'e>,
}

impl<'e> Encoded<'e> {
    /// The key, as the scheme makes it of the text.
    fn key(&self) -> Option<Vec<u8>> {
        match self.encoding {
            KeyEncoding::Base64 { strip } => from_base64(self.text.strip_prefix(strip.as_bytes())?),
            KeyEncoding::Hex { strip } => hex::decode(self.text.strip_prefix(strip.as_bytes())?).ok(),
            _ => Some(self.text.to_vec()),
        }
    }

    /// The text, if it is the key itself.
    pub(crate) fn as_text(&self) -> Option<&'e [u8]> {
        matches!(self.encoding, KeyEncoding::Text).then_some(self.text)
    }

    /// The text without the prefix of the scheme.
    fn rest(&self) -> &'e [u8] {
        let (KeyEncoding::Base64 { strip } | KeyEncoding::Hex { strip }) = self.encoding else {
            return self.text.strip_prefix(PREFIX).unwrap_or(self.text);
        };
        self.text.strip_prefix(strip.as_bytes()).unwrap_or(self.text)
    }

    /// The text with the prefix that it lacks, or the key of a text that lacks it.
    pub(crate) fn with_prefix(&self) -> Option<Vec<u8>> {
        match self.encoding {
            KeyEncoding::Base64 { .. } if self.key().is_none() => from_base64(self.text),
            KeyEncoding::Hex { .. } => hex::decode(self.text).ok(),
            KeyEncoding::Text => Some([PREFIX, self.text].concat()),
            _ => None,
        }
    }

    /// The keys by another decoder than the scheme's.
    pub(crate) fn otherwise(&self, decode: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Vec<Vec<u8>> {
        [self.text, self.rest()].into_iter().filter_map(decode).collect()
    }

    pub(crate) fn decoded_twice(&self) -> Vec<Vec<u8>> {
        let decoders: [Decode; 2] = [from_base64, |text| hex::decode(text.trim_ascii()).ok()];
        let rest = |text: &[u8]| text.strip_prefix(PREFIX).unwrap_or(text).to_vec();
        let once = decoders.into_iter().filter_map(|decode| Some(rest(decode(self.rest())?.trim_ascii())));
        once.flat_map(|once| decoders.into_iter().filter_map(move |decode| decode(&once))).collect()
    }

    /// The texts, if the scheme decodes them.
    pub(crate) fn undecoded(&self) -> Vec<Vec<u8>> {
        let texts = if self.as_text().is_some() { &[][..] } else { &[self.rest(), self.text] };
        texts.iter().map(|text| text.to_vec()).collect()
    }
}

impl OtherSecret {
    /// For the experiment that tries it as it is.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.secret.0.to_vec()
    }
}

/// The key that a secret of Standard Webhooks encodes, with or without the version in front.
pub(crate) fn standard(secret: &[u8]) -> Option<Vec<u8>> {
    from_base64(secret.strip_prefix(b"v1,").unwrap_or(secret).strip_prefix(PREFIX)?)
}

/// The secret with white space at an end.
pub(crate) fn spaced(secret: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    const SPACES: [&[u8]; 5] = [b"\n", b"\r\n", b" ", b"\r", b"\t"];
    let behind = SPACES.into_iter().map(move |space| [secret, space].concat());
    behind.chain([b" ".as_slice(), b"\n"].into_iter().map(move |space| [space, secret].concat()))
}

/// The secret without the quotes or brackets around it.
pub(crate) fn unquoted(secret: &[u8]) -> Option<Vec<u8>> {
    const QUOTES: [(&[u8], &[u8]); 4] = [(b"\"", b"\""), (b"'", b"'"), (b"`", b"`"), (b"<", b">")];
    let secret = secret.trim_ascii();
    let inner =
        |(start, end): (&[u8], &[u8])| secret.strip_prefix(start)?.strip_suffix(end).map(<[u8]>::to_vec);
    QUOTES.into_iter().find_map(inner)
}

/// The value of `NAME=value` or `Name: value`, without quotes.
pub(crate) fn unnamed(secret: &[u8]) -> Option<Vec<u8>> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_- ".contains(byte);
    let end = secret.iter().position(|byte| b"=:".contains(byte)).filter(|end| *end > 0)?;
    let (name, value) = secret.split_at_checked(end)?;
    let value = value.get(1..)?.trim_ascii();
    (name.iter().all(is_part) && !value.is_empty()).then(|| unquoted(value).unwrap_or_else(|| value.to_vec()))
}

/// The UTF-8 of a text in UTF-16, without a byte order mark and white space.
pub(crate) fn from_utf16(secret: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let units: [fn([u8; 2]) -> u16; 2] = [u16::from_le_bytes, u16::from_be_bytes];
    units.into_iter().filter_map(|unit| {
        let (pairs, rest) = secret.as_chunks::<2>();
        let text = String::from_utf16(&pairs.iter().copied().map(unit).collect::<Vec<_>>()).ok()?;
        let text = text.trim_start_matches('\u{feff}').trim();
        (rest.is_empty() && text.is_ascii() && !text.is_empty()).then(|| text.as_bytes().to_vec())
    })
}

/// The UTF-16 of a text, in both orders, without a byte order mark and with one.
pub(crate) fn to_utf16(secret: &[u8]) -> Vec<Vec<u8>> {
    let Ok(text) = std::str::from_utf8(secret) else { return Vec::new() };
    let orders: [fn(u16) -> [u8; 2]; 2] = [u16::to_le_bytes, u16::to_be_bytes];
    let encoded = |order: fn(u16) -> [u8; 2]| {
        let bytes = |text: &str| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        [bytes(text), bytes(&format!("\u{feff}{text}"))]
    };
    orders.into_iter().flat_map(encoded).collect()
}

/// The other forms of Unicode of a text.
pub(crate) fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let Some(text) = std::str::from_utf8(secret).ok().filter(|text| !text.is_ascii()) else {
        return Vec::new();
    };
    [text.nfc().collect::<String>(), text.nfd().collect(), text.nfkc().collect(), text.nfkd().collect()]
        .map(String::into_bytes)
        .to_vec()
}
