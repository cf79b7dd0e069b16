//! What the library has to know of a sender.

use std::time::Duration;

use crate::Scheme;

/// A sender of webhooks, as a type. The five built-in ones are in [`providers`](crate::providers); one's own takes a few lines:
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
/// Only the body is signed. What is said of headers here is a hint, and its names say so.
pub trait Provider: Send + Sync + 'static {
    /// Its name in logs, routes and keys: lower case, short.
    const NAME: &'static str;

    /// Where its signature is, and how it is written.
    const SCHEME: Scheme;

    /// Where its JSON says what happened. `None`: undocumented, bodies stay [`Raw`](crate::Raw). Default: `None`.
    const ENVELOPE: Option<Envelope> = None;

    /// A header that names the event. Unsigned: a hint. Default: `None`.
    const EVENT_HEADER: Option<&'static str> = None;

    /// A header that names the delivery. Unsigned: a hint. Default: `None`.
    const DELIVERY_HEADER: Option<&'static str> = None;

    /// How long after the first try the last retry comes. Default: `None`, undocumented.
    const RETRY_HORIZON: Option<Duration> = None;

    /// Largest body in bytes that a [`Verifier`](crate::Verifier) takes unless told otherwise. Default: 1 MiB.
    const BODY_LIMIT: usize = 1024 * 1024;

    /// How a repeated delivery is told from a new event. The default follows from the envelope: its id, else its time, else nothing.
    ///
    /// A provider whose bodies are always unique, but not by an id or a time of the envelope, can say [`DedupeBy::Body`] here.
    const DEDUPE_BY: DedupeBy = DedupeBy::envelope(Self::ENVELOPE);
}

/// The keys of a JSON object around every event of a sender.
///
/// Each may occur once. Other keys are ignored, and order does not matter.
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
    /// An envelope by its two keys. The value of `event_type` is a string, and that of `payload` is any JSON.
    #[must_use]
    pub const fn new(event_type: &'static str, payload: &'static str) -> Self {
        Self { event_type, payload, id: None, time: None }
    }

    /// The key of the event's id, a string that every retry repeats.
    #[must_use]
    pub const fn id(self, key: &'static str) -> Self {
        Self { id: Some(key), ..self }
    }

    /// The key of the event's time, a string in RFC 3339.
    #[must_use]
    pub const fn time(self, key: &'static str) -> Self {
        Self { time: Some(key), ..self }
    }

    /// The key of the event type; `None` where the body does not name it.
    #[must_use]
    pub const fn type_key(&self) -> Option<&'static str> {
        Some(self.event_type)
    }

    /// The key of the payload; `None` where the payload has no key of its own.
    #[must_use]
    pub const fn payload_key(&self) -> Option<&'static str> {
        Some(self.payload)
    }

    /// The key of the event's id; `None` where the provider has none.
    #[must_use]
    pub const fn id_key(&self) -> Option<&'static str> {
        self.id
    }

    /// The key of the event's time; `None` where the provider has none.
    #[must_use]
    pub const fn time_key(&self) -> Option<&'static str> {
        self.time
    }

    /// All keys that there are.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static str> + use<> {
        [Some(self.event_type), Some(self.payload), self.id, self.time].into_iter().flatten()
    }
}

/// How a repeated delivery is told from a new event. Only signed bytes count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DedupeBy {
    /// By the signed event id. A body without one is told apart as under [`Body`](Self::Body), if the envelope has a time.
    EventId,
    /// By the whole body. If the envelope has a time, a body without a readable time is not told apart.
    Body,
    /// Not at all: two honest events can be equal byte for byte. Each delivery is handled.
    Nothing,
}

impl DedupeBy {
    /// An event id is unique. A time makes a body unique. Without either, two honest events may have equal bodies.
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
    fn deliveries_are_told_apart_only_by_what_makes_them_unique() {
        assert_eq!(Hook::DEDUPE_BY, DedupeBy::EventId);
        assert_eq!(Massu::DEDUPE_BY, DedupeBy::Body);
        assert_eq!(Muchaw::DEDUPE_BY, DedupeBy::Body);
        assert_eq!(Mutx::DEDUPE_BY, DedupeBy::Nothing);
        assert_eq!(Workspace::DEDUPE_BY, DedupeBy::Nothing);
    }
}
