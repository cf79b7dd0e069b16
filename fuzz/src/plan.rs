//! A scheme that an input describes, with or without a fault.

use std::time::Duration;

use countersign::scheme::{Encoding, TimeUnit};
use countersign::{Algorithm, KeyEncoding, Part, Scheme, Timestamp};

use crate::input::Input;

/// How a provider signs, in words of this file.
#[derive(Clone, Debug)]
pub struct Plan {
    header: String,
    encoding: Encoding,
    algorithm: Algorithm,
    prefix: String,
    separator: Option<u8>,
    key: Key,
    /// The place, the unit and the tolerance in seconds.
    time: Option<(Place, TimeUnit, u64)>,
    parts: Vec<Piece>,
}

/// How a text becomes a key. The texts are prefixes.
#[derive(Clone, Debug)]
enum Key {
    Text,
    Base64(String),
    Hex(String),
}

#[derive(Clone, Debug)]
enum Place {
    Header(String),
    Entry(String),
    Body(String),
}

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(String),
    Time,
    Id(String),
    Body,
}

const HEADERS: &[&str] = &["x-signature", "X-Signature", "x-time", "x-id", "s"];
const PREFIXES: &[&str] = &["", "v1=", "sha256=", "v1,", "t=", "v"];
const PATHS: &[&str] = &["at", "event.at", "a.b.c"];
const TEXTS: &[&str] = &[".", ":", "v0:", "1", "é"];
const DAY: u64 = 24 * 60 * 60;

impl Plan {
    /// Reads a plan.
    pub fn read(input: &mut Input<'_>) -> Self {
        let header = text(input, HEADERS);
        let encoding = *input.pick(&[Encoding::Hex, Encoding::Base64, Encoding::Base64Url]);
        let algorithm = *input.pick(&[Algorithm::HmacSha256, Algorithm::HmacSha1, Algorithm::HmacSha512]);
        let separator = match input.byte() {
            list @ 128.. => Some(list - 128),
            list => [None, Some(b','), Some(b' '), Some(b';')][usize::from(list % 4)],
        };
        let prefix = text(input, PREFIXES);
        let key = match input.below(3) {
            0 => Key::Text,
            1 => Key::Base64(text(input, PREFIXES)),
            _ => Key::Hex(text(input, PREFIXES)),
        };
        let place = match input.below(4) {
            0 => None,
            1 => Some(Place::Header(text(input, HEADERS))),
            2 => Some(Place::Entry(text(input, PREFIXES))),
            _ => Some(Place::Body(text(input, PATHS))),
        };
        let time = place.map(|place| {
            let unit = *input.pick(&[TimeUnit::Seconds, TimeUnit::Millis, TimeUnit::Rfc3339]);
            (place, unit, *input.pick(&[300, 0, 1, DAY, DAY + 1]))
        });
        let parts = (0..input.below(10)).map(|_| Piece::read(input)).collect();
        Self { header, encoding, algorithm, prefix, separator, key, time, parts }
    }

    /// The scheme, as a user of the library builds it.
    pub fn scheme(&self) -> Scheme {
        let mut scheme = match self.encoding {
            Encoding::Hex => Scheme::hex(&self.header),
            Encoding::Base64 => Scheme::base64(&self.header),
            _ => Scheme::base64url(&self.header),
        };
        scheme = scheme.algorithm(self.algorithm);
        scheme = match self.separator {
            Some(separator) => scheme.list(separator, &self.prefix),
            None => scheme.prefix(&self.prefix),
        };
        scheme = match &self.key {
            Key::Text => scheme,
            Key::Base64(strip) => scheme.key(KeyEncoding::Base64 { strip }),
            Key::Hex(strip) => scheme.key(KeyEncoding::Hex { strip }),
        };
        if let Some((place, unit, tolerance)) = &self.time {
            let time = match place {
                Place::Header(name) => Timestamp::header(name),
                Place::Entry(prefix) => Timestamp::entry(prefix),
                Place::Body(path) => Timestamp::body(path),
            };
            let time = match unit {
                TimeUnit::Seconds => time,
                TimeUnit::Millis => time.millis(),
                _ => time.rfc3339(),
            };
            scheme = scheme.timestamp(time.tolerance(Duration::from_secs(*tolerance)));
        }
        // A plan without parts signs the body alone, which is the default.
        if self.parts.is_empty() {
            return scheme;
        }
        let parts: Vec<_> = self.parts.iter().map(Piece::part).collect();
        scheme.signed(&parts)
    }

    /// Whether the scheme makes sense, by the rules that its documentation states.
    pub fn makes_sense(&self) -> bool {
        self.has_sound_names() && self.has_sound_value() && self.has_sound_text() && self.has_sound_key()
    }

