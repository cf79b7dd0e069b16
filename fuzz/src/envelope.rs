//! Authentic bodies of any content.
//!
//! Input: a byte that picks the sender, then the body.

use std::fmt;

use countersign::testing::SignedRequest;
use countersign::{
    Payload, DecodeError, Event, Hook, Massu, Message, Muchaw, Mutx, Provider, Raw, Rejection, Secret, Verified,
    Verifier, Workspace, hook, massu, muchaw, mutx,
};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::SECRET;

/// No authentic body panics, is lost or changes, and what is decoded is what `serde_json` sees.
pub fn run(input: &[u8]) {
    let Some((sender, body)) = input.split_first() else { return };
    match sender % 5 {
        0 => check::<Massu, massu::Event>(body, massu::Event::kind),
        1 => check::<Hook, hook::Event>(body, hook::Event::kind),
        2 => check::<Mutx, mutx::Event>(body, mutx::Event::kind),
        3 => check::<Muchaw, muchaw::Event>(body, muchaw::Event::kind),
        _ => assert_eq!(decode::<Raw<Workspace>>(body).expect("any body").body(), body),
    }
}

#[track_caller]
fn check<P: Provider, E: Event<Provider = P>>(body: &[u8], kind: fn(&E) -> &str) {
    let raw = decode::<Raw<P>>(body).expect("an authentic body is never lost");
    assert_eq!(raw.as_bytes(), body);

    let opened = decode::<Opened<P>>(body);
    let typed = decode::<E>(body);
    assert_eq!(opened.as_ref().err(), typed.as_ref().err(), "the payload decides nothing");
    if let (Ok(opened), Ok(typed)) = (&opened, &typed) {
        assert_eq!(opened.kind, kind(typed));
        assert_eq!(opened.event_id(), typed.event_id());
        assert!(opened.data.as_str() == "null" || within(opened.data.as_bytes(), opened.body()));
    }

    // Where serde_json's tree has no opinion (too deep, a number too large), neither has the oracle.
    let Ok(object) = serde_json::from_slice::<Object>(body) else { return };
    let envelope = P::ENVELOPE.expect("an envelope");
    let keys = [envelope.type_key(), envelope.payload_key(), envelope.id_key(), envelope.time_key()];
    let [kinds, data, ids, times] = keys.map(|key| key.map_or(vec![], |key| object.all(key)));
    let once = [&kinds, &data, &ids, &times].iter().all(|values| values.len() <= 1);
    let [Value::String(expected_kind)] = kinds[..] else {
        assert!(opened.is_err());
        return;
    };
    assert_eq!(opened.is_ok(), once);
    let Ok(opened) = opened else { return };
    assert_eq!(opened.kind, *expected_kind);
    assert_eq!(opened.data.parse::<Value>().as_ref(), Ok(*data.first().unwrap_or(&&Value::Null)));
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

/// The envelope as an event of a user's own sees it.
struct Opened<P> {
    kind: String,
    data: Payload,
    provider: std::marker::PhantomData<fn() -> P>,
}

impl<P: Provider> Event for Opened<P> {
    type Provider = P;

    fn decode(message: Message<'_>) -> Result<Self, DecodeError> {
        let (kind, data) = message.open()?;
        Ok(Self { kind: kind.into_owned(), data, provider: std::marker::PhantomData })
    }
}

/// An object with all of its keys, repeated ones too, by way of `serde_json`'s tree.
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
