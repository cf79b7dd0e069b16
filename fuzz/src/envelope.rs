//! Authentic bodies of any content.
//!
//! Input: a byte that picks the provider, then the body.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use countersign::scheme::TimeUnit;
use countersign::testing::SignedRequest;
use countersign::{
    DecodeError, Envelope, Event, Message, Payload, Provider, Raw, Rejection, Scheme, Secret, Verified,
    Verifier, for_each_provider,
};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::object::Object;
use crate::{SECRET, calendar};

/// No authentic body panics, is lost or changes, and it is decoded as `serde_json` reads it.
pub fn run(input: &[u8]) {
    let Some((provider, body)) = input.split_first() else { return };
    CHECKS[usize::from(*provider) % CHECKS.len()](body);
}

/// A check whose verifier is made once.
macro_rules! check_of {
    ($event:ty) => {
        |body| {
            static VERIFIER: LazyLock<Verifier<<$event as Event>::Provider>> =
                LazyLock::new(|| Verifier::new(SIGNING.clone()).expect("a key"));
            check::<$event>(&VERIFIER, body);
        }
    };
}

/// The secret of the bodies.
static SIGNING: LazyLock<Secret> = LazyLock::new(|| Secret::new(SECRET).expect("a secret"));

macro_rules! checks {
    ({} $($provider:ident $module:ident,)+) => {
        &[
            $(check_of!(countersign::$module::Event),)+
            check_of!(NestedEvent),
            check_of!(AroundEvent),
            check_of!(FlatEvent),
        ]
    };
}

/// The check of each provider: the built-in ones in their order, then those of this file.
const CHECKS: &[fn(&[u8])] = for_each_provider!(checks);

/// Makes a provider with this envelope.
macro_rules! provider {
    ($name:ident, $event:ident, $envelope:expr) => {
        struct $name;

        impl Provider for $name {
            const NAME: &'static str = stringify!($name);
            const SCHEME: Scheme = Scheme::hex("x-signature");
            const ENVELOPE: Option<Envelope> = Some($envelope);
        }

        countersign::events! { enum $event for $name { "a" => A(Named) } }
    };
}

provider!(Nested, NestedEvent, Envelope::new("event.type", "event.data").id("event.id").unix_millis("at"));
provider!(Around, AroundEvent, Envelope::new("event.type", "event").id("id").unix_time("event.at"));
provider!(Flat, FlatEvent, Envelope::flat("type").id("data.object.id").time("timestamp"));

#[derive(serde::Deserialize)]
struct Named {
    #[serde(rename = "name")]
    _name: String,
}

fn check<E: Event>(verifier: &Verifier<E::Provider>, body: &[u8]) {
    let request = SignedRequest::new::<E::Provider>(&SIGNING, body.to_vec());
    let raw = decode::<Raw<E::Provider>>(verifier, &request).expect("an authentic body is never lost");
    assert_eq!(raw.as_bytes(), body);
    let Some(envelope) = E::Provider::ENVELOPE else {
        assert_eq!(decode::<E>(verifier, &request).expect("any body").body(), body);
        return;
    };

    let opened = decode::<Opened<E::Provider>>(verifier, &request);
    let typed = decode::<E>(verifier, &request);
    assert_eq!(opened.as_ref().err(), typed.as_ref().err(), "the payload decides nothing");
    if let (Ok(opened), Ok(typed)) = (&opened, &typed) {
        assert_eq!(Some(opened.event_type.as_str()), typed.event_type());
        assert_eq!(opened.event_id(), typed.event_id());
        assert!(opened.payload.as_str() == "null" || within(opened.payload.as_bytes(), opened.body()));
    }

    let Ok(object) = serde_json::from_slice::<Object>(body) else {
        assert!(opened.is_err());
        return;
    };
    let paths = [envelope.type_key(), envelope.payload_key(), envelope.id_key(), envelope.time_key()];
    let found = paths.map(|path| path.map_or(Ok(None), |path| object.at(path)));
    let [Ok(event_type), Ok(payload), Ok(id), Ok(time)] = found else {
        assert!(matches!(opened.err(), Some(DecodeError::DuplicateKey { .. })));
        return;
    };
    let text = |raw: &RawValue| serde_json::from_str::<String>(raw.get()).ok();
    let Some(expected_type) = event_type.as_deref().and_then(text) else {
        assert!(opened.is_err());
        return;
    };
    let opened = opened.expect("a body with its envelope");
    assert_eq!(opened.event_type, expected_type);
    let expected_payload = match (envelope.payload_key(), payload) {
        (None, _) => serde_json::from_slice(body).ok(),
        (Some(_), Some(raw)) => serde_json::from_str(raw.get()).ok(),
        (Some(_), None) => Some(Value::Null),
    };
    assert_eq!(opened.payload.parse::<Value>().ok(), expected_payload);
    assert_eq!(opened.event_id(), id.as_deref().and_then(text).filter(|id| !id.is_empty()).as_deref());
    assert_time(envelope.time_unit(), time.as_deref(), opened.occurred_at());
}

