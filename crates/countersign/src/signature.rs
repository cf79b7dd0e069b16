//! Reads the tag from the value of the signature header.
//!
//! The accepted grammar, in ABNF (RFC 5234):
//!
//! ```text
//! sha256-value = %s"sha256=" 64HEXDIG      ; Format::Sha256, the prefix in lower case only
//! hex-value    = 64HEXDIG                  ; Format::Hex
//! HEXDIG       = %x30-39 / %x41-46 / %x61-66
//! ```
//!
//! Nothing else is accepted. White space, a comma, a second tag, another algorithm's name and a shorter tag are all refused. A parser
//! that trims or skips accepts many spellings of one signature, and two parsers in a row may then disagree about its meaning.
//!
//! The provider's type fixes the algorithm. The header cannot choose another one, so a forger cannot ask for a weaker one.

use crate::mac::{TAG_BYTES, Tag};
use crate::{Format, VerifyError};

/// Reads the tag in `value`, which may hold any bytes.
pub(crate) fn parse(format: Format, value: &[u8]) -> Result<Tag, VerifyError> {
    let digits = match format {
        Format::Sha256 => value.strip_prefix(b"sha256=").ok_or(VerifyError::Prefix)?,
        Format::Hex => value,
    };
    // The length is checked first, and it must be exact. If a shorter tag were accepted and compared byte by byte, a forger would guess a
    // tag of one byte within 256 attempts. Bytes are counted and not characters, because a character may have several bytes.
    if digits.len() != 2 * TAG_BYTES {
        return Err(VerifyError::Length { found: digits.len() });
    }
    let mut tag = [0; TAG_BYTES];
    // Digits may be in upper or lower case. Both decode to the same bytes, and only bytes are compared later.
    hex::decode_to_slice(digits, &mut tag).map_err(|_| VerifyError::Digit)?;
    Ok(Tag(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGITS: &str = "00112233445566778899aAbBcCdDeEfFffeeddccbbaa99887766554433221100";

    fn read(format: Format, value: impl AsRef<[u8]>) -> Result<[u8; TAG_BYTES], VerifyError> {
        parse(format, value.as_ref()).map(|tag| tag.0)
    }

    #[test]
    fn a_format_is_read_and_the_other_is_refused() {
        let tag = *b"\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff\
            \xff\xee\xdd\xcc\xbb\xaa\x99\x88\x77\x66\x55\x44\x33\x22\x11\x00";
        assert_eq!(read(Format::Hex, DIGITS), Ok(tag));
        assert_eq!(read(Format::Sha256, format!("sha256={DIGITS}")), Ok(tag));
        assert_eq!(read(Format::Sha256, DIGITS), Err(VerifyError::Prefix));
        assert_eq!(read(Format::Hex, format!("sha256={DIGITS}")), Err(VerifyError::Length { found: 71 }));
    }

    #[test]
    fn only_64_digits_are_a_tag() {
        for found in (0..=130).filter(|found| *found != 64) {
            assert_eq!(read(Format::Hex, "0".repeat(found)), Err(VerifyError::Length { found }));
        }
    }

    #[test]
    fn only_hex_digits_are_read() {
        for place in (0..64).step_by(9) {
            for byte in (0..=u8::MAX).filter(|byte| !byte.is_ascii_hexdigit()) {
                let mut value = [b'0'; 64];
                value[place] = byte;
                assert_eq!(read(Format::Hex, value), Err(VerifyError::Digit), "byte {byte} in place {place}");
            }
        }
    }
}
