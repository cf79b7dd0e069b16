//! The tags that a mistake would make. All comparisons of tags and secrets are here, and they take constant time.

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;

/// A hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// A way to make a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// The HMAC.
    Hmac(Hash),
    /// The hash of the text alone.
    Plain(Hash),
    /// The hash of the secret with the text behind it.
    SecretFirst(Hash),
    /// The hash of the text with the secret behind it.
    SecretLast(Hash),
}

impl Hash {
    pub(crate) const ALL: [Self; 6] =
        [Self::Sha256, Self::Sha1, Self::Sha512, Self::Md5, Self::Sha384, Self::Sha224];

    /// Length of a whole tag, in bytes.
    pub(crate) const fn bytes(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    pub(crate) fn digest(self, text: &[&[u8]]) -> Vec<u8> {
        match self {
            Self::Md5 => digest::<Md5>(text),
            Self::Sha1 => digest::<Sha1>(text),
            Self::Sha224 => digest::<Sha224>(text),
            Self::Sha256 => digest::<Sha256>(text),
            Self::Sha384 => digest::<Sha384>(text),
            Self::Sha512 => digest::<Sha512>(text),
        }
    }

    fn hmac(self, key: &[u8], text: &[&[u8]]) -> Vec<u8> {
        match self {
            Self::Md5 => keyed::<Hmac<Md5>>(key, text),
            Self::Sha1 => keyed::<Hmac<Sha1>>(key, text),
            Self::Sha224 => keyed::<Hmac<Sha224>>(key, text),
            Self::Sha256 => keyed::<Hmac<Sha256>>(key, text),
            Self::Sha384 => keyed::<Hmac<Sha384>>(key, text),
            Self::Sha512 => keyed::<Hmac<Sha512>>(key, text),
        }
    }
}

impl Method {
    /// Length of a whole tag, in bytes.
    pub(crate) const fn bytes(self) -> usize {
        let (Self::Hmac(hash) | Self::Plain(hash) | Self::SecretFirst(hash) | Self::SecretLast(hash)) = self;
        hash.bytes()
    }

    /// The tag of the joined parts of a text.
    pub(crate) fn tag(self, key: &[u8], text: [&[u8]; 3]) -> Vec<u8> {
        let [before, body, after] = text;
        match self {
            Self::Hmac(hash) => hash.hmac(key, &text),
            Self::Plain(hash) => hash.digest(&text),
            Self::SecretFirst(hash) => hash.digest(&[key, before, body, after]),
            Self::SecretLast(hash) => hash.digest(&[before, body, after, key]),
        }
    }
}

/// Whether `claim` is the tag, or its beginning. An empty claim never is.
pub(crate) fn is_start(claim: &[u8], tag: &[u8]) -> bool {
    !claim.is_empty() && tag.get(..claim.len()).is_some_and(|start| start.ct_eq(claim).into())
}

/// Whether `digits` are the hex of the tag without zeros: those in front of each byte, or those in front of the whole number.
pub(crate) fn is_unpadded(digits: &[u8], tag: &[u8]) -> bool {
    let bytes: String = tag.iter().map(|byte| format!("{byte:x}")).collect();
    let number = hex::encode(tag);
    [bytes.as_str(), number.trim_start_matches('0')].iter().any(|text| text.as_bytes().ct_eq(digits).into())
}

/// Whether a text ends in a secret, and nothing that belongs to a word stands in front of it.
pub(crate) fn ends_in(text: &[u8], secret: &[u8]) -> bool {
    let split = text.len().checked_sub(secret.len()).and_then(|start| text.split_at_checked(start));
    split.is_some_and(|(before, end)| {
        !before.last().is_some_and(u8::is_ascii_alphanumeric) && end.ct_eq(secret).into()
    })
}

fn digest<D: Digest>(text: &[&[u8]]) -> Vec<u8> {
    text.iter().fold(D::new(), Digest::chain_update).finalize().to_vec()
}

/// HMAC takes keys of any length, so the empty tag, which matches nothing, is never made.
fn keyed<M: Mac + KeyInit>(key: &[u8], text: &[&[u8]]) -> Vec<u8> {
    let Ok(mac) = <M as KeyInit>::new_from_slice(key) else { return Vec::new() };
    text.iter().fold(mac, Mac::chain_update).finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_may_lack_the_zeros_of_each_byte_or_of_the_whole() {
        let tag = [0x00, 0x1f, 0xa0, 0x05];
        for digits in ["01fa05", "1fa005"] {
            assert!(is_unpadded(digits.as_bytes(), &tag), "{digits}");
        }
        for digits in ["", "1fa05", "001fa005", "01fa06", "11fa005"] {
            assert!(!is_unpadded(digits.as_bytes(), &tag), "{digits}");
        }
    }

    #[test]
    fn a_start_is_not_empty_and_a_secret_is_a_word() {
        assert!(is_start(b"ab", b"abc") && is_start(b"abc", b"abc"));
        assert!(!is_start(b"", b"abc") && !is_start(b"abcd", b"abc") && !is_start(b"b", b"abc"));
        assert!(ends_in(b"secret", b"secret") && ends_in(b"key=secret", b"secret"));
        assert!(
            !ends_in(b"xsecret", b"secret")
                && !ends_in(b"secre", b"secret")
                && !ends_in(b"key=secreT", b"secret")
        );
    }
}