fn assert_time(unit: Option<TimeUnit>, raw: Option<&RawValue>, found: Option<SystemTime>) {
    let unit = match unit {
        Some(TimeUnit::Seconds) => Duration::from_secs(1),
        Some(TimeUnit::Millis) => Duration::from_millis(1),
        _ => return assert_text_time(raw, found),
    };
    let number = raw
        .and_then(|raw| calendar::number(raw.get().as_bytes()))
        .and_then(|number| u32::try_from(number).ok());
    if let Some(number) = number {
        assert_eq!(found, Some(SystemTime::UNIX_EPOCH + unit * number));
    } else if raw.is_none_or(|raw| !raw.get().bytes().all(|byte| byte.is_ascii_digit())) {
        assert_eq!(found, None);
    }
}

/// The library reads every time that the oracle reads. It takes an envelope's time in other forms too, so it may read more.
fn assert_text_time(raw: Option<&RawValue>, found: Option<SystemTime>) {
    let text = raw.and_then(|raw| raw.get().strip_prefix('"')?.strip_suffix('"'));
    match text.and_then(|text| calendar::rfc3339(text.as_bytes())) {
        Some(nanos) => assert_eq!(found, Some(at(nanos))),
        None => assert!(found.is_none() || text.is_some()),
    }
}

/// The time so many nanoseconds after 1970, or before it.
fn at(nanos: i128) -> SystemTime {
    let (distance, second) = (nanos.unsigned_abs(), calendar::SECOND.unsigned_abs());
    let distance = Duration::new(
        u64::try_from(distance / second).expect("a year of four digits"),
        u32::try_from(distance % second).expect("less than a second"),
    );
    if nanos < 0 { SystemTime::UNIX_EPOCH - distance } else { SystemTime::UNIX_EPOCH + distance }
}

fn decode<E: Event>(
    verifier: &Verifier<E::Provider>,
    request: &SignedRequest,
) -> Result<Verified<E>, DecodeError> {
    match verifier.verify(request.headers(), request.body().clone()) {
        Ok(verified) => Ok(verified),
        Err(Rejection::MalformedEnvelope(error)) => Err(error),
        Err(other) => panic!("an authentic body was refused: {other}"),
    }
}

/// Whether one slice lies in the memory of the other.
fn within(part: &[u8], whole: &[u8]) -> bool {
    whole.as_ptr_range().start <= part.as_ptr_range().start
        && part.as_ptr_range().end <= whole.as_ptr_range().end
}

/// The envelope, as an event of the user's own opens it.
struct Opened<P> {
    event_type: String,
    payload: Payload,
    provider: std::marker::PhantomData<fn() -> P>,
}

impl<P: Provider> Event for Opened<P> {
    type Provider = P;

    fn decode(message: Message<'_>) -> Result<Self, DecodeError> {
        let (event_type, payload) = message.open()?;
        Ok(Self { event_type: event_type.into_owned(), payload, provider: std::marker::PhantomData })
    }
}
