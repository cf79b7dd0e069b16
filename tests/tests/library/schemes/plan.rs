//! The plan of a scheme, and deliveries that are signed by the plan.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use countersign::scheme::{Encoding, TimeUnit};
use countersign::{Algorithm, KeyEncoding, Part, Scheme, Timestamp};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use ring::hmac;

/// How a provider signs, in words of this file.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    encoding: Encoding,
    algorithm: Algorithm,
    /// The prefix of a secret that is decoded. `None` if the key is text.
    strip: Option<String>,
    is_hex_key: bool,
    key: Vec<u8>,
    prefix: String,
    separator: Option<u8>,
    pub(super) time: Option<Time>,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
pub(super) struct Time {
    place: Place,
    unit: TimeUnit,
}

#[derive(Clone, Debug, PartialEq)]
enum Place {
    Header,
    Entry(String),
    Body,
}

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(String),
    Time,
    Id,
    Body,
}

/// A delivery. `signed` fills in its tag.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) body: Vec<u8>,
    pub(super) id: String,
    pub(super) time: SystemTime,
    pub(super) time_text: String,
    pub(super) now: SystemTime,
    pub(super) tag: Vec<u8>,
    /// The number of wrong tags before the right one.
    pub(super) wrong: u8,
    /// The entry that is ignored.
    pub(super) other: String,
    /// Blanks around each entry.
    pub(super) blanks: String,
    pub(super) is_time_last: bool,
}

impl Plan {
    pub(super) fn scheme(&self) -> Scheme {
        let mut scheme = match self.encoding {
            Encoding::Hex => Scheme::hex("x-signature"),
            Encoding::Base64 => Scheme::base64("x-signature"),
            _ => Scheme::base64url("x-signature"),
        };
        scheme = match self.separator {
            Some(separator) => scheme.list(separator, &self.prefix),
            None => scheme.prefix(&self.prefix),
        };
        if let Some(strip) = &self.strip {
            let base64 = KeyEncoding::Base64 { strip };
            scheme = scheme.key(if self.is_hex_key { KeyEncoding::Hex { strip } } else { base64 });
        }
        if let Some(time) = &self.time {
            let timestamp = match &time.place {
                Place::Header => Timestamp::header("x-time"),
                Place::Entry(prefix) => Timestamp::entry(prefix),
                Place::Body => Timestamp::body("at"),
            };
            scheme = scheme.timestamp(match time.unit {
                TimeUnit::Seconds => timestamp,
                TimeUnit::Millis => timestamp.millis(),
                _ => timestamp.rfc3339(),
            });
        }
        let parts: Vec<_> = self.pieces.iter().map(Piece::part).collect();
        scheme.algorithm(self.algorithm).signed(&parts)
    }

    /// The secret as a provider shows it.
    pub(super) fn secret(&self) -> String {
        match &self.strip {
            None => String::from_utf8(self.key.clone()).unwrap(),
            Some(strip) if self.is_hex_key => format!("{strip}{}", hex::encode(&self.key)),
            Some(strip) => format!("{strip}{}", STANDARD.encode(&self.key)),
        }
    }

    pub(super) fn has_id(&self) -> bool {
        self.pieces.contains(&Piece::Id)
    }

    /// Whether the time is a part of its own in the signed text.
    pub(super) fn has_signed_time_text(&self) -> bool {
        self.pieces.contains(&Piece::Time)
    }

    pub(super) fn text(&self, delivery: &Delivery) -> Vec<u8> {
        let text = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone().into_bytes(),
            Piece::Time => delivery.time_text.clone().into_bytes(),
            Piece::Id => delivery.id.clone().into_bytes(),
            Piece::Body => delivery.body.clone(),
        };
        self.pieces.iter().flat_map(text).collect()
    }

    /// All ways to cut the signed text of a delivery into id, time and body. A part that the scheme does not sign stays as it is.
    pub(super) fn cuts(&self, delivery: &Delivery) -> Vec<Parts> {
        let text = self.text(delivery);
        let whole = (delivery.id.clone(), delivery.time_text.clone(), delivery.body.clone());
        let mut cuts = vec![(whole, &*text)];
        for piece in &self.pieces {
            let ends = |rest: &[u8]| (0..=rest.len()).collect::<Vec<_>>();
            let all = cuts
                .iter()
                .flat_map(|(parts, rest)| ends(rest).into_iter().map(move |end| (parts, rest.split_at(end))));
            cuts =
                all.filter_map(|(parts, (taken, rest))| Some((piece.taken(parts, taken)?, rest))).collect();
        }
        cuts.into_iter().filter(|(_, rest)| rest.is_empty()).map(|(parts, _)| parts).collect()
    }

    fn entry(&self, tag: &[u8]) -> String {
        let tag = match self.encoding {
            Encoding::Hex => hex::encode(tag),
            Encoding::Base64 => STANDARD.encode(tag),
            _ => URL_SAFE_NO_PAD.encode(tag),
        };
        format!("{}{tag}", self.prefix)
    }

    pub(super) fn has_time_in_body(&self) -> bool {
        self.time.as_ref().is_some_and(|time| time.place == Place::Body)
    }

    /// An id without the characters that could belong to the part after it.
    pub(super) fn legal_id(&self, id: &str) -> String {
        let at = self.pieces.iter().position(|piece| *piece == Piece::Id);
        let banned = match at.and_then(|at| self.pieces.get(at + 1)) {
            Some(Piece::Text(text)) => text.chars().next(),
            _ => Some(':'),
        };
        let legal: String = id.chars().filter(|character| Some(*character) != banned).collect();
        let spare = if banned == Some('x') { "y" } else { "x" };
        if legal.is_empty() { spare.to_owned() } else { legal }
    }

    /// Whether an entry is neither a tag nor a time.
    fn ignores(&self, entry: &str) -> bool {
        let time = match &self.time {
            Some(Time { place: Place::Entry(prefix), .. }) => Some(prefix),
            _ => None,
        };
        !entry.starts_with(&self.prefix) && !time.is_some_and(|prefix| entry.starts_with(prefix))
    }
}

