//! HMAC-SHA256 (RFC 2104, FIPS 180-4). This file alone names crates of cryptography, beside the forgeries of the test kit.
//!
//! Three types, so that no tag can be compared in any other way than here:
//!
//! - [`Key`]: a secret, its padded blocks already hashed. It is made once for each verifier, and the secret's text is not in it.
//! - [`Mac`]: a computation under way. Chunks go in as they arrive.
//! - [`Tag`]: the 32 bytes that a request claims. No `PartialEq`, no `Debug`: [`Mac::matches`] is all one can ask.

use hmac::{Hmac, KeyInit, Mac as _};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

type HmacSha256 = Hmac<Sha256>;

/// Bytes in an HMAC-SHA256 tag. A shorter one is never accepted.
pub(crate) const TAG_BYTES: usize = 32;

/// Bytes that SHA-256 takes at a time.
const BLOCK_BYTES: usize = 64;

/// SHA-256 of public bytes: what deliveries are told apart by, never what one is believed for.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The tag that came with a request: untrusted, and worth as much as a password where it is genuine.
#[derive(Clone)]
pub(crate) struct Tag(pub(crate) [u8; TAG_BYTES]);

/// A prepared key. The `zeroize` feature of `hmac` wipes the state on drop.
#[derive(Clone)]
pub(crate) struct Key(HmacSha256);

impl Key {
    /// Hashes the padded key into both states, so that each delivery costs two compressions less.
    ///
    /// HMAC takes a secret of any length. `new_from_slice` returns an error all the same, because ciphers share its trait. The key is
    /// therefore brought to the length of a block here, as RFC 2104 says: a longer one is hashed, and zeros follow a shorter one.
    pub(crate) fn new(secret: &[u8]) -> Self {
        let mut block = Zeroizing::new([0; BLOCK_BYTES]);
        let digest = (secret.len() > BLOCK_BYTES).then(|| Zeroizing::new(sha256(secret)));
        let key = digest.as_ref().map_or(secret, |digest| digest.as_slice());
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        Self(HmacSha256::new((&*block).into()))
    }

    pub(crate) fn start(&self) -> Mac {
        #[cfg(test)]
        STARTED.set(STARTED.get().saturating_add(1));
        Mac(self.0.clone())
    }

    pub(crate) fn matches(&self, body: &[u8], tag: &Tag) -> bool {
        let mut mac = self.start();
        mac.update(body);
        mac.matches(tag)
    }

    /// The genuine tag, for those who play the sender.
    #[cfg(feature = "testing")]
    pub(crate) fn sign(&self, body: &[u8]) -> [u8; TAG_BYTES] {
        let mut mac = self.start();
        mac.update(body);
        mac.0.finalize().into_bytes().into()
    }
}

/// A computation under way.
#[derive(Clone)]
pub(crate) struct Mac(HmacSha256);

impl Mac {
    pub(crate) fn update(&mut self, chunk: &[u8]) {
        self.0.update(chunk);
    }

    /// Compares all 32 bytes in constant time: how long it takes tells nothing of how many agree.
    pub(crate) fn matches(self, tag: &Tag) -> bool {
        let expected = self.0.finalize().into_bytes();
        expected.as_slice().ct_eq(&tag.0).into()
    }
}

#[cfg(test)]
thread_local! {
    /// How many computations this thread has begun.
    pub(crate) static STARTED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
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
    fn chunks_hash_as_the_whole() {
        let mut mac = Key::new(KEY).start();
        DATA.chunks(5).for_each(|chunk| mac.update(chunk));
        assert!(mac.matches(&tag()));
    }

    #[test]
    fn one_wrong_bit_anywhere_does_not_match() {
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

    /// RFC 4231, cases 6 (131 bytes) and, made by Python's hmac, the lengths on both sides of a block.
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
    fn the_sender_makes_the_same_tag() {
        assert_eq!(Key::new(KEY).sign(DATA), tag().0);
    }
}
