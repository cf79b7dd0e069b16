//! One decoder for the envelopes of all senders: one pass, no tree, no copy of the data.

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::Payload;
use crate::{DecodeError, Envelope};

/// A signed body, and its envelope where it has one. What [`Event::decode`](super::Event::decode) is given.
pub struct Message<'a> {
    body: &'a Bytes,
    opened: Result<Opened<'a>, DecodeError>,
}

struct Opened<'a> {
    event_type: Cow<'a, str>,
    payload: Payload,
    id: Option<String>,
    time: Option<SystemTime>,
}

impl<'a> Message<'a> {
    pub(crate) fn new(envelope: Option<&Envelope>, body: &'a Bytes) -> Self {
        let opened = envelope.ok_or(DecodeError::NoEnvelope).and_then(|envelope| open(envelope, body));
        Self { body, opened }
    }

    /// The bytes that were signed.
    #[must_use]
    pub const fn body(&self) -> &'a Bytes {
        self.body
    }

    /// The event's name and its payload; `null` where the envelope has none.
    ///
    /// # Errors
    ///
    /// Says in what way the body is outside the envelope.
    pub fn open(self) -> Result<(Cow<'a, str>, Payload), DecodeError> {
        self.opened.map(|opened| (opened.event_type, opened.payload))
    }

    pub(crate) fn event_type(&self) -> Option<&str> {
        Some(&self.opened.as_ref().ok()?.event_type)
    }

    pub(crate) fn id(&self) -> Option<String> {
        self.opened.as_ref().ok()?.id.clone()
    }

    pub(crate) fn time(&self) -> Option<SystemTime> {
        self.opened.as_ref().ok()?.time
    }
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("bytes", &self.body.len())
            .field("fault", &self.opened.as_ref().err())
            .finish_non_exhaustive()
    }
}

fn open<'a>(envelope: &Envelope, body: &'a Bytes) -> Result<Opened<'a>, DecodeError> {
    let text =
        std::str::from_utf8(body).map_err(|error| DecodeError::NotUtf8 { offset: error.valid_up_to() })?;
    let mut json = serde_json::Deserializer::from_str(text);
    let found = Keys(envelope).deserialize(&mut json).map_err(|error| match error.classify() {
        Category::Data => DecodeError::NotObject,
        Category::Syntax | Category::Eof | Category::Io => {
            DecodeError::NotJson { line: error.line(), column: error.column() }
        }
    })?;
    json.end().map_err(|error| DecodeError::TrailingBytes { line: error.line(), column: error.column() })?;

    if let Some(key) = found.twice {
        return Err(DecodeError::DuplicateKey { key });
    }
    let event_type = found.event_type.ok_or(DecodeError::MissingType { key: envelope.event_type })?;
    Ok(Opened {
        event_type: string(event_type).ok_or(DecodeError::TypeNotString { key: envelope.event_type })?,
        payload: Payload(
            found.payload.map_or(Bytes::from_static(b"null"), |raw| body.slice_ref(raw.get().as_bytes())),
        ),
        // An empty id would make one event of all that have it.
        id: found.id.and_then(string).filter(|id| !id.is_empty()).map(Cow::into_owned),
        time: found.time.and_then(string).and_then(|text| system_time(&text)),
    })
}

/// The values of the envelope's keys, still as JSON. The raw text borrows from the body.
#[derive(Default)]
struct Found<'a> {
    event_type: Option<&'a RawValue>,
    payload: Option<&'a RawValue>,
    id: Option<&'a RawValue>,
    time: Option<&'a RawValue>,
    twice: Option<&'static str>,
}

#[derive(Clone, Copy)]
struct Keys<'e>(&'e Envelope);

impl<'de> DeserializeSeed<'de> for Keys<'_> {
    type Value = Found<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = Found<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an envelope")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = Found::default();
        while let Some(raw) = map.next_key::<&RawValue>()? {
            // Unescaped: `"t\u0079pe"` is `type`. One that escapes half a surrogate pair has no text, and is none of ours.
            let text = string(raw);
            let key = self.0.keys().find(|own| text.as_deref() == Some(*own));
            let slot = match key {
                Some(key) if key == self.0.event_type => &mut found.event_type,
                Some(key) if key == self.0.payload => &mut found.payload,
                Some(key) if Some(key) == self.0.id => &mut found.id,
                Some(key) if Some(key) == self.0.time => &mut found.time,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            if slot.replace(map.next_value()?).is_some() {
                found.twice = key;
            }
        }
        Ok(found)
    }
}

/// The text of a JSON string, borrowed where it has no escapes; `None` for any other JSON.
fn string(raw: &RawValue) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

    serde_json::from_str::<Text<'_>>(raw.get()).ok().map(|text| text.0)
}

/// RFC 3339 and what `jiff` reads besides, up to the end of year 9999 but for its last two days. A leap second counts as the one before
/// it.
fn system_time(text: &str) -> Option<SystemTime> {
    let since_epoch = text.parse::<Timestamp>().ok()?.as_duration();
    let distance: Duration = since_epoch.unsigned_abs();
    if since_epoch.is_negative() {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    }
}
