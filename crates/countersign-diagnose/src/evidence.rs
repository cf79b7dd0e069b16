//! The evidence: a request and its body, or another body in its place.

use crate::json::Json;
use crate::request::Request;
use crate::{Cause, Mistake};

#[derive(Clone)]
pub(crate) struct Evidence<'e> {
    pub(crate) request: &'e Request<'e>,
    pub(crate) body: &'e [u8],
    /// The body as JSON, if it is JSON.
    pub(crate) json: Option<Json<'e>>,
}

impl<'e> Evidence<'e> {
    pub(crate) fn new(request: &'e Request<'e>, body: &'e [u8]) -> Self {
        Self { request, body, json: Json::parse(body) }
    }

    /// The same request with another body.
    pub(crate) fn with_body<'s>(&'s self, body: &'s [u8]) -> Evidence<'s> {
        Evidence::new(self.request, body)
    }

    /// The mistakes with the party that made them.
    pub(crate) fn causes(&self, mistakes: impl IntoIterator<Item = Mistake>) -> Vec<Cause> {
        mistakes.into_iter().map(|mistake| Cause::new(mistake, self.request.origin)).collect()
    }
}