/// Id, time and body.
type Parts = (String, String, Vec<u8>);

impl Piece {
    fn part(&self) -> Part<'_> {
        match self {
            Self::Text(text) => Part::Text(text),
            Self::Time => Part::Timestamp,
            Self::Id => Part::Id("x-id"),
            Self::Body => Part::Body,
        }
    }

    /// The parts, with these bytes in the place of this one. `None` if they cannot be this part.
    fn taken(&self, (id, time, body): &Parts, bytes: &[u8]) -> Option<Parts> {
        let text = || String::from_utf8(bytes.to_vec()).ok();
        Some(match self {
            Self::Text(fixed) if fixed.as_bytes() != bytes => return None,
            Self::Text(_) => (id.clone(), time.clone(), body.clone()),
            Self::Time => (id.clone(), text()?, body.clone()),
            Self::Id => (text()?, time.clone(), body.clone()),
            Self::Body => (id.clone(), time.clone(), bytes.to_vec()),
        })
    }
}

impl Delivery {
    /// The same delivery with the right tag.
    pub(super) fn signed(self, plan: &Plan) -> Self {
        let algorithm = match plan.algorithm {
            Algorithm::HmacSha256 => hmac::HMAC_SHA256,
            Algorithm::HmacSha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            _ => hmac::HMAC_SHA512,
        };
        let tag = hmac::sign(&hmac::Key::new(algorithm, &plan.key), &plan.text(&self));
        Self { tag: tag.as_ref().to_vec(), ..self }
    }

    pub(super) fn headers(&self, plan: &Plan) -> Vec<(&'static str, Vec<u8>)> {
        let mut headers = vec![("X-Signature", self.value(plan).into_bytes()), ("x-other", b"x".to_vec())];
        if plan.time.as_ref().is_some_and(|time| time.place == Place::Header) {
            headers.push(("X-Time", self.time_text.clone().into_bytes()));
        }
        if plan.has_id() {
            headers.push(("x-id", self.id.clone().into_bytes()));
        }
        headers
    }

    fn value(&self, plan: &Plan) -> String {
        let Some(separator) = plan.separator else { return plan.entry(&self.tag) };
        let mut entries: Vec<_> = (0..self.wrong).map(|at| plan.entry(&vec![at; self.tag.len()])).collect();
        entries.extend([self.other.clone(), plan.entry(&self.tag)]);
        if let Some(Time { place: Place::Entry(prefix), .. }) = &plan.time {
            let at = if self.is_time_last { entries.len() } else { 0 };
            entries.insert(at, format!("{prefix}{}", self.time_text));
        }
        let entries: Vec<_> = entries.iter().map(|entry| format!("{0}{entry}{0}", self.blanks)).collect();
        entries.join(&char::from(separator).to_string())
    }
}

/// A plan of a scheme without a fault, and a delivery that the scheme can carry.
pub(super) fn deliveries() -> impl Strategy<Value = (Plan, Delivery)> {
    let texts = (vec(any::<u8>(), 0..60), "[!-~]{1,20}", "[a-z0-9=]{0,5}", "[ \t]{0,2}");
    let numbers =
        (1_000_000_000_u64..9_999_000_000, 0..=999_999_999_u32, -300_i64..=300, 0..=7_u8, any::<bool>());
    (plans(), texts, numbers).prop_map(
        |(plan, (body, id, other, blanks), (seconds, nanos, away, wrong, is_time_last))| {
            let unit = plan.time.as_ref().map_or(TimeUnit::Seconds, |time| time.unit);
            let (time, time_text) = spelled(unit, seconds, nanos);
            let distance = Duration::from_secs(away.unsigned_abs());
            let delivery = Delivery {
                body: if plan.has_time_in_body() { body_with_time(unit, &time_text, &body) } else { body },
                id: plan.legal_id(&id),
                now: if away < 0 { time - distance } else { time + distance },
                time,
                time_text,
                tag: Vec::new(),
                wrong,
                other: if plan.ignores(&other) { other } else { String::new() },
                blanks,
                is_time_last,
            };
            (plan, delivery)
        },
    )
}

