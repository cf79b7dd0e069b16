//! From an authentic body to a typed event.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::{DecodeError, Provider};

mod envelope;
mod macros;

pub use envelope::Message;

/// What a body is decoded into. Made by [`events!`](crate::events), or [`Raw`].
///
/// An event belongs to one sender, so that a verifier for one can never vouch for the event of another.
pub trait Event: Sized + Send + Sync + 'static {
    /// The sender.
    type Provider: Provider;

    /// Makes the event of a message whose signature has been verified.
    ///
    /// # Errors
    ///
    /// Only where the body is outside the sender's envelope. An event that is not known is not an error.
    fn decode(message: Message<'_>) -> Result<Self, DecodeError>;

    /// The event type, as the provider writes it. Default: `None`, not decoded.
    fn event_type(&self) -> Option<&str> {
        None
    }
}

/// The JSON of a payload, not yet parsed: a slice of the body, without a copy.
///
/// It keeps the memory of the body, which may be the read buffer of its connection: see [`Verified::body`](crate::Verified::body). To
/// keep a payload, parse it, or copy it by `data.as_str().to_owned()`.
///
/// Where a key occurs twice in it, [`parse`](Self::parse) does as `serde` does: a struct refuses it, a map takes the last.
///
/// ```
/// # #[derive(serde::Deserialize)] struct Session { id: String }
/// # fn f(data: countersign::Payload) -> Result<(), countersign::DecodeError> {
/// let session: Session = data.parse()?;
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Payload(Bytes);

impl Payload {
    /// Parses it.
    ///
    /// # Errors
    ///
    /// [`DecodeError::PayloadMismatch`] where it does not fit, with the place and what was expected there.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        parse(&self.0)
    }

    /// The JSON text, as signed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Always UTF-8: both constructors take it from a `str`.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The bytes of the JSON. They share the memory of the body. To keep them, copy them by
    /// `Bytes::copy_from_slice(data.as_bytes())`.
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

/// A field of a payload may be `Payload` too. This copies the field's JSON, and works with `serde_json` alone.
impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self(Bytes::from(Box::<str>::from(raw).into_boxed_bytes())))
    }
}

/// An authentic event that this version cannot type: its name is not known, or its payload does not fit what the sender's
/// documents show. It is handed over all the same.
///
/// ```
/// use countersign::{DecodeError, Unknown};
///
/// #[derive(serde::Deserialize)]
/// struct Invoice {
///     number: String,
/// }
///
/// /// An event that the sender has had since last week.
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

    /// The reason why the payload of a known event type does not fit. `None` if the event type itself is not known.
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

/// The authentic bytes of any provider, undecoded: for events that are undocumented, or that are queued and parsed later.
///
/// It keeps the memory of the body, which may be the read buffer of its connection. A queue in memory takes a copy of the bytes: see
/// [`Verified::body`](crate::Verified::body).
///
/// Any signed body is handed over, JSON or not. [`Verified::event_id`](crate::Verified::event_id) and
/// [`Verified::occurred_at`](crate::Verified::occurred_at) are there where the sender has an envelope and the body fits it.
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
pub struct Raw<P> {
    body: Bytes,
    event_type: Option<Box<str>>,
    provider: PhantomData<fn() -> P>,
}

impl<P> Raw<P> {
    /// The event type, as the provider writes it. `None` if the provider has no envelope, or the body is outside of it.
    #[must_use]
    pub fn event_type(&self) -> Option<&str> {
        self.event_type.as_deref()
    }

    /// Parses the whole body as JSON.
    ///
    /// # Errors
    ///
    /// [`DecodeError::PayloadMismatch`] where it does not fit, with the place and what was expected there.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        parse(&self.body)
    }

    /// The bytes that were signed. They may share the read buffer of their connection: see
    /// [`Verified::body`](crate::Verified::body). To keep them, copy them by `Bytes::copy_from_slice(raw.as_bytes())`.
    #[must_use]
    pub const fn as_bytes(&self) -> &Bytes {
        &self.body
    }

    /// The bytes that were signed, without a copy. They may share the read buffer of their connection, as those of
    /// [`as_bytes`](Self::as_bytes) do.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.body
    }
}

impl<P: Provider> Event for Raw<P> {
    type Provider = P;

    fn decode(message: Message<'_>) -> Result<Self, DecodeError> {
        let (body, event_type) = (message.body().clone(), message.event_type().map(Box::from));
        Ok(Self { body, event_type, provider: PhantomData })
    }

    fn event_type(&self) -> Option<&str> {
        self.event_type()
    }
}

impl<P> Clone for Raw<P> {
    fn clone(&self) -> Self {
        Self { body: self.body.clone(), event_type: self.event_type.clone(), provider: PhantomData }
    }
}

impl<P> fmt::Debug for Raw<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raw({} bytes)", self.body.len())
    }
}

fn parse<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, DecodeError> {
    serde_json::from_slice(json).map_err(|error| DecodeError::PayloadMismatch {
        expectation: expectation(&error.to_string()),
        line: error.line(),
        column: error.column(),
    })
}

/// What the type wanted, out of a message that also quotes what came: the content of a body is never in an error.
///
/// The parts that are kept are the type's own words by the contract of `serde::de::Error`. Any other message is dropped.
fn expectation(message: &str) -> String {
    let quoted = |prefix| message.strip_prefix(prefix)?.split('`').next();
    if let Some(field) = quoted("missing field `") {
        return format!("missing field '{field}'");
    }
    if let Some(field) = quoted("duplicate field `") {
        return format!("field '{field}' twice");
    }
    let of_type =
        ["invalid type: ", "invalid value: ", "invalid length "].iter().any(|p| message.starts_with(p));
    match message.rsplit_once(", expected ") {
        Some((_, expected)) if of_type => {
            // serde_json appends the place, which has fields of its own here.
            let expected = expected.rsplit_once(" at line ").map_or(expected, |(expected, _)| expected);
            format!("expected {expected}")
        }
        _ => "not what the type takes".to_owned(),
    }
}
