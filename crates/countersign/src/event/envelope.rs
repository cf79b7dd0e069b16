//! One decoder for the envelopes of all providers. It reads the body once, builds no tree and copies no payload.

use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use bytes::Bytes;

use super::Payload;
use super::find::{Fault, find, string};
use crate::scheme::{TimeUnit, system_time};
use crate::{DecodeError, Envelope};

/// A signed body with its opened envelope. [`Event::decode`](super::Event::decode) takes it.
pub struct Message<'a> {
    body: &'a Bytes,
    /// The event type from a header. It is known even if the body is not JSON.
    unsigned_type: Option<&'a str>,
    /// An error is kept until an event asks for the envelope. [`Raw`](super::Raw) never does.
    opened: Result<Opened<'a>, DecodeError>,
}

/// The values of an envelope.
struct Opened<'a> {
    event_type: Result<Cow<'a, str>, DecodeError>,
    payload: Payload,
    id: Option<String>,
    time: Option<SystemTime>,
}

impl<'a> Message<'a> {
    /// Opens the envelope. `unsigned_type` is the value of the header that has the event type, for a provider that has it there.
    pub(crate) fn new(envelope: Option<&Envelope>, body: &'a Bytes, unsigned_type: Option<&'a str>) -> Self {
        let unsigned_type = unsigned_type.filter(|_| envelope.is_some_and(Envelope::has_unsigned_type));
        let opened = match envelope {
            Some(envelope) => open(envelope, body, unsigned_type),
            None => Err(DecodeError::NoEnvelope),
        };
        Self { body, unsigned_type, opened }
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
        let opened = self.opened?;
        Ok((opened.event_type?, opened.payload))
    }

    pub(crate) fn event_type(&self) -> Option<&str> {
        self.unsigned_type.or_else(|| self.opened.as_ref().ok()?.event_type.as_deref().ok())
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
        let fault = match &self.opened {
            Ok(opened) => opened.event_type.as_ref().err(),
            Err(fault) => Some(fault),
        };
        f.debug_struct("Message")
            .field("bytes", &self.body.len())
            .field("fault", &fault)
            .finish_non_exhaustive()
    }
}

fn open<'a>(
    envelope: &Envelope,
    body: &'a Bytes,
    unsigned_type: Option<&'a str>,
) -> Result<Opened<'a>, DecodeError> {
    let keys = [envelope.type_key(), envelope.payload_key(), envelope.id_key(), envelope.time_key()];
    let [event_type, payload, id, time] = find(body, keys).map_err(|fault| match fault {
        Fault::Decode(error) => error,
        Fault::Duplicate(key) => DecodeError::DuplicateKey { key },
    })?;
    let event_type = match (envelope.type_key(), envelope.unsigned_type_header()) {
        (Some(key), _) => event_type
            .ok_or(DecodeError::MissingType { key })
            .and_then(|raw| string(raw).ok_or(DecodeError::TypeNotString { key })),
        (None, Some(key)) => unsigned_type.map(Cow::Borrowed).ok_or(DecodeError::MissingType { key }),
        (None, None) => Err(DecodeError::NoEnvelope),
    };
    let payload = match (envelope.payload_key(), payload) {
        (None, _) => body.clone(),
        (Some(_), Some(raw)) => body.slice_ref(raw.get().as_bytes()),
        (Some(_), None) => Bytes::from_static(b"null"),
    };
    Ok(Opened {
        event_type,
        payload: Payload(payload),
        // All events with an empty id would count as repeats of the first one.
        id: id.and_then(string).filter(|id| !id.is_empty()).map(Cow::into_owned),
        time: envelope.time_unit().zip(time).and_then(|(unit, raw)| match unit {
            TimeUnit::Rfc3339 => system_time(&string(raw)?),
            TimeUnit::Seconds | TimeUnit::Millis => unit.read(raw.get().as_bytes(), false),
        }),
    })
}
