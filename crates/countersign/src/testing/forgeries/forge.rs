//! The forgeries, grouped by their fault.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::Forgery;
use super::algorithm::Algorithm;
use crate::testing::{SignedRequest, sign};
use crate::{Scheme, Secret};

/// Bytes in an HMAC-SHA256 tag.
const TAG_BYTES: usize = 32;

/// A genuine delivery and the parts of its signature. A forgery combines them in another way.
pub(super) struct Forge<'a> {
    scheme: Scheme,
    secret: &'a Secret,
    genuine: SignedRequest,
    prefix: String,
    digits: String,
}

impl<'a> Forge<'a> {
    pub(super) fn new(scheme: Scheme, secret: &'a Secret, body: Bytes) -> Self {
        let digits = sign(Scheme::hex(""), secret, &body);
        let genuine = SignedRequest::with_scheme(scheme, secret, body);
        let prefix = scheme.tag_prefix().to_owned();
        Self { scheme, secret, genuine, prefix, digits }
    }

    fn forgery(name: &'static str, description: &'static str, request: SignedRequest) -> Forgery {
        Forgery { name, description, request }
    }

    /// The genuine body with another value of the signature header.
    fn value(&self, name: &'static str, description: &'static str, value: impl Into<Vec<u8>>) -> Forgery {
        Self::forgery(name, description, self.genuine.clone().with(self.scheme.header(), value))
    }

    /// The genuine body with other digits after the provider's prefix.
    fn digits(&self, name: &'static str, description: &'static str, digits: &str) -> Forgery {
        self.value(name, description, format!("{}{digits}", self.prefix))
    }

    fn genuine_value(&self) -> String {
        format!("{}{}", self.prefix, self.digits)
    }

    pub(super) fn unsigned(&self) -> Vec<Forgery> {
        let without = self.genuine.clone().without(self.scheme.header());
        vec![
            Self::forgery("unsigned", "no signature header at all", without),
            self.value("empty-signature", "a signature header without a value", ""),
            self.value("prefix-alone", "sha256= without digits", "sha256="),
            self.digits("zero-tag", "64 zeros for a tag", &"0".repeat(2 * TAG_BYTES)),
            self.value("word-for-signature", "a word instead of a signature", "test_signature"),
        ]
    }

    /// A well-formed signature with another key or of another body.
    pub(super) fn foreign(&self) -> Vec<Forgery> {
        let body = self.genuine.body();
        let other = |key: &[u8]| hex_of(Algorithm::HmacSha256, key, body);
        let mut longer = self.secret.bytes().to_vec();
        longer.push(b'x');
        let unprefixed = self.secret.bytes().strip_prefix(b"whsec_").unwrap_or(&longer);
        vec![
            self.digits("other-secret", "signed with the secret and one byte more", &other(&longer)),
            self.digits(
                "half-secret",
                "signed with the secret without its whsec_, or with another secret",
                &other(unprefixed),
            ),
            self.digits("empty-secret", "signed with an empty key", &other(b"")),
            self.digits("empty-body-signed", "the tag of an empty body", &self.tag_unless_empty()),
            self.digits(
                "hash-without-key",
                "the plain SHA-256 of the body",
                &hex_of(Algorithm::Sha256, b"", body),
            ),
            self.digits("upside-down", "the right digits in reverse order", &self.reversed()),
        ]
    }

    /// The genuine signature in a wrong place.
    pub(super) fn misplaced(&self) -> Vec<Forgery> {
        let (header, value) = (self.scheme.header(), self.genuine_value());
        let wrong = format!("{}{}", self.prefix, "0".repeat(2 * TAG_BYTES));
        let away = self.genuine.clone().without(header);
        vec![
            Self::forgery(
                "other-header",
                "the right signature in the header of another provider",
                away.clone().header(self.another_header(), value.as_str()),
            ),
            Self::forgery(
                "signature-twice",
                "the same right signature in two headers",
                self.genuine.clone().header(header, value.as_str()),
            ),
            Self::forgery(
                "right-then-wrong",
                "a right signature, then a wrong one",
                self.genuine.clone().header(header, wrong.as_str()),
            ),
            Self::forgery(
                "wrong-then-right",
                "a wrong signature, then a right one",
                away.header(header, wrong).header(header, value.as_str()),
            ),
            self.value("list-of-two", "two right signatures in one header", format!("{value},{value}")),
            self.value(
                "right-among-others",
                "a right signature after a wrong one, in one header",
                format!("{}{}, {value}", self.prefix, "0".repeat(2 * TAG_BYTES)),
            ),
        ]
    }

