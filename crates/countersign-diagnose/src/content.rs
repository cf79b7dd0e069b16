//! The content of a body that is a container: compressed, a multipart message, a form.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use crate::bytes::Bytes;
use crate::request::shown;
use crate::text::unstringified;

/// Most bytes of a decompressed body. More is cut off, because it is only tried.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Most parts or fields of one body.
const MAX_PARTS: usize = 16;

const GZIP: &[u8] = &[0x1f, 0x8b, 0x08];

pub(crate) fn is_gzip(body: &[u8]) -> bool {
    body.starts_with(GZIP)
}

/// The decompressed body, if it is gzip, or deflated with or without the header of zlib.
pub(crate) fn decompressed(body: &[u8]) -> Option<Vec<u8>> {
    if is_gzip(body) {
        return all(MultiGzDecoder::new(body));
    }
    // The two bytes of zlib's header are a multiple of 31, and the first names the method.
    let is_zlib = matches!(body, [first, second, ..] if first & 0x0f == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0);
    if is_zlib { all(ZlibDecoder::new(body)) } else { deflated(body) }
}

/// A deflated text is recognised by its end alone, so a text that is readable as it is, is left alone.
fn deflated(body: &[u8]) -> Option<Vec<u8>> {
    std::str::from_utf8(body).is_err().then(|| all(DeflateDecoder::new(body)))?
}

fn all(decoder: impl std::io::Read) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    decoder.take(MAX_BYTES).read_to_end(&mut content).ok()?;
    (!content.is_empty()).then_some(content)
}

/// The contents of the parts of a multipart body.
pub(crate) fn parts(body: &[u8]) -> Vec<&[u8]> {
    let Some(line) = body.strip_prefix(b"--").and_then(|rest| rest.split(|byte| *byte == b'\n').next())
    else {
        return Vec::new();
    };
    let boundary = [b"\n--", line.trim_ascii_end()].concat();
    let mut contents = Vec::new();
    let mut rest = body;
    while let Some(end) = find(rest, &boundary).filter(|_| contents.len() < MAX_PARTS) {
        let part = rest.get(..end).unwrap_or_default();
        contents.extend(content(part.strip_suffix(b"\r").unwrap_or(part)));
        rest = rest.get(end.saturating_add(boundary.len())..).unwrap_or_default();
    }
    contents
}

/// The bytes of a part behind its headers.
fn content(part: &[u8]) -> Option<&[u8]> {
    let behind = |end: &[u8]| part.get(find(part, end)?.checked_add(end.len())?..);
    behind(b"\r\n\r\n").or_else(|| behind(b"\n\n")).filter(|content| !content.is_empty())
}

/// The decoded values of a form's fields, each with its name if that is a plain word.
pub(crate) fn fields(body: &[u8]) -> Vec<(String, Vec<u8>)> {
    let is_word = |name: &&str| {
        !name.is_empty()
            && name.len() <= 32
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    let field = |field: &[u8]| {
        let end = field.iter().position(|byte| *byte == b'=')?;
        let name = std::str::from_utf8(field.get(..end)?).ok().filter(is_word)?;
        let value = from_percent(&spaced(field.get(end.checked_add(1)?..)?))?;
        (!value.is_empty()).then(|| (name.to_owned(), value))
    };
    body.split(|byte| *byte == b'&').take(MAX_PARTS).map_while(field).collect()
}

/// A form writes a space as `+`.
fn spaced(value: &[u8]) -> Vec<u8> {
    value.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect()
}

/// The text in base64, with the line lengths and line ends that encoders have.
pub(crate) fn base64_lines(text: &[u8]) -> Vec<Vec<u8>> {
    const FORMS: [(usize, &[u8], bool); 5] =
        [(60, b"\n", true), (76, b"\r\n", false), (76, b"\n", true), (64, b"\n", true), (76, b"\r\n", true)];
    let encoded = STANDARD.encode(text).into_bytes();
    let form = |(length, end, at_the_end): (usize, &[u8], bool)| {
        let mut lines = encoded.chunks(length).collect::<Vec<_>>().join(end);
        lines.extend_from_slice(if at_the_end { end } else { b"" });
        lines
    };
    FORMS.into_iter().map(form).collect()
}

/// Decodes percent escapes. The result is `None` if one is broken.
pub(crate) fn from_percent(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        decoded.push(if byte == b'%' {
            let mut digit =
                || char::from(bytes.next()?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            (digit()? << 4) | digit()?
        } else {
            byte
        });
    }
    Some(decoded)
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

/// The names and values of a form in alphabetical order, joined.
pub(crate) fn sorted(body: &[u8]) -> Option<Vec<u8>> {
    let decoded = |text: &[u8]| from_percent(&spaced(text));
    let field = |field: &[u8]| {
        let end = field.iter().position(|byte| *byte == b'=')?;
        Some((decoded(field.get(..end)?)?, decoded(field.get(end.checked_add(1)?..)?)?))
    };
    let mut fields: Vec<_> = body.split(|byte| *byte == b'&').map(field).collect::<Option<_>>()?;
    fields.sort();
    Some(fields.into_iter().flat_map(|(name, value)| [name, value].concat()).collect())
}

/// The members of a JSON object, as they stand in the text, each with its key if that is a short word.
fn members(body: &[u8]) -> Vec<(String, &[u8])> {
    let Some(inner) = body.trim_ascii().strip_prefix(b"{").and_then(|body| body.strip_suffix(b"}")) else {
        return Vec::new();
    };
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    let is_comma = |byte: &u8| {
        match byte {
            b'"' if !is_escaped => is_text = !is_text,
            b'{' | b'[' if !is_text => depth = depth.saturating_add(1),
            b'}' | b']' if !is_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        is_escaped = *byte == b'\\' && !is_escaped;
        *byte == b',' && depth == 0 && !is_text
    };
    inner.split(is_comma).take(MAX_PARTS).filter_map(member).filter(|(_, value)| value.len() > 1).collect()
}

/// The members, and the texts in the ones that are strings.
pub(crate) fn member_texts(body: &[u8]) -> Vec<(String, Bytes<'_>)> {
    let texts = |(name, value): (String, _)| {
        let inner = if <[u8]>::starts_with(value, b"\"") { unstringified(value) } else { Vec::new() };
        let inner = inner.into_iter().map(|text| Bytes::Owned(text.into_bytes()));
        let all: Vec<_> = inner.chain([Bytes::Borrowed(value)]).collect();
        all.into_iter().map(move |text| (name.clone(), text))
    };
    members(body).into_iter().flat_map(texts).collect()
}

fn member(member: &[u8]) -> Option<(String, &[u8])> {
    let rest = member.trim_ascii_start().strip_prefix(b"\"")?;
    let (name, rest) = rest.split_at_checked(rest.iter().position(|byte| *byte == b'"')?)?;
    let value = rest.get(1..)?.trim_ascii_start().strip_prefix(b":")?;
    Some((shown(name)?, value.trim_ascii()))
}
