//! The reason why JSON does not fit a type: the path of the field, and the type's expectation. It has no value of the JSON, unless the type
//! itself writes one into a message that looks like a message of serde.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_path_to_error::{Path, Segment};

use crate::DecodeError;
use crate::plain::plain;

/// The most characters of an expectation.
const LONGEST_EXPECTATION: usize = 256;
/// The most characters of a path.
const LONGEST_PATH: usize = 256;
/// The most characters of a key in a path.
const LONGEST_KEY: usize = 64;

/// Explains why this JSON does not fit a type. It parses the JSON again, to find the path of the field.
#[cold]
pub(super) fn explain<'a, T: Deserialize<'a>>(json: &'a [u8], error: &serde_json::Error) -> DecodeError {
    let mut parser = serde_json::Deserializer::from_slice(json);
    // The second error is the same, with a path. A type that takes the JSON this time has no path.
    let path = serde_path_to_error::deserialize::<_, T>(&mut parser).err();
    DecodeError::PayloadMismatch {
        expectation: plain(&expectation(&error.to_string()), LONGEST_EXPECTATION),
        path: path.map(|error| text_of(error.path())).unwrap_or_default(),
        line: error.line(),
        column: error.column(),
    }
}

/// A path as a text. Its keys may be ones that the provider chose.
fn text_of(path: &Path) -> String {
    let mut text = String::new();
    for segment in path {
        let key = match segment {
            Segment::Seq { index } => {
                // Writing to a string never fails.
                write!(text, "[{index}]").unwrap_or_default();
                continue;
            }
            Segment::Map { key } | Segment::Enum { variant: key } => key,
            Segment::Unknown => "?",
        };
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(&plain(key, LONGEST_KEY));
    }
    plain(&text, LONGEST_PATH)
}

/// The type's expectation, cut out of a message of serde. Such a message may also quote the body, and an error must never do that.
///
/// Only the parts that are the type's own words, by the contract of `serde::de::Error`, are kept. Any other message is dropped. A type may
/// break the contract, so the caller escapes and shortens the result.
fn expectation(message: &str) -> String {
    let quoted = |prefix| message.strip_prefix(prefix)?.split('`').next();
    if let Some(field) = quoted("missing field `") {
        return format!("missing field '{field}'");
    }
    if let Some(field) = quoted("duplicate field `") {
        return format!("field '{field}' twice");
    }
    for unknown in ["unknown field", "unknown variant"] {
        // The key is in the path. The variant is a value, so nobody shows it.
        if message.starts_with(&format!("{unknown} `")) {
            return unknown.to_owned();
        }
    }
    let of_type =
        ["invalid type: ", "invalid value: ", "invalid length "].iter().any(|p| message.starts_with(p));
    match message.rsplit_once(", expected ") {
        Some((_, expected)) if of_type => {
            // serde_json appends the line and the column. Our error has separate fields for them.
            let expected = expected.rsplit_once(" at line ").map_or(expected, |(expected, _)| expected);
            format!("expected {expected}")
        }
        _ => "the type refuses it".to_owned(),
    }
}
