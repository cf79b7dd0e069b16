//! How a provider signs.

mod fault;
mod part;
mod text;
mod time;

use std::time::{Duration, SystemTime};

pub(crate) use self::fault::LONGEST_TOLERANCE;
pub use self::part::Part;
use self::part::SignedText;
pub(crate) use self::text::Text;
pub(crate) use self::time::system_time;
pub use self::time::{TimeSource, TimeUnit, Timestamp};
use crate::claim::Claim;
use crate::headers::{Found, Names};
use crate::{Headers, Secret, VerifyError};

/// How a provider signs, as a constant: the header, the format of its value, the key, and the signed text.
///
/// The simple case is two words. It signs the raw body with HMAC-SHA256, and its secret's text is the key:
///
/// ```
/// # use countersign::Scheme;
/// const ACME: Scheme = Scheme::sha256("x-acme-signature-256"); // X-Acme-Signature-256: sha256=757107ea…
/// const HOOK: Scheme = Scheme::hex("x-webhook-signature"); //     X-Webhook-Signature: 757107ea…
/// ```
///
/// Every other scheme says how it differs:
///
/// ```
/// use countersign::{KeyEncoding, Part, Scheme, Timestamp};
///
/// // X-Slack-Signature: v0=a2114d57…, the HMAC of `v0:<time>:<body>`
/// const SLACK: Scheme = Scheme::hex("x-slack-signature")
///     .prefix("v0=")
///     .timestamp(Timestamp::header("x-slack-request-timestamp"))
///     .signed(&[Part::Text("v0:"), Part::Timestamp, Part::Text(":"), Part::Body]);
///
/// // Stripe-Signature: t=1492774577,v1=5257a869…,v1=6ffbb59b…
/// const STRIPE: Scheme = Scheme::hex("stripe-signature")
///     .list(b',', "v1=")
///     .timestamp(Timestamp::entry("t="))
///     .signed(&[Part::Timestamp, Part::Text("."), Part::Body]);
///
/// // webhook-signature: v1,K5oZfzN9… v1,g0hM9SsE…
/// const STANDARD: Scheme = Scheme::base64("webhook-signature")
///     .list(b' ', "v1,")
///     .key(KeyEncoding::Base64 { strip: "whsec_" })
///     .timestamp(Timestamp::header("webhook-timestamp"))
///     .signed(&[Part::Id("webhook-id"), Part::Text("."), Part::Timestamp, Part::Text("."), Part::Body]);
/// ```
///
/// A scheme that makes no sense does not compile: [`Verifier::new`](crate::Verifier::new), [`events!`](crate::events) and
/// [`fault`](Self::fault) check it. A scheme owns its text, so a program can also build one from its configuration and give it to a
/// verifier of [`Custom`](crate::Custom).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scheme {
    header: Text<64>,
    encoding: Encoding,
    prefix: Text<32>,
    separator: Option<u8>,
    algorithm: Algorithm,
    key: StoredKey,
    timestamp: Option<Timestamp>,
    signed: SignedText,
    /// The fault of a text that did not fit.
    too_long: Option<&'static str>,
    /// Whether a value stands in for this constant at run time.
    is_value: bool,
}

/// The encoding of a tag in its header. Each tag has one accepted spelling, except that hex digits may be in either case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// Two hex digits for each byte.
    Hex,
    /// The standard alphabet of base64, with its padding (RFC 4648, section 4).
    Base64,
    /// The alphabet for URLs, without padding (RFC 4648, section 5).
    Base64Url,
}

/// The algorithm of a signature. The provider's scheme chooses it, and never a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-256. Nearly all providers use it.
    HmacSha256,
    /// HMAC with SHA-1, for the providers that still use it. SHA-1 has no known weakness as the hash of an HMAC. Prefer SHA-256 for a
    /// provider of your own.
    HmacSha1,
    /// HMAC with SHA-512.
    HmacSha512,
}

impl Algorithm {
    /// Number of bytes in a tag.
    #[must_use]
    pub const fn tag_bytes(self) -> usize {
        match self {
            Self::HmacSha256 => 32,
            Self::HmacSha1 => 20,
            Self::HmacSha512 => 64,
        }
    }
}

