//! Reads the tags, and perhaps a time, from the value of the signature header.
//!
//! The accepted grammar, in ABNF (RFC 5234). `prefix`, `separator` and `time-prefix` are texts of the [`Scheme`], and case matters in them:
//!
//! ```text
//! value      = tag-entry                                    ; a scheme without a list
//!            / entry *( separator entry )                   ; a scheme with a list
//! entry      = *blank ( tag-entry / time-entry / other ) *blank
//! tag-entry  = prefix tag [ "," ]                           ; 1 to 8 are read, and later ones are ignored
//! time-entry = time-prefix time [ "," ]                     ; exactly one, if the scheme has its time in an entry
//!                                                           ; the commas only if the separator is a blank
//! other      = *( any byte but the separator )              ; begins with neither prefix, and is ignored
//! blank      = SP / HTAB
//!
//! tag        = n*n( 2HEX )                                  ; Encoding::Hex, for a MAC of n bytes
//!            / base64                                       ; Encoding::Base64: RFC 4648, section 4, padded, of n bytes
//!            / base64url                                    ; Encoding::Base64Url: section 5, not padded, of n bytes
//! HEX        = %x30-39 / %x41-46 / %x61-66
//!
//! time       = 1*20DIGIT                                    ; Unix seconds or milliseconds
//!            / 10DIGIT / 13DIGIT                            ; if the time touches its neighbour in the signed text; no leading zero
//!            / date "T" clock [ "." 1*9DIGIT ] zone         ; RFC 3339
//! date       = 4DIGIT "-" 2DIGIT "-" 2DIGIT
//! clock      = 2DIGIT ":" 2DIGIT ":" 2DIGIT
//! zone       = %s"Z" / ( "+" / "-" ) 2DIGIT ":" 2DIGIT
//! ```
//!
//! Nothing else is accepted. A tag has exactly the length of its MAC and one spelling, except for the case of hex digits. One malformed tag
//! refuses the whole header. A parser that trims or skips accepts many spellings of one signature, and two parsers in a row may then
//! disagree about its meaning.
//!
//! The scheme fixes the algorithm and the version. The header cannot choose another one, so a forger cannot ask for a weaker one.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::claim::SignedTime;
use crate::mac::{Tag, Tags};
use crate::scheme::Encoding;
use crate::{Scheme, Timestamp, VerifyError};

/// The content of a signature header.
pub(crate) struct Signature {
    pub(crate) tags: Tags,
    /// The time, if the scheme has it in an entry.
    pub(crate) time: Option<SignedTime>,
}

/// Reads `value`, which may hold any bytes.
#[inline]
pub(crate) fn parse(scheme: &Scheme, value: &[u8]) -> Result<Signature, VerifyError> {
    let Some(separator) = scheme.separator() else {
        let digits = value.strip_prefix(scheme.prefix_bytes()).ok_or(VerifyError::Prefix)?;
        return Ok(Signature { tags: Tags::new(tag(scheme, digits)?), time: None });
    };
    let time_prefix = scheme.signed_time().and_then(Timestamp::entry_prefix);
    let mut tags: Option<Tags> = None;
    let mut time = None;
    for entry in value.split(|byte| *byte == separator).map(trimmed) {
        if let Some(text) = time_prefix.and_then(|prefix| entry.strip_prefix(prefix)) {
            if time.replace(SignedTime::read(scheme, without_comma(text, separator))?).is_some() {
                return Err(VerifyError::RepeatedTime);
            }
        } else if let Some(digits) = entry.strip_prefix(scheme.prefix_bytes()) {
            let digits = without_comma(digits, separator);
            // A forger may send thousands of tags. Each one costs a comparison, so only the first few are read.
            match &mut tags {
                None => tags = Some(Tags::new(tag(scheme, digits)?)),
                Some(tags) if tags.is_full() => {}
                Some(tags) => tags.add(tag(scheme, digits)?),
            }
        }
    }
    if time_prefix.is_some() && time.is_none() {
        return Err(VerifyError::MissingTime);
    }
    Ok(Signature { tags: tags.ok_or(VerifyError::NoEntry)?, time })
}

/// An entry without the blanks around it.
fn trimmed(entry: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = entry.iter().take_while(|byte| blank(byte)).count();
    let end = entry.iter().rev().take_while(|byte| blank(byte)).count();
    entry.get(start..entry.len().saturating_sub(end)).unwrap_or_default()
}

/// The end of an entry. In a list with blanks, some providers also write a comma after each entry.
fn without_comma(text: &[u8], separator: u8) -> &[u8] {
    if separator == b' ' { text.strip_suffix(b",").unwrap_or(text) } else { text }
}

/// Decodes a tag.
///
/// The length is checked first, and it must be exact. If a shorter tag were accepted and compared byte by byte, a forger would guess a tag
/// of one byte within 256 attempts. Bytes are counted and not characters, because a character may have several bytes.
#[inline]
fn tag(scheme: &Scheme, digits: &[u8]) -> Result<Tag, VerifyError> {
    let bytes = scheme.mac_algorithm().tag_bytes();
    let length = match scheme.encoding() {
        Encoding::Hex => bytes.saturating_mul(2),
        Encoding::Base64 => bytes.div_ceil(3).saturating_mul(4),
        Encoding::Base64Url => bytes.saturating_mul(4).div_ceil(3),
    };
    if digits.len() != length {
        return Err(VerifyError::Length { found: digits.len() });
    }
    // The decoder of base64 asks for room in steps of 3 bytes, so there is room for 2 bytes more than the longest tag.
    let mut decoded = [0; Tag::ROOM];
    let place = decoded.get_mut(..bytes).ok_or(VerifyError::Digit)?;
    let written = match scheme.encoding() {
        // Digits may be in upper or lower case. Both decode to the same bytes, and only bytes are compared later. The decoder also skips
        // `0x` in front, but the rest is then too short for the place.
        Encoding::Hex => const_hex::decode_to_slice(digits, place).ok().map(|()| bytes),
        // Both engines refuse a second spelling of the same bytes: stray bits after the last byte, and missing or extra padding.
        Encoding::Base64 => STANDARD.decode_slice(digits, &mut decoded).ok(),
        Encoding::Base64Url => URL_SAFE_NO_PAD.decode_slice(digits, &mut decoded).ok(),
    };
    if written == Some(bytes) { Ok(Tag::new(decoded)) } else { Err(VerifyError::Digit) }
}

#[cfg(test)]
mod tests;