    /// The right tag with the name of another algorithm, and the tag of another algorithm.
    pub(super) fn mislabelled(&self) -> Vec<Forgery> {
        let (digits, body) = (&self.digits, self.genuine.body());
        let tag = |algorithm| hex_of(algorithm, self.secret.bytes(), body);
        let other_format = if self.prefix.is_empty() { format!("sha256={digits}") } else { digits.clone() };
        vec![
            self.value(
                "other-format",
                "the right tag in the format of other providers: bare, or with sha256=",
                other_format,
            ),
            self.value("prefix-in-capitals", "SHA256= instead of sha256=", format!("SHA256={digits}")),
            self.value("prefix-with-colon", "sha256: instead of sha256=", format!("sha256:{digits}")),
            self.value("prefix-twice", "sha256= twice", format!("sha256=sha256={digits}")),
            self.value("algorithm-none", "none= instead of sha256=", format!("none={digits}")),
            self.value("sha1-label", "the right tag with the name of SHA-1", format!("sha1={digits}")),
            self.value("sha1", "a right HMAC with SHA-1", format!("sha1={}", tag(Algorithm::HmacSha1))),
            self.value(
                "sha512",
                "a right HMAC with SHA-512",
                format!("sha512={}", tag(Algorithm::HmacSha512)),
            ),
            self.digits(
                "sha512-as-sha256",
                "an HMAC with SHA-512 after the provider's own prefix",
                &tag(Algorithm::HmacSha512),
            ),
        ]
    }

    /// The right digits in a wrong format.
    pub(super) fn misshapen(&self) -> Vec<Forgery> {
        let (digits, value) = (&self.digits, self.genuine_value());
        let first = |count: usize| digits.get(..count).unwrap_or_default();
        let rest = |count: usize| digits.get(count..).unwrap_or_default();
        vec![
            self.digits("one-digit", "only the first digit", first(1)),
            self.digits("half-tag", "the first half of the tag", first(TAG_BYTES)),
            self.digits("one-digit-short", "63 digits of 64", first(63)),
            self.digits("one-byte-short", "62 digits of 64", first(62)),
            self.digits("one-digit-long", "65 digits", &format!("{digits}0")),
            self.digits("one-byte-long", "66 digits", &format!("{digits}00")),
            self.digits("hex-with-0x", "0x before the digits", &format!("0x{digits}")),
            self.digits("hex-with-dash", "a dash among the digits", &format!("{}-{}", first(32), rest(32))),
            self.digits("hex-with-letter-g", "the letter g among the digits", &format!("{}g", first(63))),
            self.value(
                "space-before",
                "a space inside the value, before the digits",
                format!("{} {digits}", self.space_prefix()),
            ),
            self.value("quoted", "the value in quotes", format!("\"{value}\"")),
            self.value(
                "high-bytes",
                "64 bytes above 0x7f instead of digits",
                [self.prefix.as_bytes(), &[0xe9; 64]].concat(),
            ),
            self.digits("base64", "the right tag in base64", &self.base64()),
        ]
    }

    /// The genuine signature with an altered body.
    pub(super) fn altered(&self) -> Vec<Forgery> {
        let body = self.genuine.body();
        let with = |bytes: Vec<u8>| self.genuine.clone().with_body(bytes);
        let mut flipped = body.to_vec();
        match flipped.last_mut() {
            Some(byte) => *byte ^= 1,
            None => flipped.push(b'0'),
        }
        vec![
            Self::forgery("body-bit-flipped", "one bit of the body is flipped", with(flipped)),
            Self::forgery(
                "body-with-newline",
                "a newline after the body",
                with([body, b"\n".as_slice()].concat()),
            ),
            Self::forgery("body-with-space", "a space before the body", with([b" ", body.as_ref()].concat())),
            Self::forgery("body-twice", "the body twice", with([body, b"{}".as_slice(), body].concat())),
            Self::forgery("body-cut", "only the first half of the body", with(self.cut())),
        ]
    }

    fn tag_unless_empty(&self) -> String {
        // If the body is empty, the tag of an empty body is genuine.
        let body: &[u8] = if self.genuine.body().is_empty() { b" " } else { b"" };
        hex_of(Algorithm::HmacSha256, self.secret.bytes(), body)
    }

    fn another_header(&self) -> &'static str {
        let taken = |header: &&str| !header.eq_ignore_ascii_case(self.scheme.header());
        ["x-hub-signature-256", "x-signature"].into_iter().find(taken).unwrap_or_default()
    }

    fn reversed(&self) -> String {
        self.digits.chars().rev().collect()
    }

    fn space_prefix(&self) -> &str {
        if self.prefix.is_empty() { "sha256=" } else { &self.prefix }
    }

    fn cut(&self) -> Vec<u8> {
        let body = self.genuine.body();
        if body.is_empty() {
            return b"{".to_vec();
        }
        body.get(..body.len() / 2).unwrap_or_default().to_vec()
    }

    fn base64(&self) -> String {
        let tag = Algorithm::HmacSha256.digest(self.secret.bytes(), self.genuine.body());
        STANDARD.encode(tag)
    }
}

fn hex_of(algorithm: Algorithm, key: &[u8], body: &[u8]) -> String {
    hex::encode(algorithm.digest(key, body))
}
