//! axum: [`Verified`] as an extractor, [`Rejection`] as a response.

use std::pin::Pin;
use std::task::{Poll, ready};

use axum_core::body::Body;
use axum_core::extract::{FromRef, FromRequest, Request};
use axum_core::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use http_body::Body as _;

use crate::receive::receive;
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
        let (parts, mut body) = request.into_parts();
        receive(&Verifier::from_ref(state), &parts.headers, |cx| {
            loop {
                // A frame that holds no data holds trailers, and those are not signed.
                match ready!(Pin::new(&mut body).poll_frame(cx))
                    .map(|frame| frame.map(http_body::Frame::into_data))
                {
                    Some(Ok(Ok(chunk))) => return Poll::Ready(Some(Ok(chunk))),
                    Some(Ok(Err(_))) => {}
                    Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                    None => return Poll::Ready(None),
                }
            }
        })
        .await
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, [(header::CONTENT_TYPE, "application/json")], Body::from(self.body())).into_response()
    }
}

impl Headers for HeaderMap {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.get_all(name).iter().map(http::HeaderValue::as_bytes)
    }
}
