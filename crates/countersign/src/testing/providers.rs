//! The built-in providers as values, for programs that learn the provider at run time.

use std::time::{Duration, SystemTime};

use bytes::Bytes;

use super::{Sample, Samples};
use crate::{
    ConfigError, Custom, DedupeBy, Envelope, Event, Provider, Raw, Rejection, Scheme, Secrets, Verified,
    Verifier,
};

/// The constants of a provider, its samples, and a verification with its own event type.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ProviderInfo {
    pub name: &'static str,
    pub scheme: Scheme,
    pub envelope: Option<Envelope>,
    pub event_header: Option<&'static str>,
    pub delivery_header: Option<&'static str>,
    pub retry_horizon: Option<Duration>,
    pub dedupe_by: DedupeBy,
    pub samples: &'static [Sample],
    verify: Verify,
}

/// Names and values.
type HeaderList = [(String, Vec<u8>)];

type Verify =
    fn(&ProviderInfo, Secrets, usize, &HeaderList, Bytes) -> Result<Result<Accepted, Rejection>, ConfigError>;

/// The content of a [`Verified`](crate::Verified) whose event type is not known at compile time.
#[doc(hidden)]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Accepted {
    pub event_type: Option<String>,
    pub event_id: Option<String>,
    pub occurred_at: Option<SystemTime>,
    pub sent_at: Option<SystemTime>,
    pub secret_label: String,
}

macro_rules! infos {
    ({} $($provider:ident $module:ident,)+) => {
        &[$(ProviderInfo::new::<crate::$module::Event>()),+]
    };
}

/// All built-in providers.
#[doc(hidden)]
pub const PROVIDERS: &[ProviderInfo] = crate::for_each_provider!(infos);

impl ProviderInfo {
    /// The provider of an event.
    #[must_use]
    pub const fn new<E: Event>() -> Self
    where
        E::Provider: Samples,
    {
        Self {
            name: E::Provider::NAME,
            scheme: E::Provider::SCHEME,
            envelope: E::Provider::ENVELOPE,
            event_header: E::Provider::EVENT_HEADER,
            delivery_header: E::Provider::DELIVERY_HEADER,
            retry_horizon: E::Provider::RETRY_HORIZON,
            dedupe_by: E::Provider::DEDUPE_BY,
            samples: E::Provider::SAMPLES,
            verify: verify::<E>,
        }
    }

    /// A provider that is known only by its scheme.
    #[must_use]
    pub const fn custom(scheme: Scheme) -> Self {
        Self {
            name: "other",
            scheme,
            envelope: Custom::ENVELOPE,
            event_header: None,
            delivery_header: None,
            retry_horizon: None,
            dedupe_by: Custom::DEDUPE_BY,
            samples: &[],
            verify: verify_custom,
        }
    }

    /// A built-in provider by its name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        PROVIDERS.iter().find(|provider| provider.name == name)
    }

    /// Verifies a delivery as [`Verifier::verify`] does. `body_limit` is in bytes.
    ///
    /// # Errors
    ///
    /// The secrets cannot be used with this provider. The inner result is the verdict.
    pub fn verify(
        &self,
        secrets: Secrets,
        body_limit: usize,
        headers: &HeaderList,
        body: impl Into<Bytes>,
    ) -> Result<Result<Accepted, Rejection>, ConfigError> {
        (self.verify)(self, secrets, body_limit, headers, body.into())
    }
}

fn verify_custom(
    info: &ProviderInfo,
    secrets: Secrets,
    body_limit: usize,
    headers: &HeaderList,
    body: Bytes,
) -> Result<Result<Accepted, Rejection>, ConfigError> {
    let verifier = Verifier::<Custom>::for_scheme(info.scheme, secrets)?.body_limit(body_limit);
    Ok(verifier.verify::<Raw<Custom>>(headers, body).map(|verified| Accepted::new(&verified)))
}

fn verify<E: Event>(
    _: &ProviderInfo,
    secrets: Secrets,
    body_limit: usize,
    headers: &HeaderList,
    body: Bytes,
) -> Result<Result<Accepted, Rejection>, ConfigError> {
    let verifier = Verifier::<E::Provider>::new(secrets)?.body_limit(body_limit);
    Ok(verifier.verify::<E>(headers, body).map(|verified| Accepted::new(&verified)))
}

impl Accepted {
    fn new<E: Event>(verified: &Verified<E>) -> Self {
        Self {
            event_type: E::event_type(verified).map(str::to_owned),
            event_id: verified.event_id().map(str::to_owned),
            occurred_at: verified.occurred_at(),
            sent_at: verified.sent_at(),
            secret_label: verified.secret_label().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs::read_dir;
    use std::path::Path;

    use super::*;

    fn names_in(folder: &str) -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let paths = read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        paths.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn every_module_and_every_folder_of_samples_is_a_provider_in_the_list() {
        let listed: BTreeSet<_> = PROVIDERS.iter().map(|provider| provider.name.to_owned()).collect();
        assert_eq!(listed.len(), PROVIDERS.len());
        // The table of the others is one file.
        let mut modules = names_in("src/providers");
        assert!(modules.remove("catalogue"));
        assert_eq!(listed, modules);
        assert_eq!(listed, names_in("samples"));
    }

    #[test]
    fn every_sample_is_verified_as_its_event() {
        for provider in PROVIDERS {
            let secret = crate::Secret::new("whsec_abc123").unwrap();
            for sample in provider.samples {
                let request = super::super::SignedRequest::with_scheme(provider.scheme, &secret, sample.body);
                let verify = |limit| {
                    provider.verify(secret.clone().into(), limit, request.headers(), sample.body).unwrap()
                };
                let accepted = verify(sample.body.len()).unwrap();
                assert_eq!(accepted.event_type.as_deref(), sample.event_type, "{}", provider.name);
                assert_eq!(verify(sample.body.len() - 1).unwrap_err().status(), 413);
            }
            assert_eq!(ProviderInfo::find(provider.name).map(|found| found.name), Some(provider.name));
        }
        assert!(ProviderInfo::find("acme").is_none());
    }
}
