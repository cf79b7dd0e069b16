//! A request under way.

use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use crate::mac::{Mac, Tag};
use crate::verified::Facts;
use crate::verifier::Settings;
use crate::{
    Event, Headers, Message, Provider, Rejection, Secrets, Unsigned, Verified, VerifyError, report, signature,
};

/// A request whose headers are in order and whose body is arriving. From [`Verifier::begin`](crate::Verifier::begin).
///
/// Each chunk is hashed as it arrives, with the current secret. Nothing is known of the body before [`finish`](Self::finish); a request
/// that is dropped before leaves nothing behind.
///
/// ```
/// # use countersign::{Rejection, Verified, Verifier, Workspace, workspace};
/// # fn receive(verifier: &Verifier<Workspace>, headers: &[(String, Vec<u8>)], chunks: Vec<Vec<u8>>) -> Result<(), Rejection> {
/// let mut incoming = verifier.begin(headers)?;
/// for chunk in chunks {
///     incoming.push(chunk)?;
/// }
/// let verified = incoming.finish::<workspace::Event>()?;
/// # Ok(()) }
/// ```
pub struct Incoming<P> {
    secrets: Arc<Secrets>,
    settings: Settings,
    unsigned: Unsigned,
    tag: Tag,
    mac: Mac,
    body: Body,
    overflown: bool,
    provider: PhantomData<fn() -> P>,
}

impl<P: Provider> Incoming<P> {
    /// The order is that of suspicion: who cannot even write a signature learns nothing but that.
    pub(crate) fn begin(
        headers: &(impl Headers + ?Sized),
        secrets: Arc<Secrets>,
        settings: Settings,
    ) -> Result<Self, Rejection> {
        let tag = claimed_tag::<P>(headers)?;
        check_encoding(headers)?;
        check_declared_length(headers, settings.body_limit)?;
        Ok(Self {
            mac: secrets.current().secret.key().start(),
            secrets,
            settings,
            unsigned: Unsigned::read::<P>(headers),
            tag,
            body: Body::Empty,
            overflown: false,
            provider: PhantomData,
        })
    }

    /// Takes the next chunk of the body, of any length. A body that comes as one chunk is never copied.
    ///
    /// # Errors
    ///
    /// [`Rejection::BodyTooLarge`] where the chunk would exceed the limit. It is not kept then, and the request is refused for good.
    pub fn push(&mut self, chunk: impl Into<Bytes>) -> Result<(), Rejection> {
        let chunk = chunk.into();
        if chunk.len() > self.settings.body_limit.saturating_sub(self.body.len()) {
            self.overflown = true;
            self.body = Body::Empty;
        }
        self.check_limit().map_err(|rejection| report::refused(P::NAME, rejection))?;
        self.mac.update(&chunk);
        self.body.append(chunk);
        Ok(())
    }

    /// Gives the verdict on the whole body, and then the event in it.
    ///
    /// # Errors
    ///
    /// The signature does not match, the body is outside the sender's envelope, or the event is older than
    /// [`max_age`](crate::Verifier::max_age).
    pub fn finish<E: Event<Provider = P>>(self) -> Result<Verified<E>, Rejection> {
        self.verdict().inspect(report::accepted).map_err(|rejection| report::refused(P::NAME, rejection))
    }

    fn verdict<E: Event<Provider = P>>(self) -> Result<Verified<E>, Rejection> {
        self.check_limit()?;
        let body = self.body.freeze();
        let secret_label = matching_label(&self.secrets, self.mac, &body, &self.tag)
            .ok_or_else(|| invalid_signature::<P>(VerifyError::Mismatch))?;

        // From here on the body is authentic.
        let message = Message::new(P::ENVELOPE.as_ref(), &body);
        let (event_id, occurred_at) = (message.id(), message.time());
        let event = E::decode(message).map_err(Rejection::MalformedPayload)?;
        if let Some(max_age) = self.settings.max_age {
            let now = (self.settings.clock)();
            // A time in the future has no age, and is not stale.
            if occurred_at.is_none_or(|then| now.duration_since(then).is_ok_and(|age| age > max_age)) {
                return Err(Rejection::StaleEvent { max_age });
            }
        }
        let facts = Facts { body, event_id, occurred_at, secret_label, unsigned: self.unsigned };
        Ok(Verified { event, facts })
    }

