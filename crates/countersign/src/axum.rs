//! axum: [`Verified`] as an extractor, [`VerifyMiddleware`](crate::VerifyMiddleware) as a tower layer, [`Rejection`] as a response.
//!
//! The extractor takes its verifier from the state:
//!
//! ```
//! use axum::{Router, http::StatusCode, routing::post};
//! use countersign::{Massu, Secret, Verified, Verifier, massu};
//!
//! async fn hook(event: Verified<massu::Event>) -> StatusCode {
//!     println!("{}", event.event_type());
//!     StatusCode::NO_CONTENT
//! }
//!
//! let verifier = Verifier::<Massu>::new(Secret::new("whsec_abc123")?)?;
//! let app: Router = Router::new().route("/webhooks/massu", post(hook)).with_state(verifier);
//! # Ok::<(), countersign::ConfigError>(())
//! ```
//!
//! A state with several verifiers derives `FromRef` (axum's feature `macros`). A handler that takes `Result<Verified<E>, Rejection>`
//! answers refusals itself. The read timeout needs a tokio runtime with its timer, which `#[tokio::main]` makes.
//!
//! # Layers
//!
//! `VerifyMiddleware` verifies in front of a handler, and its [`dedupe`](crate::VerifyMiddleware::dedupe) runs the handler once for each
//! delivery. Put it on the route, as in `post(hook).layer(verify)`. A route that is added after `Router::layer` is **not** behind the
//! layer, because axum wraps the routes that are there.
//!
//! # A secret for each tenant
//!
//! The state implements [`Resolve`], which looks up the verifier of a request:
//!
//! ```
//! use std::collections::HashMap;
//! use std::sync::Arc;
//!
//! use axum::RequestPartsExt as _;
//! use axum::extract::Path;
//! use axum::http::{StatusCode, request::Parts};
//! use axum::{Extension, Router, routing::post};
//! use countersign::axum::Resolve;
//! use countersign::dedupe::{Dedupe, MemoryStore};
//! use countersign::{Hook, Rejection, Secret, Verified, Verifier, VerifyMiddleware, hook};
//!
//! #[derive(Clone)]
//! struct App(Arc<Inner>);
//!
//! struct Inner {
//!     /// It has the settings of all tenants.
//!     template: Verifier<Hook>,
//!     /// A real service asks its database.
//!     secrets: HashMap<String, Secret>,
//! }
//!
//! impl Resolve<Hook> for App {
//!     async fn resolve(&self, parts: &mut Parts) -> Result<Option<Verifier<Hook>>, Rejection> {
//!         let Path(tenant) = parts.extract::<Path<String>>().await.map_err(Rejection::lookup_failed)?;
//!         let Some(secret) = self.0.secrets.get(&tenant) else { return Ok(None) };
//!         let verifier = self.0.template.for_tenant(&tenant, secret.clone());
//!         verifier.map(Some).map_err(Rejection::lookup_failed)
//!     }
//!
//!     fn template(&self) -> Option<Verifier<Hook>> {
//!         Some(self.0.template.clone())
//!     }
//! }
//!
//! async fn hook(Extension(event): Extension<Verified<hook::Event>>) -> StatusCode {
//!     println!("{:?}: {}", event.tenant(), event.event_type());
//!     StatusCode::NO_CONTENT
//! }
//!
//! # fn router(app: App) -> Router {
//! let dedupe = Dedupe::new(MemoryStore::new(100_000));
//! let verify = VerifyMiddleware::<hook::Event, _>::resolving(app).dedupe(dedupe);
//! Router::new().route("/hooks/{tenant}", post(hook).layer(verify))
//! # }
//! ```
//!
//! The extractor `Verified<E>` uses [`Resolve`] as well if the router has `.with_state(app)`. Behind the middleware it would look up the
//! tenant a second time, so take the `Extension` there.
//!
//! # Refused requests
//!
//! A refused request is answered at once. A task of its own reads the rest of the body and discards it, up to 8 MiB and for 2 seconds.
//! Otherwise, a client that sends its whole body first would see a broken connection instead of the answer.
//!
//! A client that sends `Expect: 100-continue` is not asked for its body if its headers are refused. Then there is nothing to discard.

