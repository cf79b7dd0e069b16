//! Mistakes that the compiler refuses.
//!
//! Each item has two examples that differ in one place. The first one compiles, so that the second one is not refused for another reason.
//! The code beside `compile_fail` is the compiler's own number of the error. A stable `rustdoc` ignores it, and
//! `scripts/deep compile-fail` checks it on nightly.

pub mod schemes;

/// A request under way yields events of its verifier's provider.
///
/// ```
/// use countersign::{Incoming, Massu, massu};
/// fn verify(incoming: Incoming<Massu>) { let _ = incoming.verify::<massu::Event>(); }
/// ```
///
/// ```compile_fail,E0271
/// use countersign::{Incoming, Massu, mutx};
/// fn verify(incoming: Incoming<Massu>) { let _ = incoming.verify::<mutx::Event>(); }
/// ```
pub struct IncomingOfAnotherProvider;

/// A verifier yields events of its own provider.
///
/// ```
/// use countersign::{Massu, Rejection, Verified, Verifier, massu};
/// fn verify(verifier: Verifier<Massu>) -> Result<Verified<massu::Event>, Rejection> {
///     verifier.verify(&[("a", "b")], "")
/// }
/// ```
///
/// ```compile_fail,E0271
/// use countersign::{Massu, Rejection, Verified, Verifier, mutx};
/// fn verify(verifier: Verifier<Massu>) -> Result<Verified<mutx::Event>, Rejection> {
///     verifier.verify(&[("a", "b")], "")
/// }
/// ```
pub struct VerifierOfAnotherProvider;

/// A route whose state is a verifier takes events of that verifier's provider.
///
/// ```
/// use countersign::{Massu, Verified, Verifier, massu};
/// fn extracts<S, E: axum::extract::FromRequest<S>>() {}
/// extracts::<Verifier<Massu>, Verified<massu::Event>>();
/// ```
///
/// ```compile_fail,E0277
/// use countersign::{Massu, Verified, Verifier, mutx};
/// fn extracts<S, E: axum::extract::FromRequest<S>>() {}
/// extracts::<Verifier<Massu>, Verified<mutx::Event>>();
/// ```
pub struct RouteOfAnotherProvider;

/// A proof has private fields, so that no other crate builds one.
///
/// ```
/// use countersign::{Verified, massu};
/// fn build(event: massu::Event, other: Verified<massu::Event>) -> Verified<massu::Event> { other }
/// ```
///
/// ```compile_fail,E0451
/// use countersign::{Verified, massu};
/// fn build(event: massu::Event, other: Verified<massu::Event>) -> Verified<massu::Event> { Verified { event, ..other } }
/// ```
pub struct VerifiedIsNotBuilt;

/// An event alone does not become a proof.
///
/// ```
/// use countersign::{Verified, massu};
/// fn convert(event: massu::Event) -> Box<massu::Event> { event.into() }
/// ```
///
/// ```compile_fail,E0277
/// use countersign::{Verified, massu};
/// fn convert(event: massu::Event) -> Verified<massu::Event> { event.into() }
/// ```
pub struct VerifiedIsNotMadeFromAnEvent;

/// An event inside a proof stays as the provider signed it.
///
/// ```
/// use countersign::massu;
/// fn change(mut event: Box<massu::Event>, other: massu::Event) { *event = other; }
/// ```
///
/// ```compile_fail,E0594
/// use countersign::{Verified, massu};
/// fn change(mut event: Verified<massu::Event>, other: massu::Event) { *event = other; }
/// ```
pub struct VerifiedIsNotChanged;

/// A proof has no default value.
///
/// ```
/// use countersign::{Verified, massu};
/// fn has_default<T: Default>() {}
/// has_default::<Option<Verified<massu::Event>>>();
/// ```
///
/// ```compile_fail,E0277
/// use countersign::{Verified, massu};
/// fn has_default<T: Default>() {}
/// has_default::<Verified<massu::Event>>();
/// ```
pub struct VerifiedHasNoDefault;

/// A proof is not read from JSON.
///
/// ```
/// use countersign::{Verified, massu};
/// fn deserialised<T: serde::de::DeserializeOwned>() {}
/// deserialised::<std::marker::PhantomData<Verified<massu::Event>>>();
/// ```
///
/// ```compile_fail,E0277
/// use countersign::{Verified, massu};
/// fn deserialised<T: serde::de::DeserializeOwned>() {}
/// deserialised::<Verified<massu::Event>>();
/// ```
pub struct VerifiedIsNotDeserialised;

/// The library alone makes the `Message` that an event is decoded from.
///
/// ```
/// let _ = countersign::Message::body;
/// ```
///
/// ```compile_fail,E0624
/// let _ = countersign::Message::new;
/// ```
pub struct MessageIsNotBuilt;

