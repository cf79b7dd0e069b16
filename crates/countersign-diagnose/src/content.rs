//! The content of a body that is a container: compressed, a multipart message, a form, JSON with the signed text in it.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use crate::bytes::is_gzip;
use crate::encoding::{from_base64, from_form_text};
use crate::form;
use crate::json::{Json, Token, unescape};

/// Most bytes of a decompressed body. More is cut off, because it is only tried.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Most parts or fields of one body.
const MAX_PARTS: usize = 16;

/// Deepest member that is taken for the signed text.
const MAX_DEPTH: usize = 3;

/// Most members of one depth.
const MAX_MEMBERS: usize = 16;

/// How a provider joins the fields of a body: whether it sorts them, with their names, the text behind a name, the text between two.
const JOINTS: [(bool, bool, &str, &str); 8] = [
    (true, true, "", ""),
    (true, true, "=", "&"),
    (true, true, "", "|"),
    (true, false, "", ""),
    (true, false, "", "|"),
    (false, true, "=", "&"),
    (false, false, "", ""),
    (false, false, "", "|"),
];

/// The decompressed body, if it is gzip, or deflated with or without the header of zlib.
pub(crate) fn decompressed(body: &[u8]) -> Option<Vec<u8>> {
    if is_gzip(body) {
        return all(MultiGzDecoder::new(body));
    }
    // The two bytes of zlib's header are a multiple of 31, and the first names the method.
    let is_zlib = matches!(body, [first, second, ..] if first & 0x0f == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0);
    if is_zlib { all(ZlibDecoder::new(body)) } else { deflated(body) }
}

/// Nothing marks the start of a deflated text. A body that is readable text is therefore taken for no deflated one.
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
    let field = |field: &[u8]| {
        let (name, value) = form::split(field)?;
        let name = std::str::from_utf8(name).ok().filter(|name| is_word(name))?;
        let value = from_form_text(value)?;
        (!value.is_empty()).then(|| (name.to_owned(), value))
    };
    body.split(|byte| *byte == b'&').take(MAX_PARTS).map_while(field).collect()
}

/// A name that is no content.
fn is_word(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 32
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

/// The values inside a JSON text, each with its path: objects and arrays as they stand there, strings with what they say, in base64 too.
pub(crate) fn members(json: &Json<'_>) -> Vec<(String, Vec<u8>)> {
    let mut open: Vec<(usize, String)> = Vec::new();
    let mut found: Vec<(usize, String, Vec<u8>)> = Vec::new();
    let mut counts = [0_usize; MAX_DEPTH];
    let mut name = None;
    let next = json.spans().skip(1).map(|(token, _)| Some(token)).chain([None]);
    for ((token, place), next) in json.spans().zip(next) {
        let path = |name| open.last().map_or_else(String::new, |(_, parent)| path(parent, name));
        let (depth, path, content) = match token {
            Token::Text(key) if next == Some(Token::Colon) => {
                name = Some(key);
                continue;
            }
            Token::Open(_) => {
                let path = if open.len() <= MAX_DEPTH { path(name.take()) } else { String::new() };
                open.push((place, path));
                continue;
            }
            Token::Close(_) => {
                let Some((start, path)) = open.pop() else { continue };
                (open.len(), path, json.text().get(start..=place).map(|text| text.as_bytes().to_vec()))
            }
            Token::Text(content) => {
                let text = || unescape(content).map(char::from_u32).collect::<Option<String>>();
                (open.len(), path(name.take()), text().map(String::into_bytes))
            }
            _ => continue,
        };
        let Some(count) = depth.checked_sub(1).and_then(|level| counts.get_mut(level)) else { continue };
        *count = count.saturating_add(1);
        found.extend(
            content
                .filter(|content| *count <= MAX_MEMBERS && content.len() > 1)
                .map(|content| (depth, path, content)),
        );
    }
    found.sort_by_key(|(depth, ..)| *depth);
    found.into_iter().flat_map(|(_, path, content)| decoded_too(path, content)).collect()
}

fn decoded_too(path: String, content: Vec<u8>) -> impl Iterator<Item = (String, Vec<u8>)> {
    let decoded = from_base64(content.trim_ascii()).map(|decoded| (path.clone(), decoded));
    std::iter::once((path, content)).chain(decoded)
}

fn path(parent: &str, name: Option<&str>) -> String {
    let name = name.map_or("[]", |name| if is_word(name) { name } else { "…" });
    if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") }
}

/// The fields of a form or of JSON as one text, as some providers sign them.
pub(crate) fn joined(body: &[u8], json: Option<&Json<'_>>) -> Vec<Vec<u8>> {
    let fields = form::fields(body)
        .or_else(|| form::members(json?, false))
        .filter(|fields| (2..=form::MAX_FIELDS).contains(&fields.len()));
    let mut fields = fields.unwrap_or_default();
    let kept = fields.clone();
    fields.sort();
    let text = |(is_sorted, has_names, behind, between): (bool, bool, &str, &str)| {
        let fields = if is_sorted { &fields } else { &kept };
        let field = |(name, value): &(Vec<u8>, Vec<u8>)| {
            let name = if has_names { &**name } else { b"" };
            [name, behind.as_bytes(), value].concat()
        };
        fields.iter().map(field).collect::<Vec<_>>().join(between.as_bytes())
    };
    let texts = JOINTS.into_iter().map(text).filter(|text| !text.is_empty());
    texts.collect()
}

/// The names and values of a form in alphabetical order, joined.
pub(crate) fn sorted(body: &[u8]) -> Option<Vec<u8>> {
    joined(body, None).into_iter().next()
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

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn a_decompressed_body_is_cut_off() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&vec![0; 5_000_000]).unwrap();
        assert_eq!(decompressed(&encoder.finish().unwrap()).unwrap().len(), 4_194_304);
    }
}
