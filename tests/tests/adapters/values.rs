//! Single parts of the adapters, as a framework or a service calls them.

use std::future::{Future, Ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use actix_web::body::to_bytes;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform as _};
use actix_web::test::TestRequest;
use actix_web::{HttpResponse, Responder, ResponseError as _, web};
use axum::http::{Request, StatusCode};
use axum::response::IntoResponse as _;
use countersign::dedupe::Handled;
use countersign::handshake::{self, Refusal};
use countersign::testing::SignedRequest;
use countersign::{Custom, Massu, Raw, Rejection, Scheme, Secret, Verifier, VerifyMiddleware, massu};
use tower::Layer as _;

fn secret() -> Secret {
    Secret::new("a secret").unwrap()
}

fn verifier() -> Verifier<Massu> {
    Verifier::new(secret()).unwrap()
}

fn middleware() -> VerifyMiddleware<massu::Event> {
    VerifyMiddleware::new(verifier())
}

/// A service of actix-web that is never ready.
struct Busy;

impl Service<ServiceRequest> for Busy {
    type Response = ServiceResponse;
    type Error = actix_web::Error;
    type Future = Ready<Result<ServiceResponse, actix_web::Error>>;

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<Result<(), actix_web::Error>> {
        Poll::Pending
    }

    fn call(&self, _: ServiceRequest) -> Self::Future {
        unreachable!()
    }
}

/// The result of a future that has nothing to wait for.
fn now<T>(future: impl Future<Output = T>) -> T {
    let Poll::Ready(value) = pin!(future).poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("the future waits");
    };
    value
}

#[test]
fn debug_names_the_parts_and_no_secret() {
    const MIDDLEWARE: &str = r#"VerifyMiddleware { provider: "massu", resolver: "countersign::verifier::Verifier<countersign::providers::massu::Massu>", dedupe: None, .. }"#;
    assert_eq!(format!("{:?}", middleware()), MIDDLEWARE);
    let layered = middleware().layer("the service");
    assert_eq!(
        format!("{layered:?}"),
        format!(r#"VerifyService {{ inner: "the service", middleware: {MIDDLEWARE} }}"#)
    );
    let transformed = now(middleware().new_transform(Busy)).unwrap();
    assert_eq!(format!("{transformed:?}"), format!("VerifyService {{ middleware: {MIDDLEWARE}, .. }}"));
    let resolver = countersign::actix::Resolver::<Massu>::new(verifier());
    assert_eq!(format!("{resolver:?}"), r#"Resolver { provider: "massu", .. }"#);
}

#[test]
fn the_middleware_of_actix_is_ready_when_the_service_behind_it_is() {
    let service = now(middleware().new_transform(Busy)).unwrap();
    assert!(service.poll_ready(&mut Context::from_waker(Waker::noop())).is_pending());
}

/// A service's own `Resolve` may pass a request on to a verifier.
#[test]
fn a_verifier_resolves_to_itself() {
    let request = TestRequest::default().to_http_request();
    let found = now(countersign::actix::Resolve::resolve(&verifier(), &request)).unwrap().unwrap();
    let delivery = SignedRequest::new::<Massu>(&secret(), "{}");
    assert!(found.verify::<Raw<Massu>>(delivery.headers(), "{}").is_ok());

    let mut parts = Request::new(()).into_parts().0;
    let found = now(countersign::axum::Resolve::resolve(&verifier(), &mut parts)).unwrap().unwrap();
    assert!(found.verify::<Raw<Massu>>(delivery.headers(), "{}").is_ok());
}

/// The verifier needs no template, because it is not looked up.
#[actix_web::test]
async fn a_verifier_of_a_scheme_at_run_time_serves_a_middleware() {
    let scheme = Scheme::hex("x-tag");
    let verifier = Verifier::<Custom>::for_scheme(scheme, secret()).unwrap();
    let middleware = VerifyMiddleware::<Raw<Custom>>::new(verifier);
    let request = SignedRequest::with_scheme(scheme, &secret(), "{}");

    let layered = middleware.clone().layer(tower::service_fn(async |_| Ok("handled")));
    let response = tower::ServiceExt::oneshot(layered, request.clone().into_axum("/").unwrap()).await;
    assert_eq!(response.unwrap().status(), StatusCode::OK);

    let app = actix_web::App::new()
        .service(web::resource("/").wrap(middleware).route(web::post().to(async || HttpResponse::Ok())));
    let app = actix_web::test::init_service(app).await;
    let response = app.call(request.into_actix().uri("/").to_request()).await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
}

/// actix-web may ask an error for its status alone, as a middleware of a service does.
#[test]
fn the_status_of_an_error_is_that_of_its_response() {
    let rejection = Rejection::lookup_failed("the database is away");
    assert_eq!((rejection.status_code().as_u16(), rejection.error_response().status().as_u16()), (503, 503));
    let refusal: Refusal = handshake::meta("", &secret()).unwrap_err();
    assert_eq!((refusal.status_code().as_u16(), refusal.error_response().status().as_u16()), (403, 403));
}

/// A handler that calls `Dedupe::handle` may return what it gets.
#[actix_web::test]
async fn a_handled_delivery_is_a_response() {
    const HANDLED: [fn() -> Handled<&'static str>; 3] =
        [|| Handled::Accepted("accepted"), || Handled::Repeat, || Handled::Panicked];
    let answers = [(200, "accepted"), (200, ""), (500, r#"{"error":"handler failed"}"#)];
    for (handled, (status, body)) in HANDLED.into_iter().zip(answers) {
        let response = handled().into_response();
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(axum::body::to_bytes(response.into_body(), 100).await.unwrap(), body);

        let response = handled().respond_to(&TestRequest::default().to_http_request());
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(to_bytes(response.into_body()).await.unwrap(), body);
    }
}
