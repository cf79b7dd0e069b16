//! One decoder for the envelopes of all providers. It reads the body once, builds no tree and copies no payload.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;
use std::time::SystemTime;

use bytes::Bytes;
use serde_json::value::RawValue;

use super::Payload;
use super::find::{Fault, Places, find, string};
use super::typed::{OnePass, Typed, one_pass};
use crate::scheme::{TimeUnit, system_time};
use crate::{DecodeError, Envelope};

/// A signed body. [`Event::decode`](super::Event::decode) takes it. Its envelope is opened when an event asks for it, and
/// [`Raw`](super::Raw) does not.
pub struct Message<'a> {
    envelope: Option<&'a Envelope>,
    body: &'a Bytes,
    /// The event type from a header. It is known even if the body is not JSON.
    unsigned_type: Option<&'a str>,
    /// Takes the id and the time while the envelope is open, so that nobody looks for them a second time.
    facts: Option<&'a OnceLock<Facts>>,
}

impl<'a> Message<'a> {
    /// `unsigned_type` is the value of the header that has the event type, for a provider that has it there.
    #[inline]
    pub(crate) fn new(
        envelope: Option<&'a Envelope>,
        body: &'a Bytes,
        unsigned_type: Option<&'a str>,
    ) -> Self {
        let unsigned_type = unsigned_type.filter(|_| envelope.is_some_and(Envelope::has_unsigned_type));
        Self { envelope, body, unsigned_type, facts: None }
    }

    /// The message, which leaves its id and its time in `facts` if its envelope is opened.
    pub(crate) fn leaving(self, facts: &'a OnceLock<Facts>) -> Self {
        Self { facts: Some(facts), ..self }
    }

    /// The bytes that were signed.
    #[must_use]
    pub const fn body(&self) -> &'a Bytes {
        self.body
    }

    /// Opens the envelope: the event type and the payload. The payload is `null` if the body has none.
    ///
    /// # Errors
    ///
    /// The body does not have the provider's envelope, or the provider has none.
    pub fn open(self) -> Result<(Cow<'a, str>, Payload), DecodeError> {
        let envelope = self.envelope.ok_or(DecodeError::NoEnvelope)?;
        let [event_type, payload, id, time] = values(envelope, self.body)?;
        if let Some(facts) = self.facts {
            facts.get_or_init(|| Facts::new(self.body, id, time));
        }
        let event_type = self.type_in(envelope, event_type)?;
        let payload = match (envelope.payload_key(), payload) {
            (None, _) => self.body.clone(),
            (Some(_), Some(raw)) => self.body.slice_ref(raw.get().as_bytes()),
            (Some(_), None) => Bytes::from_static(b"null"),
        };
        Ok((event_type, Payload(payload)))
    }

    /// The event, if one pass over the body is enough for it. Otherwise [`open`](Self::open) tells more.
    #[doc(hidden)] // for `events!`
    #[must_use]
    pub fn parse<E: Typed>(&self) -> Option<E> {
        let OnePass { event, id, time } = one_pass(self.body, keys(self.envelope?))?;
        if let Some(facts) = self.facts {
            facts.get_or_init(|| Facts::new(self.body, id, time));
        }
        Some(event)
    }

    /// The event type from the header.
    pub(super) const fn unsigned_type(&self) -> Option<&'a str> {
        self.unsigned_type
    }

    /// The event type. `None` if the body does not have the envelope.
    pub(crate) fn event_type(&self) -> Option<Cow<'a, str>> {
        if let Some(unsigned) = self.unsigned_type {
            return Some(Cow::Borrowed(unsigned));
        }
        let [event_type, ..] = values(self.envelope?, self.body).ok()?;
        self.type_in(self.envelope?, event_type).ok()
    }

    fn type_in(&self, envelope: &Envelope, found: Option<&'a RawValue>) -> Result<Cow<'a, str>, DecodeError> {
        match (envelope.type_key(), envelope.unsigned_type_header()) {
            (Some(key), _) => {
                let raw = found.ok_or(DecodeError::MissingType { key })?;
                string(raw.get()).ok_or(DecodeError::TypeNotString { key })
            }
            (None, Some(key)) => {
                self.unsigned_type.map(Cow::Borrowed).ok_or(DecodeError::MissingType { key })
            }
            (None, None) => Err(DecodeError::NoEnvelope),
        }
    }

    /// The reason why the envelope cannot be opened.
    fn fault(&self) -> Option<DecodeError> {
        let Self { envelope, body, unsigned_type, .. } = *self;
        Self { envelope, body, unsigned_type, facts: None }.open().err()
    }
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("bytes", &self.body.len())
            .field("fault", &self.fault())
            .finish_non_exhaustive()
    }
}

/// The id and the time in an envelope. They are slices of the body, so they need no memory.
#[derive(Clone, Default)]
pub(crate) struct Facts {
    id: Option<Text>,
    /// The JSON of the time. It is read when somebody asks for the time.
    time: Option<Text>,
}

impl Facts {
    /// Opens the envelope of a body for them.
    pub(crate) fn read(envelope: Option<&Envelope>, body: &Bytes) -> Self {
        let found = envelope.and_then(|envelope| values(envelope, body).ok());
        found.map(|[_, _, id, time]| Self::new(body, id, time)).unwrap_or_default()
    }

    fn new(body: &Bytes, id: Option<&RawValue>, time: Option<&RawValue>) -> Self {
        let text = |text| Text::new(body, text);
        Self {
            // All events with an empty id would count as repeats of the first one.
            id: id.and_then(|raw| string(raw.get())).filter(|id| !id.is_empty()).map(text),
            time: time.map(|raw| text(Cow::Borrowed(raw.get()))),
        }
    }

    pub(crate) fn id(&self) -> Option<&str> {
        self.id.as_ref().map(Text::as_str)
    }

    pub(crate) fn time(&self, envelope: Option<&Envelope>) -> Option<SystemTime> {
        let (unit, json) = (envelope?.time_unit()?, self.time.as_ref()?.as_str());
        match unit {
            TimeUnit::Rfc3339 => system_time(&string(json)?),
            TimeUnit::Seconds | TimeUnit::Millis => unit.read(json.as_bytes(), false),
        }
    }
}

/// A text of a body: a slice of it, or a copy if the text has escapes there.
#[derive(Clone)]
pub(super) struct Text(Bytes);

impl Text {
    pub(super) fn new(body: &Bytes, text: Cow<'_, str>) -> Self {
        Self(match text {
            Cow::Borrowed(text) => body.slice_ref(text.as_bytes()),
            Cow::Owned(text) => text.into(),
        })
    }

    pub(super) fn as_str(&self) -> &str {
        // The bytes are always UTF-8, because the constructor takes them from a `str`.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

const fn keys(envelope: &Envelope) -> Places<&'static str> {
    [envelope.type_key(), envelope.payload_key(), envelope.id_key(), envelope.time_key()]
}

/// The values of an envelope's keys.
fn values<'a>(envelope: &Envelope, body: &'a Bytes) -> Result<Places<&'a RawValue>, DecodeError> {
    find(body, keys(envelope)).map_err(|fault| match fault {
        Fault::Decode(error) => error,
        Fault::Duplicate(key) => DecodeError::DuplicateKey { key },
    })
}
