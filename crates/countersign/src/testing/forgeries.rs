//! What an endpoint must refuse.

use std::fmt;

use bytes::Bytes;

use super::SignedRequest;
use crate::{Provider, Scheme, Secret};

mod algorithm;
mod forge;

use forge::Forge;

/// A request that an endpoint must refuse with 401, and why.
#[derive(Clone, Debug)]
pub struct Forgery {
    name: &'static str,
    description: &'static str,
    request: SignedRequest,
}

impl Forgery {
    /// A stable name in kebab case: `signature-twice`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What is wrong with it, in one line.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        self.description
    }

    /// The request.
    #[must_use]
    pub const fn request(&self) -> &SignedRequest {
        &self.request
    }

    /// The request, to be sent.
    #[must_use]
    pub fn into_request(self) -> SignedRequest {
        self.request
    }
}

impl fmt::Display for Forgery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.description)
    }
}

/// Every forgery of a delivery of `P` with this body: the unsigned, the altered, the malformed in each way.
///
/// Each one is refused by a [`Verifier`](crate::Verifier), whatever secret and body, and each has tripped up receivers that were in use.
#[must_use]
pub fn forgeries<P: Provider>(secret: &Secret, body: impl Into<Bytes>) -> Vec<Forgery> {
    forgeries_with(P::SCHEME, secret, body)
}

/// [`forgeries`] for a sender that is known by its [`Scheme`] alone.
#[must_use]
pub fn forgeries_with(scheme: Scheme, secret: &Secret, body: impl Into<Bytes>) -> Vec<Forgery> {
    let forge = Forge::new(scheme, secret, body.into());
    [
        forge.unsigned(),
        forge.of_another(),
        forge.misplaced(),
        forge.mislabelled(),
        forge.misshapen(),
        forge.altered(),
    ]
    .concat()
}
