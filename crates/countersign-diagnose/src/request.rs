//! A request, read once for all experiments: its headers, its line, and the tags that it may hold.

use countersign::scheme::TimeSource;
use countersign::{Scheme, Timestamp};

use crate::cause::Origin;
use crate::signature::{Place, Signature, signatures};

pub(crate) struct Request<'r> {
    pub(crate) scheme: &'r Scheme,
    pub(crate) headers: Vec<Header<'r>>,
    /// The method and the target, if they are known.
    pub(crate) line: Option<(&'r str, &'r str)>,
    /// The tags that may be meant, the ones in the scheme's own header first.
    pub(crate) signatures: Vec<Signature<'r>>,
    /// Whether the headers say that the body is encoded.
    pub(crate) is_encoded: bool,
    /// Whether the body is the one that was sent.
    pub(crate) origin: Origin,
    /// The declared length of the body and its length, if they differ.
    pub(crate) misfit: Option<(usize, usize)>,
}

/// A header as it was sent.
#[derive(Clone, Copy)]
pub(crate) struct Header<'r> {
    pub(crate) name: &'r str,
    pub(crate) value: &'r [u8],
}

impl Header<'_> {
    /// Whether it has this name, in any spelling that gateways and frameworks have for it: `HTTP_X_SIGNATURE`, `x_signature`.
    pub(crate) fn is(&self, name: &str) -> bool {
        let short = self.name.strip_prefix("HTTP_").unwrap_or(self.name);
        let plain = |byte: u8| if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
        self.name.eq_ignore_ascii_case(name) || short.bytes().map(plain).eq(name.bytes().map(plain))
    }
}

impl<'r> Request<'r> {
    pub(crate) fn new(
        scheme: &'r Scheme,
        headers: Vec<Header<'r>>,
        line: Option<(&'r str, &'r str)>,
        body: &'r [u8],
    ) -> Self {
        let is_identity = |value: &[u8]| value.trim_ascii().eq_ignore_ascii_case(b"identity");
        let values = |name| headers.iter().filter(move |header| header.is(name)).map(|header| header.value);
        let declared = length(values("content-length"));
        let origin = match declared {
            None => Origin::Unknown,
            Some(length) if length == body.len() => Origin::Sent,
            Some(_) => Origin::Altered,
        };
        Self {
            signatures: signatures(scheme, &headers, &hidden(line, body)),
            is_encoded: !values("content-encoding").all(is_identity),
            origin,
            misfit: declared.filter(|length| *length != body.len()).map(|length| (length, body.len())),
            scheme,
            headers,
            line,
        }
    }

    /// The values of a header, in any spelling of its name.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &'r [u8]> {
        self.headers.iter().filter(move |header| header.is(name)).map(|header| header.value)
    }

    /// The values of the scheme's own header under exactly its name.
    pub(crate) fn own(&self) -> impl Iterator<Item = &'r [u8]> {
        let is_own = |header: &&Header<'_>| header.name.eq_ignore_ascii_case(self.scheme.header());
        self.headers.iter().filter(is_own).map(|header| header.value)
    }

    /// The texts that may be the scheme's signed time, in its own place.
    pub(crate) fn own_times(&self) -> Vec<&'r [u8]> {
        match self.scheme.signed_time().map(Timestamp::source) {
            Some(TimeSource::Header(name)) => self.values(name).take(1).collect(),
            Some(TimeSource::Entry(prefix)) => {
                let own = self.values(self.scheme.header());
                let all = own.chain(self.headers.iter().map(|header| header.value));
                let entries = all.flat_map(|value| value.split(|byte| b",;|& ".contains(byte)));
                entries
                    .filter_map(|entry| entry.trim_ascii().strip_prefix(prefix.as_bytes()))
                    .take(2)
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The values in the URL and in the body whose name is that of a signature, and where they are.
fn hidden<'r>(line: Option<(&'r str, &'r str)>, body: &'r [u8]) -> Vec<(Place<'r>, Header<'r>)> {
    let is_signature = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.len() <= 64 && ["sig", "hmac", "digest"].iter().any(|word| name.contains(word))
    };
    let query = line.and_then(|(_, target)| target.split_once('?')).map(|(_, query)| query);
    let in_query = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let in_query =
        in_query.map(|(name, value)| (Place::Query(name), Header { name, value: value.as_bytes() }));
    let texts: Vec<&[u8]> = body.split(|byte| *byte == b'"').take(MAX_TEXTS).collect();
    let in_body: Vec<_> = texts
        .windows(3)
        .filter_map(|window| match window {
            [name, between, value] if between.trim_ascii() == b":" => {
                let name = std::str::from_utf8(name).ok()?;
                Some((Place::Body(name), Header { name, value }))
            }
            _ => None,
        })
        .collect();
    in_query.chain(in_body).filter(|(_, header)| is_signature(header.name)).collect()
}

/// Most pieces of a body that are looked at, between its quotes.
const MAX_TEXTS: usize = 4096;

/// The one declared length of a body.
fn length<V: AsRef<[u8]>>(mut values: impl Iterator<Item = V>) -> Option<usize> {
    let value = values.next().filter(|_| values.next().is_none())?;
    std::str::from_utf8(value.as_ref()).ok()?.trim().parse().ok()
}

/// A name or a value of a header for a message: a short word of visible characters, or nothing.
pub(crate) fn shown(word: &[u8]) -> Option<String> {
    let is_word = !word.is_empty() && word.len() <= 64 && word.iter().all(u8::is_ascii_graphic);
    is_word.then(|| String::from_utf8_lossy(word).into_owned())
}
