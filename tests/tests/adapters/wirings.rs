//! Ordinary ways to put a receiver together. None of them skips a check or loses a delivery.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use actix_web::dev::{Service as _, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::test::init_service;
use actix_web::{App, HttpResponse, guard, web};
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::routing::{MethodRouter, Router, post, post_service};
use countersign::dedupe::{Dedupe, MemoryStore};
use countersign::testing::SignedRequest;
use countersign::{Hook, Secret, Verified, Verifier, hook};
use tower::{Layer as _, ServiceExt as _, service_fn};

type Layer = countersign::VerifyMiddleware<hook::Event>;
type Middleware = countersign::VerifyMiddleware<hook::Event>;

/// An event that happened in January 2020.
const EVENT: &str = r#"{"id":"evt_1","type":"user.deleted","created_at":"2020-01-15T12:30:00Z","data":{}}"#;
const PATHS: [&str; 2] = ["/hooks/a", "/hooks/b"];

fn secret(text: &str) -> Secret {
    Secret::new(text).unwrap()
}

fn verifier() -> Verifier<Hook> {
    Verifier::new(secret("a")).unwrap()
}

fn memory() -> Dedupe {
    Dedupe::new(MemoryStore::new(100))
}

/// The event, signed with this secret.
fn signed(text: &str) -> SignedRequest {
    SignedRequest::new::<Hook>(&secret(text), EVENT)
}

/// A handler that counts its runs and answers with the status that a test has set.
#[derive(Clone)]
struct Handler {
    runs: Arc<AtomicUsize>,
    status: Arc<AtomicU16>,
}

impl Handler {
    fn new() -> Self {
        Self { runs: Arc::default(), status: Arc::new(AtomicU16::new(200)) }
    }

    fn runs(&self) -> usize {
        self.runs.load(Ordering::SeqCst)
    }

    fn run(&self) -> u16 {
        self.runs.fetch_add(1, Ordering::SeqCst);
        self.status.load(Ordering::SeqCst)
    }

    fn axum(&self) -> MethodRouter {
        let handler = self.clone();
        post(async move || StatusCode::from_u16(handler.run()).unwrap())
    }

    fn actix(&self) -> actix_web::Route {
        let handler = self.clone();
        web::post().to(move || {
            let status = handler.run().try_into().unwrap();
            async move { HttpResponse::build(status).finish() }
        })
    }
}

/// The status and the `Allow` of an answer.
type Answer = (u16, Option<String>);

async fn axum(app: &Router, method: &str, path: &str, signed: &SignedRequest) -> Answer {
    let mut request: Request = signed.clone().into_axum(path).unwrap();
    *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let allow = response.headers().get("allow").map(|value| value.to_str().unwrap().to_owned());
    (response.status().as_u16(), allow)
}

async fn actix(
    app: App<
        impl ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse,
            Error = actix_web::Error,
            InitError = (),
        > + 'static,
    >,
    requests: &[(&str, &str, &SignedRequest)],
) -> Vec<Answer> {
    let app = init_service(app).await;
    let mut answers = Vec::new();
    for (method, path, signed) in requests {
        let request = (*signed).clone().into_actix().uri(path);
        let request = request.method(method.parse().unwrap()).to_request();
        let response = app.call(request).await.unwrap();
        let allow = response.headers().get("allow").map(|value| value.to_str().unwrap().to_owned());
        answers.push((response.status().as_u16(), allow));
    }
    answers
}

fn statuses(answers: &[Answer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.0).collect()
}

/// A verifier for the middleware, a stricter one for the extractor, and the status that the stricter one answers.
fn stricter() -> [(Verifier<Hook>, Verifier<Hook>, u16); 3] {
    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_579_091_400 + 86_400)
    }
    fn a_year_later() -> SystemTime {
        now() + Duration::from_secs(366 * 86_400)
    }
    let (loose, week) = (verifier(), Duration::from_secs(7 * 86_400));
    let aged = loose.clone().max_age(week).clock(now);
    [
        (loose.clone(), loose.clone().max_age(week), 400),
        (loose.clone(), loose.clone().body_limit(8), 413),
        (aged.clone(), aged.clock(a_year_later), 400),
    ]
}

