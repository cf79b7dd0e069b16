//! `countersign providers`

use std::io::Write;

use clap::ValueEnum as _;
use countersign::{DedupeBy, Envelope, Format};
use serde_json::{Value, json};

use crate::cli::{ProviderName, Providers};
use crate::failure::{Result, Verdict};
use crate::output;
use crate::sender::{Facts, Sender};

pub(crate) fn run(args: &Providers, out: &mut dyn Write) -> Result<Verdict> {
    let facts = |name: &ProviderName| Sender::BuiltIn(*name).facts();
    match args.name {
        Some(name) if args.json => output::json(out, &machine(&facts(&name)))?,
        Some(name) => describe(&facts(&name), out)?,
        None if args.json => {
            let all: Vec<Value> =
                ProviderName::value_variants().iter().map(|name| machine(&facts(name))).collect();
            output::json(out, &all)?;
        }
        None => {
            for facts in ProviderName::value_variants().iter().map(facts) {
                writeln!(out, "{:10} {}: {}", facts.name, facts.scheme.header(), format(&facts))?;
            }
        }
    }
    Ok(Verdict::Good)
}

fn format(facts: &Facts) -> &'static str {
    match facts.scheme.format() {
        Format::Hex => "<64 hex digits>",
        _ => "sha256=<64 hex digits>",
    }
}

fn repeats(facts: &Facts) -> &'static str {
    match facts.dedupe_by {
        DedupeBy::EventId => "known by the event's id",
        DedupeBy::Body => "known by equal bodies",
        _ => "not told from new events",
    }
}

fn kinds(facts: &Facts) -> Vec<&'static str> {
    facts.samples.iter().filter_map(|sample| sample.event_type).collect()
}

/// Each part of an envelope with its key.
const fn keys(envelope: &Envelope) -> [(&'static str, Option<&'static str>); 4] {
    [
        ("type", envelope.type_key()),
        ("data", envelope.payload_key()),
        ("id", envelope.id_key()),
        ("time", envelope.time_key()),
    ]
}

fn machine(facts: &Facts) -> Value {
    json!({
        "name": facts.name,
        "signature_header": facts.scheme.header(),
        "signature_format": format(facts),
        "event_header": facts.event_header,
        "delivery_header": facts.delivery_header,
        "envelope": facts.envelope.map(|envelope| Value::from_iter(keys(&envelope))),
        "events": kinds(facts),
        "last_retry_seconds": facts.retry_horizon.map(|horizon| horizon.as_secs()),
        "repeats": repeats(facts),
    })
}

fn describe(facts: &Facts, out: &mut dyn Write) -> Result<()> {
    let or_none = |text: Option<&str>| text.unwrap_or("none").to_owned();
    let envelope = facts.envelope.map_or_else(
        || "undocumented".to_owned(),
        |envelope| {
            let keys =
                keys(&envelope).into_iter().filter_map(|(name, key)| Some(format!("{name} in '{}'", key?)));
            keys.collect::<Vec<_>>().join(", ")
        },
    );
    let retries = facts.retry_horizon.map_or_else(
        || "undocumented".to_owned(),
        |horizon| format!("the last {} s after the first try", horizon.as_secs()),
    );
    let kinds = kinds(facts);
    let events = if kinds.is_empty() { "undocumented".to_owned() } else { kinds.join("\n            ") };
    writeln!(out, "name        {}", facts.name)?;
    writeln!(out, "signature   {}: {}", facts.scheme.header(), format(facts))?;
    writeln!(out, "event       {} (unsigned)", or_none(facts.event_header))?;
    writeln!(out, "delivery    {} (unsigned)", or_none(facts.delivery_header))?;
    writeln!(out, "envelope    {envelope}")?;
    writeln!(out, "retries     {retries}; repeats are {}", repeats(facts))?;
    writeln!(out, "events      {events}")?;
    Ok(())
}
