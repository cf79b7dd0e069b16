//! Bodies as a provider would send them now.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use countersign::Envelope;
use countersign::testing::ProviderInfo;
use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::failure::{Failure, Result};
use crate::input;

/// Makes a body with a new id and the current time. The event type and the payload come from a sample if they are not given.
pub(crate) fn body(
    provider: &ProviderInfo,
    event_type: Option<&str>,
    payload: Option<&str>,
) -> Result<Vec<u8>> {
    let payload = payload.map(json).transpose()?;
    let envelope = provider.envelope;
    let keys = |of: fn(&Envelope) -> Option<&'static str>| envelope.as_ref().and_then(of);
    let (Some(type_key), Some(payload_key)) = (keys(Envelope::type_key), keys(Envelope::payload_key)) else {
        return undocumented(provider, event_type, payload);
    };
    let (id_key, time_key) = (keys(Envelope::id_key), keys(Envelope::time_key));
    let sample =
        provider.samples.iter().find(|sample| event_type.is_none() || sample.event_type == event_type);
    let event_type = event_type.or(sample.and_then(|sample| sample.event_type)).unwrap_or_default();
    let payload = match payload {
        Some(payload) => payload,
        None => sample
            .and_then(|sample| member(sample.body, payload_key))
            .map_or("{}".to_owned(), |payload| compact(&payload)),
    };
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let members = [
        id_key.map(|key| (key, text(&format!("evt_{}", unique())))),
        Some((type_key, text(event_type))),
        time_key.map(|key| (key, text(&now()))),
        Some((payload_key, payload)),
    ];
    let members: Vec<String> =
        members.into_iter().flatten().map(|(key, value)| format!("{}:{value}", text(key))).collect();
    Ok(format!("{{{}}}", members.join(",")).into_bytes())
}

/// The body for a provider with an undocumented envelope.
fn undocumented(provider: &ProviderInfo, event_type: Option<&str>, body: Option<String>) -> Result<Vec<u8>> {
    if event_type.is_some() {
        let name = provider.name;
        return Err(Failure::new(format_args!(
            "the documents of '{name}' do not say which key holds the event type; give the whole body with --body FILE"
        )));
    }
    let sample = || provider.samples.first().map_or("{}", |sample| sample.body).to_owned();
    Ok(body.unwrap_or_else(sample).into_bytes())
}

/// Reads `JSON` or `@FILE`, and checks the JSON. It stays unchanged.
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

/// Removes white space from JSON, since providers send none. Some receivers parse the body and hash their own JSON of it, and would
/// refuse other bodies. The documents of some providers print such receivers.
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

/// A text that is different each time, but not random.
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
