//! A genuine delivery, and the ways to change one of its parts.

use std::time::{Duration, SystemTime};

use bytes::Bytes;

use crate::mac::Key;
use crate::signer::Draft;
use crate::testing::{SignedRequest, request};
use crate::{Scheme, Secret};

/// A forged request. `None` if this delivery has no such forgery: its body has no byte to move, or a time is before 1970.
pub(super) type Made = Option<SignedRequest>;

/// A genuine delivery and its parts. A forgery changes some of them and keeps the others.
pub(super) struct Forge {
    pub(super) scheme: Scheme,
    pub(super) secret: Secret,
    pub(super) key: Key,
    pub(super) draft: Draft,
    pub(super) body: Bytes,
    pub(super) tag: Vec<u8>,
    /// The tag in the scheme's encoding.
    pub(super) text: String,
    pub(super) genuine: SignedRequest,
    /// The time of the endpoint's clock.
    pub(super) now: SystemTime,
    /// How far beyond the tolerance a wrong time is.
    pub(super) margin: Duration,
}

impl Forge {
    pub(super) fn new(
        scheme: Scheme,
        secret: &Secret,
        body: Bytes,
        now: SystemTime,
        margin: Duration,
    ) -> Self {
        let (draft, key) = (Draft::new(scheme, &body, now, None), request::key(&scheme, secret));
        let tag = draft.tag(&key, &body);
        let text = draft.encoded(&tag);
        let genuine = SignedRequest::of(draft.headers(&draft.value(&text)), body.clone());
        Self { scheme, secret: secret.clone(), key, draft, body, tag, text, genuine, now, margin }
    }

    /// Replaces the value of the signature header.
    pub(super) fn value(&self, value: impl Into<Vec<u8>>) -> Made {
        Some(self.genuine.clone().with(self.scheme.header(), value))
    }

    /// Replaces the entry of the tag. The entry of the time stays.
    pub(super) fn entry(&self, entry: &str) -> Made {
        self.value(self.draft.around(entry))
    }

    /// Replaces the tag with a text, after the scheme's own prefix.
    pub(super) fn text(&self, text: &str) -> Made {
        self.value(self.draft.value(text))
    }

    /// Replaces the tag with other bytes.
    pub(super) fn tag(&self, tag: &[u8]) -> Made {
        self.text(&self.draft.encoded(tag))
    }

    /// Signs with another key.
    pub(super) fn keyed(&self, key: &[u8]) -> Made {
        let key = Key::new(self.scheme.mac_algorithm(), key);
        self.tag(&self.draft.tag(&key, &self.body))
    }

    /// Replaces the body and keeps the signature.
    pub(super) fn body(&self, body: impl Into<Bytes>) -> Made {
        Some(self.genuine.clone().with_body(body))
    }

    /// Replaces the time, the id and the body, and keeps the tag.
    pub(super) fn kept_tag(&self, draft: &Draft, body: impl Into<Bytes>) -> Made {
        Some(SignedRequest::of(draft.headers(&draft.value(&self.text)), body.into()))
    }

    /// Replaces the time, the id and the body, and signs them with the right key.
    pub(super) fn signed(&self, draft: &Draft, body: impl Into<Bytes>) -> Made {
        let body = body.into();
        Some(SignedRequest::of(draft.signed(&self.key, &body), body))
    }

    pub(super) fn bit_flipped(&self) -> Made {
        let mut body = self.body.to_vec();
        match body.last_mut() {
            Some(byte) => *byte ^= 1,
            None => body.push(b'0'),
        }
        self.body(body)
    }

    pub(super) fn framed(&self, before: &[u8], after: &[u8]) -> Made {
        self.body([before, &self.body, after].concat())
    }

    pub(super) fn body_twice(&self) -> Made {
        self.framed(b"", &[b"{}".as_slice(), &self.body].concat())
    }

    pub(super) fn body_cut(&self) -> Made {
        let half = self.body.get(..self.body.len() / 2).unwrap_or_default();
        self.body(if self.body.is_empty() { b"{".to_vec() } else { half.to_vec() })
    }
}
