//! The diagnosis of a delivery that something has gone wrong with.
//!
//! Input: a byte that picks the scheme, two bytes that pick mistakes, more headers, and a body.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::testing::SignedRequest;
use countersign::{KeyEncoding, Scheme, Secret};
use countersign_diagnose::{Diagnose, SecretBytes};

use crate::headers::is_encoded;
use crate::input::Input;
use crate::now;
use crate::reference::Headers;
use crate::schemes::SIGNERS;

/// The longest body, in bytes. The search takes about a thousand times as long as a verification.
const MOST: usize = 200;

/// A diagnosis ends, tells no secret, and is right: nothing is wrong exactly if a verifier accepts the delivery, and the repair of a cause
/// makes it acceptable.
pub fn run(input: &[u8]) {
    let mut input = Input::new(input);
    let place = input.below(SIGNERS.len());
    let scheme = &SIGNERS[place].scheme;
    let came = Came::read(
        scheme,
        if place + 1 == SIGNERS.len() { "whsec_AQIDBAUGBwg=" } else { crate::SECRET },
        &mut input,
    );

    let Ok(secret) = SecretBytes::new(&came.secret) else { return };
    let other = SecretBytes::new("another endpoint's").expect("a secret");
    let diagnose = Diagnose::new(scheme, [secret]).also("other", other).at(came.now());
    let diagnosis = diagnose.run(&came.headers[..], &came.body);

    let shown = diagnosis.to_string();
    let tells = |text: &str| ["abc123", "AQIDBAUGBwg"].iter().any(|secret| text.contains(secret));
    // The names of headers are shown, and the input may put the secret into one.
    assert!(!tells(&shown) || came.headers.iter().any(|(name, _)| tells(name)), "{shown}");
    let is_accepted = came.is_accepted(scheme);
    assert_eq!(diagnosis.is_valid(), is_accepted && !is_encoded(&came.headers), "{scheme:?}: {shown}");
    assert!(diagnosis.is_explained() || !(is_accepted || came.is_known), "{scheme:?}: {shown}");
    if let ([cause], true) = (diagnosis.causes(), diagnosis.is_explained()) {
        let mut repaired = came.repaired(cause.as_str()).into_iter().peekable();
        let has_repair = repaired.peek().is_some();
        assert!(!has_repair || repaired.any(|came| came.is_accepted(scheme)), "{scheme:?}: {shown}");
    }
}

/// All that the receiver has.
#[derive(Clone)]
struct Came {
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    secret: Vec<u8>,
    /// The time since the delivery was signed, in seconds.
    late: u64,
    /// Whether one mistake was made, and it is one that the diagnosis must find.
    is_known: bool,
}

impl Came {
    /// A genuine delivery, and then up to two mistakes.
    fn read(scheme: &Scheme, secret: &str, input: &mut Input<'_>) -> Self {
        let mistakes = [input.byte(), input.byte()];
        let mut more = Vec::new();
        for _ in 0..input.below(3) {
            more.push((input.text(), input.bytes().to_vec()));
        }
        let body = input.rest()[..input.rest().len().min(MOST)].to_vec();
        let signing = Secret::new(secret).expect("a secret");
        let request = SignedRequest::with_scheme_at(*scheme, &signing, body, now(), Some("evt_1"));
        let is_known = is_known(scheme, mistakes) && more.is_empty();
        let headers = request.headers().iter().cloned().chain(more).collect();
        let body = request.body().to_vec();
        let mut came = Self { headers, body, secret: secret.into(), late: 0, is_known };
        for mistake in mistakes {
            came.err(scheme.header(), mistake);
        }
        came
    }

