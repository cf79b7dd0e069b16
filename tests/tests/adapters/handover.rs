//! The places in which an adapter looks for its verifier, and the bytes and the proof that it hands over.

use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::dev::ServiceResponse;
use actix_web::test::{TestRequest, call_service, init_service, read_body, try_call_service};
use actix_web::{App, HttpResponse, web};
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{Router, post};
use axum::{Extension, Json};
use countersign::dedupe::{Dedupe, MemoryStore};
use countersign::testing::SignedRequest;
use countersign::{Massu, Rejection, Secret, Verified, Verifier, massu};
use tower::{Layer, Service, ServiceExt};

const EVENT: &str = r#"{"type":"session.completed","data":{"n":1},"timestamp":"2026-02-15T10:30:00.000Z"}"#;

fn secret() -> Secret {
    Secret::new("whsec_adapters").unwrap()
}

fn verifier() -> Verifier<Massu> {
    Verifier::new(secret()).unwrap()
}

fn genuine(body: impl Into<bytes::Bytes>) -> SignedRequest {
    SignedRequest::new::<Massu>(&secret(), body)
}

fn forged() -> SignedRequest {
    SignedRequest::new::<Massu>(&Secret::new("another").unwrap(), EVENT)
}

/// An event of exactly this many bytes.
fn event_of(size: usize) -> String {
    let (head, tail) = EVENT.split_at(EVENT.len() - 1);
    format!("{head}{}{tail}", " ".repeat(size - EVENT.len()))
}

fn to_axum(request: &SignedRequest) -> Request {
    request.clone().into_axum("/").unwrap()
}

fn to_actix(request: &SignedRequest) -> TestRequest {
    request.clone().into_actix().uri("/")
}

