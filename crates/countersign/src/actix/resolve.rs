//! [`Resolve`]: the verifier of a request.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::{HttpRequest, web};

use super::misconfigured;
use crate::resolve::Signed;
use crate::{Provider, Rejection, Verifier};

/// Finds the verifier of a request. A service with a secret for each tenant implements it.
///
/// Give it to a [`VerifyMiddleware`](crate::VerifyMiddleware::resolving), or to the extractor by a [`Resolver`]. The
/// [module](crate::actix#a-secret-for-each-tenant) has an example.
///
/// - The method and the signature header are checked before the look-up, so an unsigned request costs no query.
/// - The body is not read before the look-up has ended.
/// - A look-up that takes longer than 5 seconds is dropped, and the request gets a 503.
pub trait Resolve<P: Provider> {
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
    fn resolve(&self, request: &HttpRequest) -> impl Future<Output = Result<Option<Verifier<P>>, Rejection>>;

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

    /// The verifier of a resolver that has one for all requests. It needs no look-up.
    #[doc(hidden)]
    fn only_verifier(&self) -> Option<Verifier<P>> {
        None
    }
}

/// One verifier for all requests.
impl<P: Provider> Resolve<P> for Verifier<P> {
    async fn resolve(&self, _: &HttpRequest) -> Result<Option<Self>, Rejection> {
        Ok(Some(self.clone()))
    }

    fn only_verifier(&self) -> Option<Self> {
        Some(self.clone())
    }
}

/// The verifier of a request, unless the request was refused before.
pub(super) async fn find<P: Provider>(
    before: Result<(), Rejection>,
    resolver: &impl Resolve<P>,
    request: &HttpRequest,
) -> Result<Verifier<P>, Rejection> {
    if let Some(verifier) = resolver.only_verifier() {
        return before.map(|()| verifier);
    }
    let signed = Signed::check(before, resolver.template(), request.headers())?;
    // The block keeps the user's function from running before `look_up` has begun its time limit.
    signed.look_up(async { resolver.resolve(request).await }).await
}

/// Gives the extractor `Verified<E>` a look-up: `App::new().app_data(Resolver::<P>::new(app))`.
///
/// Make it before `HttpServer::new`, and clone it for each worker.
pub struct Resolver<P>(Arc<dyn Boxed<P> + Send + Sync>);

impl<P: Provider> Resolver<P> {
    /// Wraps a type that looks up verifiers.
    #[must_use]
    pub fn new(resolve: impl Resolve<P> + Send + Sync + 'static) -> Self {
        Self(Arc::new(resolve))
    }
}

impl<P: Provider> Resolve<P> for Resolver<P> {
    async fn resolve(&self, request: &HttpRequest) -> Result<Option<Verifier<P>>, Rejection> {
        self.0.resolve_boxed(request).await
    }

    fn template(&self) -> Option<Verifier<P>> {
        self.0.boxed_template()
    }
}

impl<P> Clone for Resolver<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: Provider> fmt::Debug for Resolver<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").field("provider", &P::NAME).finish_non_exhaustive()
    }
}

type LookUp<'a, P> = Pin<Box<dyn Future<Output = Result<Option<Verifier<P>>, Rejection>> + 'a>>;

/// [`Resolve`] with a boxed future. `app_data` is found by its type, so the type of the service's own resolver must not be in it.
trait Boxed<P> {
    fn resolve_boxed<'a>(&'a self, request: &'a HttpRequest) -> LookUp<'a, P>;
    fn boxed_template(&self) -> Option<Verifier<P>>;
}

impl<P: Provider, R: Resolve<P>> Boxed<P> for R {
    fn resolve_boxed<'a>(&'a self, request: &'a HttpRequest) -> LookUp<'a, P> {
        Box::pin(self.resolve(request))
    }

    fn boxed_template(&self) -> Option<Verifier<P>> {
        self.template()
    }
}

/// The setting of the extractor, in `app_data`.
pub(super) enum Configured<P> {
    /// One verifier for all requests.
    Verifier(Verifier<P>),
    /// A look-up for each request.
    Resolver(Resolver<P>),
    /// Nothing, which is enough behind a middleware.
    Nothing,
}

impl<P: Provider> Configured<P> {
    /// Reads `app_data`. If several forms are present and differ, it is an error, because nothing tells which one is closer to the route.
    pub(super) fn of(request: &HttpRequest) -> Result<Self, Rejection> {
        let resolver = request.app_data::<Resolver<P>>();
        let shared = request.app_data::<web::Data<Verifier<P>>>().map(|data| &***data);
        let plain = request.app_data::<Verifier<P>>();
        match (resolver, shared, plain) {
            (None, None, None) => Ok(Self::Nothing),
            (Some(resolver), None, None) => Ok(Self::Resolver(resolver.clone())),
            (None, Some(shared), Some(plain)) if !shared.decides_as(plain) => Err(misconfigured::<P>(CHOOSE)),
            (None, Some(verifier), _) | (None, None, Some(verifier)) => Ok(Self::Verifier(verifier.clone())),
            (Some(_), _, _) => Err(misconfigured::<P>(CHOOSE_ONE_KIND)),
        }
    }

    /// The verifier for a request that no middleware has verified.
    pub(super) async fn find(self, request: &HttpRequest) -> Result<Verifier<P>, Rejection> {
        match self {
            Self::Verifier(verifier) => Ok(verifier),
            Self::Resolver(resolver) => find(Ok(()), &resolver, request).await,
            Self::Nothing => Err(misconfigured::<P>(ADD_IT)),
        }
    }
}

const ADD_IT: &str =
    "no verifier: add it with .app_data(web::Data::new(verifier)), on the app that serves this route";
const CHOOSE: &str =
    "app_data has one verifier as web::Data and another one plain, and they differ; use one form for both";
const CHOOSE_ONE_KIND: &str = "app_data has a verifier and a Resolver; use one of them";
