//! Bodies as a provider would send them now.

pub(crate) mod json;

use std::time::{SystemTime, UNIX_EPOCH};

use countersign::Envelope;
use countersign::scheme::{TimeSource, TimeUnit};
use countersign::testing::{ProviderInfo, Sample};
use serde_json::value::RawValue;

use self::json::{Object, compact, object};
use crate::clock;
use crate::failure::{Failure, Result};
use crate::input;

/// Makes a body with a new id and the current time. The event type and the payload come from a sample if they are not given.
pub(crate) fn body(
    provider: &ProviderInfo,
    event_type: Option<&str>,
    payload: Option<&str>,
) -> Result<Vec<u8>> {
    check_event_type(provider, event_type)?;
    let payload = payload.map(read).transpose()?;
    let sample =
        provider.samples.iter().find(|sample| event_type.is_none() || sample.event_type == event_type);
    let is_empty = event_type.is_none() && payload.is_none() && sample.is_none();
    let envelope = provider.envelope.filter(|_| !is_empty);
    let mut body = Object::default();
    if let Some(envelope) = &envelope {
        fill(&mut body, envelope, event_type.or_else(|| sample?.event_type));
    }
    if let Some((path, time)) = signed_time(provider) {
        body.set(path, &time);
    }
    let payload = payload.unwrap_or_else(|| sample_payload(sample, envelope.as_ref()));
    match envelope.as_ref().and_then(Envelope::payload_key) {
        Some(key) => body.merge_at(key, &payload),
        // Nothing is to be added to the body, so it stays as it is.
        None if body.is_empty() => return Ok(payload.into_bytes()),
        None => body.merge(object(&payload).ok_or_else(|| {
            Failure::new("--data is no JSON object, and the event type, the id or the time belongs into it; send it with --body FILE")
        })?),
    }
    if let Some((key, event_type)) = envelope.as_ref().and_then(Envelope::type_key).zip(event_type) {
        body.set(key, &text(event_type));
    }
    Ok(body.to_string().into_bytes())
}

/// Refuses an event type that the provider cannot send.
pub(crate) fn check_event_type(provider: &ProviderInfo, event_type: Option<&str>) -> Result<()> {
    let of = of(provider);
    match (event_type, provider.envelope) {
        // The event type goes into a header as well, and a line break would begin another header.
        (Some(event_type), _) if event_type.contains(char::is_control) => {
            Err(Failure::new("an event type has no control characters; see 'countersign providers NAME'"))
        }
        (Some(_), None) => Err(Failure::new(format_args!(
            "the place of the event type {of} is not known; give the whole body with --body FILE, and a header of the type with -H"
        ))),
        (Some(_), Some(envelope)) if !envelope.is_typed() => {
            Err(Failure::new(format_args!("the events {of} have no type; leave out --event")))
        }
        _ => Ok(()),
    }
}

/// `of 'github'`, for a sentence. A provider of flags has no name.
pub(crate) fn of(provider: &ProviderInfo) -> String {
    match provider.name {
        "other" => "of this provider".to_owned(),
        name => format!("of '{name}'"),
    }
}

/// Writes the envelope without its payload.
fn fill(body: &mut Object, envelope: &Envelope, event_type: Option<&str>) {
    if let Some(key) = envelope.id_key() {
        body.set(key, &text(&format!("evt_{}", unique())));
    }
    if let Some((key, event_type)) = envelope.type_key().zip(event_type) {
        body.set(key, &text(event_type));
    }
    if let Some((key, unit)) = envelope.time_key().zip(envelope.time_unit()) {
        body.set(key, &time(unit));
    }
}

/// A text as JSON.
fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The place and the value of a signed time in the body.
fn signed_time(provider: &ProviderInfo) -> Option<(&str, String)> {
    let timestamp = provider.scheme.signed_time()?;
    match timestamp.source() {
        TimeSource::Body(path) => Some((path, time(timestamp.unit()))),
        _ => None,
    }
}

/// The present time as JSON.
fn time(unit: TimeUnit) -> String {
    let since = clock::since_1970(clock::now());
    match unit {
        TimeUnit::Seconds => since.as_secs().to_string(),
        TimeUnit::Millis => since.as_millis().to_string(),
        _ => format!("\"{}\"", clock::rfc3339_millis(clock::now())),
    }
}

fn sample_payload(sample: Option<&Sample>, envelope: Option<&Envelope>) -> String {
    let payload = sample.and_then(|sample| match envelope.and_then(Envelope::payload_key) {
        Some(key) => object(sample.body)?.member(key).map(|payload| compact(&payload)),
        None => Some(sample.body.to_owned()),
    });
    payload.unwrap_or_else(|| "{}".to_owned())
}

/// Reads `JSON` or `@FILE`, and checks the JSON. It stays unchanged.
fn read(argument: &str) -> Result<String> {
    let bytes = match argument.strip_prefix('@') {
        Some(path) => input::bytes(Some(path.as_ref()))?,
        None => argument.as_bytes().to_vec(),
    };
    serde_json::from_slice::<&RawValue>(&bytes).map(|raw| raw.get().to_owned()).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Failure::new(format_args!(
            "--data is not JSON at line {line} column {column}; send other bytes with --body FILE"
        ))
    })
}

/// A text that is different each time, but not random.
pub(crate) fn unique() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{:x}", since.as_nanos())
}

#[cfg(test)]
mod tests;
