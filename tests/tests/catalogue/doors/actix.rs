//! The doors of actix-web.

use std::future::{Ready, ready};

use actix_web::body::{BoxBody, to_bytes};
use actix_web::dev::{Extensions, Service, ServiceRequest, ServiceResponse, Transform, always_ready};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use actix_web::{Error, FromRequest, HttpMessage, HttpResponse, web};
use countersign::{Provider, Raw, Verified, VerifyMiddleware};
use countersign_tests::catalogue::{Delivery, Facts};

use super::{Outcome, of_answer, outcome, verifier};

pub(super) async fn extractor<P: Provider>(delivery: &Delivery) -> Option<Outcome> {
    let verifier = web::Data::new(verifier::<P>(delivery));
    let (request, mut payload) = request(delivery)?.app_data(verifier).to_http_parts();
    Some(outcome(Verified::<Raw<P>>::from_request(&request, &mut payload).await))
}

pub(super) async fn middleware<P: Provider>(delivery: &Delivery) -> Option<Outcome> {
    let verify = VerifyMiddleware::<Raw<P>>::new(verifier(delivery));
    let service = verify.new_transform(Handler(facts::<P>)).await.unwrap();
    let response = service.call(request(delivery)?.to_srv_request()).await.unwrap();
    let status = response.status().as_u16();
    Some(of_answer(status, &to_bytes(response.into_body()).await.unwrap()))
}

fn facts<P: Provider>(extensions: &Extensions) -> Facts {
    Facts::of(extensions.get::<Verified<Raw<P>>>().unwrap())
}

/// `None` if a value has a character that no HTTP library lets through.
fn request(delivery: &Delivery) -> Option<TestRequest> {
    let mut request = TestRequest::post().uri("/").set_payload(delivery.body.clone());
    for (name, value) in &delivery.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        request = request.append_header((name, HeaderValue::from_bytes(value).ok()?));
    }
    Some(request)
}

/// Answers with the facts of the delivery. It is one type for all providers.
struct Handler(fn(&Extensions) -> Facts);

impl Service<ServiceRequest> for Handler {
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Ready<Result<Self::Response, Error>>;

    always_ready!();

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let facts = serde_json::to_string(&(self.0)(&request.extensions())).unwrap();
        ready(Ok(request.into_response(HttpResponse::Ok().body(facts))))
    }
}
