//! From a header value to a tag.
//!
//! The whole grammar that is accepted (RFC 5234):
//!
//! ```text
//! sha256-value = %s"sha256=" 64HEXDIG      ; Format::Sha256, the prefix in lower case only
//! hex-value    = 64HEXDIG                  ; Format::Hex
//! HEXDIG       = %x30-39 / %x41-46 / %x61-66
//! ```
//!
//! Nothing is trimmed, skipped, split or looked up: white space, a comma, a second tag, another algorithm's name or
//! a shorter tag is refused. The value never chooses the algorithm. It may hold any bytes, since header values do.

use crate::mac::{TAG_BYTES, Tag};
use crate::{Format, VerifyError};

/// Reads the one tag in `value`.
pub(crate) fn parse(format: Format, value: &[u8]) -> Result<Tag, VerifyError> {
    let digits = match format {
        Format::Sha256 => value.strip_prefix(b"sha256=").ok_or(VerifyError::Prefix)?,
        Format::Hex => value,
    };
    // Bytes are counted, not characters: 64 full-width digits are 192 bytes.
    if digits.len() != 2 * TAG_BYTES {
        return Err(VerifyError::Length { found: digits.len() });
    }
    let mut tag = [0; TAG_BYTES];
    hex::decode_to_slice(digits, &mut tag).map_err(|_| VerifyError::Digit)?;
    Ok(Tag(tag))
}
