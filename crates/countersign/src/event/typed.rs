//! The usual event in one pass: its event type stands in front of its payload, and the payload fits its type.

use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::find::{Places, string};

/// The payload types of an enum of [`events!`](crate::events), which implements it.
pub trait Typed: Sized {
    /// Whether a variant has a payload type.
    const PARSES: bool;

    /// Whether the variant of this event type has a payload type.
    fn parses(event_type: &str) -> bool;

    /// Parses the payload of this event type.
    ///
    /// # Errors
    ///
    /// The payload does not fit.
    fn parse<'de, D: Deserializer<'de>>(event_type: &str, payload: D) -> Result<Self, D::Error>;
}

/// An event, and the JSON of its id and its time.
pub(super) struct OnePass<'a, E> {
    pub(super) event: E,
    pub(super) id: Option<&'a RawValue>,
    pub(super) time: Option<&'a RawValue>,
}

/// Parses an event in one pass. `None` for every event that is not the usual one, even if it is only in another order. Such an event
/// takes two passes, and only they know the reason if it is refused.
///
/// `keys` are those of the event type, the payload, the id and the time.
pub(super) fn one_pass<'a, E: Typed>(body: &'a [u8], keys: Places<&str>) -> Option<OnePass<'a, E>> {
    let is_path = |key: &Option<&str>| key.is_some_and(|key| key.contains('.'));
    if !E::PARSES || keys.iter().any(is_path) {
        return None;
    }
    let mut json = serde_json::Deserializer::from_str(std::str::from_utf8(body).ok()?);
    let found = json.deserialize_map(Reader { keys, event: PhantomData }).ok()?;
    json.end().ok()?;
    Some(found)
}

struct Reader<'p, E> {
    keys: Places<&'p str>,
    event: PhantomData<E>,
}

impl<'de, E: Typed> Visitor<'de> for Reader<'_, E> {
    type Value = OnePass<'de, E>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an envelope")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let [type_key, payload_key, id_key, time_key] = self.keys;
        let (mut event_type, mut event, mut id, mut time) = (None, None, None, None);
        while let Some(key) = map.next_key::<&RawValue>()? {
            let text = string(key.get());
            let is = |own: Option<&str>| own.is_some() && text.as_deref() == own;
            let is_new = if is(payload_key) {
                let event_type = event_type.and_then(|raw: &RawValue| string(raw.get()));
                let event_type = event_type.filter(|text| E::parses(text));
                let seed = Payload(&event_type.ok_or_else(unusual::<A>)?, PhantomData);
                event.replace(map.next_value_seed(seed)?).is_none()
            } else if is(type_key) {
                event_type.replace(map.next_value::<&RawValue>()?).is_none()
            } else if is(id_key) {
                id.replace(map.next_value::<&RawValue>()?).is_none()
            } else if is(time_key) {
                time.replace(map.next_value::<&RawValue>()?).is_none()
            } else {
                map.next_value::<IgnoredAny>()?;
                true
            };
            if !is_new {
                return Err(unusual::<A>());
            }
        }
        Ok(OnePass { event: event.ok_or_else(unusual::<A>)?, id, time })
    }
}

/// The error of an event that takes two passes. Nobody sees it.
fn unusual<'de, A: MapAccess<'de>>() -> A::Error {
    A::Error::custom("")
}

/// Parses a payload of this event type.
struct Payload<'a, E>(&'a str, PhantomData<E>);

impl<'de, E: Typed> DeserializeSeed<'de> for Payload<'_, E> {
    type Value = E;

    fn deserialize<D: Deserializer<'de>>(self, payload: D) -> Result<E, D::Error> {
        E::parse(self.0, payload)
    }
}

#[cfg(test)]
#[allow(dead_code, unreachable_pub, reason = "`events!` makes public functions for users")]
mod tests {
    use std::sync::OnceLock;

    use bytes::Bytes;

    use super::super::envelope::{Facts, Message};
    use super::*;
    use crate::{Hook, Provider as _};

    crate::events! {
        enum Event for Hook {
            "a" => A(u8),
            "b" => B,
        }
    }

    crate::events! {
        enum Untyped for Hook {
            "a" => A,
        }
    }

    const KEYS: Places<&str> = [Some("type"), Some("data"), Some("id"), Some("at")];

    fn takes_one_pass<E: Typed>(body: &str, keys: Places<&str>) -> bool {
        one_pass::<E>(body.as_bytes(), keys).is_some()
    }

    #[test]
    fn the_usual_event_takes_one_pass_and_every_other_two() {
        for (body, expected) in [
            (r#"{"id":"1","type":"a","at":2,"other":3,"data":4}"#, true),
            (r#"{"type":"a","data":4,"at":2,"id":"1"}"#, true),
            (r#"{"type":"a","data":4}"#, true),
            (r#"{"data":4,"type":"a"}"#, false),
            (r#"{"type":"a"}"#, false),
            (r#"{"type":"a","data":"4"}"#, false),
            (r#"{"type":"b","data":4}"#, false),
            (r#"{"type":"a","data":4,"data":4}"#, false),
            (r#"{"type":"a","type":"a","data":4}"#, false),
            (r#"{"id":"1","id":"1","type":"a","data":4}"#, false),
            (r#"{"at":2,"at":2,"type":"a","data":4}"#, false),
            (r#"{"type":"a","data":4} {}"#, false),
            (r#"["a",4]"#, false),
        ] {
            assert_eq!(takes_one_pass::<Event>(body, KEYS), expected, "{body}");
        }
        assert!(!takes_one_pass::<Event>(
            r#"{"type":"a","data":4}"#,
            [Some("type"), Some("data"), Some("event.id"), None]
        ));
        assert!(!takes_one_pass::<Untyped>(r#"{"type":"a","data":4}"#, KEYS));
    }

    /// Otherwise the id and the time would take one more pass.
    #[test]
    fn a_pass_stores_the_id_and_the_time() {
        let body =
            Bytes::from_static(br#"{"id":"1","type":"a","created_at":"2020-01-15T12:30:00Z","data":4}"#);
        let left_by = |pass: fn(Message<'_>) -> bool| {
            let facts = OnceLock::new();
            assert!(pass(Message::new(Hook::ENVELOPE.as_ref(), &body, None).leaving(&facts)));
            let facts: Facts = facts.into_inner().unwrap();
            (facts.id().map(str::to_owned), facts.time(Hook::ENVELOPE.as_ref()).is_some())
        };
        let expected = (Some("1".to_owned()), true);
        assert_eq!(left_by(|message| message.parse::<Event>().is_some()), expected);
        assert_eq!(left_by(|message| message.open().is_ok()), expected);
    }
}
