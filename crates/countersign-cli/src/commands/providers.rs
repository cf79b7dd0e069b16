//! `countersign providers`

mod notes;

use std::io::Write;

use countersign::scheme::{Encoding, TimeSource};
use countersign::testing::{PROVIDERS, ProviderInfo};
use countersign::{DedupeBy, Envelope, Scheme};
use serde_json::{Value, json};

use crate::cli::Providers;
use crate::failure::{Failure, Result, Verdict};
use crate::output;
use crate::scheme::{algorithm_in_words, key_in_words, signed_in_words, unit_in_words, value_in_words};

pub(crate) fn run(args: &Providers, out: &mut dyn Write) -> Result<Verdict> {
    let text = args.name.as_deref().unwrap_or_default();
    match ProviderInfo::find(&text.to_ascii_lowercase()) {
        Some(provider) if args.json => output::json(out, &machine(provider))?,
        Some(provider) => describe(provider, out)?,
        None => list(&with_text(text)?, args.json, out)?,
    }
    Ok(Verdict::Good)
}

/// The providers that have this text in their name or in their header.
fn with_text(text: &str) -> Result<Vec<&'static ProviderInfo>> {
    let lower = text.to_ascii_lowercase();
    let has = |provider: &&ProviderInfo| {
        provider.name.contains(&lower) || provider.scheme.header().contains(&lower)
    };
    let found: Vec<_> = PROVIDERS.iter().filter(has).collect();
    if found.is_empty() {
        return Err(Failure::new(format_args!(
            "no built-in provider has '{}' in its name or its header; --header with --encoding describes any other",
            text.escape_debug()
        )));
    }
    Ok(found)
}

fn list(providers: &[&ProviderInfo], json: bool, out: &mut dyn Write) -> Result<()> {
    if json {
        return output::json(out, &providers.iter().map(|provider| machine(provider)).collect::<Vec<_>>());
    }
    let longest = providers.iter().map(|provider| provider.name.len()).max().unwrap_or_default();
    let column = longest.max(10).saturating_add(1);
    for provider in providers {
        output::row(provider.name, column, &signature(provider), output::width(), out)?;
    }
    Ok(())
}

fn signature(provider: &ProviderInfo) -> String {
    format!("{}: {}", provider.scheme.header(), value_in_words(&provider.scheme))
}

/// The encoding of a tag, in the word of --encoding.
const fn encoding(scheme: &Scheme) -> &'static str {
    match scheme.encoding() {
        Encoding::Base64 => "base64",
        Encoding::Base64Url => "base64url",
        _ => "hex",
    }
}

fn repeats(provider: &ProviderInfo) -> &'static str {
    match provider.dedupe_by {
        DedupeBy::EventId => "known by the event's id",
        DedupeBy::Body => "known by equal bodies",
        _ => "not told from new events",
    }
}

fn event_types(provider: &ProviderInfo) -> Vec<&'static str> {
    provider.samples.iter().filter_map(|sample| sample.event_type).collect()
}

/// The header of the event type, which nobody signs.
fn type_header(provider: &ProviderInfo) -> Option<&'static str> {
    provider.envelope.and_then(|envelope| envelope.unsigned_type_header()).or(provider.event_header)
}

/// The parts of an envelope, each with its key.
const fn keys(envelope: &Envelope) -> [(&'static str, Option<&'static str>); 4] {
    [
        ("type", envelope.type_key()),
        ("data", envelope.payload_key()),
        ("id", envelope.id_key()),
        ("time", envelope.time_key()),
    ]
}

/// The place of a signed time, and its name there.
fn place(source: TimeSource<'_>) -> (&'static str, String) {
    match source {
        TimeSource::Entry(prefix) => ("entry", prefix.to_owned()),
        TimeSource::Body(path) => ("body", path.to_owned()),
        TimeSource::Header(name) => ("header", name.to_owned()),
        _ => ("elsewhere", String::new()),
    }
}