async fn handled(_: Verified<hook::Event>) -> &'static str {
    ""
}

#[tokio::test]
async fn a_stricter_extractor_behind_an_axum_layer_verifies_again() {
    for (layered, own, status) in stricter() {
        let route = || post(handled).layer(Layer::new(layered.clone()));
        let app = |verifier: Verifier<Hook>| Router::new().route("/", route()).with_state(verifier);
        assert_eq!(axum(&app(own), "POST", "/", &signed("a")).await.0, status);
        assert_eq!(axum(&app(layered.clone()), "POST", "/", &signed("a")).await.0, 200);
    }
}

#[actix_web::test]
async fn a_stricter_extractor_behind_an_actix_middleware_verifies_again() {
    for (wrapped, own, status) in stricter() {
        let app = |verifier| {
            let resource = web::resource("/").wrap(Middleware::new(wrapped.clone()));
            App::new().app_data(web::Data::new(verifier)).service(resource.route(web::post().to(handled)))
        };
        let request = [("POST", "/", &signed("a"))];
        assert_eq!(statuses(&actix(app(own), &request).await), [status]);
        assert_eq!(statuses(&actix(app(wrapped.clone()), &request).await), [200]);
    }
}

#[actix_web::test]
async fn two_verifiers_in_app_data_that_differ_in_a_setting_are_a_500() {
    for (outer, inner, _) in stricter() {
        let app = |inner| {
            let scope = web::scope("").app_data::<Verifier<Hook>>(inner).route("/", web::post().to(handled));
            App::new().app_data(web::Data::new(outer.clone())).service(scope)
        };
        let request = [("POST", "/", &signed("a"))];
        assert_eq!(statuses(&actix(app(inner), &request).await), [500]);
        assert_eq!(statuses(&actix(app(outer.clone()), &request).await), [200]);
    }
}

const OTHER_METHODS: [&str; 6] = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PURGE"];

fn not_allowed() -> Answer {
    (405, Some("POST".to_owned()))
}

#[tokio::test]
async fn no_other_method_uses_a_delivery_up_in_axum() {
    for deduped in [false, true] {
        let layer = Layer::new(verifier());
        let layer = if deduped { layer.dedupe(memory()) } else { layer };
        let handler = Handler::new();
        let app = Router::new().route("/", handler.axum().get(async || "healthy").layer(layer));
        handler.status.store(500, Ordering::SeqCst);
        assert_eq!(axum(&app, "POST", "/", &signed("a")).await.0, 500);
        for method in OTHER_METHODS {
            assert_eq!(axum(&app, method, "/", &signed("a")).await, not_allowed(), "{method}");
        }
        handler.status.store(200, Ordering::SeqCst);
        assert_eq!(axum(&app, "POST", "/", &signed("a")).await.0, 200);
        assert_eq!(handler.runs(), 2);
    }
}

#[actix_web::test]
async fn no_other_method_uses_a_delivery_up_in_actix() {
    for deduped in [false, true] {
        let middleware = Middleware::new(verifier());
        let middleware = if deduped { middleware.dedupe(memory()) } else { middleware };
        let handler = Handler::new();
        let healthy = web::route().to(async || "healthy");
        let resource = web::resource("/").wrap(middleware).route(handler.actix()).route(healthy);
        let signed = signed("a");
        let requests: Vec<_> = OTHER_METHODS.iter().map(|method| (*method, "/", &signed)).collect();
        let requests = [requests, vec![("POST", "/", &signed)]].concat();
        let answers = actix(App::new().service(resource), &requests);
        let expected = vec![not_allowed(); OTHER_METHODS.len()];
        assert_eq!(answers.await, [expected, vec![(200, None)]].concat());
        assert_eq!(handler.runs(), 1);
    }
}

