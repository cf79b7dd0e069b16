//! The built-in providers.
//!
//! Five have a module each, with the provider's type, its events, and the payloads that its documents show. All others are rows of one
//! table, [`catalogue`], and have only a type. `PROVIDERS.md` in the repository lists all of them.
//!
//! An event whose payload is undocumented carries [`Payload`](crate::Payload). A documented text is a `String`. A field is `Payload` if
//! only its name is documented and its value is no plain text. `Debug` prints the name of a payload struct and none of its content,
//! because payloads hold data of other people.

#[macro_use]
pub mod catalogue;
pub mod hook;
pub mod massu;
pub mod muchaw;
pub mod mutx;
pub mod workspace;

#[doc(no_inline)]
pub use self::catalogue::*;

/// The list of the built-in providers with typed events, a row each: the type, and the module that has its `Event`.
///
/// It calls `$callback! { { arguments } Type module, … }`. The crate's root, the test kit, the command, the diagnosis, the tests and the
/// fuzz targets take their providers from here, so no other list has to be kept. New rows come last: the fuzz corpora name a provider by
/// its place.
#[doc(hidden)]
#[macro_export]
macro_rules! for_each_provider {
    ($callback:ident $(, $argument:tt)* $(,)?) => {
        $callback! {
            { $($argument),* }
            Massu massu,
            Hook hook,
            Mutx mutx,
            Muchaw muchaw,
            Workspace workspace,
        }
    };
}

/// [`events!`](crate::events), and a sample of each event: the file `samples/<folder>/<event type>.json`.
macro_rules! events_with_samples {
    (
        $(#[$attribute:meta])*
        pub enum Event for $provider:ident, samples in $folder:literal {
            $(
                $(#[$variant_attribute:meta])*
                $event_type:literal => $variant:ident $(($payload:ty))?
            ),+ $(,)?
        }
    ) => {
        crate::events! {
            $(#[$attribute])*
            pub enum Event for $provider {
                $(
                    $(#[$variant_attribute])*
                    $event_type => $variant $(($payload))?
                ),+
            }
        }

        #[cfg(feature = "testing")]
        impl crate::testing::Samples for $provider {
            const SAMPLES: &'static [crate::testing::Sample] = &[$(
                crate::testing::Sample::new(
                    Some($event_type),
                    include_str!(concat!("../../samples/", $folder, "/", $event_type, ".json")).trim_ascii_end(),
                )
            ),+];
        }

        #[cfg(test)]
        #[cfg(feature = "testing")]
        #[test]
        fn debug_shows_the_name_of_a_payload_struct_and_no_content() {
            for event in super::tests::events_of_samples::<Event>() {
                let shown: Option<(String, &str)> = match &event {
                    $($(
                        Event::$variant(payload) => {
                            let payload: &$payload = payload;
                            Some((format!("{payload:?}"), stringify!($payload)))
                        }
                    )?)+
                    _ => None,
                };
                if let Some((shown, name)) = shown {
                    assert_eq!(shown, format!("{name} {{ .. }}"));
                }
            }
        }
    };
}

/// `Debug` for payload structs: the name, and none of the content.
macro_rules! opaque_debug {
    ($($payload:ident),+ $(,)?) => {$(
        impl std::fmt::Debug for $payload {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($payload)).finish_non_exhaustive()
            }
        }
    )+};
}
use {events_with_samples, opaque_debug};

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use crate::testing::{Samples, SignedRequest};
    use crate::{Event, Secret, Verifier};

    /// The typed event of each sample.
    pub(super) fn events_of_samples<E: Event>() -> Vec<E>
    where
        E::Provider: Samples,
    {
        let secret = Secret::new("whsec_abc123").unwrap();
        let verifier = Verifier::<E::Provider>::new(secret.clone()).unwrap();
        let event = |body: &'static str| {
            let request = SignedRequest::new::<E::Provider>(&secret, body);
            verifier.verify::<E>(request.headers(), request.body().clone()).unwrap().into_inner()
        };
        E::Provider::SAMPLES.iter().map(|sample| event(sample.body)).collect()
    }
}
