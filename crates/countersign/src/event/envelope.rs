//! One decoder for the envelopes of all providers. It reads the body once, builds no tree and copies no payload.

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

/// A signed body with its opened envelope. [`Event::decode`](super::Event::decode) takes it.
pub struct Message<'a> {
    body: &'a Bytes,
    /// An error is kept until an event asks for the envelope. [`Raw`](super::Raw) never does.
    opened: Result<Opened<'a>, DecodeError>,
}

/// The values of an envelope.
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

    /// The event type and the payload. The payload is `null` if the body has none.
    ///
    /// # Errors
    ///
    /// The body does not have the provider's envelope, or the provider has none.
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
    let values = Reader(envelope).deserialize(&mut json).map_err(|error| match error.classify() {
        Category::Data => DecodeError::NotObject,
        Category::Syntax | Category::Eof | Category::Io => {
            DecodeError::NotJson { line: error.line(), column: error.column() }
        }
    })?;
    json.end().map_err(|error| DecodeError::TrailingBytes { line: error.line(), column: error.column() })?;

    if let Some(key) = values.duplicate_key {
        return Err(DecodeError::DuplicateKey { key });
    }
    let event_type = values.event_type.ok_or(DecodeError::MissingType { key: envelope.event_type })?;
    Ok(Opened {
        event_type: string(event_type).ok_or(DecodeError::TypeNotString { key: envelope.event_type })?,
        payload: Payload(
            values.payload.map_or(Bytes::from_static(b"null"), |raw| body.slice_ref(raw.get().as_bytes())),
        ),
        // All events with an empty id would count as repeats of the first one.
        id: values.id.and_then(string).filter(|id| !id.is_empty()).map(Cow::into_owned),
        time: values.time.and_then(string).and_then(|text| system_time(&text)),
    })
}

/// The values of the envelope's keys, still as JSON text. The text borrows from the body.
#[derive(Default)]
struct Values<'a> {
    event_type: Option<&'a RawValue>,
    payload: Option<&'a RawValue>,
    id: Option<&'a RawValue>,
    time: Option<&'a RawValue>,
    /// A key of the envelope that the body has more than once.
    duplicate_key: Option<&'static str>,
}

/// Reads the values of an envelope, and skips all other keys.
#[derive(Clone, Copy)]
struct Reader<'e>(&'e Envelope);

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Values<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Values<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an envelope")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = Values::default();
        while let Some(raw) = map.next_key::<&RawValue>()? {
            // Keys are compared without their escapes: `"t\u0079pe"` is `type`. A key with half a surrogate pair has no text. It cannot
            // be a key of the envelope.
            let text = string(raw);
            let key = self.0.keys().find(|own| text.as_deref() == Some(*own));
            let slot = match key {
                Some(key) if key == self.0.event_type => &mut values.event_type,
                Some(key) if key == self.0.payload => &mut values.payload,
                Some(key) if Some(key) == self.0.id => &mut values.id,
                Some(key) if Some(key) == self.0.time => &mut values.time,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            if slot.replace(map.next_value()?).is_some() {
                values.duplicate_key = key;
            }
        }
        Ok(values)
    }
}

/// The text of a JSON string, borrowed if it has no escapes. `None` for any other JSON.
fn string(raw: &RawValue) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

    serde_json::from_str::<Text<'_>>(raw.get()).ok().map(|text| text.0)
}

/// Reads a time in RFC 3339, or in another format that `jiff` reads. The last two days of the year 9999 are out of its range. A leap second
/// counts as the second before it.
fn system_time(text: &str) -> Option<SystemTime> {
    let since_epoch = text.parse::<Timestamp>().ok()?.as_duration();
    let distance: Duration = since_epoch.unsigned_abs();
    if since_epoch.is_negative() {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    }
}
