//! [`Resolve`]: the verifier of a request.

use std::future::Future;

use axum_core::extract::FromRef;
use http::request::Parts;

use crate::resolve::Signed;
use crate::{Provider, Rejection, Verifier};

/// Finds the verifier of a request. A service with a secret for each tenant implements it.
///
/// Every state from which a plain [`Verifier<P>`] can be taken has it already: a verifier itself, and a state that derives `FromRef`.
///
/// Implement it for a type of your own crate, such as `struct App(Arc<Inner>)`. Rust does not allow it for `Arc<Inner>` itself. The
/// [module](crate::axum#a-secret-for-each-tenant) has an example.
///
/// - The method and the signature header are checked before the look-up, so an unsigned request costs no query.
/// - The body is not read before the look-up has ended.
/// - A look-up that takes longer than 5 seconds is dropped, and the request gets a 503.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no verifier for `{P}`",
    label = "this state has neither a `Verifier<{P}>` nor a look-up of it",
    note = "use `.with_state(verifier)`, derive `FromRef` for a state that has a `Verifier<{P}>`, or implement `Resolve<{P}>` for it"
)]
pub trait Resolve<P: Provider>: Send + Sync {
    /// Looks up the verifier for this request. `None` if the tenant is unknown.
    ///
    /// Make the verifier of a tenant by [`template.for_tenant(name, secret)`](Verifier::for_tenant), so that all tenants have the same
    /// settings and share one memory limit. A verifier from [`Verifier::new`] has a memory limit for each request alone and names no
    /// tenant. Behind a [`Dedupe`](crate::dedupe::Dedupe), one tenant could then use up the event ids of another.
    ///
    /// An unknown tenant gets the answer of a wrong signature, after its whole body was read and hashed. So its sender cannot find out
    /// which tenants exist, unless the look-up itself takes another time for them. A body is hashed once for each secret, so a tenant with
    /// two secrets takes longer than an unknown one if the [`template`](Self::template) has one secret.
    ///
    /// # Errors
    ///
    /// Every error is a 503. [`Rejection::lookup_failed`] makes one from any other error.
    fn resolve(
        &self,
        parts: &mut Parts,
    ) -> impl Future<Output = Result<Option<Verifier<P>>, Rejection>> + Send;

    /// A verifier with the settings of the tenants. An unknown tenant gets these settings, and its secrets accept nothing.
    /// Default: `None`, which stands for the default settings.
    ///
    /// Implement it if tenants share a template, or if their verifiers have settings that are not the defaults. Otherwise a body that is
    /// over one limit and not over the other tells which tenants exist. The memory limit is such a limit: the tenants of a template share
    /// one, and unknown tenants without a template share another.
    ///
    /// A provider whose scheme is known only at run time, [`Custom`](crate::Custom), needs it. The headers of a request are then checked
    /// by the scheme of the template, so all tenants have the same scheme.
    fn template(&self) -> Option<Verifier<P>> {
        None
    }

    /// The verifier of a state that has one for all requests. Such a state needs no look-up, and its extractor takes the event of a
    /// middleware with the same verifier.
    #[doc(hidden)]
    fn only_verifier(&self) -> Option<Verifier<P>> {
        None
    }
}

impl<P, S> Resolve<P> for S
where
    P: Provider,
    S: Send + Sync,
    Verifier<P>: FromRef<S>,
{
    async fn resolve(&self, _: &mut Parts) -> Result<Option<Verifier<P>>, Rejection> {
        Ok(Some(Verifier::from_ref(self)))
    }

    fn only_verifier(&self) -> Option<Verifier<P>> {
        Some(Verifier::from_ref(self))
    }
}

/// The verifier of a request, unless the request was refused before.
pub(super) async fn find<P: Provider>(
    before: Result<(), Rejection>,
    resolver: &impl Resolve<P>,
    parts: &mut Parts,
) -> Result<Verifier<P>, Rejection> {
    if let Some(verifier) = resolver.only_verifier() {
        return before.map(|()| verifier);
    }
    let signed = Signed::check(before, resolver.template(), &parts.headers)?;
    // The block keeps the user's function from running before `look_up` has begun its time limit.
    signed.look_up(async { resolver.resolve(parts).await }).await
}
