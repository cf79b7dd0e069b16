//! Keys, bodies and tags to compare.

use countersign::testing::{Comparison, sign};
use countersign::{Algorithm, Scheme, Secret};

pub(crate) const ALGORITHMS: [Algorithm; 3] =
    [Algorithm::HmacSha1, Algorithm::HmacSha256, Algorithm::HmacSha512];

/// Lengths of bodies in bytes: none, the ends of a block, and more than one block.
pub(crate) const BODIES: [usize; 6] = [0, 1, 55, 56, 64, 1000];

/// Numbers of tags in a request.
pub(crate) const COUNTS: [usize; 4] = [1, 2, 3, 8];

/// Lengths of keys in bytes. The last is longer than a block, so it is hashed.
const KEYS: [usize; 5] = [1, 20, 32, 64, 200];

/// How the tags of a request are wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// All bits of the first byte of each tag.
    First,
    /// One bit of a byte in the middle of each tag.
    Middle,
    /// One bit of the last byte of each tag.
    Last,
    /// Every byte of each tag.
    All,
    /// Nothing: each tag is genuine.
    Nothing,
    /// Each tag but the last is wrong.
    AllButTheLastTag,
}

impl Wrong {
    pub(crate) const EACH: [Self; 6] =
        [Self::First, Self::Middle, Self::Last, Self::All, Self::Nothing, Self::AllButTheLastTag];

    fn tag(self, genuine: &[u8], is_last_tag: bool) -> Vec<u8> {
        let mut tag = genuine.to_vec();
        let last = tag.len() - 1;
        match self {
            Self::First => tag[0] ^= 0xff,
            Self::Middle => tag[last / 2] ^= 1,
            Self::Last => tag[last] ^= 0x80,
            Self::All => tag.iter_mut().for_each(|byte| *byte ^= 0xff),
            Self::AllButTheLastTag if !is_last_tag => tag[0] ^= 1,
            Self::Nothing | Self::AllButTheLastTag => {}
        }
        tag
    }
}

/// One key, one body, and the genuine tag.
pub(crate) struct Delivery {
    pub(crate) algorithm: Algorithm,
    pub(crate) key: Vec<u8>,
    pub(crate) body: Vec<u8>,
    pub(crate) genuine: Vec<u8>,
}

impl Delivery {
    pub(crate) fn new(algorithm: Algorithm, key: Vec<u8>, body: Vec<u8>) -> Self {
        let secret = Secret::from_bytes(&key).expect("a key");
        let scheme = Scheme::hex("x-signature").algorithm(algorithm);
        let genuine = bytes_of_hex(&sign(scheme, &secret, &body));
        Self { algorithm, key, body, genuine }
    }

    /// Deliveries with keys of every length, and a body of this length.
    pub(crate) fn all(algorithm: Algorithm, body: usize) -> impl Iterator<Item = Self> {
        KEYS.into_iter().enumerate().map(move |(number, key)| {
            let mut random = Random::new(number as u64 + 1);
            Self::new(algorithm, random.bytes(key), random.bytes(body))
        })
    }

    /// This many tags, which are wrong in this way.
    pub(crate) fn tags(&self, count: usize, wrong: Wrong) -> Vec<Vec<u8>> {
        (1..=count).map(|number| wrong.tag(&self.genuine, number == count)).collect()
    }

    /// The library's comparison.
    pub(crate) fn comparison(&self, tags: &[Vec<u8>]) -> Comparison {
        let (first, others) = tags.split_first().expect("a tag");
        Comparison::new(self.algorithm, &self.key, &self.body, first, others.iter().map(Vec::as_slice))
    }
}

pub(crate) fn bytes_of_hex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16).expect("a digit")).expect("below 16");
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

/// Xorshift. The bytes must look random, and nothing else is asked of them.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next().to_le_bytes()[7]).collect()
    }
}
