//! The built-in providers as values, for programs that learn the provider at run time.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use super::{Sample, Samples};
use crate::event::Facts;
use crate::headers::hint;
use crate::providers::catalogue::Documented;
use crate::{
    ConfigError, Custom, DecodeError, DedupeBy, Envelope, Event, Message, Provider, Raw, Rejection, Scheme,
    Secrets, Verified, Verifier, providers,
};

/// The constants of a provider as values, its samples, and a verification with its own event type.
///
/// All of them share one verifier, that of [`Custom`]. Otherwise a verifier would be compiled for each of some seventy types.
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
    pub body_limit: usize,
    pub dedupe_by: DedupeBy,
    pub samples: &'static [Sample],
    /// The docs of a provider of the catalogue, in Markdown.
    pub docs: Option<&'static str>,
    decode: Option<Decode>,
}

/// Names and values.
type HeaderList = [(String, Vec<u8>)];

/// Decodes a message into the provider's own event, so that a body outside of its envelope is refused.
type Decode = fn(Message<'_>) -> Result<(), DecodeError>;

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
        for_each_catalogued!(infos, [$($module),+])
    };
    ({ [$($module:ident),+] } $($provider:ident,)+) => {
        &[
            $(ProviderInfo::with_events::<crate::$module::Event>(),)+
            $(ProviderInfo::catalogued::<providers::$provider>(),)+
        ]
    };
}

/// All built-in providers: those with events first, and then the catalogue.
#[doc(hidden)]
pub static PROVIDERS: &[ProviderInfo] = crate::for_each_provider!(infos);

impl ProviderInfo {
    /// A provider without events of its own. It takes every authentic body.
    #[must_use]
    pub const fn new<P: Provider>() -> Self {
        Self {
            name: P::NAME,
            scheme: P::SCHEME,
            envelope: P::ENVELOPE,
            event_header: P::EVENT_HEADER,
            delivery_header: P::DELIVERY_HEADER,
            retry_horizon: P::RETRY_HORIZON,
            body_limit: P::BODY_LIMIT,
            dedupe_by: P::DEDUPE_BY,
            samples: &[],
            docs: None,
            decode: None,
        }
    }

    /// The provider of an event.
    #[must_use]
    pub const fn with_events<E: Event>() -> Self
    where
        E::Provider: Samples,
    {
        Self {
            samples: E::Provider::SAMPLES,
            decode: Some(|message| E::decode(message).map(drop)),
            ..Self::new::<E::Provider>()
        }
    }

    /// A provider of the catalogue, with its docs.
    pub(crate) const fn catalogued<P: Documented>() -> Self {
        Self { docs: Some(P::DOCS), ..Self::new::<P>() }
    }

    /// A provider that is known only by its scheme.
    #[must_use]
    pub const fn custom(scheme: Scheme) -> Self {
        let dedupe_by = DedupeBy::of(scheme, Custom::ENVELOPE);
        Self { name: "other", scheme, dedupe_by, ..Self::new::<Custom>() }
    }

    /// A built-in provider by its name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        PROVIDERS.iter().find(|provider| provider.name == name)
    }

    /// Verifies a delivery as [`Verifier::verify`] does, at the time that `clock` tells. `body_limit` is in bytes.
    ///
    /// # Errors
    ///
    /// The secrets cannot be used with this provider. The inner result is the verdict.
    pub fn verify(
        &self,
        secrets: Secrets,
        body_limit: usize,
        clock: fn() -> SystemTime,
        headers: &HeaderList,
        body: impl Into<Bytes>,
    ) -> Result<Result<Accepted, Rejection>, ConfigError> {
        let verifier =
            Verifier::<Custom>::for_scheme(self.scheme, secrets)?.body_limit(body_limit).clock(clock);
        let verified = verifier.verify::<Raw<Custom>>(headers, body);
        Ok(verified.and_then(|verified| self.open(&verified, headers)))
    }

    /// Opens the envelope of a verified body.
    fn open(&self, verified: &Verified<Raw<Custom>>, headers: &HeaderList) -> Result<Accepted, Rejection> {
        let type_header = self.envelope.as_ref().and_then(Envelope::unsigned_type_header);
        let unsigned = type_header.and_then(|name| hint(headers, name));
        let message = Message::new(self.envelope.as_ref(), verified.body(), unsigned);
        let facts = Facts::read(self.envelope.as_ref(), verified.body());
        let accepted = Accepted {
            event_type: message.event_type().map(Cow::into_owned),
            event_id: verified.event_id().or(facts.id()).map(str::to_owned),
            occurred_at: facts.time(self.envelope.as_ref()),
            sent_at: verified.sent_at(),
            secret_label: verified.secret_label().to_owned(),
        };
        self.decode.map_or(Ok(()), |decode| decode(message)).map_err(Rejection::MalformedEnvelope)?;
        Ok(accepted)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs::read_dir;
    use std::path::Path;

    use super::*;

    macro_rules! names {
        ({} $($provider:ident,)+) => { [$(providers::$provider::NAME),+] };
    }

    fn names_in(folder: &str) -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let paths = read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        paths.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn every_module_and_every_folder_of_samples_is_a_provider_in_the_list() {
        let listed: BTreeSet<_> = PROVIDERS.iter().map(|provider| provider.name.to_owned()).collect();
        assert_eq!(listed.len(), PROVIDERS.len());
        let catalogued: BTreeSet<_> = for_each_catalogued!(names).into_iter().map(str::to_owned).collect();
        let with_events: BTreeSet<_> = listed.difference(&catalogued).cloned().collect();
        assert_eq!(with_events.len(), listed.len() - catalogued.len());
        // The table of the others is one file.
        let mut modules = names_in("src/providers");
        assert!(modules.remove("catalogue"));
        assert_eq!(with_events, modules);
        assert_eq!(with_events, names_in("samples"));
    }

    #[test]
    fn each_kind_of_provider_has_its_parts() {
        let catalogued: BTreeSet<_> = for_each_catalogued!(names).into_iter().collect();
        for provider in PROVIDERS {
            let has_events = !catalogued.contains(provider.name);
            let parts = (!provider.samples.is_empty(), provider.decode.is_some(), provider.docs.is_none());
            assert_eq!(parts, (has_events, has_events, has_events), "{}", provider.name);
        }
        for scheme in [providers::Svix::SCHEME, crate::Hook::SCHEME] {
            let custom = ProviderInfo::custom(scheme);
            let expected = ("other", scheme, DedupeBy::of(scheme, Custom::ENVELOPE));
            assert_eq!((custom.name, custom.scheme, custom.dedupe_by), expected);
        }
    }

    #[test]
    fn every_sample_is_verified_as_its_event() {
        for provider in PROVIDERS {
            let secret = crate::Secret::new("whsec_abc123").unwrap();
            for sample in provider.samples {
                let request = super::super::SignedRequest::with_scheme(provider.scheme, &secret, sample.body);
                let verify = |limit| {
                    let secrets = secret.clone().into();
                    provider.verify(secrets, limit, SystemTime::now, request.headers(), sample.body).unwrap()
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