#[tokio::test]
async fn other_methods_are_added_outside_of_the_middleware() {
    let handshake = async || "challenge";
    let app = Router::new().route("/", Handler::new().axum().layer(Layer::new(verifier())).get(handshake));
    assert_eq!(axum(&app, "GET", "/", &signed("a")).await.0, 200);
    assert_eq!(axum(&app, "POST", "/", &signed("b")).await.0, 401);
}

#[actix_web::test]
async fn other_methods_have_a_resource_of_their_own_in_actix() {
    let verified = web::resource("/").guard(guard::Post()).wrap(Middleware::new(verifier()));
    let other = web::resource("/").guard(guard::Get()).to(async || "challenge");
    let app = App::new().service(verified.route(Handler::new().actix())).service(other);
    let answers = actix(app, &[("GET", "/", &signed("a")), ("POST", "/", &signed("b"))]).await;
    assert_eq!(statuses(&answers), [200, 401]);
}

#[tokio::test]
async fn two_routes_behind_one_dedupe_each_handle_a_delivery_in_axum() {
    let [first, second] = [Handler::new(), Handler::new()];
    let app = Router::new()
        .route("/first", first.axum())
        .route("/second", second.axum())
        .layer(Layer::new(verifier()).dedupe(memory()));
    for path in ["/first", "/second", "/first"] {
        assert_eq!(axum(&app, "POST", path, &signed("a")).await.0, 200);
    }
    assert_eq!((first.runs(), second.runs()), (1, 1));
}

#[actix_web::test]
async fn two_routes_behind_one_dedupe_each_handle_a_delivery_in_actix() {
    let [first, second] = [Handler::new(), Handler::new()];
    let app = App::new().service(
        web::scope("/hooks")
            .wrap(Middleware::new(verifier()).dedupe(memory()))
            .route("/first", first.actix())
            .route("/second", second.actix()),
    );
    let signed = signed("a");
    let requests = ["first", "second", "first"].map(|name| format!("/hooks/{name}"));
    let requests: Vec<_> = requests.iter().map(|path| ("POST", path.as_str(), &signed)).collect();
    assert_eq!(statuses(&actix(app, &requests).await), [200, 200, 200]);
    assert_eq!((first.runs(), second.runs()), (1, 1));
}

#[tokio::test]
async fn path_parameters_do_not_split_a_delivery_in_axum() {
    let handler = Handler::new();
    let route = handler.axum().layer(Layer::new(verifier()).dedupe(memory()));
    let app = Router::new().nest("/hooks", Router::new().route("/{customer}", route));
    for path in PATHS {
        assert_eq!(axum(&app, "POST", path, &signed("a")).await.0, 200);
    }
    assert_eq!(handler.runs(), 1);
}

#[actix_web::test]
async fn path_parameters_do_not_split_a_delivery_in_actix() {
    let handler = Handler::new();
    let resource = web::resource("/{customer}").wrap(Middleware::new(verifier()).dedupe(memory()));
    let app = App::new().service(web::scope("/hooks").service(resource.route(handler.actix())));
    let signed = signed("a");
    assert_eq!(statuses(&actix(app, &PATHS.map(|path| ("POST", path, &signed))).await), [200, 200]);
    assert_eq!(handler.runs(), 1);
}

/// Routers that match no pattern: a nested service, a fallback and a layer around a whole router.
fn without_a_pattern(handler: &Handler, dedupe: &Dedupe) -> [Router; 3] {
    let layer = || Layer::new(verifier()).dedupe(dedupe.clone());
    let service = || Router::new().fallback(handler.axum()).layer(layer());
    let router = Router::new().route("/hook", handler.axum());
    [
        Router::new().nest_service("/nested", service()),
        Router::new().fallback(handler.axum().layer(layer())),
        Router::new().fallback_service(layer().layer(router)),
    ]
}

