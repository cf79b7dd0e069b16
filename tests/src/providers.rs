//! `PROVIDERS.md`: a table of all built-in providers, written from their constants.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use countersign::providers::{catalogue, hook, massu, muchaw, mutx, workspace};
use countersign::scheme::{Encoding, TimeSource, TimeUnit};
use countersign::{
    Algorithm, DedupeBy, Envelope, KeyEncoding, Part, Provider, Scheme, Timestamp, for_each_catalogued,
    for_each_provider,
};

const HEAD: &str = "\
# Providers

All built-in providers. The first five have typed events, in a module each. The types of the others are in `countersign::providers`, and the docs
of each type name the source of its facts and the dangers of its deliveries. [CONTRIBUTING.md](CONTRIBUTING.md#add-a-provider) says how to add one.

A program writes this file from the constants: `cargo run -p countersign-tests --bin providers > PROVIDERS.md`.

- **Signature**: the header, and the format of its value. In a list, each entry with the prefix has a tag, and one right tag is enough.
- **Signed text**: `{body}` is the raw body, `{timestamp}` is the signed time as it was sent, and `{id}` is the signed id, whose header is in the
  column *Event id*. The option `--signed` of the command takes the same words.
- **Key**: how the text of a secret becomes the key.
- **Signed time**: its place, its unit, and how far from now it may be.
- **Event type**: a key of the signed body, or a header, which is not signed.
- **Payload**: the key of the body whose value a variant of `events!` holds. It is absent if no source names it.
- **Repeats**: how `Dedupe` tells a repeat from a new event.
- **Vector**: whether the tests have a signature that the provider published, in its docs or its code.

| Name | Type | Signature | Signed text | HMAC | Key | Signed time | Event type | Payload | Event id | Repeats | Vector |
|---|---|---|---|---|---|---|---|---|---|---|---|
";

const VECTORS: &str = include_str!("../catalogue/vectors.jsonl");

macro_rules! seeds {
    ({ $rows:ident, $vectors:ident } $($provider:ident $module:ident,)+) => {
        $($rows.push(row::<$module::$provider>(concat!("`", stringify!($provider), "`"), &$vectors));)+
    };
}

macro_rules! catalogued {
    ({ $rows:ident, $vectors:ident } $($provider:ident,)+) => {
        $($rows.push(row::<catalogue::$provider>(concat!("`", stringify!($provider), "`"), &$vectors));)+
    };
}

/// The content of `PROVIDERS.md`.
#[must_use]
pub fn markdown() -> String {
    let vectors = with_vectors();
    let mut rows = Vec::new();
    for_each_provider!(seeds, rows, vectors);
    for_each_catalogued!(catalogued, rows, vectors);
    rows.iter().fold(HEAD.to_owned(), |mut text, cells| {
        writeln!(text, "| {} |", cells.join(" | ")).unwrap();
        text
    })
}

/// The names of the providers that have a valid published vector.
#[must_use]
pub fn with_vectors() -> BTreeSet<String> {
    let vectors = VECTORS.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    vectors
        .filter(|vector| vector["valid"] == true)
        .map(|vector| vector["provider"].as_str().unwrap().to_owned())
        .collect()
}

fn row<P: Provider>(type_name: &str, vectors: &BTreeSet<String>) -> [String; 12] {
    let scheme = P::SCHEME;
    [
        P::NAME.to_owned(),
        type_name.to_owned(),
        signature(&scheme),
        code(scheme.parts().map(part).collect::<String>()),
        algorithm(scheme.mac_algorithm()).to_owned(),
        key(scheme.key_encoding()),
        or_dash(scheme.signed_time().map(time)),
        or_dash(P::ENVELOPE.as_ref().and_then(event_type)),
        or_dash(P::ENVELOPE.as_ref().and_then(payload)),
        or_dash(id(&scheme, P::ENVELOPE.as_ref())),
        repeats(P::DEDUPE_BY).to_owned(),
        if vectors.contains(P::NAME) { "yes" } else { "no" }.to_owned(),
    ]
}

fn code(text: impl AsRef<str>) -> String {
    format!("`{}`", text.as_ref())
}

fn or_dash(cell: Option<String>) -> String {
    cell.unwrap_or_else(|| "–".to_owned())
}

fn signature(scheme: &Scheme) -> String {
    let encoding = match scheme.encoding() {
        Encoding::Hex => "hex",
        Encoding::Base64 => "base64",
        Encoding::Base64Url => "base64url",
        _ => unreachable!("an encoding that this table does not know"),
    };
    let list = match scheme.separator() {
        None => "",
        Some(b' ') => ", in a list with blanks",
        Some(b',') => ", in a list with commas",
        Some(b';') => ", in a list with semicolons",
        Some(_) => unreachable!("a separator that this table does not know"),
    };
    format!("`{}: {}<{encoding}>`{list}", scheme.header(), scheme.tag_prefix())
}

fn part(part: Part<'_>) -> String {
    match part {
        Part::Text(text) => text.to_owned(),
        Part::Timestamp => "{timestamp}".to_owned(),
        Part::Id(_) => "{id}".to_owned(),
        Part::Body => "{body}".to_owned(),
        _ => unreachable!("a part that this table does not know"),
    }
}

fn algorithm(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::HmacSha256 => "SHA-256",
        Algorithm::HmacSha1 => "SHA-1",
        Algorithm::HmacSha512 => "SHA-512",
        _ => unreachable!("an algorithm that this table does not know"),
    }
}

fn key(key: KeyEncoding<'_>) -> String {
    let decoded = |name: &str, strip: &str| match strip {
        "" => name.to_owned(),
        _ => format!("{name} after `{strip}`"),
    };
    match key {
        KeyEncoding::Text => "text".to_owned(),
        KeyEncoding::Base64 { strip } => decoded("base64", strip),
        KeyEncoding::Hex { strip } => decoded("hex", strip),
        _ => unreachable!("a key encoding that this table does not know"),
    }
}

fn time(time: &Timestamp) -> String {
    let source = match time.source() {
        TimeSource::Header(name) => format!("header `{name}`"),
        TimeSource::Entry(prefix) => format!("entry `{prefix}`"),
        TimeSource::Body(path) => format!("body `{path}`"),
        _ => unreachable!("a source of a time that this table does not know"),
    };
    let unit = match time.unit() {
        TimeUnit::Seconds => "seconds",
        TimeUnit::Millis => "milliseconds",
        TimeUnit::Rfc3339 => "RFC 3339",
        _ => unreachable!("a unit of time that this table does not know"),
    };
    format!("{source}, {unit}, {} s", time.default_tolerance().as_secs())
}

fn event_type(envelope: &Envelope) -> Option<String> {
    let header = envelope.unsigned_type_header().map(|name| format!("header `{name}`, **unsigned**"));
    envelope.type_key().map(code).or(header)
}

/// The place of the payload, for a provider whose events have a type.
fn payload(envelope: &Envelope) -> Option<String> {
    let place = || envelope.payload_key().map_or_else(|| "the whole body".to_owned(), code);
    envelope.is_typed().then(place)
}

fn id(scheme: &Scheme, envelope: Option<&Envelope>) -> Option<String> {
    let header = scheme.id_header().map(|name| format!("header `{name}`, signed"));
    header.or_else(|| envelope.and_then(Envelope::id_key).map(code))
}

fn repeats(dedupe: DedupeBy) -> &'static str {
    match dedupe {
        DedupeBy::EventId => "by the id",
        DedupeBy::Body => "by the body",
        DedupeBy::Nothing => "not told apart",
        _ => unreachable!("a way of dedupe that this table does not know"),
    }
}