    /// Each header has a name of its own.
    fn has_sound_names(&self) -> bool {
        let time = match &self.time {
            Some((Place::Header(name), ..)) => Some(name),
            _ => None,
        };
        let id =
            self.parts.iter().find_map(|part| if let Piece::Id(name) = part { Some(name) } else { None });
        let names: Vec<_> = [Some(&self.header), time, id]
            .into_iter()
            .flatten()
            .map(|name| name.to_ascii_lowercase())
            .collect();
        let is_token =
            |byte| byte == b'-' || (33..127).contains(&byte) && !b"\"(),/:;<=>?@[\\]{}".contains(&byte);
        names.iter().all(|name| (1..=64).contains(&name.len()) && name.bytes().all(is_token))
            && (0..names.len()).all(|at| !names[..at].contains(&names[at]))
    }

    /// The entries of the value can be told apart.
    fn has_sound_value(&self) -> bool {
        let is_printable = |text: &str| text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        let entry = match &self.time {
            Some((Place::Entry(prefix), ..)) => Some(prefix),
            _ => None,
        };
        if self.prefix.len() > 32 || !is_printable(&self.prefix) {
            return false;
        }
        let Some(separator) = self.separator else { return entry.is_none() };
        let is_prefix = |text: &str| {
            !text.is_empty()
                && is_printable(text)
                && !text.starts_with(' ')
                && !text.bytes().any(|byte| byte == separator)
        };
        let is_rfc3339 = matches!(self.time, Some((_, TimeUnit::Rfc3339, _)));
        let is_sound_entry = |entry: &String| {
            is_prefix(entry)
                && entry.len() <= 64
                && !(is_rfc3339 && b":.".contains(&separator))
                && !entry.starts_with(&self.prefix)
                && !self.prefix.starts_with(entry)
        };
        b" !#$%&*,.:;|~".contains(&separator) && is_prefix(&self.prefix) && entry.is_none_or(is_sound_entry)
    }

    /// The parts of the signed text can be told apart.
    fn has_sound_text(&self) -> bool {
        let parts = if self.parts.is_empty() { &[Piece::Body][..] } else { &self.parts };
        let places = |is: fn(&Piece) -> bool| -> Vec<usize> {
            (0..parts.len()).filter(|place| is(&parts[*place])).collect()
        };
        let texts = parts.iter().map(|part| if let Piece::Text(text) = part { text } else { "" });
        let (bodies, times) = (places(|part| *part == Piece::Body), places(|part| *part == Piece::Time));
        let ids = places(|part| matches!(part, Piece::Id(_)));
        let has_time = match &self.time {
            None => times.is_empty(),
            Some((Place::Body(path), ..)) => times.is_empty() && (1..=64).contains(&path.len()),
            Some((Place::Header(_) | Place::Entry(_), ..)) => times.len() == 1,
        };
        let is_rfc3339 = matches!(self.time, Some((_, TimeUnit::Rfc3339, _)));
        let has_end = |id: &usize| match parts.get(id + 1) {
            Some(Piece::Text(_)) => true,
            Some(Piece::Time) => is_rfc3339,
            _ => false,
        };
        parts.len() <= 8
            && bodies.len() == 1
            && has_time
            && ids.len() <= 1
            && ids.iter().all(|id| *id < bodies[0] && has_end(id))
            && !parts.contains(&Piece::Text(String::new()))
            && texts.map(str::len).sum::<usize>() <= 192
    }

    fn has_sound_key(&self) -> bool {
        let strip = match &self.key {
            Key::Text => "",
            Key::Base64(strip) | Key::Hex(strip) => strip,
        };
        strip.len() <= 32 && self.time.as_ref().is_none_or(|(.., tolerance)| *tolerance <= DAY)
    }
}

impl Piece {
    fn read(input: &mut Input<'_>) -> Self {
        match input.below(4) {
            0 => Self::Body,
            1 => Self::Text(text(input, TEXTS)),
            2 => Self::Time,
            _ => Self::Id(text(input, HEADERS)),
        }
    }

    fn part(&self) -> Part<'_> {
        match self {
            Self::Text(text) => Part::Text(text),
            Self::Time => Part::Timestamp,
            Self::Id(name) => Part::Id(name),
            Self::Body => Part::Body,
        }
    }
}

/// One of these texts, or one of the input's own.
fn text(input: &mut Input<'_>, usual: &[&str]) -> String {
    match usual.get(usize::from(input.byte() % 8)) {
        Some(text) => (*text).to_owned(),
        None => input.text(),
    }
}
