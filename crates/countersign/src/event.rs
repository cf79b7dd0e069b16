//! Events: what a verified body is decoded into.

use std::fmt;
use std::marker::PhantomData;
use std::sync::OnceLock;

use bytes::Bytes;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::{DecodeError, Provider};

mod envelope;
mod find;
mod macros;
mod mismatch;
mod typed;

pub(crate) use envelope::Facts;
pub use envelope::Message;
use envelope::Text;
pub(crate) use find::find_text;
#[doc(hidden)]
pub use macros::assert_typed;
#[doc(hidden)]
pub use typed::Typed;

/// An event. A verified body is decoded into it. [`events!`](crate::events) declares one, and [`Raw`] is one for any provider.
///
/// An event belongs to one provider, so a verifier for another provider cannot make it.
pub trait Event: Sized + Send + Sync + 'static {
    /// The provider of the event.
    type Provider: Provider;

    /// Makes the event from a message whose signature has been verified.
    ///
    /// # Errors
    ///
    /// The body does not have the provider's envelope. An unknown event type is not an error.
    fn decode(message: Message<'_>) -> Result<Self, DecodeError>;

    /// The event type, as the provider writes it. Default: `None`, which means that it was not decoded.
    fn event_type(&self) -> Option<&str> {
        None
    }

    /// The event, if it is one that this version cannot type. Default: `None`.
    fn unknown(&self) -> Option<&Unknown> {
        None
    }
}

/// The JSON of a payload that has not been parsed yet. It is a slice of the body, without a copy.
///
/// The slice keeps the whole body in memory, and perhaps the read buffer of its connection, as [`Verified::body`](crate::Verified::body)
/// explains. Parse a payload that you keep for long, or copy it by `payload.as_str().to_owned()`.
///
/// A payload may have a key twice. [`parse`](Self::parse) then does as `serde` does: a struct refuses the second value, and a map keeps it.
///
/// ```
/// # #[derive(serde::Deserialize)] struct Session { id: String }
/// # fn f(payload: countersign::Payload) -> Result<(), countersign::DecodeError> {
/// let session: Session = payload.parse()?;
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Payload(Bytes);

impl Payload {
    /// Parses the payload.
    ///
    /// # Errors
    ///
    /// [`DecodeError::PayloadMismatch`] if the payload does not fit `T`. The error has the field's path, the line, the column and the
    /// type's expectation.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        parse(&self.0)
    }

    /// The JSON text as it was signed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The bytes are always UTF-8, because every constructor takes them from a `str`.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The bytes of the JSON. They share the memory of the body. Copy them by `Bytes::copy_from_slice(payload.as_bytes())` if you keep
    /// them for long.
    #[must_use]
    pub const fn as_bytes(&self) -> &Bytes {
        &self.0
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} bytes)", self.0.len())
    }
}

/// A field of a payload may be a `Payload` too. Its JSON is then copied. This works only with `serde_json`.
impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self(Bytes::from(Box::<str>::from(raw).into_boxed_bytes())))
    }
}

/// An authentic event that has no variant of its own, because its event type is unknown or its payload does not fit its type. The handler
/// gets it all the same, so no event is lost.
///
/// ```
/// use countersign::{DecodeError, Unknown};
///
/// #[derive(serde::Deserialize)]
/// struct Invoice {
///     number: String,
/// }
///
/// /// The provider has added the event type `invoice.sent`.
/// fn handle(unknown: &Unknown) -> Result<(), DecodeError> {
///     match unknown.event_type() {
///         "invoice.sent" => println!("{}", unknown.payload().parse::<Invoice>()?.number),
///         other => println!("{other}: {:?}", unknown.mismatch()),
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct Unknown {
    event_type: String,
    payload: Payload,
    mismatch: Option<DecodeError>,
}

impl Unknown {
    #[doc(hidden)] // for `events!`
    #[must_use]
    pub fn new(event_type: &str, payload: Payload, mismatch: Option<DecodeError>) -> Self {
        Self { event_type: event_type.to_owned(), payload, mismatch }
    }

    /// The event type, as the provider writes it.
    #[must_use]
    pub fn event_type(&self) -> &str {
        &self.event_type
    }

    /// The payload.
    #[must_use]
    pub const fn payload(&self) -> &Payload {
        &self.payload
    }

    /// The reason why the payload of a known event type does not fit. `None` if the event type is unknown.
    #[must_use]
    pub const fn mismatch(&self) -> Option<&DecodeError> {
        self.mismatch.as_ref()
    }
}

impl fmt::Debug for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unknown")
            .field("payload", &self.payload)
            .field("mismatch", &self.mismatch)
            .finish_non_exhaustive()
    }
}

