//! The proof.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

use crate::{Event, Headers, Provider};

/// An event whose signature has been verified. There is no other way to one than through a [`Verifier`](crate::Verifier).
///
/// It derefs to the event; [`into_inner`](Self::into_inner) gives it. Everything here is signed but what [`unsigned`](Self::unsigned) holds.
///
/// ```
/// use countersign::{Verified, massu};
///
/// fn handle(event: Verified<massu::Event>) {
///     println!("{} at {:?}", event.event_type(), event.occurred_at());
///     if let massu::Event::SecurityAlert(data) = event.into_inner() {
///         println!("{}", data.as_str());
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Verified<E> {
    pub(crate) event: E,
    pub(crate) facts: Facts,
}

/// The facts of a delivery besides its event.
#[derive(Clone)]
pub(crate) struct Facts {
    pub(crate) body: Bytes,
    pub(crate) event_id: Option<String>,
    pub(crate) occurred_at: Option<SystemTime>,
    pub(crate) secret_label: Arc<str>,
    pub(crate) tenant: Option<Arc<str>>,
    /// The pattern that the framework's router has matched.
    pub(crate) route: Option<Arc<str>>,
    pub(crate) unsigned: Unsigned,
}

impl<E> Verified<E> {
    /// The event alone.
    #[must_use]
    pub fn into_inner(self) -> E {
        self.event
    }

    /// The very bytes that were signed.
    ///
    /// A body that arrived in one chunk is a slice of its connection's read buffer. A clone of it, or of this `Verified`, keeps the
    /// whole buffer in memory: up to some 500 KiB for a body of 20 bytes. To keep a body, copy it:
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
        &self.facts.body
    }

    /// The event's id, if the sender's envelope has one. Every retry repeats it.
    #[must_use]
    pub fn event_id(&self) -> Option<&str> {
        self.facts.event_id.as_deref()
    }

    /// When it happened, if the sender's envelope says so in RFC 3339.
    #[must_use]
    pub const fn occurred_at(&self) -> Option<SystemTime> {
        self.facts.occurred_at
    }

    /// The label of the secret that matched. When no delivery names the old one any more, it may go.
    #[must_use]
    pub fn secret_label(&self) -> &str {
        &self.facts.secret_label
    }

    /// The tenant whose secret matched, if the verifier [names one](crate::Verifier::for_tenant).
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.facts.tenant.as_deref()
    }

    /// Hints from the headers, which anybody between the sender and you can write.
    #[must_use]
    pub const fn unsigned(&self) -> &Unsigned {
        &self.facts.unsigned
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
            .field("sender", &E::Provider::NAME)
            .field("secret", &self.facts.secret_label)
            .field("bytes", &self.facts.body.len())
            .finish_non_exhaustive()
    }
}

/// Headers that came with a delivery and that **nobody signed**: whoever captured a delivery can send it again with others.
///
/// For logs and support, never for a decision. Absent where a header was not sent, was sent twice or is not UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned {
    event: Option<String>,
    delivery: Option<String>,
}

impl Unsigned {
    /// What the sender's [`EVENT_HEADER`](Provider::EVENT_HEADER) says.
    #[must_use]
    pub fn event(&self) -> Option<&str> {
        self.event.as_deref()
    }

    /// What the sender's [`DELIVERY_HEADER`](Provider::DELIVERY_HEADER) says.
    #[must_use]
    pub fn delivery(&self) -> Option<&str> {
        self.delivery.as_deref()
    }

    pub(crate) fn read<P: Provider>(headers: &(impl Headers + ?Sized)) -> Self {
        let read = |name: Option<&'static str>| {
            let mut values = headers.values(name?);
            let only = values.next().filter(|_| values.next().is_none())?;
            Some(std::str::from_utf8(only).ok()?.to_owned())
        };
        Self { event: read(P::EVENT_HEADER), delivery: read(P::DELIVERY_HEADER) }
    }
}