/// The hints of unsigned headers are read and not made.
///
/// ```
/// use countersign::Unsigned;
/// fn read(unsigned: &Unsigned) -> Option<&str> { unsigned.event().and(unsigned.delivery()) }
/// ```
///
/// ```compile_fail,E0451
/// use countersign::Unsigned;
/// fn build() -> Unsigned { Unsigned { event: None, delivery: None } }
/// ```
pub struct UnsignedIsNotBuilt;

/// A secret does not give its bytes away.
///
/// ```
/// fn bytes<T: AsRef<[u8]>>() {}
/// bytes::<String>();
/// ```
///
/// ```compile_fail,E0277
/// fn bytes<T: AsRef<[u8]>>() {}
/// bytes::<countersign::Secret>();
/// ```
pub struct SecretIsNotBytes;

/// Secrets are not compared, because `==` takes more time for a better guess.
///
/// ```
/// fn compared<T: PartialEq>() {}
/// compared::<String>();
/// ```
///
/// ```compile_fail,E0277
/// fn compared<T: PartialEq>() {}
/// compared::<countersign::Secret>();
/// ```
pub struct SecretIsNotCompared;

/// A secret is not printed.
///
/// ```
/// fn displayed<T: std::fmt::Display>() {}
/// displayed::<String>();
/// ```
///
/// ```compile_fail,E0277
/// fn displayed<T: std::fmt::Display>() {}
/// displayed::<countersign::Secret>();
/// ```
pub struct SecretIsNotDisplayed;

/// A secret is not written as JSON.
///
/// ```
/// fn serialised<T: serde::Serialize>() {}
/// serialised::<String>();
/// ```
///
/// ```compile_fail,E0277
/// fn serialised<T: serde::Serialize>() {}
/// serialised::<countersign::Secret>();
/// ```
pub struct SecretIsNotSerialised;

/// A set of secrets is never empty.
///
/// ```
/// fn has_default<T: Default>() {}
/// has_default::<Option<countersign::Secrets>>();
/// ```
///
/// ```compile_fail,E0277
/// fn has_default<T: Default>() {}
/// has_default::<countersign::Secrets>();
/// ```
pub struct SecretsHaveNoDefault;

/// In a scheme no byte can move from the signed id to the body.
///
/// ```
/// use countersign::{Envelope, Part, Provider, Scheme, Secret, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").signed(&[Part::Id("x-id"), Part::Text("."), Part::Body]);
///     const ENVELOPE: Option<Envelope> = None;
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
///
/// ```compile_fail,E0080
/// use countersign::{Envelope, Part, Provider, Scheme, Secret, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").signed(&[Part::Id("x-id"), Part::Body]);
///     const ENVELOPE: Option<Envelope> = None;
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
pub struct SignedTextReadInTwoWays;

/// `max_age` needs a time in the envelope.
///
/// ```
/// use countersign::{Massu, Secret, Verifier};
/// let verifier = Verifier::<Massu>::new(Secret::new("s").unwrap()).unwrap();
/// let _ = verifier.max_age(std::time::Duration::MAX);
/// ```
///
/// ```compile_fail,E0080
/// use countersign::{Mutx, Secret, Verifier};
/// let verifier = Verifier::<Mutx>::new(Secret::new("s").unwrap()).unwrap();
/// let _ = verifier.max_age(std::time::Duration::MAX);
/// ```
pub struct MaxAgeWithoutATime;

/// `max_age` needs an envelope.
///
/// ```
/// use countersign::{Massu, Secret, Verifier};
/// let verifier = Verifier::<Massu>::new(Secret::new("s").unwrap()).unwrap();
/// let _ = verifier.max_age(std::time::Duration::MAX);
/// ```
///
/// ```compile_fail,E0080
/// use countersign::{Secret, Verifier, Workspace};
/// let verifier = Verifier::<Workspace>::new(Secret::new("s").unwrap()).unwrap();
/// let _ = verifier.max_age(std::time::Duration::MAX);
/// ```
pub struct MaxAgeWithoutAnEnvelope;

/// `events!` needs an envelope.
///
/// ```
/// use countersign::{Massu, Secret, Verifier};
/// countersign::events! { pub enum Event for Massu { "made" => Made } }
/// let verifier = Verifier::<Massu>::new(Secret::new("s").unwrap()).unwrap();
/// let _ = verifier.verify::<Event>(&[("a", "b")], "");
/// ```
///
/// ```compile_fail,E0080
/// use countersign::{Secret, Verifier, Workspace};
/// countersign::events! { pub enum Event for Workspace { "made" => Made } }
/// let verifier = Verifier::<Workspace>::new(Secret::new("s").unwrap()).unwrap();
/// let _ = verifier.verify::<Event>(&[("a", "b")], "");
/// ```
pub struct EventsWithoutAnEnvelope;

