//! Algorithms that no sender here uses, for naming the one that was used by mistake and for forging. Never for a verdict.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

/// What a tag may have been made with.
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
    /// The place of the first one in `claimed` that is the tag, or its beginning. An empty one never is.
    pub(crate) fn made(self, key: &[u8], body: &[u8], claimed: &[&[u8]]) -> Option<usize> {
        let tag = self.compute(key, body);
        claimed.iter().position(|claim| {
            !claim.is_empty() && tag.get(..claim.len()).is_some_and(|start| start.ct_eq(claim).into())
        })
    }

    /// The tag, for those who play the sender.
    #[cfg(feature = "testing")]
    pub(crate) fn digest(self, key: &[u8], body: &[u8]) -> Vec<u8> {
        self.compute(key, body)
    }

    /// A plain hash takes no key.
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

/// HMAC takes keys of any length, so that the empty tag, which matches nothing, is never made.
fn keyed<M: Mac + KeyInit>(key: &[u8], body: &[u8]) -> Vec<u8> {
    <M as KeyInit>::new_from_slice(key)
        .map(|mac| mac.chain_update(body).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}
