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
//! A state with several verifiers derives `FromRef`. A handler that takes `Result<Verified<E>, Rejection>` answers refusals itself.
//! The read timeout needs a tokio runtime with its timer, as `#[tokio::main]` makes one.

mod layer;

use std::pin::Pin;
use std::task::{Poll, ready};

use axum_core::body::Body;
use axum_core::extract::{FromRef, FromRequest, Request};
use axum_core::response::{IntoResponse, Response};
use http::{Extensions, HeaderMap, StatusCode, header};
use http_body::{Body as _, Frame};

pub use self::layer::{Verify, VerifyLayer};
use crate::receive::receive;
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
            None => verify(&verifier, &parts.headers, body).await,
        }
    }
}

/// The proof of a [`VerifyLayer`] in front. It stays there, for whoever looks for it next.
fn left_in_front<E: Event>(extensions: &Extensions, own: &Verifier<E::Provider>) -> Option<Verified<E>> {
    extensions.get::<Proof<E>>()?.of(extensions.get()?, Some(own))
}

async fn verify<E: Event>(
    verifier: &Verifier<E::Provider>,
    headers: &HeaderMap,
    mut body: Body,
) -> Result<Verified<E>, Rejection> {
    receive(verifier, headers, |cx| {
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
    .await
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response =
            (status, [(header::CONTENT_TYPE, "application/json")], Body::from(self.body())).into_response();
        if let Some(methods) = self.allow() {
            response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(methods));
        }
        if let Some(pause) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, pause.as_secs().into());
        }
        response
    }
}

impl Headers for HeaderMap {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.get_all(name).iter().map(http::HeaderValue::as_bytes)
    }
}
