//! axum: [`Verified`] as an extractor, [`VerifyLayer`] as a tower layer, [`Rejection`] as a response.
//!
//! The extractor takes its verifier from the state, where [`FromRef`] finds it:
//!
//! ```
//! use axum::{Router, http::StatusCode, routing::post};
//! use countersign::{Massu, Secret, Verified, Verifier, massu};
//!
//! async fn hook(event: Verified<massu::Event>) -> StatusCode {
//!     println!("{}", event.kind());
//!     StatusCode::NO_CONTENT
//! }
//!
//! let verifier = Verifier::<Massu>::new(Secret::new("whsec_abc123")?);
//! let app: Router = Router::new().route("/webhooks/massu", post(hook)).with_state(verifier);
//! # Ok::<(), countersign::ConfigError>(())
//! ```
//!
//! A route that is added after `.layer(verify)` is **not** behind the layer: axum wraps the routes that are there. Add routes first and
//! layers last, or put the layer on the route itself.
//!
//! A state with several verifiers derives `FromRef`. A handler that takes `Result<Verified<E>, Rejection>` answers refusals itself.
//! The read timeout needs a tokio runtime with its timer, as `#[tokio::main]` makes one.

mod layer;

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum_core::Error;
use axum_core::body::Body;
use axum_core::extract::{FromRef, FromRequest, Request};
use axum_core::response::{AppendHeaders, IntoResponse, Response};
use bytes::Bytes;
use http::{Extensions, HeaderMap, StatusCode};
use http_body::{Body as _, Frame};
use tokio::runtime::Handle;

pub use self::layer::{Verify, VerifyLayer};
use crate::receive::{Chunks, expects_continue, receive};
use crate::verified::Proof;
use crate::{Event, Headers, Rejection, Verified, Verifier};

/// Takes the verifier from the state, verifies the whole request, and hands over the event.
impl<S, E> FromRequest<S> for Verified<E>
where
    S: Send + Sync,
    E: Event,
    Verifier<E::Provider>: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Rejection> {
        let (parts, body) = request.into_parts();
        let verifier = Verifier::from_ref(state);
        match left_in_front(&parts.extensions, &verifier) {
            Some(verified) => Ok(verified),
            None => verify(Ok(()), &verifier, &parts.headers, body).await,
        }
    }
}

/// The proof of a [`VerifyLayer`] in front. It stays there, for whoever looks for it next.
fn left_in_front<E: Event>(extensions: &Extensions, own: &Verifier<E::Provider>) -> Option<Verified<E>> {
    extensions.get::<Proof<E>>()?.of(extensions.get()?, Some(own))
}

/// Verifies a request, unless it was refused before. In any case, the body of a refused one is read on.
async fn verify<E: Event>(
    before: Result<(), Rejection>,
    verifier: &Verifier<E::Provider>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Verified<E>, Rejection> {
    let mut chunks = chunks(headers, body);
    let verdict = match before {
        Ok(()) => receive(verifier, headers, &mut chunks).await,
        Err(rejection) => Err(rejection),
    };
    if verdict.is_err() {
        discard(chunks);
    }
    verdict
}

/// Has the unread body of a refused request read on, so that its sender sees the answer. To be called as the answer is given.
///
/// hyper sends an answer while the body is still being read, so that nobody waits for the task. It ends by its own bounds and holds no
/// bytes.
fn discard<F>(mut chunks: Chunks<F>)
where
    F: FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> + Send + 'static,
{
    if chunks.is_under_way()
        && let Ok(runtime) = Handle::try_current()
    {
        runtime.spawn(async move { chunks.discard().await });
    }
}

/// The first poll of a body of hyper's asks its sender for it.
fn chunks(
    headers: &HeaderMap,
    mut body: Body,
) -> Chunks<impl FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> + Send + use<>> {
    let asked = !body.is_end_stream() && !expects_continue(headers);
    Chunks::new(asked, move |cx| {
        loop {
            // A frame that holds no data holds trailers, and those are not signed.
            match ready!(Pin::new(&mut body).poll_frame(cx)).map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(chunk))) => return Poll::Ready(Some(Ok(chunk))),
                Some(Ok(Err(_trailers))) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    })
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = AppendHeaders(self.headers().map(|(name, value)| (name, value.into_owned())));
        (status, headers, Body::from(self.body())).into_response()
    }
}

impl Headers for HeaderMap {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.get_all(name).iter().map(http::HeaderValue::as_bytes)
    }
}
