//! A provider, and the envelope of its events.

use std::time::Duration;

use crate::Scheme;
use crate::scheme::TimeUnit;

/// A provider of webhooks, as a type. Many are [built in](crate::providers). Your own needs a few lines:
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
    ///
    /// An envelope of [`unsigned_header`](Envelope::unsigned_header) names its header itself.
    const EVENT_HEADER: Option<&'static str> = None;

    /// A header that has an id of the delivery. Nobody signs it, so it is only a hint. Default: `None`.
    const DELIVERY_HEADER: Option<&'static str> = None;

    /// The time from the first attempt at a delivery to the last retry. Default: `None`, which means that it is undocumented.
    const RETRY_HORIZON: Option<Duration> = None;

    /// Size of the largest body, in bytes. [`Verifier::body_limit`](crate::Verifier::body_limit) overrides it. Default: 1 MiB.
    const BODY_LIMIT: usize = 1024 * 1024;

    /// How a repeat is told from a new event. The default is [`EventId`](DedupeBy::EventId) if an id is signed, in a header or in the
    /// envelope, otherwise [`Body`](DedupeBy::Body) if the envelope has a time, and otherwise [`Nothing`](DedupeBy::Nothing).
    ///
    /// Set [`DedupeBy::Body`] for a provider whose bodies are always unique, even if its envelope has no id and no time.
    const DEDUPE_BY: DedupeBy = DedupeBy::of(Self::SCHEME, Self::ENVELOPE);
}

/// The envelope of a provider's events: the places of the event type, the payload, the id and the time in each delivery.
///
/// A place is a key of the JSON body, or a path of keys: `event.event_type` is the key `event_type` in the object of the key `event`. If a
/// key of the envelope occurs twice in its object, the body does not have the envelope. Other keys are ignored, and the order of keys does
/// not matter.
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
    event_type: TypePlace,
    payload: Option<&'static str>,
    id: Option<&'static str>,
    time: Option<(&'static str, TimeUnit)>,
}

/// The place of the event type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum TypePlace {
    Body(&'static str),
    UnsignedHeader(&'static str),
    Nowhere,
}

impl Envelope {
    /// An envelope with the event type and the payload at these keys. The event type is a string. The payload is any JSON.
    #[must_use]
    pub const fn new(event_type: &'static str, payload: &'static str) -> Self {
        Self::with(TypePlace::Body(event_type), Some(payload))
    }

    /// The event type is a key of the body, and the whole body is the payload.
    #[must_use]
    pub const fn flat(event_type: &'static str) -> Self {
        Self::with(TypePlace::Body(event_type), None)
    }

    /// The event type is in a header that **nobody signed**, and the whole body is the payload.
    ///
    /// Somebody who has captured a delivery can send it again under another event type, and its signature still matches. So the header
    /// must not decide alone what a body means:
    ///
    /// - Give each event type that you act on a payload struct of its own, and parse the body strictly. The struct requires a field that
    ///   only this event has. A body under the wrong event type then arrives as [`Unknown`](crate::Unknown), with its mismatch.
    /// - An event type without a payload type accepts every body. Do nothing for it that costs something if it is wrong.
    ///
    /// ```
    /// use countersign::{Envelope, Provider, Scheme};
    ///
    /// pub struct Forge;
    ///
    /// impl Provider for Forge {
    ///     const NAME: &'static str = "forge";
    ///     const SCHEME: Scheme = Scheme::sha256("x-forge-signature-256");
    ///     const ENVELOPE: Option<Envelope> = Some(Envelope::unsigned_header("x-forge-event"));
    /// }
    ///
    /// /// Only a push has `before` and `after`, so the body of another event is not taken for a push.
    /// #[derive(serde::Deserialize)]
    /// pub struct Push {
    ///     pub before: String,
    ///     pub after: String,
    /// }
    ///
    /// countersign::events! {
    ///     pub enum Event for Forge {
    ///         "push" => Push(Push),
    ///     }
    /// }
    /// ```
    #[must_use]
    pub const fn unsigned_header(name: &'static str) -> Self {
        Self::with(TypePlace::UnsignedHeader(name), None)
    }

    /// The events have no type. The whole body is the payload, and [`Raw`](crate::Raw) is the event.
    ///
    /// It is for a provider whose bodies have an [`id`](Self::id) or a [`time`](Self::time).
    #[must_use]
    pub const fn untyped() -> Self {
        Self::with(TypePlace::Nowhere, None)
    }

    const fn with(event_type: TypePlace, payload: Option<&'static str>) -> Self {
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
        Self { time: Some((key, TimeUnit::Rfc3339)), ..self }
    }

    /// Sets the key of the event's time. Its value is a number of Unix seconds.
    #[must_use]
    pub const fn unix_time(self, key: &'static str) -> Self {
        Self { time: Some((key, TimeUnit::Seconds)), ..self }
    }

    /// Sets the key of the event's time. Its value is a number of Unix milliseconds.
    #[must_use]
    pub const fn unix_millis(self, key: &'static str) -> Self {
        Self { time: Some((key, TimeUnit::Millis)), ..self }
    }

    /// The key of the event type. `None` if the body has no such key.
    #[must_use]
    pub const fn type_key(&self) -> Option<&'static str> {
        match self.event_type {
            TypePlace::Body(key) => Some(key),
            _ => None,
        }
    }

    /// The header of the event type, which nobody signs. `None` if the event type is not in a header.
    #[must_use]
    pub const fn unsigned_type_header(&self) -> Option<&'static str> {
        match self.event_type {
            TypePlace::UnsignedHeader(name) => Some(name),
            _ => None,
        }
    }

    pub(crate) const fn has_unsigned_type(&self) -> bool {
        self.unsigned_type_header().is_some()
    }

    /// Whether the events have a type, signed or not.
    #[must_use]
    pub const fn is_typed(&self) -> bool {
        !matches!(self.event_type, TypePlace::Nowhere)
    }

    /// The key of the payload. `None` if the whole body is the payload.
    #[must_use]
    pub const fn payload_key(&self) -> Option<&'static str> {
        self.payload
    }

    /// The key of the event's id. `None` if the envelope has no id.
    #[must_use]
    pub const fn id_key(&self) -> Option<&'static str> {
        self.id
    }

    /// The key of the event's time. `None` if the envelope has no time.
    #[must_use]
    pub const fn time_key(&self) -> Option<&'static str> {
        match self.time {
            Some((key, _)) => Some(key),
            None => None,
        }
    }

    /// The unit of the event's time. `None` if the envelope has no time.
    #[must_use]
    pub const fn time_unit(&self) -> Option<TimeUnit> {
        match self.time {
            Some((_, unit)) => Some(unit),
            None => None,
        }
    }
}