/// A time and its spelling.
fn spelled(unit: TimeUnit, seconds: u64, nanos: u32) -> (SystemTime, String) {
    let at = |seconds, nanos| SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos);
    match unit {
        TimeUnit::Seconds => (at(seconds, 0), seconds.to_string()),
        TimeUnit::Millis => {
            (at(seconds, nanos / 1_000_000 * 1_000_000), format!("{seconds}{:03}", nanos / 1_000_000))
        }
        _ => {
            // A second of 2026-01-15, in UTC or in a zone three and a half hours to the east of it.
            let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
            let (zone, east) = if nanos.is_multiple_of(2) { ("Z", 0) } else { ("+03:30", 12_600) };
            let fraction = if seconds.is_multiple_of(2) { String::new() } else { format!(".{nanos:09}") };
            let nanos = if fraction.is_empty() { 0 } else { nanos };
            let time = at(1_768_435_200 + hour * 3600 + minute * 60 + second - east, nanos);
            (time, format!("2026-01-15T{hour:02}:{minute:02}:{second:02}{fraction}{zone}"))
        }
    }
}

fn body_with_time(unit: TimeUnit, text: &str, content: &[u8]) -> Vec<u8> {
    let quote = if unit == TimeUnit::Rfc3339 { "\"" } else { "" };
    format!("{{\"content\": {content:?}, \"at\": {quote}{text}{quote}}}").into_bytes()
}

fn plans() -> impl Strategy<Value = Plan> {
    let encoding = select(vec![Encoding::Hex, Encoding::Base64, Encoding::Base64Url]);
    let algorithm = select(vec![Algorithm::HmacSha256, Algorithm::HmacSha1, Algorithm::HmacSha512]);
    let value = prop_oneof![
        "[!-~ ]{0,4}".prop_map(|prefix| (None, prefix)),
        (select(b" ,;:.|&".to_vec()), "[a-z]{1,3}[0-9]?[=,]")
            .prop_map(|(separator, prefix)| (Some(separator), prefix)),
    ];
    let key = prop_oneof![
        "[!-~]{8,90}".prop_map(|text| (None, false, text.into_bytes())),
        ("[a-z_]{0,6}", any::<bool>(), vec(1..=255_u8, 1..140)).prop_map(|(strip, is_hex, key)| (
            Some(strip),
            is_hex,
            key
        )),
    ];
    (encoding, algorithm, value, key, option::of(times()), pieces()).prop_filter_map(
        "a scheme without a fault",
        |(encoding, algorithm, (separator, prefix), (strip, is_hex_key, key), time, mut pieces)| {
            if time.as_ref().is_none_or(|time| time.place == Place::Body) {
                pieces.retain(|piece| *piece != Piece::Time);
            }
            let plan = Plan { encoding, algorithm, strip, is_hex_key, key, prefix, separator, time, pieces };
            plan.scheme().fault().is_none().then_some(plan)
        },
    )
}

fn times() -> impl Strategy<Value = Time> {
    let place = prop_oneof![
        2 => Just(Place::Header),
        2 => "[a-z]{1,2}[=:]".prop_map(Place::Entry),
        1 => Just(Place::Body),
    ];
    (place, select(vec![TimeUnit::Seconds, TimeUnit::Millis, TimeUnit::Rfc3339]))
        .prop_map(|(place, unit)| Time { place, unit })
}

/// An order of an id, a time and the body, with fixed texts between them.
fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let variable = select(vec![
        vec![Piece::Time, Piece::Body],
        vec![Piece::Body, Piece::Time],
        vec![Piece::Id, Piece::Time, Piece::Body],
        vec![Piece::Time, Piece::Id, Piece::Body],
        vec![Piece::Id, Piece::Body, Piece::Time],
    ]);
    let texts = vec(option::of("[!-~é]{1,3}".prop_map(Piece::Text)), 4);
    (variable, texts).prop_map(|(variable, texts)| {
        let mut pieces: Vec<_> = texts[3].iter().cloned().collect();
        for (piece, text) in variable.into_iter().zip(texts) {
            pieces.push(piece);
            pieces.extend(text);
        }
        pieces
    })
}
