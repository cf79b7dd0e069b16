//! Forgeries with the tag of another key, algorithm or text, or with the right tag in another encoding.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::forge::{Forge, Made};
use crate::mac::{Key, hash};
use crate::{Algorithm, KeyEncoding};

/// A decoder that ignores stray bits after the last byte, as those of many languages do.
pub(super) const FORGIVING: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, NO_PAD.with_decode_allow_trailing_bits(true));

/// Other keys.
impl Forge {
    pub(super) fn other_secret(&self) -> Made {
        let key = self.secret.key_bytes(&self.scheme);
        self.keyed(&[key.as_slice(), b"x"].concat())
    }

    pub(super) fn half_secret(&self) -> Made {
        match self.secret.bytes().strip_prefix(b"whsec_") {
            Some(rest) => self.keyed(rest),
            None => self.other_secret(),
        }
    }

    /// The prefix of an encoded secret, and the text after it.
    fn encoded_secret(&self) -> Option<(&str, Vec<u8>)> {
        let (strip, is_hex) = match self.scheme.key_encoding() {
            KeyEncoding::Text => return None,
            KeyEncoding::Base64 { strip } => (strip, false),
            KeyEncoding::Hex { strip } => (strip, true),
        };
        let bytes = self.secret.bytes();
        let text = match bytes.strip_prefix(strip.as_bytes()) {
            // The bytes are the key, so the text is the one that the provider would show.
            _ if self.secret.is_key() && is_hex => hex::encode(bytes).into_bytes(),
            _ if self.secret.is_key() => STANDARD.encode(bytes).into_bytes(),
            rest => rest.unwrap_or(bytes).to_vec(),
        };
        Some((strip, text))
    }

    pub(super) fn key_not_decoded(&self) -> Made {
        let (_, text) = self.encoded_secret()?;
        self.keyed(&text)
    }

    pub(super) fn key_with_prefix(&self) -> Made {
        let (strip, text) = self.encoded_secret()?;
        self.keyed(&[strip.as_bytes(), &text].concat())
    }

    /// The key is decoded from base64 although it is text. Characters that base64 does not have are skipped, as in Node and PHP.
    pub(super) fn key_from_base64(&self) -> Made {
        let bytes = self.secret.bytes();
        let text = bytes.strip_prefix(b"whsec_").unwrap_or(bytes).iter().filter_map(|byte| match byte {
            b'-' => Some(b'+'),
            b'_' => Some(b'/'),
            b'+' | b'/' => Some(*byte),
            _ => byte.is_ascii_alphanumeric().then_some(*byte),
        });
        let mut text: Vec<u8> = text.collect();
        if text.len() % 4 == 1 {
            text.pop();
        }
        self.keyed(&FORGIVING.decode(text).ok()?)
    }

    /// The key is decoded from hex although it is text. The first character that is no digit ends it, as in Node.
    pub(super) fn key_from_hex(&self) -> Made {
        let bytes = self.secret.bytes();
        let digits = bytes.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        self.keyed(&hex::decode(bytes.get(..digits & !1)?).ok()?)
    }
}

/// Other texts and algorithms.
impl Forge {
    pub(super) fn empty_body_signed(&self) -> Made {
        // If the body is empty, the tag of an empty body is genuine.
        let body: &[u8] = if self.body.is_empty() { b" " } else { b"" };
        self.tag(&self.draft.tag(&self.key, body))
    }

    pub(super) fn body_alone_signed(&self) -> Made {
        let mut mac = self.key.start();
        mac.update(&self.body);
        self.tag(&mac.into_tag())
    }

    pub(super) fn hash_without_key(&self) -> Made {
        self.tag(&hash(self.scheme.mac_algorithm(), &self.draft.signed_text(&self.body)))
    }

    fn tag_by(&self, algorithm: Algorithm) -> Vec<u8> {
        let key = Key::new(algorithm, &self.secret.key_bytes(&self.scheme));
        self.draft.tag(&key, &self.body)
    }

    /// A tag of another algorithm after the scheme's own prefix.
    pub(super) fn by(&self, algorithm: Algorithm) -> Made {
        self.tag(&self.tag_by(algorithm))
    }

    /// A tag of an algorithm after that algorithm's name.
    pub(super) fn named(&self, name: &str, algorithm: Algorithm) -> Made {
        self.entry(&format!("{name}{}", self.draft.encoded(&self.tag_by(algorithm))))
    }

    pub(super) fn sha512_cut(&self) -> Made {
        self.tag(self.tag_by(Algorithm::HmacSha512).get(..self.tag.len())?)
    }
}

/// Other spellings of the right tag.
impl Forge {
    /// The text of the tag and its padding.
    fn digits(&self) -> (&str, &str) {
        let digits = self.text.trim_end_matches('=');
        (digits, self.text.get(digits.len()..).unwrap_or_default())
    }

    pub(super) fn reversed(&self) -> Made {
        let (digits, padding) = self.digits();
        let reversed: String = digits.chars().rev().collect();
        self.text(&format!("{reversed}{padding}"))
    }

    /// The first half of the tag, something, and perhaps the other half.
    pub(super) fn split(&self, between: &str, is_whole: bool) -> Made {
        let (first, rest) = self.text.split_at_checked(self.text.len() / 2)?;
        self.text(&format!("{first}{between}{}", if is_whole { rest } else { "" }))
    }

    pub(super) fn first_digit(&self) -> Made {
        self.text(self.text.get(..1)?)
    }

    /// The tag with another end in the place of its last digit.
    pub(super) fn last_digit(&self, end: &str) -> Made {
        let (digits, padding) = self.digits();
        self.text(&format!("{}{end}{padding}", digits.get(..digits.len().checked_sub(1)?)?))
    }

    pub(super) fn digit_more(&self) -> Made {
        let (digits, padding) = self.digits();
        self.text(&format!("{digits}0{padding}"))
    }

    pub(super) fn byte_less(&self) -> Made {
        self.tag(self.tag.split_last()?.1)
    }

    pub(super) fn byte_more(&self) -> Made {
        self.tag(&[self.tag.as_slice(), &[0]].concat())
    }

    pub(super) fn high_bytes(&self) -> Made {
        let mut value = self.draft.value("").into_bytes();
        value.resize(value.len().saturating_add(self.text.len()), 0xe9);
        self.value(value)
    }

    pub(super) fn in_hex(&self) -> Made {
        self.text(&hex::encode(&self.tag))
    }

    pub(super) fn in_base64(&self) -> Made {
        self.text(&STANDARD.encode(&self.tag))
    }

    pub(super) fn in_base64url(&self) -> Made {
        self.text(&URL_SAFE_NO_PAD.encode(&self.tag))
    }

    pub(super) fn unpadded(&self) -> Made {
        self.text(&STANDARD_NO_PAD.encode(&self.tag))
    }

    pub(super) fn padded(&self) -> Made {
        self.text(&format!("{}=", self.text))
    }

    /// The last character of base64 has stray bits after the last byte, and many decoders ignore them. In a right tag they are zero. The
    /// next character of the alphabet, which is also the next one of ASCII there, differs only in these bits.
    pub(super) fn stray_bits(&self) -> Made {
        let (digits, _) = self.digits();
        let next = char::from(digits.bytes().last()?.checked_add(1)?);
        self.last_digit(next.encode_utf8(&mut [0; 4]))
    }
}
