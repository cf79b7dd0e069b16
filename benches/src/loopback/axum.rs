//! The receivers in axum.

use std::hint::black_box;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::routing::post;
use axum::serve::ListenerExt as _;
use bytes::Bytes;
use countersign::dedupe::{Dedupe, MemoryStore};
use countersign::{Raw, Verified, Verifier, VerifyMiddleware};
use ring::hmac;
use tokio::net::TcpListener;

use super::by_hand::{axum_tag, key};
use super::{
    BY_HAND, BY_HAND_TYPED, DEDUPE_TYPED, EXTRACTOR, EXTRACTOR_TYPED, MIDDLEWARE, MIDDLEWARE_TYPED, PATH,
    PLAIN,
};
use crate::event::{Acme, Event, Opaque, Tagged, secret};

pub(super) fn serve(receiver: &str) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        println!("{}", listener.local_addr()?.port());
        let listener = listener.tap_io(|connection| {
            if let Err(error) = connection.set_nodelay(true) {
                eprintln!("{error}");
            }
        });
        axum::serve(listener, router(receiver)).await
    })
}

fn router(receiver: &str) -> Router {
    let (opaque, acme) =
        (Verifier::<Opaque>::new(secret()).unwrap(), Verifier::<Acme>::new(secret()).unwrap());
    let layer = VerifyMiddleware::<Event>::new(acme.clone());
    match receiver {
        PLAIN => Router::new().route(PATH, post(plain)),
        BY_HAND => Router::new().route(PATH, post(by_hand)).with_state(Arc::new(key())),
        EXTRACTOR => Router::new().route(PATH, post(verified)).with_state(opaque),
        MIDDLEWARE => {
            let layer = VerifyMiddleware::<Raw<Opaque>>::new(opaque.clone());
            Router::new().route(PATH, post(verified).layer(layer)).with_state(opaque)
        }
        BY_HAND_TYPED => Router::new().route(PATH, post(by_hand_typed)).with_state(Arc::new(key())),
        EXTRACTOR_TYPED => Router::new().route(PATH, post(typed)).with_state(acme),
        MIDDLEWARE_TYPED => Router::new().route(PATH, post(typed).layer(layer)).with_state(acme),
        DEDUPE_TYPED => {
            let layer = layer.dedupe(Dedupe::new(MemoryStore::new(10_000_000)));
            Router::new().route(PATH, post(typed).layer(layer)).with_state(acme)
        }
        _ => panic!("no receiver {receiver}"),
    }
}

async fn plain(body: Bytes) -> StatusCode {
    black_box(body);
    StatusCode::NO_CONTENT
}

async fn by_hand(Signed(body): Signed) -> StatusCode {
    black_box(body);
    StatusCode::NO_CONTENT
}

async fn by_hand_typed(Parsed(event): Parsed) -> StatusCode {
    black_box(event);
    StatusCode::NO_CONTENT
}

async fn verified(event: Verified<Raw<Opaque>>) -> StatusCode {
    black_box(event.into_inner());
    StatusCode::NO_CONTENT
}

async fn typed(event: Verified<Event>) -> StatusCode {
    black_box(event.into_inner());
    StatusCode::NO_CONTENT
}

struct Signed(Bytes);

impl FromRequest<Arc<hmac::Key>> for Signed {
    type Rejection = StatusCode;

    async fn from_request(request: Request, key: &Arc<hmac::Key>) -> Result<Self, StatusCode> {
        let tag = axum_tag(request.headers())?;
        let body = Bytes::from_request(request, key).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
        hmac::verify(key, &body, &tag).map_err(|_| StatusCode::UNAUTHORIZED)?;
        Ok(Self(body))
    }
}

struct Parsed(Tagged);

impl FromRequest<Arc<hmac::Key>> for Parsed {
    type Rejection = StatusCode;

    async fn from_request(request: Request, key: &Arc<hmac::Key>) -> Result<Self, StatusCode> {
        let Signed(body) = Signed::from_request(request, key).await?;
        serde_json::from_slice(&body).map(Self).map_err(|_| StatusCode::BAD_REQUEST)
    }
}
