//! The doors of axum.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{Extensions, HeaderName, HeaderValue};
use axum::response::Response;
use countersign::{Provider, Raw, Verified, VerifyMiddleware};
use countersign_tests::catalogue::{Delivery, Facts};
use tower::{Layer, Service, ServiceExt};

use super::{Outcome, of_answer, outcome, verifier};

pub(super) async fn extractor<P: Provider>(delivery: &Delivery) -> Option<Outcome> {
    let verifier = verifier::<P>(delivery);
    Some(outcome(Verified::<Raw<P>>::from_request(request(delivery)?, &verifier).await))
}

pub(super) async fn middleware<P: Provider>(delivery: &Delivery) -> Option<Outcome> {
    let verify = VerifyMiddleware::<Raw<P>>::new(verifier(delivery));
    let response = verify.layer(Handler(facts::<P>)).oneshot(request(delivery)?).await.unwrap();
    let (parts, body) = response.into_parts();
    Some(of_answer(parts.status.as_u16(), &to_bytes(body, usize::MAX).await.unwrap()))
}

fn facts<P: Provider>(extensions: &Extensions) -> Facts {
    Facts::of(extensions.get::<Verified<Raw<P>>>().unwrap())
}

/// `None` if a value has a character that no HTTP library lets through.
fn request(delivery: &Delivery) -> Option<Request> {
    let mut request = Request::post("/").body(Body::from(delivery.body.clone())).unwrap();
    for (name, value) in &delivery.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        request.headers_mut().append(name, HeaderValue::from_bytes(value).ok()?);
    }
    Some(request)
}

/// Answers with the facts of the delivery. It is one type for all providers.
#[derive(Clone, Copy)]
struct Handler(fn(&Extensions) -> Facts);

impl Service<Request> for Handler {
    type Response = Response;
    type Error = Infallible;
    type Future = Ready<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        ready(Ok(Response::new(serde_json::to_string(&(self.0)(request.extensions())).unwrap().into())))
    }
}
