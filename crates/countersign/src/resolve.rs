//! The look-up of a tenant's verifier: its place in the order of checks, its time limit, and the verifier of an unknown tenant.

use std::future::Future;
use std::time::Duration;

use tokio::time::timeout;

use crate::{Headers, Provider, Rejection, Verifier, report};

/// The longest time that a look-up may take. The provider waits for its answer meanwhile.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);

/// A request that may ask for a look-up. Its method is allowed, and its signature is well formed.
///
/// Only this type has [`look_up`](Self::look_up), so an unsigned request costs no query of a database.
pub(crate) struct Signed<P> {
    template: Option<Verifier<P>>,
}

impl<P: Provider> Signed<P> {
    /// Checks the signature header, and the headers of the signed time and id, unless the request was refused before.
    pub(crate) fn check(
        before: Result<(), Rejection>,
        template: Option<Verifier<P>>,
        headers: &(impl Headers + ?Sized),
    ) -> Result<Self, Rejection> {
        before?;
        Verifier::check_headers(template.as_ref(), headers)?;
        Ok(Self { template })
    }

    /// Runs a look-up, and returns the verifier that judges the request. An unknown tenant gets one that refuses every signature.
    pub(crate) async fn look_up(
        self,
        look_up: impl Future<Output = Result<Option<Verifier<P>>, Rejection>>,
    ) -> Result<Verifier<P>, Rejection> {
        let found = timeout(LOOKUP_TIMEOUT, look_up).await.unwrap_or_else(|_| {
            Err(Rejection::lookup_failed(format_args!("not done after {LOOKUP_TIMEOUT:?}")))
        });
        match found {
            Ok(Some(verifier)) => Ok(verifier),
            Ok(None) => Verifier::of_unknown_tenant(self.template),
            Err(rejection) => Err(report::refused(P::NAME, None, failed(rejection))),
        }
    }
}

/// Every error of a look-up is the same 503. Another answer could tell tenants apart.
fn failed(rejection: Rejection) -> Rejection {
    match rejection {
        Rejection::LookupFailed { reason } => Rejection::lookup_failed(reason),
        other => Rejection::lookup_failed(other),
    }
}
