//! HMAC-SHA256 on the compression function of `sha2`.
//!
//! HMAC hashes twice. Each hash begins with a block that is made of the key, so its state after that block is the same for every message.
//! The key is these two states. A message costs one compression for each block of 64 bytes, and two more: the padding, and the outer hash.
//! Only the compression takes time, and `sha2` does it.

use std::mem;

use sha2::block_api::compress256;
use zeroize::{Zeroize as _, ZeroizeOnDrop};

/// Bytes that SHA-256 compresses at a time.
const BLOCK: usize = 64;

/// The state with which SHA-256 begins (FIPS 180-4, section 5.3.3).
const START: State =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

type State = [u32; 8];

/// A prepared key: the states of the inner and the outer hash after the block of the key. It is wiped on drop.
#[derive(Clone, ZeroizeOnDrop)]
pub(crate) struct Key {
    inner: State,
    outer: State,
}

impl Key {
    /// Prepares a key of one block. Zeros follow a shorter key, and a longer one was hashed (RFC 2104).
    pub(super) fn new(block: &[u8; BLOCK]) -> Self {
        let after_block = |pad: u8| {
            let (mut state, mut block) = (START, block.map(|byte| byte ^ pad));
            compress256(&mut state, &[block]);
            block.zeroize();
            state
        };
        Self { inner: after_block(0x36), outer: after_block(0x5c) }
    }

    #[inline]
    pub(super) fn start(&self) -> Mac {
        Mac { state: self.inner, outer: Outer(self.outer), pending: [0; BLOCK], len: 0, blocks: 1 }
    }
}

/// The inner hash under way.
///
/// Only the outer state is wiped on drop. A forger needs both states, and wiping the other fields would take as long as half a compression.
#[derive(Clone)]
pub(crate) struct Mac {
    state: State,
    outer: Outer,
    /// The start of the next block, with zeros after it, and its length in bytes. It is never a whole block.
    pending: [u8; BLOCK],
    len: usize,
    /// Number of blocks so far. The first was the key's.
    blocks: u64,
}

#[derive(Clone, ZeroizeOnDrop)]
struct Outer(State);

impl Mac {
    #[inline]
    pub(super) fn update(&mut self, mut chunk: &[u8]) {
        if self.len > 0 {
            let (start, rest) = chunk.split_at(chunk.len().min(BLOCK.saturating_sub(self.len)));
            self.append(start);
            if self.len < BLOCK {
                return;
            }
            let block = mem::replace(&mut self.pending, [0; BLOCK]);
            self.compress(&[block]);
            self.len = 0;
            chunk = rest;
        }
        let (blocks, rest) = chunk.as_chunks();
        self.compress(blocks);
        self.append(rest);
    }

    /// Keeps the start of the next block. There is room for it.
    fn append(&mut self, start: &[u8]) {
        let room = self.pending.get_mut(self.len..).and_then(|free| free.get_mut(..start.len()));
        room.unwrap_or_default().copy_from_slice(start);
        self.len = self.len.saturating_add(start.len());
    }

    fn compress(&mut self, blocks: &[[u8; BLOCK]]) {
        compress256(&mut self.state, blocks);
        self.blocks = self.blocks.wrapping_add(blocks.len() as u64);
    }

    /// The tag: the end of the inner hash, and the outer hash over it. The computation cannot go on.
    #[inline]
    pub(super) fn finish(&mut self) -> [u8; 32] {
        let bytes = self.blocks.wrapping_mul(64).wrapping_add(self.len as u64);
        if let Some(end) = self.pending.get_mut(self.len) {
            *end = END;
        }
        if self.len >= BLOCK - 8 {
            compress256(&mut self.state, &[self.pending]);
            self.pending = [0; BLOCK];
        }
        let inner = ended(&mut self.state, &mut self.pending, bytes);

        let mut last = [0; BLOCK];
        if let Some((hash, [end, ..])) = last.split_first_chunk_mut() {
            (*hash, *end) = (inner, END);
        }
        // The outer message is the block of the key and the inner hash.
        ended(&mut self.outer.0, &mut last, 64 + 32)
    }
}

/// The byte that ends a message. Zeros follow it, and then the length.
const END: u8 = 0x80;

/// The hash after the last block, which ends with the length of the message in bits.
#[inline]
fn ended(state: &mut State, last: &mut [u8; BLOCK], bytes: u64) -> [u8; 32] {
    if let Some(length) = last.last_chunk_mut() {
        *length = bytes.wrapping_mul(8).to_be_bytes();
    }
    compress256(state, std::slice::from_ref(last));
    let mut hash = [0; 32];
    hash.copy_from_slice(state.map(u32::to_be_bytes).as_flattened());
    hash
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit, Mac as _};
    use sha2::Sha256;

    use super::*;

    /// The crate `hmac` is the oracle. The lengths go over two blocks, and each message is cut at every place.
    #[test]
    fn a_message_of_any_length_in_any_chunks_has_its_tag() {
        let block: [u8; BLOCK] = std::array::from_fn(|place| u8::try_from(place * 3).unwrap());
        let key = Key::new(&block);
        let message: Vec<u8> = (0..=u8::MAX).collect();
        // Miri would take minutes for every length. Steps of 8 bytes meet the ends of blocks, too.
        let step = if cfg!(miri) { 8 } else { 1 };
        for len in (0..=2 * BLOCK + 9).step_by(step) {
            let message = &message[..len];
            let expected = Hmac::<Sha256>::new_from_slice(&block).unwrap().chain_update(message).finalize();
            for cut in (0..=len).step_by(step) {
                let mut mac = key.start();
                mac.update(&message[..cut]);
                mac.update(&message[cut..]);
                assert_eq!(mac.finish(), *expected.as_bytes(), "{len} bytes, cut at {cut}");
            }
        }
    }
}
