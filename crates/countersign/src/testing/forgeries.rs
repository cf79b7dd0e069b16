//! Forgeries, which an endpoint must refuse.

use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use super::SignedRequest;
use crate::{Provider, Scheme, Secret};

mod forge;
mod header;
mod seam;
mod table;
mod tag;
mod time;

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

/// All forgeries of a delivery of `P` with this body: unsigned, altered and malformed ones, and ones with a wrong signed time.
///
/// A [`Verifier`](crate::Verifier) refuses each of them with every secret and body. Each of them gets past a receiver with one mistake.
///
/// The list depends on the provider's scheme. For example, a header with a wrong signature and a right one is a forgery only if the scheme
/// has no list of signatures.
///
/// The endpoint's clock is the system's. If a time is signed, one forgery is too old by one minute, and one is too far in the future by one
/// minute, so the test must send them within that minute. If the test sets the endpoint's clock, [`forgeries_at`] is exact to the second.
#[must_use]
pub fn forgeries<P: Provider>(secret: &Secret, body: impl Into<Bytes>) -> Vec<Forgery> {
    forgeries_with(P::SCHEME, secret, body)
}

/// [`forgeries`] for an endpoint whose clock stands at `now`. Wrong times are outside the tolerance by one second.
///
/// The tolerance is that of the provider's scheme. If [`Verifier::tolerance`](crate::Verifier::tolerance) overrides it, give
/// [`forgeries_with_at`] a scheme with the tolerance of the verifier.
#[must_use]
pub fn forgeries_at<P: Provider>(secret: &Secret, body: impl Into<Bytes>, now: SystemTime) -> Vec<Forgery> {
    forgeries_with_at(P::SCHEME, secret, body, now)
}

/// [`forgeries`] for a provider that is known only by its [`Scheme`].
#[must_use]
pub fn forgeries_with(scheme: Scheme, secret: &Secret, body: impl Into<Bytes>) -> Vec<Forgery> {
    table::all(&Forge::new(scheme, secret, body.into(), SystemTime::now(), Duration::from_secs(60)))
}

/// [`forgeries_at`] for a provider that is known only by its [`Scheme`].
#[must_use]
pub fn forgeries_with_at(
    scheme: Scheme,
    secret: &Secret,
    body: impl Into<Bytes>,
    now: SystemTime,
) -> Vec<Forgery> {
    table::all(&Forge::new(scheme, secret, body.into(), now, Duration::from_secs(1)))
}

#[cfg(test)]
mod rows;
#[cfg(test)]
mod tests;
