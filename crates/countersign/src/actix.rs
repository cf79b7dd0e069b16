//! actix-web: [`Verified`] as an extractor, [`Verify`] as a middleware, [`Rejection`] as a response.
//!
//! The extractor takes its verifier from `app_data`, as `web::Data<Verifier<P>>` or as `Verifier<P>` itself:
//!
//! ```
//! use actix_web::{App, HttpResponse, web};
//! use countersign::{Massu, Secret, Verified, Verifier, massu};
//!
//! async fn hook(event: Verified<massu::Event>) -> HttpResponse {
//!     println!("{}", event.kind());
//!     HttpResponse::NoContent().finish()
//! }
//!
//! let verifier = Verifier::<Massu>::new(Secret::new("whsec_abc123")?);
//! let app = App::new().app_data(web::Data::new(verifier)).route("/webhooks/massu", web::post().to(hook));
//! # Ok::<(), countersign::ConfigError>(())
//! ```
//!
//! A handler that takes `Result<Verified<E>, Rejection>` answers refusals itself.
//!
//! # Arguments that let a forgery in
//!
//! Take `Verified<E>` or `Result<Verified<E>, Rejection>`, and nothing around them. actix-web has extractors of its own around every
//! extractor, and this library cannot forbid them:
//!
//! - `Option<Verified<E>>` is `None` for a forgery, and **the handler runs**.
//! - `Either<Verified<E>, web::Bytes>` gives a handler the bytes of the forgery, and **the handler runs**.
//!
//! Let `Verified<E>` be the first argument that reads the body. A `web::Bytes`, `web::Json<T>` or `String` in front of it takes the body
//! away, and every genuine delivery is refused with 401. Behind the middleware [`Verify`] the order does not matter: all of
//! them get the body.
//!
//! To a client that sends `Expect: 100-continue`, `HttpServer` says `100 Continue` before any middleware or extractor runs, and so
//! before the headers are judged; `examples/actix-receiver/src/serve.rs` shows a server that judges them first.

mod middleware;

use std::future::{Future, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderValue};
use actix_web::web::{self, Bytes};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError, rt};
use futures_core::Stream;
use tokio::time::sleep;

pub use self::middleware::{Verify, VerifyService};
use crate::receive::{Chunks, DISCARDING_TIME, expects_continue, receive};
use crate::verified::Proof;
use crate::{Event, Headers, Provider, Rejection, Verified, Verifier, report};

/// Takes the verifier from `app_data`, verifies the whole request, and hands over the event.
///
/// **Never take it in an `Option` or an `Either`**: those are extractors of actix-web's own, and they run the handler for a forgery.
/// Take it before every other argument that reads the body, such as `web::Bytes`: it needs the bytes, and answers 401 if they are
/// gone. Neither matters behind the middleware [`Verify`] with the same verifier, which has refused the forgery by then.
impl<E: Event> FromRequest for Verified<E> {
    type Error = Rejection;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Rejection>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let verifier = configured(request);
        if let Ok(verifier) = &verifier
            && let Some(verified) = left_in_front(request, verifier.as_ref())
        {
            return Box::pin(ready(Ok(verified)));
        }
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let verifier =
                verifier.and_then(|found| found.ok_or_else(|| misconfigured::<E::Provider>(ADD_IT)));
            match verifier {
                Ok(verifier) => verify(Ok(()), &verifier, request.headers(), payload).await,
                Err(rejection) => {
                    discard(chunks(request.headers(), payload)).await;
                    Err(rejection)
                }
            }
        })
    }
}

/// The proof of a [`Verify`] in front. It stays there, for whoever looks for it next.
fn left_in_front<E: Event>(
    request: &HttpRequest,
    own: Option<&Verifier<E::Provider>>,
) -> Option<Verified<E>> {
    let extensions = request.extensions();
    extensions.get::<Proof<E>>()?.of(extensions.get()?, own)
}

/// The verifier in `app_data`. If both forms are present and differ, it is an error, because the closer one cannot be found.
fn configured<P: Provider>(request: &HttpRequest) -> Result<Option<Verifier<P>>, Rejection> {
    let shared = request.app_data::<web::Data<Verifier<P>>>().map(|data| &***data);
    match (shared, request.app_data::<Verifier<P>>()) {
        (Some(shared), Some(plain)) if !shared.decides_as(plain) => Err(misconfigured::<P>(CHOOSE)),
        (shared, plain) => Ok(shared.or(plain).cloned()),
    }
}

fn misconfigured<P: Provider>(advice: &'static str) -> Rejection {
    report::refused(P::NAME, Rejection::Misconfigured { sender: P::NAME, advice })
}

const ADD_IT: &str =
    "no verifier: add it with .app_data(web::Data::new(verifier)), on the app that serves this route";
const CHOOSE: &str =
    "app_data has one verifier as web::Data and another one plain, and they differ; use one form for both";

/// Verifies a request, unless it was refused before. In any case, the body of a refused one is read on.
async fn verify<E: Event>(
    before: Result<(), Rejection>,
    verifier: &Verifier<E::Provider>,
    headers: &HeaderMap,
    payload: Payload,
) -> Result<Verified<E>, Rejection> {
    let mut chunks = chunks(headers, payload);
    let verdict = match before {
        Ok(()) => receive(verifier, headers, &mut chunks).await,
        Err(rejection) => Err(rejection),
    };
    if verdict.is_err() {
        discard(chunks).await;
    }
    verdict
}

/// Reads the unread body of a refused request on, so that its sender sees the answer. To be awaited before the answer is given: after
/// it, actix-web closes a connection that has bytes unread.
async fn discard<F>(mut chunks: Chunks<F>)
where
    F: FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, PayloadError>>> + 'static,
{
    chunks.discard().await;
    if chunks.is_under_way() {
        // actix-web reads a chunked body whose payload was dropped before the answer to its end, however far that is. While the
        // payload is there, it closes the connection after the answer.
        rt::spawn(async move {
            sleep(DISCARDING_TIME).await;
            drop(chunks);
        });
    }
}

/// Reads the raw payload: nothing in actix-web decodes or limits it on this way.
///
/// By HTTP/1.1 the server has sent `100 Continue` before; by HTTP/2 it sends none.
fn chunks(
    headers: &HeaderMap,
    mut payload: Payload,
) -> Chunks<impl FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, PayloadError>>> + use<>> {
    let asked = matches!(payload, Payload::H1 { .. }) || !expects_continue(headers);
    Chunks::new(asked, move |cx| Pin::new(&mut payload).poll_next(cx))
}

impl ResponseError for Rejection {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        for (name, value) in self.headers() {
            response.insert_header((name, &*value));
        }
        response.body(self.body())
    }
}

impl Headers for HeaderMap {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.get_all(name).map(HeaderValue::as_bytes)
    }
}