    fn check_limit(&self) -> Result<(), Rejection> {
        if self.overflown {
            return Err(Rejection::BodyTooLarge { limit: self.settings.body_limit });
        }
        Ok(())
    }
}

impl<P: Provider> fmt::Debug for Incoming<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming")
            .field("sender", &P::NAME)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

fn invalid_signature<P: Provider>(reason: VerifyError) -> Rejection {
    Rejection::InvalidSignature { header: P::SCHEME.header(), reason }
}

/// Reads the only value of the signature header. A second one is refused, even if it is equal: which of them counts would be
/// for the readers in between to decide.
fn claimed_tag<P: Provider>(headers: &(impl Headers + ?Sized)) -> Result<Tag, Rejection> {
    let mut values = headers.values(P::SCHEME.header());
    let value = values.next().ok_or(VerifyError::Missing);
    let only = if values.next().is_some() { Err(VerifyError::Repeated) } else { value };
    only.and_then(|value| signature::parse(P::SCHEME.format(), value)).map_err(invalid_signature::<P>)
}

/// An encoded body is refused and never decoded: what is verified must be what is handed over, and a small body must not
/// become a large one.
fn check_encoding(headers: &(impl Headers + ?Sized)) -> Result<(), Rejection> {
    if headers.values("content-encoding").all(|value| value.trim_ascii().eq_ignore_ascii_case(b"identity")) {
        Ok(())
    } else {
        Err(Rejection::ContentEncoding)
    }
}

/// Believes a declared length only where it says that reading on is pointless. A number of any size is understood.
fn check_declared_length(headers: &(impl Headers + ?Sized), limit: usize) -> Result<(), Rejection> {
    let over = |value: &[u8]| {
        let digits = value.trim_ascii();
        let length = digits.iter().try_fold(0_usize, |length, digit| {
            digit
                .is_ascii_digit()
                .then(|| length.saturating_mul(10).saturating_add(usize::from(digit & 0x0f)))
        });
        length.is_some_and(|length| length > limit)
    };
    if headers.values("content-length").any(over) { Err(Rejection::BodyTooLarge { limit }) } else { Ok(()) }
}

/// The label of the secret that made the tag. The current one was hashed along the way; the others cost a hash each.
fn matching_label(secrets: &Secrets, current: Mac, body: &[u8], tag: &Tag) -> Option<Arc<str>> {
    if current.matches(tag) {
        return Some(Arc::clone(&secrets.current().label));
    }
    let other = secrets.others().iter().find(|other| other.secret.key().matches(body, tag))?;
    Some(Arc::clone(&other.label))
}

/// The bytes so far. The first chunk is kept as it is; a second one starts a buffer that grows with what really came.
enum Body {
    Empty,
    Whole(Bytes),
    Assembled(BytesMut),
}

impl Body {
    fn len(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::Whole(bytes) => bytes.len(),
            Self::Assembled(buffer) => buffer.len(),
        }
    }

    fn append(&mut self, chunk: Bytes) {
        if chunk.is_empty() {
            return;
        }
        *self = match mem::replace(self, Self::Empty) {
            Self::Empty => Self::Whole(chunk),
            Self::Whole(first) => {
                let mut buffer = BytesMut::from(first);
                buffer.extend_from_slice(&chunk);
                Self::Assembled(buffer)
            }
            Self::Assembled(mut buffer) => {
                buffer.extend_from_slice(&chunk);
                Self::Assembled(buffer)
            }
        };
    }

    fn freeze(self) -> Bytes {
        match self {
            Self::Empty => Bytes::new(),
            Self::Whole(bytes) => bytes,
            Self::Assembled(buffer) => buffer.freeze(),
        }
    }
}
