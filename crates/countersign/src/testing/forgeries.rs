//! Forgeries, which an endpoint must refuse.

use std::fmt;

use bytes::Bytes;

use super::SignedRequest;
use crate::{Provider, Scheme, Secret};

mod algorithm;
mod forge;

use forge::Forge;

/// A request that an endpoint must refuse with 401, and the reason.
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

    /// The fault of the request, in one line.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        self.description
    }

    /// The request.
    #[must_use]
    pub const fn request(&self) -> &SignedRequest {
        &self.request
    }

    /// Turns it into its request.
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

/// All forgeries of a delivery of `P` with this body: unsigned, altered and malformed ones.
///
/// A [`Verifier`](crate::Verifier) refuses each of them with every secret and body. Real receivers have accepted each of them.
#[must_use]
pub fn forgeries<P: Provider>(secret: &Secret, body: impl Into<Bytes>) -> Vec<Forgery> {
    forgeries_with(P::SCHEME, secret, body)
}

/// [`forgeries`] for a provider that is known only by its [`Scheme`].
#[must_use]
pub fn forgeries_with(scheme: Scheme, secret: &Secret, body: impl Into<Bytes>) -> Vec<Forgery> {
    let forge = Forge::new(scheme, secret, body.into());
    [
        forge.unsigned(),
        forge.foreign(),
        forge.misplaced(),
        forge.mislabelled(),
        forge.misshapen(),
        forge.altered(),
    ]
    .concat()
}
