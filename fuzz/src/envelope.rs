//! Authentic bodies of any content.
//!
//! Input: a byte that picks the provider, then the body.

use std::fmt;

use countersign::testing::{PROVIDERS, SignedRequest};
use countersign::{
    DecodeError, Event, Message, Payload, Provider, Raw, Rejection, Secret, Verified, Verifier,
    for_each_provider,
};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::SECRET;

/// No authentic body panics, is lost or changes, and it is decoded as `serde_json` reads it.
pub fn run(input: &[u8]) {
    let Some((provider, body)) = input.split_first() else { return };
    CHECKS[usize::from(*provider) % PROVIDERS.len()](body);
}

macro_rules! checks {
    ({} $($provider:ident $module:ident,)+) => {
        &[$(check::<countersign::$module::Event>),+]
    };
}

/// The check of each provider, in the order of [`PROVIDERS`].
const CHECKS: &[fn(&[u8])] = for_each_provider!(checks);

fn check<E: Event>(body: &[u8]) {
    let raw = decode::<Raw<E::Provider>>(body).expect("an authentic body is never lost");
    assert_eq!(raw.as_bytes(), body);
    let Some(envelope) = E::Provider::ENVELOPE else {
        assert_eq!(decode::<E>(body).expect("any body").body(), body);
        return;
    };

    let opened = decode::<Opened<E::Provider>>(body);
    let typed = decode::<E>(body);
    assert_eq!(opened.as_ref().err(), typed.as_ref().err(), "the payload decides nothing");
    if let (Ok(opened), Ok(typed)) = (&opened, &typed) {
        assert_eq!(Some(opened.event_type.as_str()), typed.event_type());
        assert_eq!(opened.event_id(), typed.event_id());
        assert!(opened.payload.as_str() == "null" || within(opened.payload.as_bytes(), opened.body()));
    }

    // The oracle is serde_json's tree. It cannot read a body that is too deep or has a number that is too large.
    let Ok(object) = serde_json::from_slice::<Object>(body) else { return };
    let keys = [envelope.type_key(), envelope.payload_key(), envelope.id_key(), envelope.time_key()];
    let [types, payloads, ids, times] = keys.map(|key| key.map_or(vec![], |key| object.all(key)));
    let once = [&types, &payloads, &ids, &times].iter().all(|values| values.len() <= 1);
    let [Value::String(expected_type)] = types[..] else {
        assert!(opened.is_err());
        return;
    };
    assert_eq!(opened.is_ok(), once);
    let Ok(opened) = opened else { return };
    assert_eq!(opened.event_type, *expected_type);
    assert_eq!(opened.payload.parse::<Value>().as_ref(), Ok(*payloads.first().unwrap_or(&&Value::Null)));
    assert_eq!(opened.event_id(), ids.first().and_then(|id| id.as_str()).filter(|id| !id.is_empty()));
    assert!(opened.occurred_at().is_none() || times.first().is_some_and(|time| time.is_string()));
}

fn decode<E: Event>(body: &[u8]) -> Result<Verified<E>, DecodeError> {
    let secret = Secret::new(SECRET).expect("a secret");
    let request = SignedRequest::new::<E::Provider>(&secret, body.to_vec());
    match Verifier::new(secret).unwrap().verify(request.headers(), request.body().clone()) {
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

/// The envelope, as an event type of a user's own opens it.
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

/// An object that keeps repeated keys too, read by `serde_json`.
struct Object(Vec<(String, Value)>);

impl Object {
    fn all(&self, key: &str) -> Vec<&Value> {
        self.0.iter().filter(|(other, _)| other == key).map(|(_, value)| value).collect()
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Object(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}