/// Honest events of Mutx may be equal, so that `dedupe` would drop some. `dedupe_equal_bodies` accepts that by its name.
///
/// ```
/// use countersign::dedupe::{Dedupe, MemoryStore};
/// use countersign::{Mutx, Secret, Verifier, VerifyMiddleware, mutx};
/// let verifier = Verifier::<Mutx>::new(Secret::new("s").unwrap()).unwrap();
/// let _ = VerifyMiddleware::<mutx::Event>::new(verifier).dedupe_equal_bodies(Dedupe::new(MemoryStore::new(1)));
/// ```
///
/// ```compile_fail,E0080
/// use countersign::dedupe::{Dedupe, MemoryStore};
/// use countersign::{Mutx, Secret, Verifier, VerifyMiddleware, mutx};
/// let verifier = Verifier::<Mutx>::new(Secret::new("s").unwrap()).unwrap();
/// let _ = VerifyMiddleware::<mutx::Event>::new(verifier).dedupe(Dedupe::new(MemoryStore::new(1)));
/// ```
pub struct DedupeWithoutAnIdentity;

/// The scheme of [`Custom`](countersign::Custom) is known only at run time. It may sign no id.
///
/// ```
/// use countersign::dedupe::{Dedupe, MemoryStore};
/// use countersign::{Custom, Raw, Scheme, Secret, Verifier, VerifyMiddleware};
/// let verifier = Verifier::<Custom>::for_scheme(Scheme::hex("x-signature"), Secret::new("s").unwrap()).unwrap();
/// let _ = VerifyMiddleware::<Raw<Custom>>::new(verifier).dedupe_equal_bodies(Dedupe::new(MemoryStore::new(1)));
/// ```
///
/// ```compile_fail,E0080
/// use countersign::dedupe::{Dedupe, MemoryStore};
/// use countersign::{Custom, Raw, Scheme, Secret, Verifier, VerifyMiddleware};
/// let verifier = Verifier::<Custom>::for_scheme(Scheme::hex("x-signature"), Secret::new("s").unwrap()).unwrap();
/// let _ = VerifyMiddleware::<Raw<Custom>>::new(verifier).dedupe(Dedupe::new(MemoryStore::new(1)));
/// ```
pub struct DedupeOfACustomScheme;

/// A state that has a verifier has no look-up of another one for the same provider. It may have one for another provider.
///
/// ```
/// use axum::{extract::FromRef, http::request::Parts};
/// use countersign::{Hook, Massu, Rejection, Verifier, axum::Resolve};
/// struct App(Verifier<Massu>);
/// impl FromRef<App> for Verifier<Massu> {
///     fn from_ref(app: &App) -> Self { app.0.clone() }
/// }
/// impl Resolve<Hook> for App {
///     async fn resolve(&self, _: &mut Parts) -> Result<Option<Verifier<Hook>>, Rejection> { Ok(None) }
/// }
/// ```
///
/// ```compile_fail,E0119
/// use axum::{extract::FromRef, http::request::Parts};
/// use countersign::{Hook, Rejection, Verifier, axum::Resolve};
/// struct App(Verifier<Hook>);
/// impl FromRef<App> for Verifier<Hook> {
///     fn from_ref(app: &App) -> Self { app.0.clone() }
/// }
/// impl Resolve<Hook> for App {
///     async fn resolve(&self, _: &mut Parts) -> Result<Option<Verifier<Hook>>, Rejection> { Ok(None) }
/// }
/// ```
pub struct LookUpBesideVerifier;

/// A route whose state looks up verifiers takes events of their provider.
///
/// ```
/// use axum::http::request::Parts;
/// use countersign::{Hook, Rejection, Verified, Verifier, axum::Resolve, hook, massu};
/// struct App;
/// impl Resolve<Hook> for App {
///     async fn resolve(&self, _: &mut Parts) -> Result<Option<Verifier<Hook>>, Rejection> { Ok(None) }
/// }
/// fn extracts<S, E: axum::extract::FromRequest<S>>() {}
/// extracts::<App, Verified<hook::Event>>();
/// ```
///
/// ```compile_fail,E0277
/// use axum::http::request::Parts;
/// use countersign::{Hook, Rejection, Verified, Verifier, axum::Resolve, hook, massu};
/// struct App;
/// impl Resolve<Hook> for App {
///     async fn resolve(&self, _: &mut Parts) -> Result<Option<Verifier<Hook>>, Rejection> { Ok(None) }
/// }
/// fn extracts<S, E: axum::extract::FromRequest<S>>() {}
/// extracts::<App, Verified<massu::Event>>();
/// ```
pub struct LookUpOfAnotherProvider;
