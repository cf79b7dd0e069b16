//! What may have been the key, given what is configured.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::SecretCause;
use super::encoding::from_base64;
use crate::Secret;

/// A key to try, wiped after use. No cause: it is a configured secret as it stands.
pub(super) struct Candidate {
    pub(super) cause: Option<SecretCause>,
    pub(super) key: Zeroizing<Vec<u8>>,
}

const PREFIX: &[u8] = b"whsec_";

/// The secret itself, and what slips make of it. Each key once, under its first name.
pub(super) fn candidates(secret: &Secret) -> Vec<Candidate> {
    let configured = secret.bytes();
    let mut candidates = vec![Candidate { cause: None, key: Zeroizing::new(configured.to_vec()) }];
    for (cause, key) in variants(configured) {
        let key = Zeroizing::new(key);
        if candidates.iter().all(|other| other.key != key) {
            candidates.push(Candidate { cause: Some(cause), key });
        }
    }
    candidates
}

/// A secret that is configured for something else.
pub(super) fn other(label: &str, secret: &Secret) -> Candidate {
    let cause = SecretCause::Other { label: label.to_owned() };
    Candidate { cause: Some(cause), key: Zeroizing::new(secret.bytes().to_vec()) }
}

fn variants(secret: &[u8]) -> impl Iterator<Item = (SecretCause, Vec<u8>)> {
    use SecretCause::{
        Base64Decoded, Base64Encoded, Empty, HexDecoded, HexEncoded, LowerCase, PrefixLost, PrefixStripped,
        PrefixedBase64Decoded, Quoted, Unquoted, UpperCase, WhiteSpaceAdded, WhiteSpaceLost,
    };
    let stripped = secret.strip_prefix(PREFIX);
    let hex = |text: &[u8]| hex::decode(text).ok();
    let made = [
        (WhiteSpaceAdded, Some(secret.trim_ascii().to_vec())),
        (WhiteSpaceLost, Some([secret, b"\n"].concat())),
        (WhiteSpaceLost, Some([secret, b"\r\n"].concat())),
        (WhiteSpaceLost, Some([secret, b" "].concat())),
        (Quoted, unquoted(secret)),
        (Unquoted, Some([b"\"", secret, b"\""].concat())),
        (Unquoted, Some([b"'", secret, b"'"].concat())),
        (PrefixStripped, stripped.map(<[u8]>::to_vec)),
        (PrefixLost, Some([PREFIX, secret].concat())),
        (PrefixedBase64Decoded, stripped.and_then(from_base64)),
        (Base64Decoded, from_base64(secret)),
        (HexDecoded, hex(secret).or_else(|| hex(stripped?))),
        (Base64Encoded, Some(STANDARD.encode(secret).into_bytes())),
        (Base64Encoded, Some([PREFIX, STANDARD.encode(secret).as_bytes()].concat())),
        (HexEncoded, Some(hex::encode(secret).into_bytes())),
        (UpperCase, Some(secret.to_ascii_uppercase())),
        (LowerCase, Some(secret.to_ascii_lowercase())),
        (Empty, Some(Vec::new())),
    ];
    made.into_iter().filter_map(|(cause, key)| Some((cause, key?)))
}

fn unquoted(secret: &[u8]) -> Option<Vec<u8>> {
    let secret = secret.trim_ascii();
    let inner = |quote: &[u8]| secret.strip_prefix(quote)?.strip_suffix(quote).map(<[u8]>::to_vec);
    inner(b"\"").or_else(|| inner(b"'"))
}
