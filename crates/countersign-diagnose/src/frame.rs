//! The texts that may have been signed around a body: times, ids, the method and the URL, with the usual separators.

use countersign::{Part, Scheme};

use crate::request::{Request, shown};

/// The bytes in front of the body in the signed text, and the bytes behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) before: Vec<u8>,
    pub(crate) after: Vec<u8>,
    /// The scheme's signed time in it.
    pub(crate) time: Vec<u8>,
}

/// Most values of one kind.
const MAX_ATOMS: usize = 6;

/// Longest header value, in bytes, that is taken for a time or an id.
const MAX_BYTES: usize = 128;

/// Words in the name of a header whose value may be signed.
const WORDS: [&str; 13] = [
    "id",
    "nonce",
    "uuid",
    "guid",
    "delivery",
    "event",
    "topic",
    "token",
    "salt",
    "key",
    "timestamp",
    "time",
    "date",
];

const SEPARATORS: [&str; 12] = [".", "", ":", "\n", "|", "&", ";", ",", " ", "-", "_", "/"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Time,
    Id,
    Url,
    Method,
}

/// A text of the request that may be signed, and its name in a template: `timestamp`.
struct Atom {
    kind: Kind,
    name: String,
    text: Vec<u8>,
}

/// The frames of a request that have a number of atoms.
pub(crate) struct Room<'r> {
    scheme: &'r Scheme,
    atoms: Vec<Atom>,
    count: usize,
}

impl<'r> Room<'r> {
    pub(crate) fn new(request: &Request<'r>, count: usize) -> Self {
        let kinds = [times(request), ids(request), urls(request), methods(request)];
        Self { scheme: request.scheme, atoms: kinds.into_iter().flatten().collect(), count }
    }

    /// The body alone, if the scheme signs more.
    pub(crate) fn alone(&self) -> Option<Frame> {
        (self.count == 0 && !self.scheme.parts().eq([Part::Body])).then(Frame::default)
    }

    /// The templates and frames with times and ids alone.
    pub(crate) fn stamped(&self) -> impl Iterator<Item = (String, Frame)> {
        let versioned =
            self.atoms.iter().filter(|atom| self.count == 1 && atom.kind == Kind::Time).flat_map(|time| {
                let slack = ["v0:", "v1:"].map(|version| {
                    (
                        format!("{version}{{{}}}:{{body}}", time.name),
                        [version.as_bytes(), &time.text, b":"].concat(),
                    )
                });
                let ids = self.atoms.iter().filter(|atom| atom.kind == Kind::Id);
                let standard = ids.map(|id| {
                    (
                        format!("{{{}}}.{{{}}}.{{body}}", id.name, time.name),
                        [&*id.text, b".", &time.text, b"."].concat(),
                    )
                });
                slack
                    .into_iter()
                    .chain(standard)
                    .map(|(template, before)| (template, Frame { before, ..Frame::default() }))
            });
        versioned.chain(self.arranged(false))
    }

    /// The templates and frames with a part of the request line in them.
    pub(crate) fn requested(&self) -> impl Iterator<Item = (String, Frame)> {
        self.arranged(true)
    }

    fn arranged(&self, with_line: bool) -> impl Iterator<Item = (String, Frame)> {
        let is_line = |atom: &&Atom| matches!(atom.kind, Kind::Url | Kind::Method);
        let rows = rows(&self.atoms, self.count);
        rows.into_iter().filter(move |row| row.iter().any(is_line) == with_line).flat_map(|row| {
            SEPARATORS.into_iter().flat_map(move |separator| {
                let row = row.clone();
                (0..=row.len()).rev().map(move |place| framed(&row, place, separator))
            })
        })
    }
}

/// The frame of the scheme itself. There are several if it is unclear which time is meant, and none if a part of the text is missing.
pub(crate) fn own(request: &Request<'_>) -> Vec<Frame> {
    let needs_time = request.scheme.parts().any(|part| part == Part::Timestamp);
    let times = if needs_time { request.own_times() } else { vec![&b""[..]] };
    times.into_iter().filter_map(|time| own_at(request, time)).collect()
}

fn own_at(request: &Request<'_>, time: &[u8]) -> Option<Frame> {
    let mut frame = Frame { time: time.to_vec(), ..Frame::default() };
    let mut is_behind = false;
    for part in request.scheme.parts() {
        let text = match part {
            Part::Text(text) => text.as_bytes(),
            Part::Timestamp => time,
            Part::Id(name) => request.values(name).next()?,
            Part::Body => {
                is_behind = true;
                continue;
            }
            _ => return None,
        };
        if is_behind { &mut frame.after } else { &mut frame.before }.extend_from_slice(text);
    }
    Some(frame)
}

/// The rows of `count` atoms of different kinds.
fn rows(atoms: &[Atom], count: usize) -> Vec<Vec<&Atom>> {
    match count.checked_sub(1) {
        None => Vec::new(),
        Some(0) => atoms.iter().map(|atom| vec![atom]).collect(),
        Some(fewer) => {
            let longer = |row: Vec<_>| {
                let others =
                    atoms.iter().filter(|atom| !row.iter().any(|other: &&Atom| other.kind == atom.kind));
                others.map(|atom| [row.as_slice(), &[atom]].concat()).collect::<Vec<_>>()
            };
            rows(atoms, fewer).into_iter().flat_map(longer).collect()
        }
    }
}

