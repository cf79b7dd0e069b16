//! HMAC (RFC 2104) with SHA-256, SHA-1 or SHA-512, and the only comparison of tags.
//!
//! No other file of the crate names a cryptography crate.
//!
//! Four types keep the rest of the crate from comparing tags in another way:
//!
//! - [`Key`]: a prepared secret. A verifier makes it once. The secret's text is not in it.
//! - [`Mac`]: a computation under way. It takes the chunks of a body as they arrive.
//! - [`Tag`]: the bytes that a request claims. It has no `PartialEq` and no `Debug`.
//! - [`Tags`]: the one to eight tags of a request. The only thing to do with them is [`Mac::matches`].
//!
//! Each compression of SHA-256 needs the result of the one before, so no program is faster than the compressions of a body one after the
//! other. [`verify`](crate::verify) takes some 35 ns longer. A quarter of its instructions besides the compressions decode the tag. The
//! others fill the last blocks, compare the tags and wipe the outer state. [`Verifier::verify`](crate::Verifier::verify) takes some 85 ns
//! more: it walks through the headers, takes hold of the keys for a moment, counts the owners of the body and fills in the proof.

mod sha256;

use hmac::{EagerHash, Hmac, KeyInit, Mac as _};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroize as _;

use crate::Algorithm;

/// Bytes in the longest tag, that of HMAC-SHA512.
const LONGEST_TAG: usize = 64;

/// SHA-256 of any bytes. It has no key, so it proves nothing about who wrote them. The keys of deliveries are made with it.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Whether a text that came with a request is this secret, for a provider that sends a secret in place of a signature.
///
/// `==` would tell a stranger how many bytes of a guess are right. `ct_eq` stops early if the lengths differ, and so would tell the length.
/// So it compares the hashes, which have the same length.
pub(crate) fn is_secret(secret: &[u8], claimed: &[u8]) -> bool {
    sha256(secret).ct_eq(&sha256(claimed)).into()
}

/// The hash inside a MAC, without a key. The test kit forges tags with it.
#[cfg(feature = "testing")]
pub(crate) fn hash(algorithm: Algorithm, bytes: &[u8]) -> Vec<u8> {
    match algorithm {
        Algorithm::HmacSha256 => Sha256::digest(bytes).to_vec(),
        Algorithm::HmacSha1 => Sha1::digest(bytes).to_vec(),
        Algorithm::HmacSha512 => Sha512::digest(bytes).to_vec(),
    }
}

/// A tag that came with a request.
///
/// It is untrusted until it matches. If it is genuine, it is as valuable as a password, because anybody who reads it can send the same
/// body again. So it is never printed.
#[derive(Clone, Copy)]
pub(crate) struct Tag([u8; Self::ROOM]);

impl Tag {
    /// Room for a decoded tag of any algorithm, in bytes. A decoder of base64 asks for room in steps of 3 bytes.
    pub(crate) const ROOM: usize = LONGEST_TAG.next_multiple_of(3);

    /// A tag as it was decoded. The parser has checked that the length is the algorithm's. Zeros fill the rest.
    pub(crate) const fn new(decoded: [u8; Self::ROOM]) -> Self {
        Self(decoded)
    }
}

/// The tags of a request. Nearly all have one, which needs no memory of its own.
#[derive(Clone)]
pub(crate) struct Tags {
    first: Tag,
    others: Vec<Tag>,
}

impl Tags {
    /// The most tags of a request.
    const MAX: usize = 8;

    pub(crate) const fn new(first: Tag) -> Self {
        Self { first, others: Vec::new() }
    }

    pub(crate) const fn is_full(&self) -> bool {
        self.others.len() >= Self::MAX - 1
    }

    pub(crate) fn add(&mut self, tag: Tag) {
        self.others.push(tag);
    }

    /// The first 32 bytes of each tag.
    #[cfg(test)]
    pub(crate) fn first_bytes(&self) -> Vec<[u8; 32]> {
        let first = |tag: &Tag| *tag.0.first_chunk().unwrap();
        std::iter::once(&self.first).chain(&self.others).map(first).collect()
    }
}

/// A prepared key. The `zeroize` features of the hashes wipe it from memory on drop.
#[derive(Clone)]
pub(crate) enum Key {
    Sha256(sha256::Key),
    Sha1(Hmac<Sha1>),
    Sha512(Hmac<Sha512>),
}

/// A computation under way.
///
/// A body is hashed chunk by chunk while it arrives. The processor uses the time in which it would wait for the network, and each chunk is
/// still in its cache. After the last chunk, only the end of the computation is left.
#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "a box would be an allocation for each request")]
pub(crate) enum Mac {
    Sha256(sha256::Mac),
    Sha1(Hmac<Sha1>),
    Sha512(Hmac<Sha512>),
}

