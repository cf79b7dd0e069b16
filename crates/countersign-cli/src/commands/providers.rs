//! `countersign providers`

use std::io::Write;

use countersign::testing::{PROVIDERS, ProviderInfo};
use countersign::{DedupeBy, Envelope};
use serde_json::{Value, json};

use crate::cli::Providers;
use crate::failure::{Result, Verdict};
use crate::output;

pub(crate) fn run(args: &Providers, out: &mut dyn Write) -> Result<Verdict> {
    match args.name {
        Some(provider) if args.json => output::json(out, &machine(provider))?,
        Some(provider) => describe(provider, out)?,
        None if args.json => output::json(out, &PROVIDERS.iter().map(machine).collect::<Vec<_>>())?,
        None => {
            for provider in PROVIDERS {
                writeln!(out, "{:10} {}", provider.name, signature(provider))?;
            }
        }
    }
    Ok(Verdict::Good)
}

fn format(provider: &ProviderInfo) -> String {
    format!("{}<64 hex digits>", provider.scheme.tag_prefix())
}

fn signature(provider: &ProviderInfo) -> String {
    format!("{}: {}", provider.scheme.header(), format(provider))
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

/// The parts of an envelope, each with its key.
const fn keys(envelope: &Envelope) -> [(&'static str, Option<&'static str>); 4] {
    [
        ("type", envelope.type_key()),
        ("data", envelope.payload_key()),
        ("id", envelope.id_key()),
        ("time", envelope.time_key()),
    ]
}

fn machine(provider: &ProviderInfo) -> Value {
    json!({
        "name": provider.name,
        "signature_header": provider.scheme.header(),
        "signature_format": format(provider),
        "event_header": provider.event_header,
        "delivery_header": provider.delivery_header,
        "envelope": provider.envelope.map(|envelope| Value::from_iter(keys(&envelope))),
        "events": event_types(provider),
        "last_retry_seconds": provider.retry_horizon.map(|horizon| horizon.as_secs()),
        "repeats": repeats(provider),
    })
}

fn describe(provider: &ProviderInfo, out: &mut dyn Write) -> Result<()> {
    let or_none = |text: Option<&str>| text.unwrap_or("none").to_owned();
    let envelope = provider.envelope.map_or_else(
        || "undocumented".to_owned(),
        |envelope| {
            let keys =
                keys(&envelope).into_iter().filter_map(|(name, key)| Some(format!("{name} in '{}'", key?)));
            keys.collect::<Vec<_>>().join(", ")
        },
    );
    let retries = provider.retry_horizon.map_or_else(
        || "undocumented".to_owned(),
        |horizon| format!("the last {} s after the first try", horizon.as_secs()),
    );
    let event_types = event_types(provider);
    let events =
        if event_types.is_empty() { "undocumented".to_owned() } else { event_types.join("\n            ") };
    writeln!(out, "name        {}", provider.name)?;
    writeln!(out, "signature   {}", signature(provider))?;
    writeln!(out, "event       {} (unsigned)", or_none(provider.event_header))?;
    writeln!(out, "delivery    {} (unsigned)", or_none(provider.delivery_header))?;
    writeln!(out, "envelope    {envelope}")?;
    writeln!(out, "retries     {retries}; repeats are {}", repeats(provider))?;
    writeln!(out, "events      {events}")?;
    Ok(())
}
