//! Finds values in a JSON body by their paths, without building a tree.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::DecodeError;

/// A value for each of the four places of an envelope: the event type, the payload, the id and the time.
pub(super) type Places<T> = [Option<T>; 4];

/// A mistake in a body. A path may be known only at run time, so it has a lifetime of its own.
pub(crate) enum Fault<'p> {
    Decode(DecodeError),
    /// A key on one of the paths is there twice. Two programs could read two different events from such a body.
    Duplicate(&'p str),
}

/// The values at these paths of a JSON object, still as JSON text that borrows from the body.
///
/// The whole body is read, so an error anywhere in it is found. A path that leads through a value that is no object has no value.
pub(super) fn find<'a, 'p>(
    body: &'a [u8],
    paths: Places<&'p str>,
) -> Result<Places<&'a RawValue>, Fault<'p>> {
    let text = std::str::from_utf8(body)
        .map_err(|error| Fault::Decode(DecodeError::NotUtf8 { offset: error.valid_up_to() }))?;
    let mut json = serde_json::Deserializer::from_str(text);
    let read = Reader(paths.map(|path| path.map(head))).deserialize(&mut json).map_err(|error| {
        Fault::Decode(match error.classify() {
            Category::Data => DecodeError::NotObject,
            Category::Syntax | Category::Eof | Category::Io => {
                DecodeError::NotJson { line: error.line(), column: error.column() }
            }
        })
    })?;
    json.end().map_err(|error| {
        Fault::Decode(DecodeError::TrailingBytes { line: error.line(), column: error.column() })
    })?;
    if let Some(key) = read.duplicate {
        return Err(Fault::Duplicate(key));
    }
    descend(paths, read.found)
}

/// The JSON text of the value at one path.
pub(crate) fn find_text<'a, 'p>(body: &'a [u8], path: &'p str) -> Result<Option<&'a str>, Fault<'p>> {
    let [found, ..] = find(body, [Some(path), None, None, None])?;
    Ok(found.map(RawValue::get))
}

/// Follows the paths that have more keys. Paths with the same first key share one look into its object.
fn descend<'a, 'p>(
    paths: Places<&'p str>,
    mut found: Places<&'a RawValue>,
) -> Result<Places<&'a RawValue>, Fault<'p>> {
    let longer = paths.map(|path| path.and_then(|path| path.split_once('.')));
    for (place, path) in longer.iter().enumerate() {
        let Some((first, _)) = *path else { continue };
        if longer.iter().take(place).flatten().any(|(other, _)| *other == first) {
            continue;
        }
        let tails = longer.map(|path| path.filter(|(other, _)| *other == first).map(|(_, tail)| tail));
        let object = found.iter().zip(tails).find_map(|(raw, tail)| tail.and(*raw));
        let inner = match object.map(|raw| find(raw.get().as_bytes(), tails)) {
            Some(Ok(inner)) => inner,
            Some(Err(Fault::Duplicate(key))) => return Err(Fault::Duplicate(key)),
            Some(Err(Fault::Decode(_))) | None => [None; 4],
        };
        for (slot, (inner, tail)) in found.iter_mut().zip(inner.into_iter().zip(tails)) {
            if tail.is_some() {
                *slot = inner;
            }
        }
    }
    Ok(found)
}

fn head(path: &str) -> &str {
    path.split_once('.').map_or(path, |(head, _)| head)
}

/// The values of an object's keys.
#[derive(Default)]
struct Read<'a, 'p> {
    found: Places<&'a RawValue>,
    /// A key that the object has more than once.
    duplicate: Option<&'p str>,
}

/// Reads the values of these keys, and skips all other keys.
#[derive(Clone, Copy)]
struct Reader<'p>(Places<&'p str>);

impl<'de, 'p> DeserializeSeed<'de> for Reader<'p> {
    type Value = Read<'de, 'p>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, 'p> Visitor<'de> for Reader<'p> {
    type Value = Read<'de, 'p>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an envelope")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut read = Read::default();
        while let Some(raw) = map.next_key::<&RawValue>()? {
            // Keys are compared without their escapes: `"t\u0079pe"` is `type`. A key with half a surrogate pair has no text, so it is no
            // key of the envelope.
            let text = string(raw.get());
            let is_key = |key: &Option<&str>| key.is_some() && text.as_deref() == *key;
            let Some(key) = self.0.iter().copied().find(is_key).flatten() else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = map.next_value::<&RawValue>()?;
            for (slot, _) in read.found.iter_mut().zip(self.0).filter(|(_, own)| is_key(own)) {
                if slot.replace(value).is_some() {
                    read.duplicate = Some(key);
                }
            }
        }
        Ok(read)
    }
}

/// The text of a JSON string, borrowed if it has no escapes. `None` for any other JSON.
pub(super) fn string(json: &str) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

    // The text has been parsed before, so a string without a backslash is what stands between its quotes.
    if !json.contains('\\') {
        return Some(Cow::Borrowed(json.strip_prefix('"')?.strip_suffix('"')?));
    }
    serde_json::from_str::<Text<'_>>(json).ok().map(|text| text.0)
}
