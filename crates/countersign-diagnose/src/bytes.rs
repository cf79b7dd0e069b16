//! Changes of a body that experiments make: newlines, white space, byte order marks, text encodings.

use std::borrow::Cow;

use crate::dialects::LINED;
use crate::encoding::{to_latin1, to_utf8};
use crate::evidence::Evidence;
use crate::json::Dialect;

/// Bytes that may have been signed.
pub(crate) type Bytes<'e> = Cow<'e, [u8]>;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const GZIP: &[u8] = &[0x1f, 0x8b, 0x08];

/// Texts as bytes.
pub(crate) fn of<'e>(texts: impl IntoIterator<Item = String>) -> impl Iterator<Item = Bytes<'e>> {
    texts.into_iter().map(|text| Cow::Owned(text.into_bytes()))
}

pub(crate) fn joined<'e>(start: &[u8], end: &[u8]) -> Bytes<'e> {
    Cow::Owned([start, end].concat())
}

/// The body without `\r\n` or `\n` at its end, and without `\n` alone.
pub(crate) fn without_final_newline(body: &[u8]) -> impl Iterator<Item = Bytes<'_>> {
    let line = body.strip_suffix(b"\n");
    let bare = line.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    [bare, line].into_iter().flatten().map(Cow::Borrowed)
}

pub(crate) fn without_all_newlines(body: &[u8]) -> Option<Bytes<'_>> {
    // UTF-16 has zeros, and is no text of lines.
    let has_lines = body.contains(&b'\n') && !body.contains(&0);
    has_lines.then(|| without_newlines(body).into())
}

pub(crate) fn crlf_to_lf(body: &[u8]) -> Option<Bytes<'_>> {
    body.windows(2).any(|pair| pair == b"\r\n").then(|| with_lf(body).into())
}

pub(crate) fn lf_to_crlf(body: &[u8]) -> Option<Bytes<'_>> {
    body.contains(&b'\n').then(|| with_crlf(&with_lf(body)).into())
}

/// The lines of an indented JSON text that lost its newlines.
pub(crate) fn with_lost_newlines<'e>(came: &'e Evidence<'_>) -> impl Iterator<Item = Bytes<'e>> {
    let json = came.json.iter();
    json.flat_map(|json| LINED.into_iter().filter_map(|layout| json.write(Dialect::KEPT.layout(layout))))
        .filter(|text| without_newlines(text.as_bytes()) == came.body)
        .flat_map(|text| [format!("{text}\n"), text])
        .map(|text| Cow::Owned(text.into_bytes()))
}

pub(crate) fn without_byte_order_mark(body: &[u8]) -> Option<Bytes<'_>> {
    body.strip_prefix(BYTE_ORDER_MARK).map(Cow::Borrowed)
}

pub(crate) fn with_byte_order_mark<'e>(body: &[u8]) -> Bytes<'e> {
    joined(BYTE_ORDER_MARK, body)
}

/// The Latin-1 bytes of a body that is UTF-8. They are UTF-8 themselves if the body was encoded twice.
pub(crate) fn latin1(body: &[u8], encoded_twice: bool) -> Option<Bytes<'_>> {
    let bytes = to_latin1(std::str::from_utf8(body).ok()?)?;
    (std::str::from_utf8(&bytes).is_ok() == encoded_twice).then_some(Cow::Owned(bytes))
}

/// The UTF-8 of a body that is read as Latin-1.
pub(crate) fn utf8(body: &[u8], from_utf8: bool) -> Option<Bytes<'_>> {
    (std::str::from_utf8(body).is_ok() == from_utf8).then(|| Cow::Owned(to_utf8(body)))
}

/// The body with U+FFFD in place of the bytes that are not UTF-8.
pub(crate) fn replaced(body: &[u8]) -> Bytes<'_> {
    match String::from_utf8_lossy(body) {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// Whether somebody has put U+FFFD in place of bytes that were not UTF-8.
pub(crate) fn has_replacements(body: &[u8]) -> bool {
    std::str::from_utf8(body).is_ok_and(|text| text.contains('\u{fffd}'))
}

pub(crate) fn is_gzip(body: &[u8]) -> bool {
    body.starts_with(GZIP)
}

/// The body without the zero bytes at its end.
pub(crate) fn without_zeros(body: &[u8]) -> Bytes<'_> {
    let end = body.iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1));
    Cow::Borrowed(body.get(..end).unwrap_or_default())
}

/// `curl -d @file` reads a file like this.
fn without_newlines(body: &[u8]) -> Vec<u8> {
    body.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n' | 0)).collect()
}

fn with_lf(body: &[u8]) -> Vec<u8> {
    let next = body.iter().copied().skip(1).map(Some).chain([None]);
    body.iter()
        .copied()
        .zip(next)
        .filter(|pair| *pair != (b'\r', Some(b'\n')))
        .map(|(byte, _)| byte)
        .collect()
}

fn with_crlf(body: &[u8]) -> Vec<u8> {
    body.iter()
        .flat_map(|byte| if *byte == b'\n' { b"\r\n".as_slice() } else { std::slice::from_ref(byte) })
        .copied()
        .collect()
}
