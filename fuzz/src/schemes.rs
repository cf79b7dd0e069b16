//! The schemes of the targets: each encoding, algorithm, place of a time and order of parts at least once.

use std::sync::LazyLock;

use countersign::scheme::TimeUnit;
use countersign::{Algorithm, Custom, KeyEncoding, Part, Scheme, Secret, Timestamp, Verifier};

use crate::reference::{Headers, encode, mac, signed_text, texts};
use crate::{NOW, SECRET, now, reference};

/// A scheme with a secret, and the key that the reference makes of it.
pub struct Signer {
    /// The scheme.
    pub scheme: Scheme,
    /// The secret.
    pub secret: Secret,
    key: Option<Vec<u8>>,
}

const TIME: Timestamp = Timestamp::header("x-time");
const ENTRY: Timestamp = Timestamp::entry("t=");
const TIME_DOT_BODY: &[Part<'_>] = &[Part::Timestamp, Part::Text("."), Part::Body];

/// The schemes, and their secrets.
const SCHEMES: &[(Scheme, &str)] = &[
    (Scheme::sha256("x-signature"), SECRET),
    (Scheme::hex("x-signature"), SECRET),
    (
        Scheme::hex("x-signature").prefix("v0=").timestamp(TIME).signed(&[
            Part::Text("v0:"),
            Part::Timestamp,
            Part::Text(":"),
            Part::Body,
        ]),
        SECRET,
    ),
    (Scheme::hex("x-signature").list(b',', "v1=").timestamp(ENTRY).signed(TIME_DOT_BODY), SECRET),
    (
        Scheme::hex("x-signature").list(b';', "h1=").timestamp(ENTRY).signed(&[Part::Timestamp, Part::Body]),
        SECRET,
    ),
    (
        Scheme::base64url("x-signature").list(b',', "v1=").timestamp(ENTRY.millis()).signed(TIME_DOT_BODY),
        SECRET,
    ),
    (
        Scheme::hex("x-signature").prefix("sha256=").timestamp(TIME.rfc3339()).signed(&[
            Part::Id("x-id"),
            Part::Timestamp,
            Part::Body,
        ]),
        SECRET,
    ),
    (Scheme::base64("x-signature").timestamp(TIME.rfc3339()).signed(&[Part::Body, Part::Timestamp]), SECRET),
    (Scheme::base64("x-signature").timestamp(TIME.millis()).signed(&[Part::Timestamp, Part::Body]), SECRET),
    (Scheme::hex("x-signature").prefix("sha1=").algorithm(Algorithm::HmacSha1), SECRET),
    (Scheme::base64("x-signature").algorithm(Algorithm::HmacSha512), SECRET),
    (
        Scheme::base64("x-signature")
            .list(b' ', "v1,")
            .key(KeyEncoding::Base64 { strip: "whsec_" })
            .timestamp(TIME)
            .signed(&[Part::Id("x-id"), Part::Text("."), Part::Timestamp, Part::Text("."), Part::Body]),
        "whsec_AQIDBAUGBwg=",
    ),
];

/// A signer for each scheme.
pub static SIGNERS: LazyLock<Vec<Signer>> = LazyLock::new(|| {
    let signer = |(scheme, secret): &(Scheme, &str)| Signer::of_text(*scheme, secret).expect("a secret");
    SCHEMES.iter().map(signer).collect()
});

impl Signer {
    /// A signer whose secret is a text. `None` if no secret is made of it.
    pub fn of_text(scheme: Scheme, text: &str) -> Option<Self> {
        Some(Self { scheme, secret: Secret::new(text).ok()?, key: reference::key(&scheme, text) })
    }

    /// A signer whose secret is the key itself. `None` if these bytes are no key.
    pub fn of_key(scheme: Scheme, key: &[u8]) -> Option<Self> {
        Some(Self { scheme, secret: Secret::from_bytes(key).ok()?, key: Some(key.to_vec()) })
    }

    /// A verifier at the time of the targets. `None` if the secret is no key for the scheme.
    pub fn verifier(&self) -> Option<Verifier<Custom>> {
        let verifier = Verifier::<Custom>::for_scheme(self.scheme, self.secret.clone());
        assert_eq!(verifier.is_ok(), self.key.is_some(), "{:?}", self.scheme);
        Some(verifier.ok()?.clock(now))
    }

    /// The key.
    pub fn key(&self) -> Option<&[u8]> {
        self.key.as_deref()
    }

    /// The present time, as the scheme spells it.
    pub fn now(&self) -> &'static str {
        match self.scheme.signed_time().map(Timestamp::unit) {
            Some(TimeUnit::Millis) => "1767225600000",
            Some(TimeUnit::Rfc3339) => "2026-01-01T00:00:00Z",
            _ => "1767225600",
        }
    }

    /// Replaces the marks in all headers: `\x01` by the right tag, `\x02` by a wrong one, and `\x03` by the present time.
    ///
    /// The right tag is made for the texts of the time and the id as they stand in the headers, even if they are malformed. So the grammar
    /// must refuse them, because the tag matches.
    pub fn filled(&self, headers: &Headers, body: &[u8]) -> Vec<(String, Vec<u8>)> {
        let wrong = vec![0x5a; self.scheme.mac_algorithm().tag_bytes()];
        let fill = |right: &[u8]| -> Vec<_> {
            let texts = [right, &wrong].map(|tag| encode(self.scheme.encoding(), tag));
            let filled = |bytes: &[u8]| {
                let mut filled = Vec::with_capacity(bytes.len());
                for byte in bytes {
                    match byte {
                        1 | 2 => filled.extend(texts[usize::from(*byte) - 1].as_bytes()),
                        3 => filled.extend(self.now().as_bytes()),
                        other => filled.push(*other),
                    }
                }
                filled
            };
            headers.iter().map(|(name, bytes)| (name.clone(), filled(bytes))).collect()
        };
        if !headers.iter().any(|(_, value)| value.contains(&1)) {
            return fill(&[]);
        }
        let text = signed_text(&self.scheme, &texts(&self.scheme, &fill(&wrong)), body);
        fill(&mac(&self.scheme, self.key().unwrap_or_default(), &text))
    }

    /// The verdict of the reference.
    pub fn expected(&self, headers: &Headers, body: &[u8]) -> Result<(), String> {
        reference::expected(&self.scheme, self.key(), headers, body, NOW)
    }

    /// The verdict of the library.
    pub fn verdict(&self, headers: &Headers, body: &[u8]) -> Result<(), String> {
        self.scheme.verify_request(&self.secret, headers, body, now()).map_err(reason)
    }
}

/// A reason as the reference writes it.
pub fn reason(reason: countersign::VerifyError) -> String {
    let text = format!("{reason:?}");
    let is_time = ["TooOld", "FromTheFuture"].iter().any(|name| text.starts_with(name));
    if is_time { text.split(' ').next().unwrap_or_default().to_owned() } else { text }
}
