//! Schemes and envelopes that make no sense.

/// A scheme signs the body.
///
/// ```
/// use countersign::{Part, Provider, Scheme, Secret, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").signed(&[Part::Text("v0:"), Part::Body]);
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
///
/// ```compile_fail,E0080
/// use countersign::{Part, Provider, Scheme, Secret, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").signed(&[Part::Text("v0:")]);
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
pub struct SchemeWithoutABody;

/// A scheme signs the body once.
///
/// ```
/// use countersign::{Part, Provider, Scheme, Secret, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").signed(&[Part::Body, Part::Text(".")]);
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
///
/// ```compile_fail,E0080
/// use countersign::{Part, Provider, Scheme, Secret, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").signed(&[Part::Body, Part::Text("."), Part::Body]);
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
pub struct SchemeWithTwoBodies;

/// A time in the signed text needs a place from which it is read.
///
/// ```
/// use countersign::{Part, Provider, Scheme, Secret, Timestamp, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").timestamp(Timestamp::header("x-time")).signed(&[Part::Timestamp, Part::Body]);
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
///
/// ```compile_fail,E0080
/// use countersign::{Part, Provider, Scheme, Secret, Timestamp, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").signed(&[Part::Timestamp, Part::Body]);
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
pub struct TimeWithoutASource;

/// A time in a header must be signed. Anybody could change it otherwise.
///
/// ```
/// use countersign::{Part, Provider, Scheme, Secret, Timestamp, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").timestamp(Timestamp::header("x-time")).signed(&[Part::Timestamp, Part::Body]);
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
///
/// ```compile_fail,E0080
/// use countersign::{Part, Provider, Scheme, Secret, Timestamp, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").timestamp(Timestamp::header("x-time"));
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
pub struct TimeInAHeaderThatIsNotSigned;

/// A time in an entry must be signed. Anybody could change it otherwise.
///
/// ```
/// use countersign::{Part, Provider, Scheme, Secret, Timestamp, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").list(b',', "v1=").timestamp(Timestamp::entry("t=")).signed(&[Part::Timestamp, Part::Body]);
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
///
/// ```compile_fail,E0080
/// use countersign::{Part, Provider, Scheme, Secret, Timestamp, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").list(b',', "v1=").timestamp(Timestamp::entry("t="));
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
pub struct TimeInAnEntryThatIsNotSigned;

/// A time in an entry needs a list of entries.
///
/// ```
/// use countersign::{Part, Provider, Scheme, Secret, Timestamp, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").list(b',', "v1=").timestamp(Timestamp::entry("t=")).signed(&[Part::Timestamp, Part::Body]);
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
///
/// ```compile_fail,E0080
/// use countersign::{Part, Provider, Scheme, Secret, Timestamp, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").timestamp(Timestamp::entry("t=")).signed(&[Part::Timestamp, Part::Body]);
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
pub struct TimeInAnEntryWithoutAList;

/// A time in the body is signed with the body.
///
/// ```
/// use countersign::{Part, Provider, Scheme, Secret, Timestamp, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").timestamp(Timestamp::body("at"));
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
///
/// ```compile_fail,E0080
/// use countersign::{Part, Provider, Scheme, Secret, Timestamp, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").timestamp(Timestamp::body("at")).signed(&[Part::Timestamp, Part::Body]);
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
pub struct TimeInTheBodyThatIsSignedTwice;

/// The id stands in front of the body. The end of a body cannot be told from the start of an id.
///
/// ```
/// use countersign::{Part, Provider, Scheme, Secret, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").signed(&[Part::Id("x-id"), Part::Text("."), Part::Body]);
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
///
/// ```compile_fail,E0080
/// use countersign::{Part, Provider, Scheme, Secret, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").signed(&[Part::Body, Part::Text("."), Part::Id("x-id")]);
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
pub struct IdBehindTheBody;

