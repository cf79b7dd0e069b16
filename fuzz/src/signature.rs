//! The grammar of a signature header's value.
//!
//! Input: a header value.

use countersign::{Scheme, Secret};

use crate::{BODY, SECRET, TAG};

/// Both formats agree with the oracle on every value.
pub fn run(value: &[u8]) {
    let secret = Secret::new(SECRET).expect("a secret");
    for (scheme, prefix) in [(Scheme::sha256("x-signature"), "sha256="), (Scheme::hex("x-signature"), "")] {
        let verdict = scheme.verify(&secret, BODY, value).map_err(|reason| format!("{reason:?}"));
        assert_eq!(verdict, expected(prefix, value));
    }
}

/// The reason for a signature that is well formed and wrong.
pub(crate) const MISMATCH: &str = "Mismatch";

/// The grammar again, written with characters and numbers instead of slices and a hex crate. A reason is as `Debug` shows it.
pub(crate) fn expected(prefix: &str, value: &[u8]) -> Result<(), String> {
    let mut rest = value.iter().copied();
    if !prefix.bytes().all(|byte| rest.next() == Some(byte)) {
        return Err("Prefix".to_owned());
    }
    let found = rest.len();
    if found != 64 {
        return Err(format!("Length {{ found: {found} }}"));
    }
    let digits: Option<Vec<u32>> = rest.map(|byte| char::from(byte).to_digit(16)).collect();
    let genuine: Vec<u32> = TAG.chars().filter_map(|digit| digit.to_digit(16)).collect();
    match digits {
        None => Err("Digit".to_owned()),
        Some(digits) if digits == genuine => Ok(()),
        Some(_) => Err(MISMATCH.to_owned()),
    }
}
