//! What may have been signed, given what came: the likely first.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::BodyCause;
use super::dialects::{DIALECTS, INDENTED};
use super::encoding::{from_base64, from_form, to_form_python, to_form_script, to_latin1, to_utf8};
use super::json::Json;

/// A body that may have been signed, and why it is not the one that came.
pub(super) type Rewrite<'a> = (BodyCause, Cow<'a, [u8]>);

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const GZIP: &[u8] = &[0x1f, 0x8b, 0x08];

/// All of them, each made when it is asked for. Some may be equal.
pub(super) fn rewrites<'a>(
    body: &'a [u8],
    json: Option<&'a Json<'a>>,
    stamps: &'a [Vec<u8>],
) -> impl Iterator<Item = Rewrite<'a>> {
    let stamped = stamps.iter().map(move |stamp| (BodyCause::Stamped, Cow::Owned([stamp, body].concat())));
    stamped.chain(newlines(body)).chain(rejoined(body, json)).chain(reserialised(json)).chain(encodings(body))
}

/// What is plain to see in a body that nothing explains.
pub(super) fn facts(body: &[u8]) -> Vec<BodyCause> {
    let facts = [
        (body.is_empty(), BodyCause::Empty),
        (body.starts_with(GZIP), BodyCause::Gzip),
        (std::str::from_utf8(body).is_ok_and(|text| text.contains('\u{fffd}')), BodyCause::Replaced),
    ];
    facts.into_iter().filter(|(holds, _)| *holds).map(|(_, fact)| fact).collect()
}

fn newlines(body: &[u8]) -> impl Iterator<Item = Rewrite<'_>> {
    let without = body.strip_suffix(b"\n").map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let lf_alone = body.strip_suffix(b"\n");
    let crlf = body.windows(2).any(|pair| pair == b"\r\n");
    let newline = body.contains(&b'\n');
    let made: [(BodyCause, Option<Cow<'_, [u8]>>); 9] = [
        (BodyCause::FinalNewlineAdded, without.map(Cow::Borrowed)),
        (BodyCause::FinalNewlineAdded, lf_alone.map(Cow::Borrowed)),
        (BodyCause::FinalNewlineLost, Some([body, b"\n"].concat().into())),
        (BodyCause::FinalNewlineLost, Some([body, b"\r\n"].concat().into())),
        (BodyCause::NewlinesAdded, newline.then(|| without_newlines(body).into())),
        (BodyCause::CrlfForLf, crlf.then(|| with_lf(body).into())),
        (BodyCause::LfForCrlf, newline.then(|| with_crlf(&with_lf(body)).into())),
        (BodyCause::WhiteSpaceAdded, Some(body.trim_ascii().into())),
        (BodyCause::EmptySigned, Some(Cow::Borrowed(&[][..]))),
    ];
    made.into_iter().filter_map(|(cause, bytes)| Some((cause, bytes?)))
}

fn reserialised<'a>(json: Option<&'a Json<'a>>) -> impl Iterator<Item = Rewrite<'a>> {
    json.into_iter()
        .flat_map(|json| DIALECTS.iter().map(move |dialect| (*dialect, json.write(*dialect))))
        .filter_map(|(dialect, text)| {
            Some((BodyCause::Reserialised { dialect: dialect.into() }, Cow::Owned(text?.into_bytes())))
        })
}

fn encodings(body: &[u8]) -> impl Iterator<Item = Rewrite<'_>> {
    type Make = fn(&[u8]) -> Option<(BodyCause, Vec<u8>)>;
    const MAKE: [Make; 10] = [
        |body| Some((BodyCause::FormEncoded, from_form(body)?)),
        |body| Some((BodyCause::FormDecoded, to_form_script(std::str::from_utf8(body).ok()?))),
        |body| Some((BodyCause::FormDecoded, to_form_python(std::str::from_utf8(body).ok()?))),
        |body| Some((BodyCause::Base64Encoded, from_base64(body.trim_ascii())?)),
        |body| Some((BodyCause::Base64Decoded, STANDARD.encode(body).into_bytes())),
        |body| Some((BodyCause::ByteOrderMarkAdded, body.strip_prefix(BYTE_ORDER_MARK)?.to_vec())),
        |body| Some((BodyCause::ByteOrderMarkLost, [BYTE_ORDER_MARK, body].concat())),
        |body| {
            let bytes = to_latin1(std::str::from_utf8(body).ok()?)?;
            let was_utf8 = std::str::from_utf8(&bytes).is_ok();
            Some((if was_utf8 { BodyCause::Utf8Twice } else { BodyCause::Utf8ForLatin1 }, bytes))
        },
        |body| {
            let is_utf8 = std::str::from_utf8(body).is_ok();
            Some((if is_utf8 { BodyCause::Utf8TwiceSigned } else { BodyCause::Latin1ForUtf8 }, to_utf8(body)))
        },
        |body| Some((BodyCause::ReplacedWhenSigned, String::from_utf8_lossy(body).into_owned().into_bytes())),
    ];
    MAKE.iter().filter_map(|make| make(body)).map(|(cause, bytes)| (cause, Cow::Owned(bytes)))
}

/// The lines of JSON whose newlines were dropped, put apart again.
fn rejoined<'a>(body: &'a [u8], json: Option<&'a Json<'a>>) -> impl Iterator<Item = Rewrite<'a>> {
    let lines = json.into_iter().flat_map(|json| INDENTED.iter().filter_map(|dialect| json.write(*dialect)));
    lines
        .filter(move |text| without_newlines(text.as_bytes()) == body)
        .flat_map(|text| [format!("{text}\n"), text])
        .map(|text| (BodyCause::NewlinesLost, Cow::Owned(text.into_bytes())))
}

/// As `curl -d @file` reads a file.
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