/// The authentic bytes of any provider, not decoded. Use it for undocumented events, or for events that are queued and decoded later.
///
/// It accepts every signed body, even one that is not JSON. If the provider has an envelope and the body fits it,
/// [`event_type`](Self::event_type), [`Verified::event_id`](crate::Verified::event_id) and
/// [`Verified::occurred_at`](crate::Verified::occurred_at) have values.
///
/// The bytes may keep the read buffer of their connection in memory, as [`Verified::body`](crate::Verified::body) explains. Copy them into
/// a queue that holds them for long.
///
/// ```
/// use countersign::{Raw, Secret, Verified, Verifier, Workspace};
///
/// let verifier = Verifier::<Workspace>::new(Secret::from_bytes("It's a Secret to Everybody")?)?;
/// let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
///
/// let event: Verified<Raw<Workspace>> = verifier.verify(&[("X-Signature-256", signature)], "Hello, World!")?;
/// assert_eq!(event.into_inner().into_bytes(), "Hello, World!");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A worker decodes a stored body into its event, without the headers of the request:
///
/// ```
/// use countersign::{DecodeError, Event as _, Hook, Raw, hook};
///
/// fn work(stored: Vec<u8>) -> Result<hook::Event, DecodeError> {
///     hook::Event::decode(Raw::<Hook>::new(stored).message())
/// }
/// let event = work(br#"{"type":"user.deleted","data":{}}"#.to_vec())?;
/// assert_eq!(event.event_type(), "user.deleted");
/// # Ok::<(), DecodeError>(())
/// ```
pub struct Raw<P> {
    body: Bytes,
    unsigned_type: Option<Box<str>>,
    /// The event type in the body. It is looked for when somebody asks for it.
    signed_type: OnceLock<Option<Text>>,
    provider: PhantomData<fn() -> P>,
}

impl<P> Raw<P> {
    /// Parses the whole body as JSON.
    ///
    /// # Errors
    ///
    /// [`DecodeError::PayloadMismatch`] if the body does not fit `T`. The error has the field's path, the line, the column and the
    /// type's expectation.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        parse(&self.body)
    }

    /// The bytes that were signed. They may share the read buffer of their connection. Copy them by
    /// `Bytes::copy_from_slice(raw.as_bytes())` if you keep them for long.
    #[must_use]
    pub const fn as_bytes(&self) -> &Bytes {
        &self.body
    }

    /// Returns the bytes that were signed, without a copy. They may share the read buffer of their connection, like those of
    /// [`as_bytes`](Self::as_bytes).
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.body
    }
}

impl<P: Provider> Raw<P> {
    /// Makes a raw event of a body that was verified earlier and stored since. Unlike a [`Verified`](crate::Verified), it proves nothing.
    ///
    /// If the provider has the event type in a header, store the [event type](Self::event_type) beside the body. Later, decode
    /// [`message_as`](Self::message_as).
    #[must_use]
    pub fn new(body: impl Into<Bytes>) -> Self {
        Self::of(&Message::new(P::ENVELOPE.as_ref(), &body.into(), None))
    }

    #[inline]
    fn of(message: &Message<'_>) -> Self {
        let (body, unsigned_type) = (message.body().clone(), message.unsigned_type().map(Box::from));
        Self { body, unsigned_type, signed_type: OnceLock::new(), provider: PhantomData }
    }

    /// The event type, as the provider writes it. `None` if the provider's events have no type, or if the body does not fit the envelope.
    ///
    /// The first call opens the envelope. If the envelope is one of [`unsigned_header`](crate::Envelope::unsigned_header), nobody signed
    /// the event type.
    #[must_use]
    pub fn event_type(&self) -> Option<&str> {
        self.unsigned_type.as_deref().or_else(|| {
            let find = || self.message().event_type().map(|text| Text::new(&self.body, text));
            self.signed_type.get_or_init(find).as_ref().map(Text::as_str)
        })
    }

    /// The body, for [`Event::decode`]. An event type from a header is known only if this raw event came with its
    /// request, and not if [`new`](Self::new) made it.
    #[must_use]
    pub fn message(&self) -> Message<'_> {
        self.message_of(self.unsigned_type.as_deref())
    }

    /// [`message`](Self::message) with this event type, for a provider that has it in an
    /// [unsigned header](crate::Envelope::unsigned_header). For any other provider, the event type in the body counts.
    #[must_use]
    pub fn message_as<'a>(&'a self, event_type: &'a str) -> Message<'a> {
        self.message_of(Some(event_type))
    }

    fn message_of<'a>(&'a self, unsigned_type: Option<&'a str>) -> Message<'a> {
        Message::new(const { &P::ENVELOPE }.as_ref(), &self.body, unsigned_type)
    }
}

impl<P: Provider> Event for Raw<P> {
    type Provider = P;

    #[inline]
    fn decode(message: Message<'_>) -> Result<Self, DecodeError> {
        Ok(Self::of(&message))
    }

    fn event_type(&self) -> Option<&str> {
        self.event_type()
    }
}

impl<P> Clone for Raw<P> {
    fn clone(&self) -> Self {
        let Self { body, unsigned_type, signed_type, provider } = self;
        Self {
            body: body.clone(),
            unsigned_type: unsigned_type.clone(),
            signed_type: signed_type.clone(),
            provider: *provider,
        }
    }
}

impl<P> fmt::Debug for Raw<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raw({} bytes)", self.body.len())
    }
}

/// Parses JSON. The path of a field is looked for only if the JSON does not fit, because the search slows the parser down.
fn parse<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, DecodeError> {
    serde_json::from_slice(json).map_err(|error| mismatch::explain::<T>(json, &error))
}
