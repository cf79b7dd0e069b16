//! [`VerifyMiddleware`] as a tower layer.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::MatchedPath;
use axum_core::body::Body;
use axum_core::extract::{DefaultBodyLimit, Request};
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;
use tower_layer::Layer;
use tower_service::Service;

use super::{Resolve, verify};
use crate::dedupe::Handled;
use crate::middleware::{Proof, outlive_client};
use crate::receive::only_post;
use crate::{Event, Rejection, Verified, Verifier, VerifyMiddleware};

impl<S, E: Event, R: Clone> Layer<S> for VerifyMiddleware<E, R> {
    type Service = VerifyService<S, E, R>;

    fn layer(&self, inner: S) -> Self::Service {
        VerifyService { inner, middleware: self.clone() }
    }
}

/// The tower service that [`VerifyMiddleware`] makes.
pub struct VerifyService<S, E: Event, R = Verifier<<E as Event>::Provider>> {
    inner: S,
    middleware: VerifyMiddleware<E, R>,
}

impl<S: Clone, E: Event, R: Clone> Clone for VerifyService<S, E, R> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), middleware: self.middleware.clone() }
    }
}

impl<S: fmt::Debug, E: Event, R> fmt::Debug for VerifyService<S, E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inner, middleware } = self;
        f.debug_struct("VerifyService").field("inner", inner).field("middleware", middleware).finish()
    }
}

impl<S, E, R> Service<Request> for VerifyService<S, E, R>
where
    S: Service<Request, Error = Infallible> + Clone + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
    E: Event + Clone,
    R: Resolve<E::Provider> + Clone + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    /// Always ready. The inner service is polled after the delivery was verified, so that a forgery takes none of its capacity.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Self { inner, middleware } = self.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let is_post = only_post::<E::Provider>(parts.method.as_str(), ADD_OUTSIDE);
            Ok(match verify(is_post, &middleware.resolver, &mut parts, body).await {
                Ok((verified, verifier)) => run(inner, middleware, parts, verified, verifier).await,
                Err(rejection) => refuse(&middleware, &rejection),
            })
        })
    }
}

const ADD_OUTSIDE: &str =
    "add other methods outside of the layer, as in post(hook).layer(verify).get(handshake)";

fn refuse<E: Event, R>(middleware: &VerifyMiddleware<E, R>, rejection: &Rejection) -> Response {
    middleware.note_refusal(rejection);
    rejection.answer().into_response()
}

/// Runs the handler for a verified delivery. With dedupe, it runs once for each delivery.
async fn run<S, E, R>(
    inner: S,
    middleware: VerifyMiddleware<E, R>,
    parts: Parts,
    verified: Verified<E>,
    verifier: Verifier<E::Provider>,
) -> Response
where
    S: Service<Request, Error = Infallible> + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
    E: Event + Clone,
    R: Send + Sync + 'static,
{
    let Some(dedupe) = middleware.dedupe.clone() else {
        return middleware.noted(call(inner, parts, verified, verifier), is_success).await;
    };
    let plan = dedupe.plan(&verified);
    let attempt = async move {
        let handled = dedupe.attempt(plan, call(inner, parts, verified, verifier), is_success).await;
        middleware.note(handled.outcome());
        handled
    };
    let handled = outlive_client(attempt, tokio::spawn).await.unwrap_or(Handled::Panicked);
    handled.into_answer().unwrap_or_else(IntoResponse::into_response)
}

fn is_success(response: &Response) -> bool {
    response.status().is_success()
}

/// Calls the inner service with the verified bytes, the event and the proof.
async fn call<S, E>(
    mut inner: S,
    parts: Parts,
    verified: Verified<E>,
    verifier: Verifier<E::Provider>,
) -> Response
where
    S: Service<Request, Error = Infallible>,
    S::Response: IntoResponse,
    E: Event + Clone,
{
    let mut request = Request::from_parts(parts, Body::from(verified.body().clone()));
    DefaultBodyLimit::disable().apply(&mut request);
    request.extensions_mut().insert(Proof::<E>::by(verifier));
    request.extensions_mut().insert(verified);
    let answered = async {
        poll_fn(|cx| inner.poll_ready(cx)).await?;
        inner.call(request).await
    };
    match answered.await {
        Ok(response) => response.into_response(),
        Err(never) => match never {},
    }
}

/// The pattern of the route that axum has matched.
pub(super) fn route(parts: &Parts) -> Option<&str> {
    parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str)
}