/// How a repeat is told from a new event. Only signed bytes count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DedupeBy {
    /// By the signed event id. A delivery without one is told by its body, as under [`Body`](Self::Body), if the envelope has a time.
    /// Otherwise each such delivery is handled.
    EventId,
    /// By the whole body. If the envelope has a time and the body has no readable one, each such delivery is handled.
    Body,
    /// Not at all. Two honest events may be equal byte for byte, so each delivery is handled.
    Nothing,
}

impl DedupeBy {
    /// An event id is unique, and a time makes a body unique. If the body has neither, two honest events may have equal bodies.
    ///
    /// The signed time of a [`Scheme`] does not count, because each retry has a new one.
    pub(crate) const fn of(scheme: Scheme, envelope: Option<Envelope>) -> Self {
        match envelope {
            _ if scheme.id_header().is_some() => Self::EventId,
            Some(Envelope { id: Some(_), .. }) => Self::EventId,
            Some(Envelope { time: Some(_), .. }) => Self::Body,
            _ => Self::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::{GitHub, Svix};
    use crate::{Hook, Massu, Muchaw, Mutx, Workspace};

    #[test]
    fn an_envelope_with_an_id_or_a_time_tells_deliveries_apart() {
        assert_eq!(Hook::DEDUPE_BY, DedupeBy::EventId);
        assert_eq!(Massu::DEDUPE_BY, DedupeBy::Body);
        assert_eq!(Muchaw::DEDUPE_BY, DedupeBy::Body);
        assert_eq!(Mutx::DEDUPE_BY, DedupeBy::Nothing);
        assert_eq!(Workspace::DEDUPE_BY, DedupeBy::Nothing);
    }

    #[test]
    fn an_id_goes_before_a_time() {
        let envelope = Envelope::new("type", "data");
        let timed = envelope.time("at");
        assert_eq!(DedupeBy::of(Hook::SCHEME, Some(envelope)), DedupeBy::Nothing);
        assert_eq!(DedupeBy::of(Hook::SCHEME, Some(timed)), DedupeBy::Body);
        assert_eq!(DedupeBy::of(Hook::SCHEME, Some(timed.id("id"))), DedupeBy::EventId);
        assert_eq!(DedupeBy::of(Svix::SCHEME, None), DedupeBy::EventId);
        assert_eq!(envelope.id("id").id_key(), Some("id"));
        for timed in [timed, envelope.unix_time("at"), envelope.unix_millis("at")] {
            assert_eq!(timed.time_key(), Some("at"));
        }
    }

    #[test]
    fn the_numbers_are_those_of_the_documents() {
        let seconds = |horizon: Option<Duration>| horizon.map(|horizon| horizon.as_secs());
        assert_eq!(seconds(Hook::RETRY_HORIZON), Some(9_330));
        assert_eq!(seconds(Massu::RETRY_HORIZON), Some(2_160));
        assert_eq!(seconds(Muchaw::RETRY_HORIZON), Some(2_130));
        assert_eq!(seconds(Svix::RETRY_HORIZON), Some(99_305));
        assert_eq!((Mutx::BODY_LIMIT, GitHub::BODY_LIMIT), (1_048_576, 26_214_400));
    }
}
