//! Payloads as a sender would send them now.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use countersign::Envelope;
use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::failure::{Failure, Result};
use crate::input;
use crate::sender::Facts;

/// The body for an event and its data, each a sample's where it is not given, with an id and a time of its own.
pub(crate) fn body(facts: &Facts, event: Option<&str>, data: Option<&str>) -> Result<Vec<u8>> {
    let data = data.map(json).transpose()?;
    let envelope = facts.envelope;
    let keys = |of: fn(&Envelope) -> Option<&'static str>| envelope.as_ref().and_then(of);
    let (Some(kind_key), Some(data_key)) = (keys(Envelope::type_key), keys(Envelope::payload_key)) else {
        return bare(facts, event, data);
    };
    let (id_key, time_key) = (keys(Envelope::id_key), keys(Envelope::time_key));
    let sample =
        facts.samples.iter().find(|sample| event.is_none_or(|event| sample.event_type == Some(event)));
    let kind = event.or(sample.and_then(|sample| sample.event_type)).unwrap_or_default();
    let data = match data {
        Some(data) => data,
        None => sample
            .and_then(|sample| member(sample.body, data_key))
            .map_or("{}".to_owned(), |data| compact(&data)),
    };
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let members = [
        id_key.map(|key| (key, text(&format!("evt_{}", unique())))),
        Some((kind_key, text(kind))),
        time_key.map(|key| (key, text(&now()))),
        Some((data_key, data)),
    ];
    let members: Vec<String> =
        members.into_iter().flatten().map(|(key, value)| format!("{}:{value}", text(key))).collect();
    Ok(format!("{{{}}}", members.join(",")).into_bytes())
}

/// A sender whose envelope is not documented.
fn bare(facts: &Facts, event: Option<&str>, data: Option<String>) -> Result<Vec<u8>> {
    if event.is_some() {
        let name = facts.name;
        return Err(Failure::new(format_args!(
            "where '{name}' puts the event's name is not documented; give the whole body with --body FILE"
        )));
    }
    let sample = || facts.samples.first().map_or("{}", |sample| sample.body).to_owned();
    Ok(data.unwrap_or_else(sample).into_bytes())
}

/// `JSON` or `@FILE`, checked and otherwise left as it is.
fn json(argument: &str) -> Result<String> {
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

fn member(body: &str, key: &str) -> Option<String> {
    let members: HashMap<String, &RawValue> = serde_json::from_str(body).ok()?;
    members.get(key).map(|raw| raw.get().to_owned())
}

/// JSON without its white space, as senders write it. Receivers that write JSON again before they hash take nothing else, and the
/// documents of some senders print such receivers.
fn compact(json: &str) -> String {
    let (mut inside, mut escaped) = (false, false);
    let keep = |character: &char| {
        let quote = *character == '"' && !escaped;
        escaped = *character == '\\' && !escaped;
        inside ^= quote;
        inside || !character.is_ascii_whitespace()
    };
    json.chars().filter(keep).collect()
}

/// Not random, and different each time.
pub(crate) fn unique() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{:x}", since.as_nanos())
}

fn now() -> String {
    format!("{:.3}", Timestamp::now())
}

/// A time as RFC 3339.
pub(crate) fn rfc3339(time: SystemTime) -> Option<String> {
    Timestamp::try_from(time).ok().map(|time| time.to_string())
}
