//! A provider whose scheme is known only at run time.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use crate::{ConfigError, Provider, Rejection, Scheme, Secrets, Verifier, VerifyError};

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
/// Two verifiers of `Custom` with different schemes are of one type. The route decides which of them verifies a request. A header never
/// does.
#[derive(Clone, Copy, Debug)]
pub struct Custom;

impl Provider for Custom {
    const NAME: &'static str = "custom";
    /// No scheme: a verifier of `Custom` brings its own.
    const SCHEME: Scheme = Scheme::AT_RUN_TIME;
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

    fn deref(&self) -> &Scheme {
        self.value.as_deref().unwrap_or(const { &P::SCHEME })
    }
}

impl<P> Clone for SchemeOf<P> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), provider: PhantomData }
    }
}

#[cfg(any(feature = "actix", feature = "axum"))]
impl<P> PartialEq for SchemeOf<P> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}
