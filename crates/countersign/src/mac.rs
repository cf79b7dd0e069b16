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
mod tests {
    use super::*;

    /// Case 2 of RFC 4231.
    const KEY: &[u8] = b"Jefe";
    const DATA: &[u8] = b"what do ya want for nothing?";
    const TAG: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

    fn tag() -> Tag {
        let mut tag = [0; TAG_BYTES];
        hex::decode_to_slice(TAG, &mut tag).unwrap();
        Tag(tag)
    }

    #[test]
    fn the_tag_of_another_implementation_matches() {
        assert!(Key::new(KEY).matches(DATA, &tag()));
    }

    #[test]
    fn chunks_give_the_same_tag_as_the_whole_body() {
        let mut mac = Key::new(KEY).start();
        DATA.chunks(5).for_each(|chunk| mac.update(chunk));
        assert!(mac.matches(&tag()));
    }

    #[test]
    fn a_tag_with_one_wrong_bit_does_not_match() {
        let key = Key::new(KEY);
        for bit in 0..8 * TAG_BYTES {
            let mut wrong = tag();
            wrong.0[bit / 8] ^= 1 << (bit % 8);
            assert!(!key.matches(DATA, &wrong), "bit {bit}");
        }
    }

    #[test]
    fn another_body_or_key_does_not_match() {
        assert!(!Key::new(KEY).matches(b"what do ya want for nothing!", &tag()));
        assert!(!Key::new(b"jefe").matches(DATA, &tag()));
    }

    /// The key of 131 bytes is case 6 of RFC 4231. Python's hmac made the tags of the other lengths, which are close to a block's.
    #[test]
    fn a_key_of_any_length_is_padded_or_hashed() {
        const DATA: &[u8] = b"Test Using Larger Than Block-Size Key - Hash Key First";
        for (length, expected) in [
            (63, "b9f6d3205603dddcfb871b8132f698f2fc3b0cf9765fed0113231d1e6739d728"),
            (64, "84332a7580ed3cf75de83c644c8d2c1c262ad90e0190e5c5ae4b82b2102e8e75"),
            (65, "c62955a96944ff68deabbc0eab6192065c1c55bb8ddee16151ed5337f911eab9"),
            (131, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        ] {
            let mut tag = [0; TAG_BYTES];
            hex::decode_to_slice(expected, &mut tag).unwrap();
            assert!(Key::new(&vec![0xaa; length]).matches(DATA, &Tag(tag)), "{length} bytes");
        }
    }

    #[test]
    #[cfg(feature = "testing")]
    fn a_test_that_signs_makes_the_same_tag() {
        assert_eq!(Key::new(KEY).sign(DATA), tag().0);
    }
}
