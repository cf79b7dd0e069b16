//! The least that a verification can cost, and the code that a careful programmer writes.

use std::hint::black_box;

use ::hmac::{Hmac, KeyInit as _, Mac as _};
use ring::hmac;
use sha2::Sha256;
use sha2::block_api::compress256;
use subtle::ConstantTimeEq as _;

use crate::event::SECRET;

/// The compressions of an HMAC with a prepared key over a text of this length: those of the text with its 9 bytes of padding, and one for
/// the outer hash.
///
/// Each one continues with the state of the one before, across calls as well. Calls that do not depend on each other would overlap in the
/// processor, and the compressions of one request cannot.
pub(super) fn bare(text: usize) -> impl FnMut() {
    let blocks = vec![[b'a'; 64]; (text + 9).div_ceil(64)];
    let outer = [[b'a'; 64]];
    let mut state = [1; 8];
    move || {
        compress256(&mut state, black_box(&blocks));
        compress256(&mut state, black_box(&outer));
        black_box(&state);
    }
}

pub(super) fn ring_key(secret: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret)
}

/// `sha256=<hex>` by ring.
pub(super) fn ring(key: &hmac::Key, body: &[u8], value: &str) {
    hmac::verify(key, body, &tag(value)).unwrap();
}

/// `sha256=<hex>` by aws-lc-rs.
pub(super) fn aws_lc(key: &aws_lc_rs::hmac::Key, body: &[u8], value: &str) {
    aws_lc_rs::hmac::verify(key, body, &tag(value)).unwrap();
}

fn tag(value: &str) -> [u8; 32] {
    let mut tag = [0; 32];
    const_hex::decode_to_slice(value.strip_prefix("sha256=").unwrap(), &mut tag).unwrap();
    tag
}

/// `sha256=<hex>` as most programs do it: everything from scratch for each call.
pub(super) fn naive(body: &[u8], value: &str) {
    let tag = hex::decode(value.strip_prefix("sha256=").unwrap()).unwrap();
    assert!(hmac_matches(&hmac_key(SECRET.as_bytes()), &[body], &tag));
}

/// A key for the crate `hmac`.
///
/// All crates of a program share the features of `hmac`, and the library turns on the one that wipes states from memory. So each use of
/// `hmac` takes about 30 ns longer here than in a program that does not wipe.
pub(super) fn hmac_key(secret: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(secret).unwrap()
}

/// Whether the parts have this tag, by the crate `hmac`.
pub(super) fn hmac_matches(key: &Hmac<Sha256>, parts: &[&[u8]], tag: &[u8]) -> bool {
    let mut mac = key.clone();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().as_slice().ct_eq(tag).into()
}

/// Whether the parts have this tag, by ring.
pub(super) fn ring_matches(key: &hmac::Key, parts: &[&[u8]], tag: &[u8]) -> bool {
    let mut mac = hmac::Context::with_key(key);
    parts.iter().for_each(|part| mac.update(part));
    mac.sign().as_ref().ct_eq(tag).into()
}
