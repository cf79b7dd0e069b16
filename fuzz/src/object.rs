//! JSON of the reference.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// An object that keeps repeated keys too, read by `serde_json`.
pub struct Object(Vec<(Option<String>, Box<RawValue>)>);

/// The fault of a body that has a key of a path twice.
#[derive(Debug)]
pub struct Twice;

impl Object {
    /// The value at a path of keys. A path through a value that is no object has none.
    ///
    /// # Errors
    ///
    /// A key of the path is there twice.
    pub fn at(&self, path: &str) -> Result<Option<Box<RawValue>>, Twice> {
        let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
        let values: Vec<_> = self
            .0
            .iter()
            .filter(|(other, _)| other.as_deref() == Some(key))
            .map(|(_, value)| value)
            .collect();
        match (&values[..], rest) {
            ([], _) => Ok(None),
            ([value], None) => Ok(Some((*value).clone())),
            ([value], Some(rest)) => {
                serde_json::from_str::<Self>(value.get()).map_or(Ok(None), |inner| inner.at(rest))
            }
            _ => Err(Twice),
        }
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
                while let Some((key, value)) = map.next_entry::<Box<RawValue>, _>()? {
                    // A key with half a surrogate pair has no text.
                    pairs.push((serde_json::from_str(key.get()).ok(), value));
                }
                Ok(Object(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}
