//! Base64, forms and Latin-1, read with tolerance: what is decoded here is tried as a cause, and never accepted.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const TOLERANT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// Either alphabet, padded or not. `None` for an empty text.
pub(super) fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    let engine = |alphabet| GeneralPurpose::new(alphabet, TOLERANT);
    let decoded = engine(&STANDARD).decode(text).or_else(|_| engine(&URL_SAFE).decode(text)).ok()?;
    (!decoded.is_empty()).then_some(decoded)
}

/// The field `payload` of a form that begins with it.
pub(super) fn from_form(body: &[u8]) -> Option<Vec<u8>> {
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

/// As `URLSearchParams` writes it.
pub(super) fn to_form_script(text: &str) -> Vec<u8> {
    to_form(text, b"*-._")
}

/// As `urllib.parse.urlencode` writes it.
pub(super) fn to_form_python(text: &str) -> Vec<u8> {
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

/// A byte for each character. `None` where one has no byte.
pub(super) fn to_latin1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect()
}

/// A character for each byte.
pub(super) fn to_utf8(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().map(char::from).collect::<String>().into_bytes()
}
