//! A provider, and the envelope of its events.

use std::time::Duration;

use crate::Scheme;

/// A provider of webhooks, as a type. Five are built in, in [`providers`](crate::providers). Your own needs a few lines:
///
/// ```
/// use countersign::{Envelope, Provider, Scheme};
///
/// pub struct Acme;
///
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::sha256("x-acme-signature-256");
///     const ENVELOPE: Option<Envelope> = Some(Envelope::new("type", "data").id("id").time("created_at"));
/// }
/// ```
///
/// A verifier for one provider never accepts the events of another, because the provider is a part of both types.
pub trait Provider: Send + Sync + 'static {
    /// The provider's name in logs and in the keys of deliveries. It is short and in lower case.
    const NAME: &'static str;

    /// How the provider signs.
    const SCHEME: Scheme;

    /// The envelope of the provider's events. Default: `None`, which means that it is undocumented. Such a provider has only
    /// [`Raw`](crate::Raw) events.
    const ENVELOPE: Option<Envelope> = None;

    /// A header that has the event type. Nobody signs it, so it is only a hint. Default: `None`.
    const EVENT_HEADER: Option<&'static str> = None;

    /// A header that has an id of the delivery. Nobody signs it, so it is only a hint. Default: `None`.
    const DELIVERY_HEADER: Option<&'static str> = None;

    /// The time from the first attempt at a delivery to the last retry. Default: `None`, which means that it is undocumented.
    const RETRY_HORIZON: Option<Duration> = None;

    /// Size of the largest body, in bytes. [`Verifier::body_limit`](crate::Verifier::body_limit) overrides it. Default: 1 MiB.
    const BODY_LIMIT: usize = 1024 * 1024;

    /// How a repeat is told from a new event. The default is [`EventId`](DedupeBy::EventId) if the envelope has an id, otherwise
    /// [`Body`](DedupeBy::Body) if it has a time, and otherwise [`Nothing`](DedupeBy::Nothing).
    ///
    /// Set [`DedupeBy::Body`] for a provider whose bodies are always unique, even if its envelope has no id and no time.
    const DEDUPE_BY: DedupeBy = DedupeBy::envelope(Self::ENVELOPE);
}

/// The envelope of a provider's events: the keys of the JSON object around each payload.
///
/// A key may occur once in a body. Other keys are ignored, and the order of keys does not matter.
///
/// ```
/// use countersign::Envelope;
///
/// // {"event": "order.created", "payload": {…}, "sent_at": "2026-01-15T12:30:00Z"}
/// const ACME: Envelope = Envelope::new("event", "payload").time("sent_at");
/// assert_eq!((ACME.type_key(), ACME.payload_key()), (Some("event"), Some("payload")));
/// assert_eq!((ACME.id_key(), ACME.time_key()), (None, Some("sent_at")));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Envelope {
    pub(crate) event_type: &'static str,
    pub(crate) payload: &'static str,
    pub(crate) id: Option<&'static str>,
    pub(crate) time: Option<&'static str>,
}

impl Envelope {
    /// An envelope with these two keys. The value of the key `event_type` is a string. The value of the key `payload` is any JSON.
    #[must_use]
    pub const fn new(event_type: &'static str, payload: &'static str) -> Self {
        Self { event_type, payload, id: None, time: None }
    }

    /// Sets the key of the event's id. Its value is a string that is the same in every retry.
    #[must_use]
    pub const fn id(self, key: &'static str) -> Self {
        Self { id: Some(key), ..self }
    }

    /// Sets the key of the event's time. Its value is a string in RFC 3339.
    #[must_use]
    pub const fn time(self, key: &'static str) -> Self {
        Self { time: Some(key), ..self }
    }

    /// The key of the event type. `None` if the body has no such key.
    #[must_use]
    pub const fn type_key(&self) -> Option<&'static str> {
        Some(self.event_type)
    }

    /// The key of the payload. `None` if the payload has no key of its own.
    #[must_use]
    pub const fn payload_key(&self) -> Option<&'static str> {
        Some(self.payload)
    }

    /// The key of the event's id. `None` if the envelope has no id.
    #[must_use]
    pub const fn id_key(&self) -> Option<&'static str> {
        self.id
    }

    /// The key of the event's time. `None` if the envelope has no time.
    #[must_use]
    pub const fn time_key(&self) -> Option<&'static str> {
        self.time
    }

    /// All keys of the envelope.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static str> + use<> {
        [Some(self.event_type), Some(self.payload), self.id, self.time].into_iter().flatten()
    }
}

/// How a repeat is told from a new event. Only signed bytes count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DedupeBy {
    /// By the signed event id. A body without an id is treated as under [`Body`](Self::Body), if the envelope has a time. Otherwise each
    /// such delivery is handled.
    EventId,
    /// By the whole body. If the envelope has a time and the body has no readable one, each such delivery is handled.
    Body,
    /// Not at all. Two honest events may be equal byte for byte, so each delivery is handled.
    Nothing,
}

impl DedupeBy {
    /// An event id is unique, and a time makes a body unique. If the envelope has neither, two honest events may have equal bodies.
    const fn envelope(envelope: Option<Envelope>) -> Self {
        match envelope {
            Some(Envelope { id: Some(_), .. }) => Self::EventId,
            Some(Envelope { time: Some(_), .. }) => Self::Body,
            _ => Self::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hook, Massu, Muchaw, Mutx, Workspace};

    #[test]
    fn an_envelope_with_an_id_or_a_time_tells_deliveries_apart() {
        assert_eq!(Hook::DEDUPE_BY, DedupeBy::EventId);
        assert_eq!(Massu::DEDUPE_BY, DedupeBy::Body);
        assert_eq!(Muchaw::DEDUPE_BY, DedupeBy::Body);
        assert_eq!(Mutx::DEDUPE_BY, DedupeBy::Nothing);
        assert_eq!(Workspace::DEDUPE_BY, DedupeBy::Nothing);
    }
}
