//! Base64, forms and Latin-1.
//!
//! The decoders are tolerant, because their results are only tried and never accepted as genuine.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const TOLERANT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// Decodes either alphabet, padded or not. The result is `None` for an empty text.
pub(crate) fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    let engine = |alphabet| GeneralPurpose::new(alphabet, TOLERANT);
    let decoded = engine(&STANDARD).decode(text).or_else(|_| engine(&URL_SAFE).decode(text)).ok()?;
    (!decoded.is_empty()).then_some(decoded)
}

/// Decodes hex digits, with or without the `\x` that Postgres writes in front.
pub(crate) fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii();
    hex::decode(text.strip_prefix(b"\\x").unwrap_or(text)).ok()
}

/// The decoded field `payload` of a form that begins with it.
pub(crate) fn from_form(body: &[u8]) -> Option<Vec<u8>> {
    from_form_text(body.strip_prefix(b"payload=")?.split(|byte| *byte == b'&').next()?)
}

/// A text of a form without its escapes. A form writes a space as `+`.
pub(crate) fn from_form_text(text: &[u8]) -> Option<Vec<u8>> {
    without_percents(text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }))
}

/// Decodes percent escapes. The result is `None` if one is broken.
pub(crate) fn from_percent(text: &[u8]) -> Option<Vec<u8>> {
    without_percents(text.iter().copied())
}

fn without_percents(mut bytes: impl Iterator<Item = u8>) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(bytes.size_hint().0);
    while let Some(byte) = bytes.next() {
        decoded.push(if byte == b'%' { hex_byte(&mut bytes)? } else { byte });
    }
    Some(decoded)
}

/// The byte that the next two hex digits stand for.
pub(crate) fn hex_byte(digits: &mut impl Iterator<Item = u8>) -> Option<u8> {
    let mut byte = [0];
    hex::decode_to_slice([digits.next()?, digits.next()?], &mut byte).ok()?;
    let [byte] = byte;
    Some(byte)
}

/// One byte for each character. The result is `None` if a character is not in Latin-1.
pub(crate) fn to_latin1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect()
}

/// One character for each byte of Latin-1.
pub(crate) fn to_utf8(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().map(char::from).collect::<String>().into_bytes()
}