#[tokio::test]
async fn dedupe_without_a_pattern_needs_a_named_endpoint_in_axum() {
    let paths = ["/nested/hook", "/hook", "/hook"];
    let handler = Handler::new();
    for (app, path) in without_a_pattern(&handler, &memory()).iter().zip(paths) {
        assert_eq!(axum(app, "POST", path, &signed("a")).await.0, 500, "{path}");
        assert_eq!(axum(app, "POST", path, &signed("b")).await.0, 401, "{path}");
    }
    assert_eq!(handler.runs(), 0);

    for (place, path) in paths.into_iter().enumerate() {
        let handler = Handler::new();
        let app = &without_a_pattern(&handler, &memory().endpoint("billing").unwrap())[place];
        for _ in 0..2 {
            assert_eq!(axum(app, "POST", path, &signed("a")).await.0, 200);
        }
        assert_eq!(handler.runs(), 1);
    }
}

#[actix_web::test]
async fn dedupe_without_a_pattern_needs_a_named_endpoint_in_actix() {
    for (dedupe, status, runs) in [(memory(), 500, 0), (memory().endpoint("billing").unwrap(), 200, 1)] {
        let handler = Handler::new();
        let scope = web::scope("").wrap(Middleware::new(verifier()).dedupe(dedupe));
        let app = App::new().service(scope.default_service(handler.actix()));
        let requests = [("POST", "/hook", &signed("a")), ("POST", "/hook", &signed("a"))];
        assert_eq!(statuses(&actix(app, &requests).await), [status, status]);
        assert_eq!(handler.runs(), runs);
    }
}

/// Tenant `b` signs an event with the id of an event of tenant `a`.
#[tokio::test]
async fn a_tenant_cannot_use_up_the_delivery_of_another_in_axum() {
    let (handler, dedupe) = (Handler::new(), memory());
    let receiver = |name| {
        let verifier = verifier().for_tenant(name, secret(name)).unwrap();
        let runs = handler.clone();
        let behind = service_fn(move |_: Request| {
            let status = StatusCode::from_u16(runs.run()).unwrap();
            async move { Ok::<_, Infallible>((status, Body::empty())) }
        });
        Layer::new(verifier).dedupe(dedupe.clone()).layer(behind)
    };
    let [a, b] = ["a", "b"].map(receiver);
    let by_tenant = service_fn(move |request: Request| {
        let receiver = if request.uri().path().ends_with("/a") { a.clone() } else { b.clone() };
        receiver.oneshot(request)
    });
    let app = Router::new().route("/hooks/{tenant}", post_service(by_tenant));
    let requests = [("/hooks/b", "b"), ("/hooks/a", "a"), ("/hooks/a", "a")];
    for (path, tenant) in requests {
        assert_eq!(axum(&app, "POST", path, &signed(tenant)).await.0, 200);
    }
    assert_eq!(handler.runs(), 2);
    assert_eq!(axum(&app, "POST", "/hooks/a", &signed("b")).await.0, 401);
}

#[actix_web::test]
async fn a_tenant_cannot_use_up_the_delivery_of_another_in_actix() {
    let (handler, dedupe) = (Handler::new(), memory());
    let resource = |name: &'static str| {
        let verifier = verifier().for_tenant(name, secret(name)).unwrap();
        let is_theirs = guard::fn_guard(move |context| context.head().uri.path().ends_with(name));
        web::resource("/hooks/{tenant}")
            .guard(is_theirs)
            .wrap(Middleware::new(verifier).dedupe(dedupe.clone()))
            .route(handler.actix())
    };
    let app = App::new().service(resource("a")).service(resource("b"));
    let [a, b] = [&signed("a"), &signed("b")];
    let requests = [("/hooks/b", b), ("/hooks/a", a), ("/hooks/a", a)];
    let requests = requests.map(|(path, signed)| ("POST", path, signed));
    assert_eq!(statuses(&actix(app, &requests).await), [200, 200, 200]);
    assert_eq!(handler.runs(), 2);
}

#[test]
fn the_proof_names_its_tenant() {
    let verifier = verifier().for_tenant("tenant-7", secret("b")).unwrap();
    let signed = signed("b");
    let event = verifier.verify::<hook::Event>(signed.headers(), signed.body().clone()).unwrap();
    assert_eq!(event.tenant(), Some("tenant-7"));
}
