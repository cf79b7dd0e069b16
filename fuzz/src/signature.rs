//! The value of a signature header, under every scheme.
//!
//! Input: a header value. The bytes 1, 2 and 3 in it are marks, see [`Signer::filled`](crate::schemes::Signer::filled).

use countersign::Secret;

use crate::schemes::{SIGNERS, Signer, reason};
use crate::{BODY, now};

/// The library agrees with the reference on every value under every scheme.
pub fn run(value: &[u8]) {
    accepting(value);
}

/// The places of the schemes that accept the value, after the library and the reference have agreed.
pub fn accepting(value: &[u8]) -> Vec<usize> {
    (0..SIGNERS.len()).filter(|place| accepts(&SIGNERS[*place], value)).collect()
}

fn accepts(signer: &Signer, value: &[u8]) -> bool {
    let headers = [
        ("x-signature".to_owned(), value.to_vec()),
        ("x-time".to_owned(), b"\x03".to_vec()),
        ("x-id".to_owned(), b"evt_1".to_vec()),
    ];
    let headers = signer.filled(&headers, BODY.as_bytes());
    let secret = Secret::new(signer.secret).expect("a secret");
    let verdict = signer.scheme.verify_request(&secret, &headers, BODY, now()).map_err(reason);
    assert_eq!(verdict, signer.expected(&headers, BODY.as_bytes()), "{:?}", signer.scheme);
    verdict.is_ok()
}