/// The atoms with the body at a place among them, and the template of it.
fn framed(row: &[&Atom], place: usize, separator: &str) -> (String, Frame) {
    let (front, back) = row.split_at_checked(place).unwrap_or_default();
    let mut template = String::new();
    let mut frame = Frame::default();
    let shown = separator.replace('\n', "\\n");
    for atom in front {
        template.push_str(&format!("{{{}}}{shown}", atom.name));
        frame.before.extend_from_slice(&atom.text);
        frame.before.extend_from_slice(separator.as_bytes());
    }
    template.push_str("{body}");
    for atom in back {
        template.push_str(&format!("{shown}{{{}}}", atom.name));
        frame.after.extend_from_slice(separator.as_bytes());
        frame.after.extend_from_slice(&atom.text);
    }
    (template, frame)
}

/// The times in the headers, as they are, and in the other unit.
fn times(request: &Request<'_>) -> Vec<Atom> {
    let values = request.headers.iter().filter(|header| header.value.len() <= 512);
    let found =
        values.flat_map(|header| times_in(header.value)).fold(Vec::new(), |mut found: Vec<&[u8]>, time| {
            if !found.contains(&time) {
                found.push(time);
            }
            found
        });
    let atom = |name: &str, text: Vec<u8>| Atom { kind: Kind::Time, name: name.to_owned(), text };
    let plain = found.iter().take(MAX_ATOMS).map(|time| atom("timestamp", time.to_vec()));
    let other = found.iter().take(MAX_ATOMS).filter_map(|time| match time.len() {
        10 if is_number(time) => Some(atom("timestamp in ms", [time, &b"000"[..]].concat())),
        13 if is_number(time) => Some(atom("timestamp in s", time.get(..10)?.to_vec())),
        _ => None,
    });
    plain.chain(other).collect()
}

/// A whole value that is a time, or the numbers in it that may be Unix times.
fn times_in(value: &[u8]) -> Vec<&[u8]> {
    let value = value.trim_ascii();
    let digits = |range: std::ops::Range<usize>| value.get(range).is_some_and(is_number);
    let is_date = digits(0..4) && digits(5..7) && digits(8..10) && value.len() <= 40;
    if is_date || value.ends_with(b" GMT") {
        return vec![value];
    }
    let numbers = value.split(|byte| !byte.is_ascii_alphanumeric());
    numbers.filter(|part| matches!(part.len(), 10 | 13 | 16 | 19) && is_number(part)).collect()
}

fn is_number(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit)
}

/// The headers whose name says that their value may be signed.
fn ids(request: &Request<'_>) -> Vec<Atom> {
    let is_told = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.split(['-', '_']).any(|word| WORDS.contains(&word) || word.len() > 3 && word.ends_with("id"))
    };
    let headers =
        request.headers.iter().filter(|header| is_told(header.name) && header.value.len() <= MAX_BYTES);
    let atom = |header: &crate::request::Header<'_>| {
        let value = header.value.trim_ascii();
        let is_id = !value.is_empty()
            && times_in(value).is_empty()
            && !request.scheme.header().eq_ignore_ascii_case(header.name);
        is_id.then(|| {
            Some(Atom {
                kind: Kind::Id,
                name: shown(header.name.as_bytes())?.to_ascii_lowercase(),
                text: value.to_vec(),
            })
        })?
    };
    headers.filter_map(atom).take(MAX_ATOMS).collect()
}

/// The spellings of the URL.
fn urls(request: &Request<'_>) -> Vec<Atom> {
    let Some((_, target)) = request.line else { return Vec::new() };
    let absolute =
        target.split_once("://").map(|(_, rest)| rest.split_at(rest.find('/').unwrap_or(rest.len())));
    let header = |name| request.values(name).next().and_then(|value| std::str::from_utf8(value).ok());
    let host =
        absolute.map(|(host, _)| host).or_else(|| header("x-forwarded-host")).or_else(|| header("host"));
    let target = absolute.map_or(target, |(_, target)| target);
    let path = target.split(['?', '#']).next().unwrap_or(target);
    let mut urls: Vec<(&str, String)> = Vec::new();
    let other_end = path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned);
    if let Some(host) = host.map(str::trim) {
        let name = host.split(':').next().unwrap_or(host);
        let port = if name.len() < host.len() { name.to_owned() } else { format!("{host}:443") };
        urls.extend([("url", format!("https://{host}{target}")), ("url", format!("http://{host}{target}"))]);
        urls.extend([
            ("url without query", format!("https://{host}{path}")),
            ("host and path", format!("{host}{target}")),
            ("url with the other end in '/'", format!("https://{host}{other_end}")),
            ("url with the other port", format!("https://{port}{target}")),
            ("url with the other port", format!("http://{port}{target}")),
        ]);
    }
    urls.extend([("path of the url", target.to_owned()), ("path without query", path.to_owned())]);
    urls.push(("path with the other end in '/'", other_end));
    let mut unique: Vec<(&str, String)> = Vec::new();
    for url in urls {
        if unique.iter().all(|other| other.1 != url.1) {
            unique.push(url);
        }
    }
    unique
        .into_iter()
        .map(|(name, text)| Atom { kind: Kind::Url, name: name.to_owned(), text: text.into_bytes() })
        .collect()
}

fn methods(request: &Request<'_>) -> Vec<Atom> {
    let method = request.line.map(|(method, _)| method.as_bytes().to_vec());
    method.map(|text| Atom { kind: Kind::Method, name: "method".to_owned(), text }).into_iter().collect()
}