/// How a secret's text becomes the key. Default: [`Text`](Self::Text).
///
/// A provider has one rule, and it is strict: a secret that does not follow it is refused when the verifier is made. No second reading is
/// tried. The bytes of [`Secret::from_bytes`] are the key itself under every rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyEncoding<'a> {
    /// The key is the whole text, including a prefix such as `whsec_`.
    Text,
    /// The key is the text after this prefix, decoded from base64 with padding (RFC 4648, section 4).
    Base64 {
        /// The prefix, of at most 32 bytes. It may be empty. A secret without it is refused.
        strip: &'a str,
    },
    /// The key is the text after this prefix, decoded from hex digits in either case.
    Hex {
        /// The prefix, of at most 32 bytes. It may be empty. A secret without it is refused.
        strip: &'a str,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum StoredKey {
    Text,
    Base64(Text<32>),
    Hex(Text<32>),
}

impl Scheme {
    /// A scheme whose header has the value `sha256=` and 64 hex digits.
    ///
    /// As in HTTP, case makes no difference in the header's name. The name has at most 64 bytes.
    #[must_use]
    pub const fn sha256(header: &str) -> Self {
        Self::hex(header).prefix("sha256=")
    }

    /// A scheme whose header has a tag in hex.
    #[must_use]
    pub const fn hex(header: &str) -> Self {
        Self::new(header, Encoding::Hex)
    }

    /// A scheme whose header has a tag in base64, with padding.
    #[must_use]
    pub const fn base64(header: &str) -> Self {
        Self::new(header, Encoding::Base64)
    }

    /// A scheme whose header has a tag in base64 for URLs, without padding.
    #[must_use]
    pub const fn base64url(header: &str) -> Self {
        Self::new(header, Encoding::Base64Url)
    }

    /// Stands in for a scheme that is known only at run time. It has a fault, so no verifier can be made of it.
    pub(crate) const AT_RUN_TIME: Self = Self { is_value: true, ..Self::hex("") };

    const fn new(header: &str, encoding: Encoding) -> Self {
        let (header, too_long) = match Text::new(header) {
            Some(header) => (header, None),
            None => (Text::EMPTY, Some("the name of a header has at most 64 bytes")),
        };
        Self {
            header,
            encoding,
            prefix: Text::EMPTY,
            separator: None,
            algorithm: Algorithm::HmacSha256,
            key: StoredKey::Text,
            timestamp: None,
            signed: SignedText::BODY,
            too_long,
            is_value: false,
        }
    }

    /// Sets the text before the tag: at most 32 bytes of printable ASCII. Default: none.
    #[must_use]
    pub const fn prefix(self, prefix: &str) -> Self {
        match Text::new(prefix) {
            Some(prefix) => Self { prefix, ..self },
            None => Self { too_long: Some("the prefix of a tag has at most 32 bytes"), ..self },
        }
    }

    /// Makes the value a list of entries with this separator. Default: the value is one tag.
    ///
    /// An entry with this prefix has a tag. The signature matches if one of the tags does. Other entries are ignored, such as those of
    /// another version. Tags after the eighth are ignored too.
    ///
    /// Blanks around an entry are skipped. If the separator is a blank, one comma at the end of an entry is skipped.
    #[must_use]
    pub const fn list(self, separator: u8, prefix: &str) -> Self {
        let scheme = self.prefix(prefix);
        Self { separator: Some(separator), ..scheme }
    }

    /// Sets the algorithm. Default: HMAC with SHA-256.
    #[must_use]
    pub const fn algorithm(self, algorithm: Algorithm) -> Self {
        Self { algorithm, ..self }
    }

    /// Sets how a secret's text becomes the key. Default: the text is the key.
    #[must_use]
    pub const fn key(self, encoding: KeyEncoding<'_>) -> Self {
        let (strip, is_hex) = match encoding {
            KeyEncoding::Text => return Self { key: StoredKey::Text, ..self },
            KeyEncoding::Base64 { strip } => (strip, false),
            KeyEncoding::Hex { strip } => (strip, true),
        };
        match Text::new(strip) {
            Some(strip) if is_hex => Self { key: StoredKey::Hex(strip), ..self },
            Some(strip) => Self { key: StoredKey::Base64(strip), ..self },
            None => Self { too_long: Some("the prefix of a secret has at most 32 bytes"), ..self },
        }
    }