    fn err(&mut self, header: &str, mistake: u8) {
        let signature = self.headers.iter_mut().find(|(name, _)| name == header).map(|(_, value)| value);
        match (mistake, signature) {
            (1, _) => self.body.push(b'\n'),
            (2, _) => self.body = self.body.trim_ascii().to_vec(),
            (3, _) => self.body = STANDARD.encode(&self.body).into_bytes(),
            (4, _) => self.body.splice(0..0, *b"\xef\xbb\xbf").for_each(drop),
            (5, _) => self.body = String::from_utf8_lossy(&self.body).into_owned().into_bytes(),
            (6, _) => self.body.retain(|byte| *byte != b'\n'),
            (7, _) => self.secret.push(b'\n'),
            (8, _) => self.secret = [b"\"", &*self.secret, b"\""].concat(),
            (9, _) => self.secret = self.secret.to_ascii_uppercase(),
            (10, _) => self.secret = self.secret.strip_prefix(b"whsec_").unwrap_or_default().to_vec(),
            (11, _) => self.late = 301,
            (12, _) => self.late = 100_000,
            (13, Some(value)) => value.make_ascii_uppercase(),
            (14, Some(value)) => value.truncate(value.len() / 2),
            (15, Some(value)) => value.insert(0, b' '),
            (16, Some(value)) => *value = STANDARD.encode(&*value).into_bytes(),
            (17, _) => self.headers.retain(|(name, _)| name != header),
            (18, _) => self.headers.reverse(),
            (19, _) => self.headers.extend_from_within(..),
            (20, _) => self.body.clear(),
            (21, _) => self.headers.push(("content-encoding".to_owned(), b"gzip".to_vec())),
            (22.., Some(value)) => {
                let at = usize::from(mistake) % value.len().max(1);
                if let Some(byte) = value.get_mut(at) {
                    *byte ^= mistake;
                }
            }
            _ => {}
        }
    }

    fn now(&self) -> std::time::SystemTime {
        now() + Duration::from_secs(self.late)
    }

    /// Whether a verifier accepts its signature.
    fn is_accepted(&self, scheme: &Scheme) -> bool {
        let text = std::str::from_utf8(&self.secret).ok();
        let Some(secret) = text.and_then(|text| Secret::new(text).ok()) else { return false };
        let headers: &Headers = &self.headers;
        scheme.verify_request(&secret, headers, &self.body, self.now()).is_ok()
    }

    /// The deliveries that the repair of a cause makes, for the causes that say what to repair to the byte.
    fn repaired(&self, cause: &str) -> Vec<Self> {
        let body = |body: &[u8]| Self { body: body.to_vec(), ..self.clone() };
        let secret = |secret: &[u8]| Self { secret: secret.to_vec(), ..self.clone() };
        let stripped = |end: &[u8]| self.body.strip_suffix(end).map(body);
        match cause {
            "body-final-newline-added" => stripped(b"\r\n").into_iter().chain(stripped(b"\n")).collect(),
            "body-final-newline-lost" => {
                [&b"\n"[..], b"\r\n"].map(|end| body(&[&self.body, end].concat())).into()
            }
            "body-white-space-added" => vec![body(self.body.trim_ascii())],
            "body-empty-signed" => vec![body(b"")],
            "body-base64-encoded" => {
                STANDARD.decode(self.body.trim_ascii()).iter().map(|it| body(it)).collect()
            }
            "body-base64-decoded" => vec![body(STANDARD.encode(&self.body).as_bytes())],
            "body-byte-order-mark-lost" => vec![body(&[b"\xef\xbb\xbf", &*self.body].concat())],
            "body-byte-order-mark-added" => {
                self.body.strip_prefix(b"\xef\xbb\xbf").map(body).into_iter().collect()
            }
            "secret-white-space-added" => vec![secret(self.secret.trim_ascii())],
            "secret-prefix-lost" => {
                [&b"whsec_"[..], b"v1,whsec_"].map(|start| secret(&[start, &self.secret].concat())).into()
            }
            "time-too-old" | "time-ahead" => vec![Self { late: 0, ..self.clone() }],
            _ => Vec::new(),
        }
    }
}

/// Whether the diagnosis must find the mistake: the body has one newline or one byte order mark more, the secret has one newline more,
/// or the delivery is late.
fn is_known(scheme: &Scheme, mistakes: [u8; 2]) -> bool {
    match mistakes {
        [1 | 4 | 11 | 12, 0] => true,
        [7, 0] => scheme.key_encoding() == KeyEncoding::Text,
        _ => false,
    }
}
