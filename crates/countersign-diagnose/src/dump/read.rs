//! Texts that languages have printed, read back.

use super::Language;
use crate::encoding::hex_byte;
use crate::json::{Dialect, Json};

/// How languages begin the text of an object that is no JSON: JavaScript, Go, PHP (`print_r`, `var_export`, `var_dump`), Python, Ruby.
const PRINTED: [&[u8]; 11] = [
    b"[object ",
    b"map[",
    b"Array",
    b"array (",
    b"array(",
    b"stdClass Object",
    b"(object)",
    b"object(",
    b"OrderedDict(",
    b"#<",
    b"<QueryDict",
];

/// Whether the text is what a language prints for an object. Its values cannot be read from it, or not all.
pub(crate) fn is_printed(body: &[u8]) -> bool {
    let java = body.strip_prefix(b"{").and_then(|members| {
        let end = members.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')?;
        members.get(end)
    });
    let node = body.strip_prefix(b"{").is_some_and(|members| {
        let members = members.trim_ascii_start();
        let end = members.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
        end.filter(|end| *end > 0).is_some_and(|end| members.get(end) == Some(&b':'))
    });
    PRINTED.iter().any(|start| body.starts_with(start)) || java == Some(&b'=') || node
}

/// JSON from a text that Python, Ruby or Node printed. It is only tried, so anything else may come out of another text.
pub(crate) fn undumped(body: &[u8]) -> Option<(Language, String)> {
    let text = std::str::from_utf8(body).ok()?;
    if let Some(text) = bytes_of_python(text) {
        return Some((Language::PythonBytes, text));
    }
    let mut language = if text.contains("=>") { Language::Ruby } else { Language::Python };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => quoted(rest, first, &mut out)?,
            _ if first.is_ascii_alphabetic() || first == '_' => match bare_key(rest) {
                Some(key) => {
                    language = Language::Node;
                    out.push_str(&format!("\"{key}\""));
                    key.len()
                }
                None => word(rest, &mut out),
            },
            '=' if rest.starts_with("=>") => {
                out.push(':');
                2
            }
            _ => {
                out.push(first);
                first.len_utf8()
            }
        };
        rest = rest.get(length..)?;
    }
    let json = Json::parse(out.as_bytes())?;
    // A text that is JSON already was not printed by either.
    let is_changed = Json::parse(body).is_none();
    is_changed.then(|| json.write(Dialect::MINIFIED)).flatten().map(|json| (language, json))
}

/// The text of Python's bytes.
fn bytes_of_python(text: &str) -> Option<String> {
    let quoted = text.trim_end().strip_prefix('b')?;
    let quote = quoted.chars().next().filter(|quote| "'\"".contains(*quote))?;
    let inner = quoted.strip_prefix(quote)?.strip_suffix(quote)?;
    let mut out = Vec::with_capacity(inner.len());
    let mut bytes = inner.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'\\' => match bytes.next()? {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'x' => hex_byte(&mut bytes)?,
                other => other,
            },
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

/// A key without quotes, as JavaScript prints it.
fn bare_key(text: &str) -> Option<&str> {
    let end = text.find(|letter: char| !letter.is_ascii_alphanumeric() && !"_$".contains(letter))?;
    let (key, rest) = text.split_at_checked(end)?;
    rest.starts_with(':').then_some(key)
}

/// Copies a word, and returns its length.
fn word(text: &str, out: &mut String) -> usize {
    let end = text.find(|letter: char| !letter.is_ascii_alphabetic() && letter != '_').unwrap_or(text.len());
    let word = text.get(..end).unwrap_or_default();
    out.push_str(match word {
        "True" => "true",
        "False" => "false",
        "None" | "nil" | "undefined" => "null",
        other => other,
    });
    end
}

/// Copies a string in quotes as one of JSON, and returns its length.
fn quoted(text: &str, quote: char, out: &mut String) -> Option<usize> {
    let mut characters = text.char_indices().skip(1);
    out.push('"');
    loop {
        let (place, character) = characters.next()?;
        match character {
            _ if character == quote => {
                out.push('"');
                return place.checked_add(1);
            }
            '"' => out.push_str("\\\""),
            '\\' => match characters.next()?.1 {
                escaped @ ('\'' | '#') => out.push(escaped),
                'x' => {
                    out.push_str("\\u00");
                    out.extend([characters.next()?.1, characters.next()?.1]);
                }
                'e' => out.push_str("\\u001b"),
                'a' => out.push_str("\\u0007"),
                'v' => out.push_str("\\u000b"),
                other => out.extend(['\\', other]),
            },
            _ => out.push(character),
        }
    }
}
