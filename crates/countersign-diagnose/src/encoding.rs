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

/// The decoded field `payload` of a form that begins with it.
pub(crate) fn from_form(body: &[u8]) -> Option<Vec<u8>> {
    let value = body.strip_prefix(b"payload=")?.split(|byte| *byte == b'&').next()?;
    let mut decoded = Vec::with_capacity(value.len());
    let mut bytes = value.iter().copied();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit =
                    || char::from(bytes.next()?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                (digit()? << 4) | digit()?
            }
            other => other,
        });
    }
    Some(decoded)
}

/// The form with a field `payload`, as `URLSearchParams` of JavaScript writes it.
pub(crate) fn to_form_script(text: &str) -> Vec<u8> {
    to_form(text, b"*-._")
}

/// The form with a field `payload`, as `urllib.parse.urlencode` of Python writes it.
pub(crate) fn to_form_python(text: &str) -> Vec<u8> {
    to_form(text, b"-._~")
}

fn to_form(text: &str, plain: &[u8]) -> Vec<u8> {
    let mut form = b"payload=".to_vec();
    for byte in text.bytes() {
        match byte {
            b' ' => form.push(b'+'),
            _ if byte.is_ascii_alphanumeric() || plain.contains(&byte) => form.push(byte),
            _ => form.extend(format!("%{byte:02X}").into_bytes()),
        }
    }
    form
}

/// One byte for each character. The result is `None` if a character is not in Latin-1.
pub(crate) fn to_latin1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect()
}

/// One character for each byte of Latin-1.
pub(crate) fn to_utf8(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().map(char::from).collect::<String>().into_bytes()
}
