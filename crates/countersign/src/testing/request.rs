//! A signed request, as a provider makes it.

use std::fmt;
use std::time::SystemTime;

use bytes::Bytes;

use crate::mac::Key;
use crate::signer::Draft;
use crate::{Provider, Scheme, Secret};

/// The value of the signature header for `body`, by a provider's `scheme`, signed now. If the scheme signs a time or an id in another
/// header, use a [`SignedRequest`], which has all headers.
#[must_use]
pub fn sign(scheme: Scheme, secret: &Secret, body: impl AsRef<[u8]>) -> String {
    let (draft, key) = (Draft::new(scheme, body.as_ref(), SystemTime::now(), None), key(&scheme, secret));
    draft.value(&draft.encoded(&draft.tag(&key, body.as_ref())))
}

/// The key that a scheme makes of a secret.
pub(super) fn key(scheme: &Scheme, secret: &Secret) -> Key {
    Key::new(scheme.mac_algorithm(), &secret.key_bytes(scheme))
}

/// A request as a provider makes it. A test can alter every part of it.
///
/// ```
/// use countersign::testing::{Sample, Samples, SignedRequest};
/// use countersign::{Hook, Secret, Verified, Verifier, hook};
///
/// let secret = Secret::new("whsec_abc123")?;
/// let verifier = Verifier::<Hook>::new(secret.clone())?;
/// for Sample { body, event_type, .. } in Hook::SAMPLES {
///     let request = SignedRequest::new::<Hook>(&secret, *body);
///     let event: Verified<hook::Event> = verifier.verify(request.headers(), request.body().clone())?;
///     assert_eq!(Some(event.event_type()), *event_type);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SignedRequest {
    headers: Vec<(String, Vec<u8>)>,
    body: Bytes,
}

impl SignedRequest {
    /// A genuine delivery of `P` with this body, signed now. A signed id is made of the body, so a retry has the same.
    #[must_use]
    pub fn new<P: Provider>(secret: &Secret, body: impl Into<Bytes>) -> Self {
        Self::with_scheme(P::SCHEME, secret, body)
    }

    /// A genuine delivery of `P` that was signed at another time.
    #[must_use]
    pub fn signed_at<P: Provider>(secret: &Secret, body: impl Into<Bytes>, time: SystemTime) -> Self {
        Self::with_scheme_at(P::SCHEME, secret, body, time, None)
    }

    /// A genuine delivery of a provider that is known only by its [`Scheme`], signed now.
    #[must_use]
    pub fn with_scheme(scheme: Scheme, secret: &Secret, body: impl Into<Bytes>) -> Self {
        Self::with_scheme_at(scheme, secret, body, SystemTime::now(), None)
    }

    /// A genuine delivery by a [`Scheme`] that was signed at another time, or with a signed id of the test's choice.
    #[must_use]
    pub fn with_scheme_at(
        scheme: Scheme,
        secret: &Secret,
        body: impl Into<Bytes>,
        time: SystemTime,
        id: Option<&str>,
    ) -> Self {
        let body = body.into();
        let signed = Draft::new(scheme, &body, time, id).signed(&key(&scheme, secret), &body);
        Self::of(signed, body)
    }

    /// A request with these headers.
    pub(super) fn of(signed: Vec<(String, String)>, body: Bytes) -> Self {
        let content = ("content-type".to_owned(), b"application/json".to_vec());
        let signed = signed.into_iter().map(|(name, value)| (name, value.into_bytes()));
        Self { headers: std::iter::once(content).chain(signed).collect(), body }
    }

    /// Adds a header, and keeps other headers of this name.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Removes every header of this name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self
    }

    /// Replaces all headers of this name with one header.
    #[must_use]
    pub fn with(self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.without(name).header(name, value)
    }

    /// Replaces the body and keeps the signature.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The method. It is always `POST`.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        "POST"
    }

    /// Names and values, in the order on the wire.
    #[must_use]
    pub fn headers(&self) -> &[(String, Vec<u8>)] {
        &self.headers
    }

    /// The body.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.body
    }
}

/// Prints neither the tag nor the body, since a test may use a real secret and log its requests.
impl fmt::Debug for SignedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("SignedRequest")
            .field("headers", &names)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
