//! The algorithms of forged signatures. A provider accepts one of them at most.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

#[derive(Clone, Copy)]
pub(super) enum Algorithm {
    HmacSha256,
    HmacSha1,
    HmacSha512,
    /// A hash without a key.
    Sha256,
}

impl Algorithm {
    pub(super) fn digest(self, key: &[u8], body: &[u8]) -> Vec<u8> {
        match self {
            Self::HmacSha256 => keyed::<Hmac<Sha256>>(key, body),
            Self::HmacSha1 => keyed::<Hmac<Sha1>>(key, body),
            Self::HmacSha512 => keyed::<Hmac<Sha512>>(key, body),
            Self::Sha256 => Sha256::digest(body).to_vec(),
        }
    }
}

/// HMAC accepts a key of any length, so the default is never used.
fn keyed<M: Mac + KeyInit>(key: &[u8], body: &[u8]) -> Vec<u8> {
    <M as KeyInit>::new_from_slice(key)
        .map(|mac| mac.chain_update(body).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}
