//! The grammar of a signature header's value.
//!
//! Input: a header value.

use countersign::{Scheme, Secret, VerifyError};

use crate::{BODY, SECRET, TAG};

/// Both formats agree with the oracle on every value.
pub fn run(value: &[u8]) {
    let secret = Secret::new(SECRET).expect("a secret");
    for (scheme, prefix) in [(Scheme::sha256("x-signature"), "sha256="), (Scheme::hex("x-signature"), "")] {
        assert_eq!(scheme.verify(&secret, BODY, value), expected(prefix, value));
    }
}

/// The grammar again, by characters and numbers instead of slices and a hex crate.
pub(crate) fn expected(prefix: &str, value: &[u8]) -> Result<(), VerifyError> {
    let mut rest = value.iter().copied();
    if !prefix.bytes().all(|byte| rest.next() == Some(byte)) {
        return Err(VerifyError::Prefix);
    }
    let found = rest.len();
    if found != 64 {
        return Err(VerifyError::Length { found });
    }
    let digits: Option<Vec<u32>> = rest.map(|byte| char::from(byte).to_digit(16)).collect();
    let genuine: Vec<u32> = TAG.chars().filter_map(|digit| digit.to_digit(16)).collect();
    match digits {
        None => Err(VerifyError::Digit),
        Some(digits) if digits == genuine => Ok(()),
        Some(_) => Err(VerifyError::Mismatch),
    }
}
