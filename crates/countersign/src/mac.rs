//! HMAC-SHA256 (RFC 2104, FIPS 180-4), and the only comparison of tags.
//!
//! No other file of the crate names a cryptography crate, except for the forgeries of the test kit.
//!
//! Three types keep the rest of the crate from comparing tags in another way:
//!
//! - [`Key`]: a prepared secret. A verifier makes it once. The secret's text is not in it.
//! - [`Mac`]: a computation under way. It takes the chunks of a body as they arrive.
//! - [`Tag`]: the 32 bytes that a request claims. It has no `PartialEq` and no `Debug`. The only thing to do with it is
//!   [`Mac::matches`].

use hmac::{Hmac, KeyInit, Mac as _};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

type HmacSha256 = Hmac<Sha256>;

/// Bytes in an HMAC-SHA256 tag. A shorter tag is never accepted, because it would be easier to guess.
pub(crate) const TAG_BYTES: usize = 32;

/// Bytes that SHA-256 compresses at a time.
const BLOCK_BYTES: usize = 64;

/// SHA-256 of any bytes. It has no key, so it proves nothing about who wrote them. The keys of deliveries are made with it.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The tag that came with a request.
///
/// It is untrusted until it matches. If it is genuine, it is as valuable as a password, because anybody who reads it can send the same
/// body again. So it is never printed.
#[derive(Clone)]
pub(crate) struct Tag(pub(crate) [u8; TAG_BYTES]);

/// A prepared key. The `zeroize` feature of `hmac` wipes it from memory on drop.
#[derive(Clone)]
pub(crate) struct Key(HmacSha256);

impl Key {
    /// Prepares a key from a secret of any length.
    ///
    /// HMAC is an inner and an outer hash, and each begins with a block that is made of the key. These two blocks are the same for every
    /// body. They are compressed here, once, so that each delivery costs two compressions less.
    ///
    /// The secret is first brought to the length of a block, as RFC 2104 says: a longer secret is hashed, and zeros follow a shorter
    /// one. `new_from_slice` of `hmac` does the same, but it returns a `Result` that is never an error, and this crate has no `unwrap`.
    pub(crate) fn new(secret: &[u8]) -> Self {
        // The block and the digest are as secret as the secret, so they are wiped too.
        let mut block = Zeroizing::new([0; BLOCK_BYTES]);
        let digest = (secret.len() > BLOCK_BYTES).then(|| Zeroizing::new(sha256(secret)));
        let key = digest.as_ref().map_or(secret, |digest| digest.as_slice());
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        Self(HmacSha256::new((&*block).into()))
    }

    /// Begins a computation.
    pub(crate) fn start(&self) -> Mac {
        Mac(self.0.clone())
    }

    /// Whether this key made `tag` for `body`.
    pub(crate) fn matches(&self, body: &[u8], tag: &Tag) -> bool {
        let mut mac = self.start();
        mac.update(body);
        mac.matches(tag)
    }

    /// Makes the genuine tag, for tests that play the provider.
    #[cfg(feature = "testing")]
    pub(crate) fn sign(&self, body: &[u8]) -> [u8; TAG_BYTES] {
        let mut mac = self.start();
        mac.update(body);
        mac.0.finalize().into_bytes().into()
    }
}

/// A computation under way.
///
/// A body is hashed chunk by chunk while it arrives. The processor uses the time in which it would wait for the network, and each chunk is
/// still in its cache. After the last chunk, only the end of the computation is left.
#[derive(Clone)]
pub(crate) struct Mac(HmacSha256);

impl Mac {
    /// Hashes the next chunk. Chunks of any length give the same tag as the whole body.
    pub(crate) fn update(&mut self, chunk: &[u8]) {
        self.0.update(chunk);
    }

    /// Whether the bytes so far have this tag. It takes the same time for every tag.
    ///
    /// `==` would stop at the first byte that differs. The time it takes would tell a forger how many bytes of a guess are right, and
    /// the forger could find the tag byte by byte. `ct_eq` of `subtle` always looks at all 32 bytes, and keeps the compiler from making
    /// a shortcut of it.
    pub(crate) fn matches(self, tag: &Tag) -> bool {
        let expected = self.0.finalize().into_bytes();
        expected.as_slice().ct_eq(&tag.0).into()
    }
}

#[cfg(test)]
mod tests;
