//! The proof that a delivery was verified.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use bytes::Bytes;

use crate::event::Facts;
use crate::keys::Label;
use crate::{Envelope, Event, Headers, Provider, headers};

/// An event whose signature has been verified. Only a [`Verifier`](crate::Verifier) makes one, so a function that takes it cannot be
/// called with a forgery.
///
/// It derefs to the event, and [`into_inner`](Self::into_inner) returns the event. The provider signed everything in it, except for the
/// hints in [`unsigned`](Self::unsigned) and an event type from an [unsigned header](crate::Envelope::unsigned_header).
///
/// ```
/// use countersign::{Verified, massu};
///
/// fn handle(event: Verified<massu::Event>) {
///     println!("{} at {:?}", event.event_type(), event.occurred_at());
///     if let massu::Event::SecurityAlert(payload) = event.into_inner() {
///         println!("{}", payload.as_str());
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Verified<E> {
    pub(crate) event: E,
    pub(crate) delivery: Delivery,
}

/// Everything that is known about a delivery besides its event.
#[derive(Clone)]
pub(crate) struct Delivery {
    pub(crate) body: Bytes,
    pub(crate) envelope: Option<&'static Envelope>,
    /// The signed id of a header.
    pub(crate) signed_id: Option<Box<str>>,
    /// The id and the time in the envelope. They are looked for when somebody asks for them, unless the event has opened the envelope.
    pub(crate) facts: OnceLock<Facts>,
    pub(crate) sent_at: Option<SystemTime>,
    pub(crate) secret_label: Label,
    pub(crate) tenant: Option<Arc<str>>,
    /// The pattern that the framework's router has matched. An adapter sets it.
    #[cfg(feature = "async")]
    pub(crate) route: Option<Arc<str>>,
    pub(crate) unsigned: Unsigned,
}

impl Delivery {
    fn facts(&self) -> &Facts {
        self.facts.get_or_init(|| Facts::read(self.envelope, &self.body))
    }

    pub(crate) fn event_id(&self) -> Option<&str> {
        self.signed_id.as_deref().or_else(|| self.facts().id())
    }

    fn occurred_at(&self) -> Option<SystemTime> {
        self.facts().time(self.envelope)
    }
}

impl<E> Verified<E> {
    /// Returns the event alone.
    #[must_use]
    pub fn into_inner(self) -> E {
        self.event
    }

    /// The bytes that were signed.
    ///
    /// A body that arrived in one chunk is a slice of its connection's read buffer. A clone of it, or of this `Verified`, keeps the
    /// whole buffer in memory: up to 500 KiB or so for a body of 20 bytes. Copy a body that you keep for long:
    ///
    /// ```
    /// # use countersign::{Verified, massu};
    /// use bytes::Bytes;
    ///
    /// # fn f(event: Verified<massu::Event>, queue: std::sync::mpsc::Sender<Bytes>) {
    /// queue.send(Bytes::copy_from_slice(event.body())).unwrap();
    /// # }
    /// ```
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.delivery.body
    }

    /// The event's id, which is signed: the value of the header that the scheme signs ([`Part::Id`](crate::Part::Id)), or else the id of
    /// the envelope. A retry of the delivery has the same id, unless the docs of the provider say otherwise.
    ///
    /// `None` if the provider signs no id, or if the id of the envelope is missing, empty or not a string.
    #[must_use]
    pub fn event_id(&self) -> Option<&str> {
        self.delivery.event_id()
    }

    /// The time at which the event happened, by the body. `None` if the provider's envelope has no time, or the body has none that can be
    /// read.
    #[must_use]
    pub fn occurred_at(&self) -> Option<SystemTime> {
        self.delivery.occurred_at()
    }

    /// The signed time: when the provider signed this attempt at the delivery. `None` if its scheme signs no time. A retry usually has a
    /// new one.
    #[must_use]
    pub const fn sent_at(&self) -> Option<SystemTime> {
        self.delivery.sent_at
    }

    /// The label of the secret that matched. After a rotation, remove the old secret once no delivery has its label any more.
    #[must_use]
    pub fn secret_label(&self) -> &str {
        self.delivery.secret_label.as_str()
    }

    /// The tenant whose secret matched. `None` if the verifier is not [of a tenant](crate::Verifier::for_tenant).
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.delivery.tenant.as_deref()
    }

    /// Hints from headers that nobody signed.
    #[must_use]
    pub const fn unsigned(&self) -> &Unsigned {
        &self.delivery.unsigned
    }
}

impl<E> Deref for Verified<E> {
    type Target = E;

    fn deref(&self) -> &E {
        &self.event
    }
}

impl<E: Event> fmt::Debug for Verified<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("provider", &E::Provider::NAME)
            .field("secret_label", &self.secret_label())
            .field("bytes", &self.delivery.body.len())
            .finish_non_exhaustive()
    }
}

/// Headers that came with a delivery and that **nobody signed**. Anybody who captures a delivery can send it again with other headers.
///
/// Use them in logs, and never for a decision that costs something if it is wrong. A hint is `None` if its header was not sent, was sent
/// twice or is not UTF-8.
///
/// Some providers write the event type only in a header. [`Envelope::unsigned_header`](crate::Envelope::unsigned_header) says how to
/// receive their events safely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned {
    event: Option<Box<str>>,
    delivery: Option<Box<str>>,
}

impl Unsigned {
    /// The value of the provider's [`EVENT_HEADER`](Provider::EVENT_HEADER), or of the header of an
    /// [envelope with an unsigned type](crate::Envelope::unsigned_header).
    #[must_use]
    pub fn event(&self) -> Option<&str> {
        self.event.as_deref()
    }

    /// The value of the provider's [`DELIVERY_HEADER`](Provider::DELIVERY_HEADER).
    #[must_use]
    pub fn delivery(&self) -> Option<&str> {
        self.delivery.as_deref()
    }

    pub(crate) fn read<P: Provider>(headers: &(impl Headers + ?Sized)) -> Self {
        let read = |name: Option<&'static str>| Some(headers::hint(headers, name?)?.into());
        let event_header =
            P::ENVELOPE.and_then(|envelope| envelope.unsigned_type_header()).or(P::EVENT_HEADER);
        Self { event: read(event_header), delivery: read(P::DELIVERY_HEADER) }
    }
}