    /// Sets the signed time. Default: the provider signs none.
    ///
    /// A time in a header or in an entry must be a part of the [`signed`](Self::signed) text.
    #[must_use]
    pub const fn timestamp(self, timestamp: Timestamp) -> Self {
        Self { timestamp: Some(timestamp), ..self }
    }

    /// Sets the signed text: at most 8 parts, one of them the body. Default: the body alone.
    #[must_use]
    pub const fn signed(self, parts: &[Part<'_>]) -> Self {
        Self { signed: SignedText::new(parts), ..self }
    }

    /// The name of the signature header.
    #[must_use]
    pub const fn header(&self) -> &str {
        self.header.as_str()
    }

    /// The encoding of a tag.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The text before each tag. It may be empty.
    #[must_use]
    pub const fn tag_prefix(&self) -> &str {
        self.prefix.as_str()
    }

    /// The separator of the entries. `None` if the value is one tag.
    #[must_use]
    pub const fn separator(&self) -> Option<u8> {
        self.separator
    }

    /// The algorithm.
    #[must_use]
    pub const fn mac_algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// How a secret's text becomes the key.
    #[must_use]
    pub const fn key_encoding(&self) -> KeyEncoding<'_> {
        match &self.key {
            StoredKey::Text => KeyEncoding::Text,
            StoredKey::Base64(strip) => KeyEncoding::Base64 { strip: strip.as_str() },
            StoredKey::Hex(strip) => KeyEncoding::Hex { strip: strip.as_str() },
        }
    }

    /// The signed time. `None` if the provider signs none.
    #[must_use]
    pub const fn signed_time(&self) -> Option<&Timestamp> {
        self.timestamp.as_ref()
    }

    /// The header of the signed id. `None` if the provider signs none.
    #[must_use]
    pub const fn id_header(&self) -> Option<&str> {
        match self.signed.id_header() {
            Some(header) => Some(header.as_str()),
            None => None,
        }
    }

