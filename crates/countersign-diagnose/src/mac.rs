//! The tags that a mistake would make. The only comparison of tags is here, and it takes constant time.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

/// A way to make a tag. All schemes ask for HMAC-SHA256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    HmacSha256,
    HmacSha1,
    HmacSha512,
    Sha256,
    Sha1,
    Sha512,
}

impl Algorithm {
    /// Length of a whole tag, in bytes.
    pub(crate) const fn tag_bytes(self) -> usize {
        match self {
            Self::HmacSha1 | Self::Sha1 => 20,
            Self::HmacSha256 | Self::Sha256 => 32,
            Self::HmacSha512 | Self::Sha512 => 64,
        }
    }

    /// Whether it takes a key. A plain hash does not.
    pub(crate) const fn takes_key(self) -> bool {
        matches!(self, Self::HmacSha256 | Self::HmacSha1 | Self::HmacSha512)
    }

    /// The place of the first of `claims` that is the tag, or its beginning. An empty claim never is.
    pub(crate) fn made(self, key: &[u8], body: &[u8], claims: &[&[u8]]) -> Option<usize> {
        let tag = self.compute(key, body);
        claims.iter().position(|claim| {
            !claim.is_empty() && tag.get(..claim.len()).is_some_and(|start| start.ct_eq(claim).into())
        })
    }

    fn compute(self, key: &[u8], body: &[u8]) -> Vec<u8> {
        match self {
            Self::HmacSha256 => keyed::<Hmac<Sha256>>(key, body),
            Self::HmacSha1 => keyed::<Hmac<Sha1>>(key, body),
            Self::HmacSha512 => keyed::<Hmac<Sha512>>(key, body),
            Self::Sha256 => Sha256::digest(body).to_vec(),
            Self::Sha1 => Sha1::digest(body).to_vec(),
            Self::Sha512 => Sha512::digest(body).to_vec(),
        }
    }
}

/// HMAC takes keys of any length, so the empty tag, which matches nothing, is never made.
fn keyed<M: Mac + KeyInit>(key: &[u8], body: &[u8]) -> Vec<u8> {
    <M as KeyInit>::new_from_slice(key)
        .map(|mac| mac.chain_update(body).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}