fn machine(provider: &ProviderInfo) -> Value {
    let scheme = &provider.scheme;
    let time = scheme.signed_time().map(|time| {
        let (place, name) = place(time.source());
        let tolerance = time.default_tolerance().as_secs();
        json!({ "place": place, "name": name, "unit": unit_in_words(time.unit()), "tolerance_seconds": tolerance })
    });
    json!({
        "name": provider.name,
        "signature_header": scheme.header(),
        "signature_format": value_in_words(scheme),
        "encoding": encoding(scheme),
        "prefix": scheme.tag_prefix(),
        "list": scheme.separator().map(|separator| char::from(separator).to_string()),
        "algorithm": algorithm_in_words(scheme),
        "signed_text": signed_in_words(scheme),
        "signed_time": time,
        "signed_id_header": scheme.id_header(),
        "key": key_in_words(scheme),
        "event_header": type_header(provider),
        "delivery_header": provider.delivery_header,
        "envelope": provider.envelope.map(|envelope| Value::from_iter(keys(&envelope))),
        "events": event_types(provider),
        "last_retry_seconds": provider.retry_horizon.map(|horizon| horizon.as_secs()),
        "repeats": repeats(provider),
        "body_limit": provider.body_limit,
        "notes": provider.docs.map(notes::paragraphs),
    })
}

fn describe(provider: &ProviderInfo, out: &mut dyn Write) -> Result<()> {
    let scheme = &provider.scheme;
    let retries = provider.retry_horizon.map_or_else(
        || "undocumented".to_owned(),
        |horizon| format!("the last one comes {} s after the first try", horizon.as_secs()),
    );
    let rows = [
        ("name", provider.name.to_owned()),
        ("signature", signature(provider)),
        ("signed", signed_in_words(scheme)),
        ("algorithm", algorithm_in_words(scheme).to_owned()),
        ("key", key_in_words(scheme)),
        ("time", time_in_words(scheme)),
        ("id", id_in_words(provider)),
        ("event", event_in_words(provider)),
        ("delivery", unsigned(provider.delivery_header)),
        ("envelope", envelope_in_words(provider)),
        ("retries", format!("{retries}; repeats are {}", repeats(provider))),
        ("body", format!("at most {} bytes", provider.body_limit)),
    ];
    let width = output::width();
    // A paragraph is hard to read as one line of a file.
    let narrow = width.min(output::WIDEST);
    let notes = named("notes", notes::paragraphs(provider.docs.unwrap_or_default()));
    let facts = rows.into_iter().map(|row| (row, width)).chain(notes.map(|row| (row, narrow)));
    for ((name, text), width) in facts.chain(named("events", event_types(provider)).map(|row| (row, width))) {
        output::row(name, 12, &text, width, out)?;
    }
    Ok(())
}

/// Rows of which only the first one has a name.
fn named<T: Into<String>>(
    name: &'static str,
    texts: impl IntoIterator<Item = T>,
) -> impl Iterator<Item = (&'static str, String)> {
    std::iter::once(name).chain(std::iter::repeat("")).zip(texts.into_iter().map(Into::into))
}

fn unsigned(header: Option<&str>) -> String {
    header.map_or_else(|| "none".to_owned(), |name| format!("header {name} (unsigned)"))
}

fn time_in_words(scheme: &Scheme) -> String {
    let Some(time) = scheme.signed_time() else {
        return "none is signed, so a captured delivery stays valid".to_owned();
    };
    let (unit, tolerance) = (unit_in_words(time.unit()), time.default_tolerance().as_secs());
    let (place, name) = match place(time.source()) {
        ("entry", prefix) => ("entry", format!("'{prefix}'")),
        ("body", path) => ("key", format!("'{path}' of the body")),
        other => other,
    };
    format!("{place} {name}, in {unit}, at most {tolerance} s from now")
}

fn id_in_words(provider: &ProviderInfo) -> String {
    let header = provider.scheme.id_header().map(|name| format!("header {name} (signed)"));
    let key = || provider.envelope?.id_key().map(|key| format!("key '{key}' of the body (signed)"));
    header.or_else(key).unwrap_or_else(|| "none".to_owned())
}

fn event_in_words(provider: &ProviderInfo) -> String {
    let key = provider.envelope.and_then(|envelope| envelope.type_key());
    let key = key.map(|key| format!("key '{key}' of the body (signed)"));
    match (key, type_header(provider)) {
        (Some(key), None) => key,
        (Some(key), Some(hint)) => format!("{key}, and as a hint header {hint} (unsigned)"),
        (None, header) => unsigned(header),
    }
}

fn envelope_in_words(provider: &ProviderInfo) -> String {
    let Some(envelope) = provider.envelope else { return "undocumented".to_owned() };
    let keys = keys(&envelope).into_iter().filter_map(|(name, key)| Some(format!("{name} in '{}'", key?)));
    let mut words: Vec<String> = keys.collect();
    if envelope.payload_key().is_none() {
        words.push("the whole body is the payload".to_owned());
    }
    words.join(", ")
}