    /// The parts of the signed text, in their order.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        self.signed.parts()
    }

    /// Whether this is [`AT_RUN_TIME`](Self::AT_RUN_TIME).
    pub(crate) const fn is_at_run_time(&self) -> bool {
        self.is_value
    }

    /// Whether only the body is signed.
    pub(crate) const fn signs_body_alone(&self) -> bool {
        self.signed.is_body_alone()
    }

    /// The header of the signed time. `None` if the time is not in a header.
    pub(crate) const fn time_header_text(&self) -> Option<&Text<64>> {
        match &self.timestamp {
            Some(timestamp) => timestamp.header_text(),
            None => None,
        }
    }

    /// The header of the signed id. `None` if no id is signed.
    pub(crate) const fn id_header_text(&self) -> Option<&Text<64>> {
        self.signed.id_header()
    }

    pub(crate) const fn header_bytes(&self) -> &[u8] {
        self.header.as_bytes()
    }

    pub(crate) const fn prefix_bytes(&self) -> &[u8] {
        self.prefix.as_bytes()
    }

    /// How far from now the signed time may be, if no verifier says otherwise.
    pub(crate) const fn tolerance(&self) -> Option<Duration> {
        match &self.timestamp {
            Some(timestamp) => Some(timestamp.default_tolerance()),
            None => None,
        }
    }

    /// Whether the time follows the id directly.
    pub(crate) const fn is_id_before_time(&self) -> bool {
        self.signed.facts.is_id_before_time
    }

    /// The first byte of the fixed text after the id.
    pub(crate) const fn byte_after_id(&self) -> Option<u8> {
        self.signed.facts.after_id
    }

    /// Reads a signed time from a header, an entry or the body.
    pub(crate) fn read_time(&self, text: &[u8]) -> Option<SystemTime> {
        self.timestamp.as_ref()?.unit().read(text, self.signed.facts.is_time_exact)
    }

    /// Verifies a body against `value`, the value of the signature header. [`verify`](crate::verify) does the same for `sha256=`.
    ///
    /// ```
    /// # use countersign::{Scheme, Secret};
    /// let secret = Secret::new("It's a Secret to Everybody")?;
    /// let value = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    /// assert!(Scheme::hex("x-webhook-signature").verify(&secret, "Hello, World!", value).is_ok());
    /// # Ok::<(), countersign::ConfigError>(())
    /// ```
    ///
    /// A signed time is compared with the clock of the system. A scheme that signs a second header needs
    /// [`verify_request`](Self::verify_request).
    ///
    /// # Errors
    ///
    /// The value is malformed or does not match the body. The signed time is outside its tolerance. The scheme signs a second header or has
    /// a [fault](Self::fault), or the secret is no key for it.
    pub fn verify(
        &self,
        secret: &Secret,
        body: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
    ) -> Result<(), VerifyError> {
        self.check_fault()?;
        self.verify_value(secret, body.as_ref(), value.as_ref())
    }

    /// Verifies under a scheme without a fault.
    #[inline]
    pub(crate) fn verify_value(&self, secret: &Secret, body: &[u8], value: &[u8]) -> Result<(), VerifyError> {
        let claim = Claim::of_value(self, value)?;
        self.check(&claim, secret, body, SystemTime::now)
    }

    /// Verifies a whole request at the time `now`, for scripts. A service uses a [`Verifier`](crate::Verifier), which also has limits and
    /// decodes the event.
    ///
    /// ```
    /// # use std::time::{Duration, SystemTime};
    /// # use countersign::{Part, Scheme, Secret, Timestamp};
    /// let scheme = Scheme::hex("x-slack-signature")
    ///     .prefix("v0=")
    ///     .timestamp(Timestamp::header("x-slack-request-timestamp"))
    ///     .signed(&[Part::Text("v0:"), Part::Timestamp, Part::Text(":"), Part::Body]);
    /// let headers = [
    ///     ("X-Slack-Request-Timestamp", "1531420618"),
    ///     ("X-Slack-Signature", "v0=8fa0e009d1ac24fd3df1706b46c6d972abd5f70b762137c3bb5b4208c84c9607"),
    /// ];
    /// let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_531_420_700);
    /// assert!(scheme.verify_request(&Secret::new("8f742231b10e8888abcd99yyyzzz85a5")?, &headers, "{}", now).is_ok());
    /// # Ok::<(), countersign::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A header is missing, repeated or malformed. The signature does not match. The signed time is outside its tolerance. The scheme has a
    /// [fault](Self::fault), or the secret is no key for it.
    pub fn verify_request(
        &self,
        secret: &Secret,
        headers: &(impl Headers + ?Sized),
        body: impl AsRef<[u8]>,
        now: SystemTime,
    ) -> Result<(), VerifyError> {
        self.check_fault()?;
        let claim = Claim::read(self, &Found::read(headers, Names::of(self)))?;
        self.check(&claim, secret, body.as_ref(), || now)
    }

    /// A scheme with a mistake may leave its time unsigned, or let bytes move from one part to the next. So it accepts nothing.
    fn check_fault(&self) -> Result<(), VerifyError> {
        self.fault().map_or(Ok(()), |fault| Err(VerifyError::UnusableScheme { fault }))
    }

    fn check(
        &self,
        claim: &Claim,
        secret: &Secret,
        body: &[u8],
        now: impl FnOnce() -> SystemTime,
    ) -> Result<(), VerifyError> {
        let prepared;
        let key = match secret.default_key(self) {
            Some(key) => key,
            None => {
                prepared = secret.to_key(self).map_err(|_| VerifyError::UnusableSecret)?;
                &prepared
            }
        };
        if !claim.matches(self, key, body) {
            return Err(VerifyError::Mismatch);
        }
        claim.check_time(self, body, self.tolerance(), now).map(drop)
    }
}

#[cfg(test)]
mod tests;