impl Key {
    /// Prepares a key from bytes of any length.
    pub(crate) fn new(algorithm: Algorithm, key: &[u8]) -> Self {
        match algorithm {
            Algorithm::HmacSha256 => {
                with_block::<Sha256, _>(key, |block| Self::Sha256(sha256::Key::new(&block.0)))
            }
            Algorithm::HmacSha1 => with_block::<Sha1, _>(key, |block| Self::Sha1(Hmac::new(block))),
            Algorithm::HmacSha512 => with_block::<Sha512, _>(key, |block| Self::Sha512(Hmac::new(block))),
        }
    }

    /// Begins a computation.
    #[inline]
    pub(crate) fn start(&self) -> Mac {
        match self {
            Self::Sha256(key) => Mac::Sha256(key.start()),
            Self::Sha1(key) => Mac::Sha1(key.clone()),
            Self::Sha512(key) => Mac::Sha512(key.clone()),
        }
    }
}

/// The block of a key under one hash.
type Block<H> = hmac::digest::Key<Hmac<H>>;

/// Calls `prepare` with the key in the length of a block, as RFC 2104 says: a longer key is hashed, and zeros follow a shorter one.
///
/// `new_from_slice` of `hmac` does the same, but it returns a `Result` that is never an error, and this crate has no `unwrap`.
fn with_block<H: Digest + EagerHash, K>(key: &[u8], prepare: impl FnOnce(&Block<H>) -> K) -> K {
    let mut block = Block::<H>::default();
    let mut digest = hmac::digest::Output::<H>::default();
    let short = if key.len() > block.len() {
        digest = H::digest(key);
        digest.as_slice()
    } else {
        key
    };
    block.iter_mut().zip(short).for_each(|(to, from)| *to = *from);
    let prepared = prepare(&block);
    // The block and the digest are as secret as the key.
    block.as_mut_slice().zeroize();
    digest.as_mut_slice().zeroize();
    prepared
}

impl Mac {
    /// Hashes the next chunk. Chunks of any length give the same tag as the whole text.
    #[inline]
    pub(crate) fn update(&mut self, chunk: &[u8]) {
        match self {
            Self::Sha256(mac) => mac.update(chunk),
            Self::Sha1(mac) => mac.update(chunk),
            Self::Sha512(mac) => mac.update(chunk),
        }
    }

    /// Whether the bytes so far have one of these tags. The time that it takes does not depend on the bytes of the tags.
    ///
    /// `==` would stop at the first byte that differs. The time it takes would tell a forger how many bytes of a guess are right, and
    /// the forger could find the tag byte by byte. All bytes are always looked at, and `subtle` keeps the compiler from making a shortcut of
    /// it. Each tag is compared, even after one has matched.
    ///
    /// The computation is at its end. It is borrowed and not moved, because it is large.
    #[inline]
    pub(crate) fn matches(&mut self, tags: &Tags) -> bool {
        match self {
            Self::Sha256(mac) => one_of(tags, &mac.finish()),
            Self::Sha1(mac) => one_of::<20>(tags, mac.clone().finalize().into_bytes().as_ref()),
            Self::Sha512(mac) => one_of::<64>(tags, mac.clone().finalize().into_bytes().as_ref()),
        }
    }

    /// The genuine tag, for a program that plays the provider and for the handshake of Zoom.
    pub(crate) fn into_tag(self) -> Vec<u8> {
        match self {
            Self::Sha256(mut mac) => mac.finish().to_vec(),
            Self::Sha1(mac) => mac.finalize().into_bytes().to_vec(),
            Self::Sha512(mac) => mac.finalize().into_bytes().to_vec(),
        }
    }
}

/// Compares the whole expected tag with the start of each claimed one. The parser has checked that a claimed tag has the same length.
#[inline]
fn one_of<const BYTES: usize>(tags: &Tags, expected: &[u8; BYTES]) -> bool {
    let is_equal = |tag: &Tag| tag.0.first_chunk().map_or(Choice::from(0), |tag| equal(expected, tag));
    let mut found = is_equal(&tags.first);
    tags.others.iter().for_each(|tag| found |= is_equal(tag));
    found.into()
}

/// Compares two texts in constant time, 8 bytes at a time. A comparison by `subtle` byte by byte takes 20 times as long.
#[inline]
fn equal<const BYTES: usize>(one: &[u8; BYTES], other: &[u8; BYTES]) -> Choice {
    let ((words, rest), (other_words, other_rest)) = (one.as_chunks::<8>(), other.as_chunks::<8>());
    let word =
        |(one, other): (&[u8; 8], &[u8; 8])| u64::from_ne_bytes(*one).ct_eq(&u64::from_ne_bytes(*other));
    words.iter().zip(other_words).map(word).fold(rest.ct_eq(other_rest), |all, equal| all & equal)
}

#[cfg(test)]
mod tests;
