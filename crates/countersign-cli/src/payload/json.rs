//! JSON objects that are written as they were read: the order of the members and the spelling of the values stay.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object(Vec<(String, Value)>);

#[derive(Clone, Debug)]
enum Value {
    /// JSON text.
    Text(String),
    Object(Object),
}

/// Reads an object. `None` if the text is other JSON.
pub(crate) fn object(json: &str) -> Option<Object> {
    serde_json::from_str(json).ok()
}

impl Object {
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The JSON text of a member.
    pub(crate) fn member(&self, key: &str) -> Option<String> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.to_string())
    }

    /// Sets the value at a path, such as `event.event_type`. It makes the objects on the way.
    pub(crate) fn set(&mut self, path: &str, json: &str) {
        let (key, rest) = path.split_once('.').unzip();
        self.change(key.unwrap_or(path), |old| match rest {
            None => Value::Text(json.to_owned()),
            Some(rest) => Value::in_object(old, |inner| inner.set(rest, json)),
        });
    }

    /// Sets the value at a path. If both this value and the one that is there are objects, the result has the members of both.
    pub(crate) fn merge_at(&mut self, path: &str, json: &str) {
        let (key, rest) = path.split_once('.').unzip();
        self.change(key.unwrap_or(path), |old| match rest {
            None => Value::merged(old, Value::Text(json.to_owned())),
            Some(rest) => Value::in_object(old, |inner| inner.merge_at(rest, json)),
        });
    }

    /// Adds members. A new value replaces an old one, unless both are objects.
    pub(crate) fn merge(&mut self, other: Self) {
        for (key, value) in other.0 {
            self.change(&key, |old| Value::merged(old, value));
        }
    }

    fn change(&mut self, key: &str, change: impl FnOnce(Option<Value>) -> Value) {
        match self.0.iter_mut().find(|(name, _)| name == key) {
            Some((_, value)) => *value = change(Some(std::mem::take(value))),
            None => self.0.push((key.to_owned(), change(None))),
        }
    }
}

impl Value {
    fn merged(old: Option<Self>, new: Self) -> Self {
        match (old, new) {
            (Some(Self::Object(mut inner)), Self::Text(text)) => match object(&text) {
                Some(members) => {
                    inner.merge(members);
                    Self::Object(inner)
                }
                None => Self::Text(text),
            },
            (_, new) => new,
        }
    }

    /// Changes an object. Any other value makes room for one.
    fn in_object(old: Option<Self>, change: impl FnOnce(&mut Object)) -> Self {
        let mut inner = match old {
            Some(Self::Object(inner)) => inner,
            Some(Self::Text(text)) => object(&text).unwrap_or_default(),
            None => Object::default(),
        };
        change(&mut inner);
        Self::Object(inner)
    }
}

impl Default for Value {
    fn default() -> Self {
        Self::Object(Object::default())
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (number, (key, value)) in self.0.iter().enumerate() {
            let comma = if number > 0 { "," } else { "" };
            write!(f, "{comma}{}:{value}", serde_json::Value::from(key.as_str()))?;
        }
        f.write_str("}")
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Object(inner) => inner.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut members = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, Box<RawValue>>()? {
            members.push((key, Value::Text(value.get().to_owned())));
        }
        Ok(Object(members))
    }
}

/// Removes white space from JSON, since providers send none. Some receivers parse the body and hash their own JSON of it, and would
/// refuse other bodies. The documents of some providers print such receivers.
pub(crate) fn compact(json: &str) -> String {
    let (mut inside, mut escaped) = (false, false);
    let keep = |character: &char| {
        let quote = *character == '"' && !escaped;
        escaped = *character == '\\' && !escaped;
        inside ^= quote;
        inside || !character.is_ascii_whitespace()
    };
    json.chars().filter(keep).collect()
}
