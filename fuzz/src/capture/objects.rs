//! Headers as programs print an object, with the body behind it.

use std::fmt::Write as _;

use serde_json::Value;

use super::forms::{has_length, pseudo};
use crate::command::source::http1::Request;

/// An object of Node.
pub(super) fn node(request: &Request, around: u16) -> Vec<u8> {
    let name = |name: &str| {
        if around & 1 == 0 && name.chars().all(|sign| sign.is_ascii_alphabetic()) {
            name.to_owned()
        } else {
            quoted(name)
        }
    };
    let open = ["{ ", "[Object: null prototype] { ", "headers: { "][usize::from(around >> 1) % 3];
    let body = String::from_utf8_lossy(&request.body);
    object(request, (open, " }"), |key, value| format!("{}: {}", name(key), quoted(value)), &body)
}

/// A label and the bytes of a body.
pub(super) fn buffer(request: &Request, _: u16) -> Vec<u8> {
    let body: String = request.body.iter().map(|byte| format!(" {byte:02x}")).collect();
    let body = format!("body: <Buffer{}{body}>", if body.is_empty() { " " } else { "" });
    object(request, ("{ ", " }"), |key, value| format!("{}: {}", quoted(key), quoted(value)), &body)
}

/// A label and a text.
pub(super) fn text(request: &Request, _: u16) -> Vec<u8> {
    let body = quoted(&String::from_utf8_lossy(&request.body)).replace('\n', "\\n").replace('\r', "\\r");
    object(
        request,
        ("{ ", " }"),
        |key, value| format!("{}: {}", quoted(key), quoted(value)),
        &format!("body: {body}"),
    )
}

/// A dict, and bytes.
pub(super) fn python(request: &Request, _: u16) -> Vec<u8> {
    let quote = if request.body.contains(&b'\'') && !request.body.contains(&b'"') { '"' } else { '\'' };
    let mut body = String::new();
    for byte in &request.body {
        match byte {
            b'\n' => body.push_str("\\n"),
            b'\r' => body.push_str("\\r"),
            b'\t' => body.push_str("\\t"),
            b'\\' => body.push_str("\\\\"),
            b'\'' if quote == '\'' => body.push_str("\\'"),
            b' '..=b'~' => body.push(char::from(*byte)),
            _ => write!(body, "\\x{byte:02x}").unwrap(),
        }
    }
    object(
        request,
        ("{", "}"),
        |key, value| format!("{}: {}", quoted(key), quoted(value)),
        &format!("b{quote}{body}{quote}"),
    )
}

/// A hash.
pub(super) fn ruby(request: &Request, around: u16) -> Vec<u8> {
    let arrow = ["=>", " => "][usize::from(around & 1)];
    let body = String::from_utf8_lossy(&request.body);
    object(
        request,
        ("{", "}"),
        |key, value| format!("{}{arrow}{}", Value::from(key), Value::from(value)),
        &body,
    )
}

/// A header with its type.
pub(super) fn go(request: &Request, _: u16) -> Vec<u8> {
    let body = String::from_utf8_lossy(&request.body);
    object(
        request,
        ("http.Header{", "}"),
        |key, value| format!("{}:[]string{{{}}}", Value::from(key), Value::from(value)),
        &body,
    )
}

/// An object with the headers, and the body in the next line.
fn object(
    request: &Request,
    (open, close): (&str, &str),
    pair: impl Fn(&str, &str) -> String,
    body: &str,
) -> Vec<u8> {
    let pairs: Vec<_> = pseudo(request).iter().map(|(name, value)| pair(name, value)).collect();
    let end = if has_length(request) { "\n" } else { "" };
    format!("{open}{}{close}\n{body}{end}", pairs.join(", ")).into_bytes()
}

/// A text in quotes. Those that the text does not have are the usual ones.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', r"\\");
    match (text.contains('\''), text.contains('"')) {
        (false, _) => format!("'{text}'"),
        (true, false) => format!("\"{text}\""),
        (true, true) => format!("'{}'", text.replace('\'', r"\'")),
    }
}
