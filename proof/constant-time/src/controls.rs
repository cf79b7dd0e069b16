//! Code that is not constant-time. Each check must see it. Otherwise the check sees nothing.

use std::hint::black_box;

/// Compares as `==` may: it stops at the first byte that differs.
#[inline(never)]
pub(crate) fn stops_early(expected: &[u8], claimed: &[u8]) -> bool {
    expected.iter().zip(claimed).all(|(expected, claimed)| black_box(*expected) == black_box(*claimed))
}

/// Reads a table at an index that is secret, as an S-box does. It has no branch that depends on the secret.
#[inline(never)]
pub(crate) fn looks_up(table: &[u8; 256], secret: &[u8]) -> u8 {
    secret.iter().fold(0, |sum, byte| sum ^ black_box(table)[usize::from(*byte)])
}