/// A fixed text must follow the id. Otherwise a byte could move from the id to the body.
///
/// ```
/// use countersign::{Part, Provider, Scheme, Secret, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").signed(&[Part::Id("x-id"), Part::Text("."), Part::Body]);
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
///
/// ```compile_fail,E0080
/// use countersign::{Part, Provider, Scheme, Secret, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").signed(&[Part::Id("x-id"), Part::Body]);
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
pub struct IdWithoutAnEnd;

/// An RFC 3339 time shows where the id in front of it ends. A Unix time does not.
///
/// ```
/// use countersign::{Part, Provider, Scheme, Secret, Timestamp, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").timestamp(Timestamp::header("x-time").rfc3339()).signed(&[Part::Id("x-id"), Part::Timestamp, Part::Body]);
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
///
/// ```compile_fail,E0080
/// use countersign::{Part, Provider, Scheme, Secret, Timestamp, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").timestamp(Timestamp::header("x-time")).signed(&[Part::Id("x-id"), Part::Timestamp, Part::Body]);
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
pub struct IdInFrontOfAUnixTime;

/// The entries of tags and of the time are told apart by their prefixes.
///
/// ```
/// use countersign::{Part, Provider, Scheme, Secret, Timestamp, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").list(b',', "s=").timestamp(Timestamp::entry("t=")).signed(&[Part::Timestamp, Part::Body]);
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
///
/// ```compile_fail,E0080
/// use countersign::{Part, Provider, Scheme, Secret, Timestamp, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").list(b',', "t").timestamp(Timestamp::entry("t=")).signed(&[Part::Timestamp, Part::Body]);
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
pub struct ClashingPrefixes;

/// The tags of a list have a prefix. Another version's tag would count otherwise.
///
/// ```
/// use countersign::{Provider, Scheme, Secret, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").list(b',', "v1=");
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
///
/// ```compile_fail,E0080
/// use countersign::{Provider, Scheme, Secret, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").list(b',', "");
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
pub struct ListWithoutAPrefix;

/// The signature, the time and the id are in headers of their own.
///
/// ```
/// use countersign::{Part, Provider, Scheme, Secret, Timestamp, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").timestamp(Timestamp::header("x-time")).signed(&[Part::Timestamp, Part::Body]);
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
///
/// ```compile_fail,E0080
/// use countersign::{Part, Provider, Scheme, Secret, Timestamp, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").timestamp(Timestamp::header("X-Signature")).signed(&[Part::Timestamp, Part::Body]);
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap());
/// ```
pub struct SchemeWithOneHeaderForTwo;

/// `tolerance` needs a signed time.
///
/// ```
/// use countersign::{Part, Provider, Scheme, Secret, Timestamp, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature")
///         .timestamp(Timestamp::header("x-time"))
///         .signed(&[Part::Timestamp, Part::Body]);
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap()).unwrap().tolerance(std::time::Duration::MAX);
/// ```
///
/// ```compile_fail,E0080
/// use countersign::{Provider, Scheme, Secret, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature");
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap()).unwrap().tolerance(std::time::Duration::MAX);
/// ```
pub struct ToleranceWithoutASignedTime;

/// A verifier of [`Custom`](countersign::Custom) is made with its scheme.
///
/// ```
/// use countersign::{Custom, Scheme, Secret, Verifier};
/// let _ = Verifier::<Custom>::for_scheme(Scheme::hex("x-signature"), Secret::new("s").unwrap());
/// ```
///
/// ```compile_fail,E0080
/// use countersign::{Custom, Secret, Verifier};
/// let _ = Verifier::<Custom>::new(Secret::new("s").unwrap());
/// ```
pub struct CustomWithoutAScheme;

