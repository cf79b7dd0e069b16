//! The evidence: a request, read once for all experiments.

use countersign::{Headers, Scheme};

use crate::cause::Origin;
use crate::json::Json;
use crate::signature::{Signature, signatures};
use crate::stamp::stamps;
use crate::verdict::is_simple;
use crate::{Cause, Mistake};

#[derive(Clone)]
pub(crate) struct Evidence<'e> {
    /// Whether the scheme is one whose tags and stamps are read here. Otherwise there are none.
    is_simple: bool,
    /// The values of the scheme's own header.
    pub(crate) own: Vec<&'e [u8]>,
    /// The tags that may be meant.
    pub(crate) signatures: Vec<Signature>,
    /// The texts that may have been signed in front of the body.
    pub(crate) stamps: Vec<Vec<u8>>,
    /// Whether the headers say that the body is encoded.
    pub(crate) is_encoded: bool,
    /// Whether the body is the one that was sent.
    pub(crate) origin: Origin,
    pub(crate) body: &'e [u8],
    /// The body as JSON, if it is JSON.
    pub(crate) json: Option<Json<'e>>,
}

impl<'e> Evidence<'e> {
    pub(crate) fn new(scheme: &'e Scheme, headers: &'e (impl Headers + ?Sized), body: &'e [u8]) -> Self {
        let is_identity = |value: &[u8]| value.trim_ascii().eq_ignore_ascii_case(b"identity");
        let is_simple = is_simple(scheme);
        Self {
            is_simple,
            own: headers.values(scheme.header()).collect(),
            signatures: if is_simple { signatures(scheme, headers) } else { Vec::new() },
            stamps: if is_simple { stamps(scheme, headers) } else { Vec::new() },
            is_encoded: !headers.values("content-encoding").all(is_identity),
            origin: Origin::of(headers, body),
            body,
            json: Json::parse(body),
        }
    }

    /// The same request with another body.
    pub(crate) fn with_body<'s>(&'s self, body: &'s [u8]) -> Evidence<'s> {
        Evidence { body, json: Json::parse(body), ..self.clone() }
    }

    /// The mistakes with the party that made them.
    pub(crate) fn causes(&self, mistakes: impl IntoIterator<Item = Mistake>) -> Vec<Cause> {
        mistakes.into_iter().map(|mistake| Cause::new(mistake, self.origin)).collect()
    }

    /// Whether the header has one value, and no tag can be read from it.
    pub(crate) fn is_unreadable(&self) -> bool {
        let has_value = matches!(self.own.as_slice(), [value] if !value.is_empty());
        self.is_simple && has_value && !self.signatures.iter().any(|signature| signature.is_own)
    }
}
