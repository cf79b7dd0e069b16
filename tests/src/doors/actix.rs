//! The doors of actix-web.

use actix_http::BoxedPayloadStream;
use actix_web::body::MessageBody;
use actix_web::dev::{Payload, Service, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::{self, ReqData};
use actix_web::{App, Error, HttpResponse};
use countersign::{Event, Verified, VerifyMiddleware};
use futures_util::stream;

use super::{Outcome, chunks, verifier_of};
use crate::{Case, Seen};

pub(super) async fn extractor<E: Event>(case: &Case, size: usize) -> Option<Outcome> {
    let verifier = verifier_of::<E::Provider>(case);
    let app = App::new().app_data(web::Data::new(verifier)).route("/", web::post().to(hook::<E>));
    call(&init_service(app).await, case, size).await
}

pub(super) async fn middleware<E: Event + Clone>(case: &Case, size: usize) -> Option<Outcome> {
    let verify = VerifyMiddleware::<E>::new(verifier_of(case));
    let app = App::new().service(web::resource("/").wrap(verify).post(left_behind::<E>));
    call(&init_service(app).await, case, size).await
}

pub(super) async fn extractor_behind<E: Event + Clone>(case: &Case, size: usize) -> Option<Outcome> {
    let verify = VerifyMiddleware::<E>::new(verifier_of(case));
    let app = App::new().service(web::scope("").wrap(verify).route("/", web::post().to(hook::<E>)));
    call(&init_service(app).await, case, size).await
}

async fn hook<E: Event>(event: Verified<E>) -> HttpResponse {
    HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/json")).body(Seen::of(&event).json())
}

async fn left_behind<E: Event + Clone>(event: ReqData<Verified<E>>) -> HttpResponse {
    hook(event.into_inner()).await
}

/// `None` if a value has a NUL or a line break, which no HTTP library lets through.
async fn call<S, B>(app: &S, case: &Case, size: usize) -> Option<Outcome>
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let mut request = TestRequest::post().uri("/");
    for (name, value) in case.headers() {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        request = request.append_header((name, HeaderValue::from_bytes(&value).ok()?));
    }
    let body: BoxedPayloadStream = Box::pin(stream::iter(chunks(&case.body(), size).map(Ok)));
    let (request, _) = request.to_request().replace_payload(Payload::from(body));
    let response = call_service(app, request).await;

    let mut headers: Vec<_> =
        response.headers().iter().map(|(name, value)| text(name.as_str(), value)).collect();
    headers.sort();
    let status = response.status().as_u16();
    let body = String::from_utf8(read_body(response).await.to_vec()).unwrap();
    Some(Outcome::Answer { status, headers, body, reason: None })
}

fn text(name: &str, value: &HeaderValue) -> (String, String) {
    (name.to_owned(), value.to_str().unwrap().to_owned())
}
