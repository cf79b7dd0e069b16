//! The verification that a careful programmer writes into an extractor: ring with a key that is kept, and a fast decoder of hex.

use http::{HeaderMap, HeaderName, StatusCode};
use ring::hmac;

use crate::event::{HEADER, SECRET};

const NAME: HeaderName = HeaderName::from_static(HEADER);

pub(super) fn key() -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes())
}

/// Reads the only signature of a request, before its body.
pub(super) fn axum_tag(headers: &HeaderMap) -> Result<[u8; 32], StatusCode> {
    tag(headers.get_all(NAME).iter().map(http::HeaderValue::as_bytes)).ok_or(StatusCode::UNAUTHORIZED)
}

/// The only value, decoded.
pub(super) fn tag<'a>(mut values: impl Iterator<Item = &'a [u8]>) -> Option<[u8; 32]> {
    let digits = values.next()?.strip_prefix(b"sha256=")?;
    let mut tag = [0; 32];
    const_hex::decode_to_slice(digits, &mut tag).ok()?;
    values.next().is_none().then_some(tag)
}
