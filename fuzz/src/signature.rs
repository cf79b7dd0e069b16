//! The value of a signature header, under a fixed scheme.
//!
//! Input: a byte that picks the scheme, then a header value. The bytes 1, 2 and 3 in it are marks, see
//! [`Signer::filled`](crate::schemes::Signer::filled).

use crate::BODY;
use crate::schemes::SIGNERS;

/// The library agrees with the reference on every value.
pub fn run(input: &[u8]) {
    accepting(input);
}

/// The place of the input's scheme, if it accepts the value, after the library and the reference have agreed.
pub fn accepting(input: &[u8]) -> Option<usize> {
    let (place, value) = input.split_first()?;
    let place = usize::from(*place) % SIGNERS.len();
    let signer = &SIGNERS[place];
    let headers = [
        ("x-signature".to_owned(), value.to_vec()),
        ("x-time".to_owned(), b"\x03".to_vec()),
        ("x-id".to_owned(), b"evt_1".to_vec()),
    ];
    let headers = signer.filled(&headers, BODY.as_bytes());
    let verdict = signer.verdict(&headers, BODY.as_bytes());
    assert_eq!(verdict, signer.expected(&headers, BODY.as_bytes()), "{:?}", signer.scheme);
    verdict.is_ok().then_some(place)
}
