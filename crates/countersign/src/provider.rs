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

    /// What tells a repeat from a new event. Default: [`Repeats::EqualBodies`].
    const REPEATS: Repeats = Repeats::EqualBodies;
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
/// assert_eq!(ACME.keys(), [Some("event"), Some("payload"), None, Some("sent_at")]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Envelope {
    pub(crate) kind: &'static str,
    pub(crate) data: &'static str,
    pub(crate) id: Option<&'static str>,
    pub(crate) time: Option<&'static str>,
}

impl Envelope {
    /// An envelope by its two keys: `kind` holds the event's name, a string; `data` its payload, any JSON.
    #[must_use]
    pub const fn new(kind: &'static str, data: &'static str) -> Self {
        Self { kind, data, id: None, time: None }
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

    /// The keys in the order kind, data, id, time; `None` where the sender has no such key.
    #[must_use]
    pub const fn keys(&self) -> [Option<&'static str>; 4] {
        [Some(self.kind), Some(self.data), self.id, self.time]
    }
}

/// What tells a repeated delivery from a new event, by signed bytes alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Repeats {
    /// Bodies carry something unique, a time for one: equal bodies are one event.
    EqualBodies,
    /// The envelope's id; where a body has none, equal bodies.
    EventId,
    /// Nothing: two honest events can be equal byte for byte.
    Indistinct,
}