async fn axum_answer(app: Router, request: &SignedRequest) -> (u16, String) {
    let response: Response = app.oneshot(to_axum(request)).await.unwrap();
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn actix_answer<B: actix_web::body::MessageBody>(response: ServiceResponse<B>) -> (u16, String) {
    let status = response.status().as_u16();
    (status, String::from_utf8(read_body(response).await.to_vec()).unwrap())
}

/// `call_actix!(App, request)`. It is a macro because the type of an app cannot be named.
macro_rules! call_actix {
    ($app:expr, $request:expr) => {{
        let app = init_service($app).await;
        actix_answer(call_service(&app, to_actix($request).to_request()).await).await
    }};
}

fn layer() -> countersign::VerifyMiddleware<massu::Event> {
    countersign::VerifyMiddleware::new(verifier())
}

fn middleware() -> countersign::VerifyMiddleware<massu::Event> {
    countersign::VerifyMiddleware::new(verifier())
}

const UNAUTHORIZED: (u16, &str) = (401, r#"{"error":"invalid signature"}"#);

fn brief(answer: &(u16, String)) -> (u16, &str) {
    (answer.0, &answer.1)
}

/// The event as a handler behind the middleware parses it again.
#[derive(serde::Deserialize)]
struct Parsed {
    r#type: String,
}

#[tokio::test]
async fn the_axum_layer_hands_on_the_same_bytes_without_axums_limit() {
    let body = event_of(3 << 20);
    let large = countersign::VerifyMiddleware::<massu::Event>::new(verifier().body_limit(4 << 20));
    let app = Router::new()
        .route("/", post(|bytes: bytes::Bytes| async move { format!("{}", bytes.len()) }))
        .layer(large);
    assert_eq!(axum_answer(app, &genuine(body)).await, (200, (3 << 20).to_string()));

    let json = Router::new()
        .route("/", post(|Json(event): Json<Parsed>| async move { event.r#type }))
        .layer(layer());
    assert_eq!(brief(&axum_answer(json, &genuine(EVENT)).await), (200, "session.completed"));
}

#[tokio::test]
async fn the_axum_layer_leaves_its_proof() {
    let extension =
        |Extension(event): Extension<Verified<massu::Event>>| async move { event.event_type().to_owned() };
    let app = Router::new().route("/", post(extension)).layer(layer());
    assert_eq!(brief(&axum_answer(app.clone(), &genuine(EVENT)).await), (200, "session.completed"));
    assert_eq!(brief(&axum_answer(app, &forged()).await), UNAUTHORIZED);

    // The extractor uses the proof. Its verifier would no longer accept this delivery.
    let verifier = verifier();
    let layer = countersign::VerifyMiddleware::<massu::Event>::new(verifier.clone());
    let extractor = |event: Verified<massu::Event>| async move { event.event_type().to_owned() };
    let replaced = verifier.clone();
    let replace = axum::middleware::from_fn(move |request: Request, next: axum::middleware::Next| {
        replaced.replace_secrets(Secret::new("the next one").unwrap()).unwrap();
        next.run(request)
    });
    let app = Router::new().route("/", post(extractor)).layer(replace).layer(layer).with_state(verifier);
    assert_eq!(brief(&axum_answer(app, &genuine(EVENT)).await), (200, "session.completed"));
}

/// A layer of one tenant in front of the extractor of another.
#[tokio::test]
async fn the_proof_of_another_verifier_is_worth_nothing_in_axum() {
    let other = Verifier::<Massu>::new(Secret::new("not this one").unwrap()).unwrap();
    let extractor = |event: Verified<massu::Event>| async move { event.event_type().to_owned() };
    let app = Router::new().route("/", post(extractor)).layer(layer()).with_state(other);
    assert_eq!(brief(&axum_answer(app, &genuine(EVENT)).await), UNAUTHORIZED);
}

#[actix_web::test]
async fn the_proof_of_another_verifier_is_worth_nothing_in_actix() {
    let other = Verifier::<Massu>::new(Secret::new("not this one").unwrap()).unwrap();
    for (own, expected) in [(other, UNAUTHORIZED), (verifier(), (200, "session.completed"))] {
        let resource = web::resource("/").wrap(middleware()).app_data(own).post(kind);
        assert_eq!(brief(&call_actix!(App::new().service(resource), &genuine(EVENT))), expected);
    }
}

/// The extractor cannot tell which of the two is the closer one.
#[actix_web::test]
async fn two_different_verifiers_in_app_data_are_a_misconfiguration() {
    let (outer, inner) = (Verifier::<Massu>::new(Secret::new("tenant a").unwrap()).unwrap(), verifier());
    let app = |outer: Verifier<Massu>, inner: Verifier<Massu>| {
        let scope = web::scope("").app_data(inner).route("/", web::post().to(kind));
        App::new().app_data(web::Data::new(outer)).service(scope)
    };
    assert_eq!(call_actix!(app(outer, inner.clone()), &genuine(EVENT)).0, 500);
    assert_eq!(call_actix!(app(inner.clone(), inner), &genuine(EVENT)).0, 200);
}

/// This uses the real clock, because a paused clock goes on only when no task is ready.
#[tokio::test]
async fn an_endless_body_of_empty_chunks_ends_with_the_timeout() {
    let app = Router::new()
        .route("/", post(async |_: Verified<massu::Event>| "handled"))
        .with_state(verifier().read_timeout(Duration::from_millis(20)));
    let endless = futures_util::stream::repeat_with(|| Ok::<_, Infallible>(bytes::Bytes::new()));
    let mut request = to_axum(&genuine(EVENT));
    *request.body_mut() = Body::from_stream(endless);
    assert_eq!(app.oneshot(request).await.unwrap().status(), StatusCode::REQUEST_TIMEOUT);
}

/// A service that counts how often it is asked for capacity.
#[derive(Clone, Default)]
struct Counted(Arc<AtomicUsize>);

impl Service<Request> for Counted {
    type Response = StatusCode;
    type Error = Infallible;
    type Future = std::future::Ready<Result<StatusCode, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request) -> Self::Future {
        ready(Ok(StatusCode::NO_CONTENT))
    }
}

#[tokio::test]
async fn a_forgery_takes_no_capacity_of_the_service_behind_the_axum_layer() {
    let behind = Counted::default();
    let mut service = layer().layer(behind.clone());
    let refused = service.ready().await.unwrap().call(to_axum(&forged())).await.unwrap();
    assert_eq!((refused.status(), behind.0.load(Ordering::SeqCst)), (StatusCode::UNAUTHORIZED, 0));
    let accepted = service.ready().await.unwrap().call(to_axum(&genuine(EVENT))).await.unwrap();
    assert_eq!((accepted.status(), behind.0.load(Ordering::SeqCst)), (StatusCode::NO_CONTENT, 1));
}

#[tokio::test]
async fn a_handler_may_answer_refusals_itself() {
    async fn own(event: Result<Verified<massu::Event>, Rejection>) -> String {
        event.map_or_else(
            |rejection| format!("mine: {}", rejection.status()),
            |event| event.event_type().to_owned(),
        )
    }
    let app = Router::new().route("/", post(own)).with_state(verifier());
    assert_eq!(brief(&axum_answer(app, &forged()).await), (200, "mine: 401"));
}

#[actix_web::test]
async fn an_actix_handler_may_answer_refusals_itself() {
    async fn own(event: Result<Verified<massu::Event>, Rejection>) -> String {
        event.map_or_else(
            |rejection| format!("mine: {}", rejection.status()),
            |event| event.event_type().to_owned(),
        )
    }
    let app = || App::new().app_data(verifier()).route("/", web::post().to(own));
    assert_eq!(brief(&call_actix!(app(), &forged())), (200, "mine: 401"));
    assert_eq!(brief(&call_actix!(app(), &genuine(EVENT))), (200, "session.completed"));
}

async fn kind(event: Verified<massu::Event>) -> String {
    event.event_type().to_owned()
}

#[actix_web::test]
async fn the_actix_extractor_finds_its_verifier_in_either_form() {
    let shared = App::new().app_data(web::Data::new(verifier())).route("/", web::post().to(kind));
    assert_eq!(brief(&call_actix!(shared, &genuine(EVENT))), (200, "session.completed"));
    let plain = App::new().app_data(verifier()).route("/", web::post().to(kind));
    assert_eq!(brief(&call_actix!(plain, &genuine(EVENT))), (200, "session.completed"));
    let plain = App::new().app_data(verifier()).route("/", web::post().to(kind));
    assert_eq!(brief(&call_actix!(plain, &forged())), UNAUTHORIZED);
}

#[actix_web::test]
async fn without_a_verifier_actix_answers_that_it_is_misconfigured() {
    let app = App::new().route("/", web::post().to(kind));
    let answer = call_actix!(app, &genuine(EVENT));
    assert_eq!(brief(&answer), (500, r#"{"error":"webhook receiver misconfigured"}"#));
    // The verifier of another provider does not count.
    let other = Verifier::<countersign::Mutx>::new(secret()).unwrap();
    let app = App::new().app_data(web::Data::new(other)).route("/", web::post().to(kind));
    assert_eq!(call_actix!(app, &genuine(EVENT)).0, 500);
}

#[actix_web::test]
async fn the_actix_extractor_is_not_bound_by_actix_limits() {
    let app = App::new().app_data(web::PayloadConfig::new(10)).app_data(verifier()).route(
        "/",
        web::post().to(|event: Verified<massu::Event>| async move { event.body().len().to_string() }),
    );
    assert_eq!(call_actix!(app, &genuine(event_of(1 << 20))), (200, (1 << 20).to_string()));
}

#[actix_web::test]
async fn the_actix_middleware_hands_on_the_same_bytes() {
    let bytes = || web::post().to(|bytes: web::Bytes| async move { bytes.len().to_string() });
    let text = || web::post().to(|text: String| async move { text.len().to_string() });
    for size in [EVENT.len(), 256 << 10] {
        for route in [bytes(), text()] {
            let app = App::new().service(web::resource("/").wrap(middleware()).route(route));
            assert_eq!(call_actix!(app, &genuine(event_of(size))), (200, size.to_string()));
        }
    }
    let json = web::post().to(|event: web::Json<Parsed>| async move { event.r#type.clone() });
    let app = App::new().service(web::resource("/").wrap(middleware()).route(json));
    assert_eq!(brief(&call_actix!(app, &genuine(event_of(1 << 20)))), (200, "session.completed"));
}

#[actix_web::test]
async fn the_extractors_of_actix_keep_the_limits_that_the_app_sets() {
    let bytes = || web::post().to(|bytes: web::Bytes| async move { bytes.len().to_string() });
    for (limit, status) in [(None, 413), (Some(300 << 10), 413), (Some(500 << 10), 200)] {
        let app = App::new().service(web::scope("").wrap(middleware()).route("/", bytes()));
        let app = match limit {
            Some(limit) => app.app_data(web::PayloadConfig::new(limit)),
            None => app,
        };
        assert_eq!(call_actix!(app, &genuine(event_of(400 << 10))).0, status, "{limit:?}");
    }
}

#[actix_web::test]
async fn the_actix_middleware_leaves_its_proof() {
    let proof = || {
        web::post()
            .to(|event: web::ReqData<Verified<massu::Event>>| async move { event.event_type().to_owned() })
    };
    let app = || App::new().service(web::scope("").wrap(middleware()).route("/", proof()));
    assert_eq!(brief(&call_actix!(app(), &genuine(EVENT))), (200, "session.completed"));
    assert_eq!(brief(&call_actix!(app(), &forged())), UNAUTHORIZED);
    // There is no verifier in app_data. The extractor takes the proof of the middleware.
    let app = App::new().wrap(middleware()).route("/", web::post().to(kind));
    assert_eq!(brief(&call_actix!(app, &genuine(EVENT))), (200, "session.completed"));
}

/// An extractor leaves the proof for the next one, in any order.
#[actix_web::test]
async fn several_extractors_get_the_same_proof() {
    type Event = Verified<massu::Event>;
    let first = web::post()
        .to(async |a: Event, b: web::ReqData<Event>| format!("{} {}", a.event_type(), b.event_type()));
    let bytes = web::post().to(async |a: Event, b: web::Bytes, c: web::ReqData<Event>| {
        assert_eq!(b, a.body());
        format!("{} {}", a.event_type(), c.event_type())
    });
    let last = web::post().to(async |a: web::ReqData<Event>, b: Event, c: Event| {
        assert_eq!(a.event_type(), c.event_type());
        format!("{} {}", a.event_type(), b.event_type())
    });
    for route in [first, bytes, last] {
        let app = App::new().service(web::resource("/").wrap(middleware()).route(route));
        let both = (200, "session.completed session.completed");
        assert_eq!(brief(&call_actix!(app, &genuine(EVENT))), both);
    }
}

#[actix_web::test]
async fn a_middleware_in_front_that_keeps_the_request_costs_no_panic() {
    async fn keep(
        request: actix_web::dev::ServiceRequest,
        next: actix_web::middleware::Next<impl actix_web::body::MessageBody>,
    ) -> Result<ServiceResponse<impl actix_web::body::MessageBody>, actix_web::Error> {
        let kept = request.request().clone();
        let response = next.call(request).await;
        drop(kept);
        response
    }
    for (size, of_bytes) in [(EVENT.len(), 200), (300 << 10, 413)] {
        let bytes = web::post().to(async |bytes: web::Bytes| bytes.len().to_string());
        for (route, status) in [(web::post().to(kind), 200), (bytes, of_bytes)] {
            let resource = web::resource("/").wrap(middleware()).wrap(actix_web::middleware::from_fn(keep));
            let app = App::new().service(resource.route(route));
            assert_eq!(call_actix!(app, &genuine(event_of(size))).0, status);
        }
    }
}

#[actix_web::test]
async fn a_refusal_passes_through_the_actix_middleware_in_front() {
    let app = App::new().service(
        web::resource("/")
            .wrap(middleware())
            .wrap(actix_web::middleware::DefaultHeaders::new().add(("x-in-front", "yes")))
            .post(async || HttpResponse::Ok().finish()),
    );
    let app = init_service(app).await;
    let response = call_service(&app, to_actix(&forged()).to_request()).await;
    assert_eq!(response.headers().get("x-in-front").unwrap(), "yes");
    assert_eq!(response.status().as_u16(), 401);
}

/// A 2xx is a success, also as an `Error` of actix-web.
#[actix_web::test]
async fn a_middleware_behind_may_answer_by_an_error() {
    for (status, retried, runs) in [(202, 200, 1), (409, 409, 2)] {
        let begun = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&begun);
        let answer = actix_web::http::StatusCode::from_u16(status).unwrap();
        let resource = web::resource("/")
            .wrap_fn(move |_, _| {
                counted.fetch_add(1, Ordering::SeqCst);
                ready(Err::<ServiceResponse, _>(actix_web::error::InternalError::new("", answer).into()))
            })
            .wrap(middleware().dedupe(Dedupe::new(MemoryStore::new(10))));
        let app = init_service(App::new().service(resource.post(async || HttpResponse::Ok()))).await;
        for expected in [status, retried] {
            let answered = match try_call_service(&app, to_actix(&genuine(EVENT)).to_request()).await {
                Ok(response) => response.status(),
                Err(error) => error.as_response_error().status_code(),
            };
            assert_eq!(answered.as_u16(), expected);
        }
        assert_eq!(begun.load(Ordering::SeqCst), runs);
    }
}

#[actix_web::test]
async fn a_middleware_in_front_that_changes_bytes_means_refusal() {
    async fn change(
        mut request: actix_web::dev::ServiceRequest,
        next: actix_web::middleware::Next<impl actix_web::body::MessageBody>,
    ) -> Result<ServiceResponse<impl actix_web::body::MessageBody>, actix_web::Error> {
        let bytes = request.extract::<web::Bytes>().await?;
        request.set_payload(actix_web::dev::Payload::from([&bytes[..], b" "].concat()));
        next.call(request).await
    }
    let app = App::new().service(
        web::resource("/")
            .wrap(middleware())
            .wrap(actix_web::middleware::from_fn(change))
            .post(async || HttpResponse::Ok().finish()),
    );
    assert_eq!(brief(&call_actix!(app, &genuine(EVENT))), UNAUTHORIZED);
}