mod resolve;
mod service;

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum_core::Error;
use axum_core::body::Body;
use axum_core::extract::{FromRequest, Request};
use axum_core::response::{AppendHeaders, IntoResponse, Response};
use bytes::Bytes;
use futures_core::Stream;
use http::header::EXPECT;
use http::request::Parts;
use http::{Extensions, StatusCode};
use http_body::{Body as _, Frame};
use tokio::runtime::Handle;

pub use self::resolve::Resolve;
pub use self::service::VerifyService;
use crate::dedupe::Handled;
use crate::handshake::{Refusal, Reply};
use crate::middleware::Proof;
use crate::receive::{Unread, expects_continue};
use crate::{Answer, Event, Rejection, Verified, Verifier};

/// Takes the verifier from the state, verifies the whole request, and returns the event. [`Resolve`] says which states have a verifier.
impl<S, E> FromRequest<S> for Verified<E>
where
    S: Resolve<E::Provider>,
    E: Event,
{
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Rejection> {
        let (mut parts, body) = request.into_parts();
        match state.only_verifier().and_then(|own| left_in_front(&mut parts.extensions, &own)) {
            Some(verified) => Ok(verified),
            None => Ok(verify(Ok(()), state, &mut parts, body).await?.0),
        }
    }
}

/// The event that a middleware in front has verified. It is taken out and not copied, because the request ends with this extractor.
fn left_in_front<E: Event>(extensions: &mut Extensions, own: &Verifier<E::Provider>) -> Option<Verified<E>> {
    let counts = extensions.get::<Proof<E>>()?.counts_for(Some(own));
    counts.then(|| extensions.remove()).flatten()
}

/// Finds the verifier of a request and verifies it, unless it was refused before. The rest of a refused body is discarded in both cases.
async fn verify<E: Event>(
    before: Result<(), Rejection>,
    resolver: &impl Resolve<E::Provider>,
    parts: &mut Parts,
    body: Body,
) -> Result<(Verified<E>, Verifier<E::Provider>), Rejection> {
    // The first poll of hyper's body sends `100 Continue` to a client that waits for it.
    let asked = !body.is_end_stream() && !expects_continue(parts.headers.get_all(EXPECT).iter());
    let mut body = Unread::new(asked, Data(body));
    let found = resolve::find(before, resolver, parts).await;
    match body.receive::<E>(found, &parts.headers).await {
        Ok((mut verified, verifier)) => {
            verified.delivery.route = service::route(parts).map(Into::into);
            Ok((verified, verifier))
        }
        Err(rejection) => {
            discard(body);
            Err(rejection)
        }
    }
}

/// Discards the unread body of a refused request in a task of its own, so that the client sees the answer.
///
/// hyper sends the answer while the task still reads, so nobody waits for the task. Its time and its bytes are bounded, and it keeps no
/// bytes.
fn discard(mut body: Unread<Data>) {
    if body.is_under_way()
        && let Ok(runtime) = Handle::try_current()
    {
        runtime.spawn(async move { body.discard().await });
    }
}

/// The data of a body, without its trailers, because nobody signs trailers.
struct Data(Body);

impl Stream for Data {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(Pin::new(&mut self.0).poll_frame(cx)).map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(chunk))) => return Poll::Ready(Some(Ok(chunk))),
                Some(Ok(Err(_trailers))) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        self.answer().into_response()
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = AppendHeaders(self.headers().map(|(name, value)| (name, value.into_owned())));
        (status, headers, Body::from(self.body())).into_response()
    }
}

/// The answer to a handshake.
impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, AppendHeaders(self.headers()), Body::from(self.into_body())).into_response()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.answer().into_response()
    }
}

/// The handler's answer, or the library's in its place.
impl<R: IntoResponse> IntoResponse for Handled<R> {
    fn into_response(self) -> Response {
        self.into_answer().map_or_else(Answer::into_response, R::into_response)
    }
}
