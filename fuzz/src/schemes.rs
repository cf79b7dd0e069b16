//! The schemes of the targets: each encoding, algorithm, place of a time and order of parts at least once.

use countersign::scheme::{TimeSource, TimeUnit};
use countersign::{Algorithm, KeyEncoding, Part, Scheme, Timestamp};

use crate::reference::{Headers, Texts, encode, mac, signed_text};
use crate::{NOW, reference};

/// A scheme with a secret of its own.
pub struct Signer {
    /// The scheme.
    pub scheme: Scheme,
    /// The secret.
    pub secret: &'static str,
}

const fn signer(scheme: Scheme) -> Signer {
    Signer { scheme, secret: crate::SECRET }
}

const TIME: Timestamp = Timestamp::header("x-time");
const ENTRY: Timestamp = Timestamp::entry("t=");
const TIME_DOT_BODY: &[Part<'_>] = &[Part::Timestamp, Part::Text("."), Part::Body];

/// All schemes.
pub const SIGNERS: &[Signer] = &[
    signer(Scheme::sha256("x-signature")),
    signer(Scheme::hex("x-signature")),
    signer(Scheme::hex("x-signature").prefix("v0=").timestamp(TIME).signed(&[
        Part::Text("v0:"),
        Part::Timestamp,
        Part::Text(":"),
        Part::Body,
    ])),
    signer(Scheme::hex("x-signature").list(b',', "v1=").timestamp(ENTRY).signed(TIME_DOT_BODY)),
    signer(
        Scheme::hex("x-signature").list(b';', "h1=").timestamp(ENTRY).signed(&[Part::Timestamp, Part::Body]),
    ),
    signer(
        Scheme::base64url("x-signature").list(b',', "v1=").timestamp(ENTRY.millis()).signed(TIME_DOT_BODY),
    ),
    signer(Scheme::hex("x-signature").prefix("sha256=").timestamp(TIME.rfc3339()).signed(&[
        Part::Id("x-id"),
        Part::Timestamp,
        Part::Body,
    ])),
    signer(Scheme::base64("x-signature").timestamp(TIME.rfc3339()).signed(&[Part::Body, Part::Timestamp])),
    signer(Scheme::base64("x-signature").timestamp(TIME.millis()).signed(&[Part::Timestamp, Part::Body])),
    signer(Scheme::hex("x-signature").prefix("sha1=").algorithm(Algorithm::HmacSha1)),
    signer(Scheme::base64("x-signature").algorithm(Algorithm::HmacSha512)),
    Signer {
        scheme: Scheme::base64("x-signature")
            .list(b' ', "v1,")
            .key(KeyEncoding::Base64 { strip: "whsec_" })
            .timestamp(TIME)
            .signed(&[Part::Id("x-id"), Part::Text("."), Part::Timestamp, Part::Text("."), Part::Body]),
        secret: "whsec_AQIDBAUGBwg=",
    },
];

/// The key of [`SIGNERS`] whose secret is in base64.
///
/// # Panics
///
/// The text is that of no signer.
pub fn decoded(text: &str) -> Vec<u8> {
    assert_eq!(text, "AQIDBAUGBwg=");
    (1..=8).collect()
}

impl Signer {
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
            let value = |byte: &u8| match byte {
                1 => encode(self.scheme.encoding(), right).into_bytes(),
                2 => encode(self.scheme.encoding(), &wrong).into_bytes(),
                3 => self.now().as_bytes().to_vec(),
                other => vec![*other],
            };
            headers
                .iter()
                .map(|(name, bytes)| (name.clone(), bytes.iter().flat_map(value).collect()))
                .collect()
        };
        fill(&mac(&self.scheme, self.secret, &signed_text(&self.scheme, &self.texts(&fill(&wrong)), body)))
    }

    /// The texts of the time and the id, unchecked. If a header is there several times, its first value counts.
    fn texts(&self, headers: &Headers) -> Texts {
        let header = |name: &str| {
            headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
        };
        let time = match self.scheme.signed_time().map(Timestamp::source) {
            Some(TimeSource::Header(name)) => header(name),
            Some(TimeSource::Entry(prefix)) => header(self.scheme.header()).and_then(|value| {
                let mut entries =
                    value.split(|byte| Some(*byte) == self.scheme.separator()).map(<[u8]>::trim_ascii);
                entries.find_map(|entry| entry.strip_prefix(prefix.as_bytes())).map(<[u8]>::to_vec)
            }),
            _ => None,
        };
        Texts {
            time: time.unwrap_or_default(),
            id: self.scheme.id_header().and_then(header).unwrap_or_default(),
        }
    }

    /// The verdict of the reference.
    pub fn expected(&self, headers: &Headers, body: &[u8]) -> Result<(), String> {
        reference::expected(&self.scheme, self.secret, headers, body, NOW)
    }
}

/// A reason as the reference writes it.
pub fn reason(reason: countersign::VerifyError) -> String {
    let text = format!("{reason:?}");
    let is_time = ["TooOld", "FromTheFuture"].iter().any(|name| text.starts_with(name));
    if is_time { text.split(' ').next().unwrap_or_default().to_owned() } else { text }
}
