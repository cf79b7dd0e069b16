//! A provider whose scheme is known only at run time.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use crate::{ConfigError, DedupeBy, Provider, Rejection, Scheme, Secrets, Verifier, VerifyError};

/// A provider whose scheme is a value and not a constant, such as one from a configuration file.
///
/// Its events are [`Raw<Custom>`](crate::Raw), because its envelope is not known. For the same reason, `dedupe` and `max_age` do not compile
/// for it, but `dedupe_equal_bodies` does. The extractors, the middleware, rotation and tenants work as for any other provider.
///
/// ```
/// use countersign::{Custom, Raw, Scheme, Secret, Verified, Verifier};
///
/// # fn from_configuration(name: &str) -> String { name.to_owned() }
/// let header = from_configuration("x-acme-signature");
/// let scheme = Scheme::hex(&header).prefix(&from_configuration("v0="));
/// let verifier = Verifier::<Custom>::for_scheme(scheme, Secret::new("It's a Secret to Everybody")?)?;
///
/// let headers = [("X-Acme-Signature", "v0=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")];
/// let event: Verified<Raw<Custom>> = verifier.verify(&headers, "Hello, World!")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// With [`dedupe_equal_bodies`](crate::VerifyMiddleware::dedupe_equal_bodies), the signed id tells a repeat if the scheme has one. Otherwise
/// the body tells it.
///
/// Two verifiers of `Custom` with different schemes are of one type. The route decides which of them verifies a request. A header never
/// does.
#[derive(Clone, Copy, Debug)]
pub struct Custom;

impl Provider for Custom {
    const NAME: &'static str = "custom";
    /// No scheme: a verifier of `Custom` brings its own.
    const SCHEME: Scheme = Scheme::AT_RUN_TIME;
    /// The id counts if the verifier's scheme signs one.
    const DEDUPE_BY: DedupeBy = DedupeBy::EventId;
}

impl Verifier<Custom> {
    /// Makes a verifier for a scheme that is known only at run time.
    ///
    /// # Errors
    ///
    /// The scheme has a [fault](Scheme::fault), or a secret is not a valid key for it.
    pub fn for_scheme(scheme: Scheme, secrets: impl Into<Secrets>) -> Result<Self, ConfigError> {
        Self::with_scheme(SchemeOf::value(scheme)?, secrets)
    }
}

/// The scheme of a verifier: the constant of its provider, or the value that a verifier of [`Custom`] has.
pub(crate) struct SchemeOf<P> {
    value: Option<Arc<Scheme>>,
    /// A function pointer, so that the verifier is `Send` and `Sync` whatever the provider's type is.
    provider: PhantomData<fn() -> P>,
}

impl SchemeOf<Custom> {
    pub(crate) fn value(scheme: Scheme) -> Result<Self, ConfigError> {
        match scheme.fault() {
            None => Ok(Self { value: Some(Arc::new(scheme)), provider: PhantomData }),
            Some(fault) => Err(ConfigError::UnusableScheme { fault }),
        }
    }
}

impl<P: Provider> SchemeOf<P> {
    /// The provider's constant. A scheme with a mistake does not compile.
    pub(crate) const fn constant() -> Self {
        const { P::SCHEME.assert_valid() };
        Self { value: None, provider: PhantomData }
    }

    /// The provider's constant, or `None` for [`Custom`], which has none.
    #[cfg(any(feature = "actix", feature = "axum"))]
    pub(crate) fn known() -> Option<Self> {
        const {
            if !P::SCHEME.is_at_run_time() {
                P::SCHEME.assert_valid();
            }
        }
        (!P::SCHEME.is_at_run_time()).then_some(Self { value: None, provider: PhantomData })
    }

    pub(crate) fn refuse(&self, reason: VerifyError) -> Rejection {
        let header = match &self.value {
            Some(scheme) => Cow::Owned(scheme.header().to_owned()),
            None => Cow::Borrowed(const { const { &P::SCHEME }.header() }),
        };
        Rejection::InvalidSignature { header, reason }
    }
}

impl<P: Provider> Deref for SchemeOf<P> {
    type Target = Scheme;

    /// The compiler knows the scheme of every provider but [`Custom`], so it leaves out all questions about it.
    #[inline]
    fn deref(&self) -> &Scheme {
        if const { P::SCHEME.is_at_run_time() } {
            self.value.as_deref().unwrap_or(const { &P::SCHEME })
        } else {
            const { &P::SCHEME }
        }
    }
}

impl<P> Clone for SchemeOf<P> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), provider: PhantomData }
    }
}

#[cfg(test)]
#[cfg(feature = "async")]
mod tests {
    use crate::dedupe::{Dedupe, MemoryStore, Outcome};
    use crate::{Custom, Part, Raw, Scheme, Secret, Verified, Verifier};

    #[tokio::test]
    async fn deliveries_with_equal_bodies_and_different_signed_ids_are_both_handled() {
        let scheme = Scheme::hex("x-signature").signed(&[Part::Id("x-id"), Part::Text("."), Part::Body]);
        let verifier = Verifier::<Custom>::for_scheme(scheme, Secret::new("s").unwrap()).unwrap();
        let dedupe = Dedupe::new(MemoryStore::new(10)).endpoint("acme").unwrap();
        let handle = async |id, tag| {
            let verified: Verified<Raw<Custom>> =
                verifier.verify(&[("x-id", id), ("x-signature", tag)], "{}").unwrap();
            dedupe.handle_equal_bodies(&verified, async {}, |()| true).await.outcome()
        };
        // Python's hmac signed `evt_1.{}` and `evt_2.{}` with the key `s`.
        let first = "1ef44d55307d95e676d8c3ef8c292ef499f92d55529016fa6a5245fcdcabc6c9";
        let second = "f2d3aed3bcb501a7385468281869fd6b61b3e256194a58c1116e5085e2b80365";
        assert_eq!(handle("evt_1", first).await, Outcome::Accepted);
        assert_eq!(handle("evt_2", second).await, Outcome::Accepted);
        assert_eq!(handle("evt_1", first).await, Outcome::Repeat);
    }
}
