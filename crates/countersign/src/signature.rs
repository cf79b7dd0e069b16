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
mod tests;
