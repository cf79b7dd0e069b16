//! The receivers in actix-web.

use std::hint::black_box;
use std::io;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::{ErrorBadRequest, ErrorUnauthorized};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{self, ServiceConfig, post};
use actix_web::{App, Error, FromRequest, HttpRequest, HttpResponse, HttpServer};
use bytes::Bytes;
use countersign::dedupe::{Dedupe, MemoryStore};
use countersign::{Raw, Verified, Verifier, VerifyMiddleware};
use ring::hmac;

use super::by_hand::{key, tag};
use super::{
    BY_HAND, BY_HAND_TYPED, DEDUPE_TYPED, EXTRACTOR, EXTRACTOR_TYPED, MIDDLEWARE, MIDDLEWARE_TYPED, PATH,
    PLAIN,
};
use crate::event::{Acme, Event, HEADER, Opaque, Tagged, secret};

const NAME: HeaderName = HeaderName::from_static(HEADER);

pub(super) fn serve(receiver: &str) -> io::Result<()> {
    let receiver = receiver.to_owned();
    actix_web::rt::System::new().block_on(async move {
        let app = move || App::new().configure(|config| configure(&receiver, config));
        let server = HttpServer::new(app)
            .workers(1)
            .disable_signals()
            .keep_alive(Duration::from_secs(300))
            .bind((Ipv4Addr::LOCALHOST, 0))?;
        println!("{}", server.addrs()[0].port());
        server.run().await
    })
}

fn configure(receiver: &str, config: &mut ServiceConfig) {
    let (opaque, acme) =
        (Verifier::<Opaque>::new(secret()).unwrap(), Verifier::<Acme>::new(secret()).unwrap());
    let (raw, event) =
        (VerifyMiddleware::<Raw<Opaque>>::new(opaque.clone()), VerifyMiddleware::<Event>::new(acme.clone()));
    config.app_data(web::Data::new(opaque)).app_data(web::Data::new(acme)).app_data(web::Data::new(key()));
    let resource = || web::resource(PATH);
    match receiver {
        PLAIN => config.service(resource().route(post().to(plain))),
        BY_HAND => config.service(resource().route(post().to(by_hand))),
        EXTRACTOR => config.service(resource().route(post().to(verified))),
        MIDDLEWARE => config.service(resource().wrap(raw).route(post().to(verified))),
        BY_HAND_TYPED => config.service(resource().route(post().to(by_hand_typed))),
        EXTRACTOR_TYPED => config.service(resource().route(post().to(typed))),
        MIDDLEWARE_TYPED => config.service(resource().wrap(event).route(post().to(typed))),
        DEDUPE_TYPED => {
            let event = event.dedupe(Dedupe::new(MemoryStore::new(10_000_000)));
            config.service(resource().wrap(event).route(post().to(typed)))
        }
        _ => panic!("no receiver {receiver}"),
    };
}

async fn plain(body: Bytes) -> HttpResponse {
    black_box(body);
    HttpResponse::NoContent().finish()
}

async fn by_hand(Signed(body): Signed) -> HttpResponse {
    black_box(body);
    HttpResponse::NoContent().finish()
}

async fn by_hand_typed(Parsed(event): Parsed) -> HttpResponse {
    black_box(event);
    HttpResponse::NoContent().finish()
}

async fn verified(event: Verified<Raw<Opaque>>) -> HttpResponse {
    black_box(event.into_inner());
    HttpResponse::NoContent().finish()
}

async fn typed(event: Verified<Event>) -> HttpResponse {
    black_box(event.into_inner());
    HttpResponse::NoContent().finish()
}

struct Signed(Bytes);

impl FromRequest for Signed {
    type Error = Error;
    type Future = Verifying<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        Verifying::new(request, payload, |body| Ok(Self(body)))
    }
}

struct Parsed(Tagged);

impl FromRequest for Parsed {
    type Error = Error;
    type Future = Verifying<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        Verifying::new(request, payload, |body| {
            serde_json::from_slice(&body).map(Self).map_err(ErrorBadRequest)
        })
    }
}

/// Verifies the body once it is complete. It is a type of its own, so that it needs no box.
struct Verifying<T> {
    key: Option<web::Data<hmac::Key>>,
    tag: Option<[u8; 32]>,
    body: <Bytes as FromRequest>::Future,
    finish: fn(Bytes) -> Result<T, Error>,
}

impl<T> Verifying<T> {
    fn new(request: &HttpRequest, payload: &mut Payload, finish: fn(Bytes) -> Result<T, Error>) -> Self {
        let key = request.app_data::<web::Data<hmac::Key>>().cloned();
        let tag = tag(request.headers().get_all(NAME).map(HeaderValue::as_bytes));
        Self { key, tag, body: Bytes::from_request(request, payload), finish }
    }
}

impl<T> Future for Verifying<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { key: Some(key), tag: Some(tag), body, finish } = &mut *self else {
            return Poll::Ready(Err(ErrorUnauthorized("invalid signature")));
        };
        let body = ready!(Pin::new(body).poll(cx))?;
        hmac::verify(key, &body, &*tag).map_err(|_| ErrorUnauthorized("invalid signature"))?;
        Poll::Ready(finish(body))
    }
}