/// `events!` needs an event type in the envelope.
///
/// ```
/// use countersign::{Envelope, Provider, Scheme};
/// pub struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature");
///     const ENVELOPE: Option<Envelope> = Some(Envelope::flat("type").id("id"));
/// }
/// countersign::events! { pub enum Event for Acme { "made" => Made } }
/// ```
///
/// ```compile_fail,E0080
/// use countersign::{Envelope, Provider, Scheme};
/// pub struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature");
///     const ENVELOPE: Option<Envelope> = Some(Envelope::untyped().id("id"));
/// }
/// countersign::events! { pub enum Event for Acme { "made" => Made } }
/// ```
pub struct EventsOfAnUntypedEnvelope;

/// `events!` checks the scheme, so that a mistake shows without a verifier.
///
/// ```
/// use countersign::{Envelope, Provider, Scheme};
/// pub struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").prefix("v1=");
///     const ENVELOPE: Option<Envelope> = Some(Envelope::flat("type"));
/// }
/// countersign::events! { pub enum Event for Acme { "made" => Made } }
/// ```
///
/// ```compile_fail,E0080
/// use countersign::{Envelope, Provider, Scheme};
/// pub struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature").list(b',', "");
///     const ENVELOPE: Option<Envelope> = Some(Envelope::flat("type"));
/// }
/// countersign::events! { pub enum Event for Acme { "made" => Made } }
/// ```
pub struct EventsOfAFaultyScheme;

/// `dedupe` needs a signed id or a time in the envelope. An event type in a header tells no delivery from another.
///
/// ```
/// use countersign::dedupe::{Dedupe, MemoryStore};
/// use countersign::{Envelope, Provider, Raw, Scheme, Secret, Verifier, VerifyMiddleware};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature");
///     const ENVELOPE: Option<Envelope> = Some(Envelope::unsigned_header("x-event").id("id"));
/// }
/// let verifier = Verifier::<Acme>::new(Secret::new("s").unwrap()).unwrap();
/// let _ = VerifyMiddleware::<Raw<Acme>>::new(verifier).dedupe(Dedupe::new(MemoryStore::new(1)));
/// ```
///
/// ```compile_fail,E0080
/// use countersign::dedupe::{Dedupe, MemoryStore};
/// use countersign::{Envelope, Provider, Raw, Scheme, Secret, Verifier, VerifyMiddleware};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature");
///     const ENVELOPE: Option<Envelope> = Some(Envelope::unsigned_header("x-event"));
/// }
/// let verifier = Verifier::<Acme>::new(Secret::new("s").unwrap()).unwrap();
/// let _ = VerifyMiddleware::<Raw<Acme>>::new(verifier).dedupe(Dedupe::new(MemoryStore::new(1)));
/// ```
pub struct DedupeByAnUnsignedHeader;

/// `max_age` needs a time in the envelope, in whichever unit.
///
/// ```
/// use countersign::{Envelope, Provider, Scheme, Secret, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature");
///     const ENVELOPE: Option<Envelope> = Some(Envelope::untyped().unix_time("at"));
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap()).unwrap().max_age(std::time::Duration::MAX);
/// ```
///
/// ```compile_fail,E0080
/// use countersign::{Envelope, Provider, Scheme, Secret, Verifier};
/// struct Acme;
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::hex("x-signature");
///     const ENVELOPE: Option<Envelope> = Some(Envelope::untyped().id("id"));
/// }
/// let _ = Verifier::<Acme>::new(Secret::new("s").unwrap()).unwrap().max_age(std::time::Duration::MAX);
/// ```
pub struct MaxAgeOfAnEnvelopeWithoutATime;

/// A scheme owns its text, and its length is limited. A longer one is a mistake like any other.
///
/// ```
/// const _: () = assert!(countersign::Scheme::hex("x-signature").fault().is_none());
/// ```
///
/// ```compile_fail,E0080
/// const _: () = assert!(countersign::Scheme::hex("x-a-name-of-more-than-64-bytes-that-no-provider-would-ever-give-to-its-header").fault().is_none());
/// ```
pub struct RunTimeText;
