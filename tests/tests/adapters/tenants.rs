//! A secret for each tenant, looked up for each request, in both frameworks.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::test::{call_service, init_service, read_body};
use actix_web::{HttpRequest, web};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::routing::{Router, post};
use axum::{Extension, RequestPartsExt as _};
use countersign::actix::Resolver;
use countersign::dedupe::{Dedupe, MemoryStore};
use countersign::testing::SignedRequest;
use countersign::{Custom, Hook, Rejection, Scheme, Secret, Verified, Verifier, VerifyMiddleware, hook};
use futures_util::{Stream, StreamExt as _, stream};
use tokio::time::{Instant, sleep};
use tower::ServiceExt as _;

const EVENT: &str = r#"{"id":"evt_1","type":"user.deleted","created_at":"2026-01-15T12:30:00Z","data":{}}"#;
const SECOND: Duration = Duration::from_secs(1);

fn verifier(secret: &str) -> Verifier<Hook> {
    Verifier::new(Secret::new(secret).unwrap()).unwrap()
}

/// The event, signed with this secret.
fn signed(secret: &str) -> SignedRequest {
    SignedRequest::new::<Hook>(&Secret::new(secret).unwrap(), EVENT)
}

/// A service with the tenants `a` and `b`.
#[derive(Clone)]
struct App(Arc<Inner>);

struct Inner {
    template: Option<Verifier<Hook>>,
    /// The tenants and their secrets.
    secrets: Vec<(&'static str, &'static str)>,
    /// The error of every look-up.
    error: Option<Rejection>,
    /// How long a look-up takes.
    takes: Duration,
    look_ups: AtomicUsize,
    body: Probe,
    body_read_too_early: AtomicBool,
    /// The tenants whose deliveries were handled.
    handled: Mutex<Vec<String>>,
}

impl App {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Inner {
            template: Some(verifier("nobody has this secret")),
            secrets: vec![("a", "a"), ("b", "b")],
            error: None,
            takes: SECOND,
            look_ups: AtomicUsize::new(0),
            body: Probe::default(),
            body_read_too_early: AtomicBool::new(false),
            handled: Mutex::default(),
        };
        change(&mut inner);
        Self(Arc::new(inner))
    }

    async fn look_up(&self, name: &str) -> Result<Option<Verifier<Hook>>, Rejection> {
        self.0.look_ups.fetch_add(1, Ordering::SeqCst);
        sleep(self.0.takes).await;
        self.0.body_read_too_early.store(self.0.body.was_polled(), Ordering::SeqCst);
        if let Some(error) = &self.0.error {
            return Err(error.clone());
        }
        let Some((_, secret)) = self.0.secrets.iter().find(|tenant| tenant.0 == name) else {
            return Ok(None);
        };
        let template = self.0.template.clone().unwrap_or_else(|| verifier("any"));
        Ok(Some(template.for_tenant(name, Secret::new(secret).unwrap()).unwrap()))
    }

    fn look_ups(&self) -> usize {
        self.0.look_ups.load(Ordering::SeqCst)
    }

    fn handle(&self, event: &Verified<hook::Event>) {
        self.0.handled.lock().unwrap().push(event.tenant().unwrap_or("no tenant").to_owned());
    }

    fn handled(&self) -> Vec<String> {
        self.0.handled.lock().unwrap().clone()
    }
}

impl countersign::axum::Resolve<Hook> for App {
    async fn resolve(&self, parts: &mut Parts) -> Result<Option<Verifier<Hook>>, Rejection> {
        let Path(name) = parts.extract::<Path<String>>().await.map_err(Rejection::lookup_failed)?;
        self.look_up(&name).await
    }

    fn template(&self) -> Option<Verifier<Hook>> {
        self.0.template.clone()
    }
}

impl countersign::actix::Resolve<Hook> for App {
    async fn resolve(&self, request: &HttpRequest) -> Result<Option<Verifier<Hook>>, Rejection> {
        self.look_up(request.match_info().query("tenant")).await
    }

    fn template(&self) -> Option<Verifier<Hook>> {
        self.0.template.clone()
    }
}

/// Whether a body was polled.
#[derive(Clone, Default)]
struct Probe(Arc<AtomicBool>);

impl Probe {
    fn was_polled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// A body in two chunks, the second one after some time.
    fn body(&self, bytes: &Bytes, pause: Duration) -> impl Stream<Item = Bytes> + Send + 'static {
        let polled = Arc::clone(&self.0);
        let chunks =
            [(Duration::ZERO, bytes.slice(..bytes.len() / 2)), (pause, bytes.slice(bytes.len() / 2..))];
        stream::iter(chunks).then(move |(pause, chunk)| {
            polled.store(true, Ordering::SeqCst);
            async move {
                sleep(pause).await;
                chunk
            }
        })
    }
}

/// A way into a receiver.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Door {
    AxumLayer,
    AxumExtractor,
    ActixMiddleware,
    ActixExtractor,
}

use Door::{ActixExtractor, ActixMiddleware, AxumExtractor, AxumLayer};

const DOORS: [Door; 4] = [AxumLayer, AxumExtractor, ActixMiddleware, ActixExtractor];
const MIDDLEWARE: [Door; 2] = [AxumLayer, ActixMiddleware];

/// A request to a tenant. The second half of its body comes after a pause.
#[derive(Clone)]
struct Delivery {
    method: &'static str,
    tenant: &'static str,
    signed: SignedRequest,
    pause: Duration,
}

fn delivery(tenant: &'static str, signed: SignedRequest) -> Delivery {
    Delivery { method: "POST", tenant, signed, pause: Duration::ZERO }
}

/// All that a sender sees: the status, the headers, the body, and how many seconds they took.
#[derive(Debug, PartialEq)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
    seconds: u64,
}

/// Sends a delivery to a new receiver. With a store, the receiver handles each delivery once.
async fn send(door: Door, app: &App, store: Option<&MemoryStore>, delivery: &Delivery) -> Answer {
    let begin = Instant::now();
    let (status, headers, body) = match door {
        AxumLayer | AxumExtractor => send_to_axum(axum(door, app, store), app, delivery).await,
        ActixMiddleware | ActixExtractor => {
            let config = {
                let (app, store) = (app.clone(), store.cloned());
                move |config: &mut web::ServiceConfig| actix(door, app, store, config)
            };
            send_to_actix(config, app, delivery).await
        }
    };
    // Tokio's timer has a resolution of one millisecond.
    let seconds = (begin.elapsed() + Duration::from_millis(100)).as_secs();
    Answer { status, headers, body, seconds }
}

fn verify(app: App, store: Option<MemoryStore>) -> VerifyMiddleware<hook::Event, App> {
    let verify = VerifyMiddleware::<hook::Event, _>::resolving(app);
    match store {
        Some(store) => verify.dedupe(Dedupe::new(store)),
        None => verify,
    }
}

fn axum(door: Door, app: &App, store: Option<&MemoryStore>) -> Router {
    let extension = async |State(app): State<App>, Extension(event): Extension<Verified<hook::Event>>| {
        app.handle(&event);
    };
    let extractor = async |State(app): State<App>, event: Verified<hook::Event>| app.handle(&event);
    let route = match door {
        AxumLayer => post(extension).layer(verify(app.clone(), store.cloned())),
        _ => post(extractor),
    };
    Router::new().route("/hooks/{tenant}", route).with_state(app.clone())
}

async fn by_extractor(app: web::Data<App>, event: Verified<hook::Event>) -> &'static str {
    app.handle(&event);
    ""
}

fn actix(door: Door, app: App, store: Option<MemoryStore>, config: &mut web::ServiceConfig) {
    let handler = web::route().to(by_extractor);
    config.app_data(web::Data::new(app.clone()));
    let resource = web::resource("/hooks/{tenant}");
    match door {
        ActixMiddleware => config.service(resource.wrap(verify(app, store)).route(handler)),
        _ => config.app_data(Resolver::<Hook>::new(app)).service(resource.route(handler)),
    };
}

type Raw = (u16, Vec<(String, String)>, Bytes);

async fn send_to_axum(router: Router, app: &App, delivery: &Delivery) -> Raw {
    let mut request = delivery.signed.clone().into_axum(&format!("/hooks/{}", delivery.tenant)).unwrap();
    *request.method_mut() = delivery.method.parse().unwrap();
    let body = app.0.body.body(delivery.signed.body(), delivery.pause);
    *request.body_mut() = Body::from_stream(body.map(Ok::<_, Infallible>));
    let response = router.oneshot(request).await.unwrap();
    let headers = response.headers().iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    (response.status().as_u16(), headers, to_bytes(response.into_body(), usize::MAX).await.unwrap())
}

async fn send_to_actix(config: impl FnOnce(&mut web::ServiceConfig), app: &App, delivery: &Delivery) -> Raw {
    let service = init_service(actix_web::App::new().configure(config)).await;
    let request = delivery.signed.clone().into_actix().uri(&format!("/hooks/{}", delivery.tenant));
    let mut request = request.method(delivery.method.parse().unwrap()).to_request();
    let body = app.0.body.body(delivery.signed.body(), delivery.pause);
    *request.payload() = Payload::Stream { payload: Box::pin(body.map(Ok)) };
    let response = call_service(&service, request).await;
    let headers = response.headers().iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    (response.status().as_u16(), headers, read_body(response).await)
}

#[actix_web::test]
async fn each_tenant_has_a_secret_of_its_own() {
    tokio::time::pause();
    for door in DOORS {
        let app = App::new();
        for (tenant, secret, status) in [("a", "a", 200), ("b", "b", 200), ("b", "a", 401), ("a", "b", 401)] {
            let answer = send(door, &app, None, &delivery(tenant, signed(secret))).await;
            assert_eq!(answer.status, status, "{door:?} {tenant} {secret}");
        }
        assert_eq!(app.handled(), ["a", "b"], "{door:?}");
        assert_eq!(app.look_ups(), 4, "{door:?}");
    }
}

#[actix_web::test]
async fn an_unknown_tenant_looks_like_a_wrong_signature_at_every_moment() {
    tokio::time::pause();
    let large = || signed("a").with_body("a".repeat(200));
    let forged = signed("a").with_body("{}");
    let template = || Some(verifier("t").body_limit(100).read_timeout(3 * SECOND));
    for door in DOORS {
        for (template, request, pause, status, seconds) in [
            (template(), forged.clone(), 0, 401, 1),
            // The second half of the body is late. The answer waits for it.
            (template(), forged.clone(), 2, 401, 3),
            (template(), forged.clone(), 60, 408, 4),
            (template(), large(), 0, 413, 1),
            (template(), large().header("content-length", "200"), 0, 413, 1),
            (template(), forged.clone().header("content-encoding", "gzip"), 0, 415, 1),
            // The default settings.
            (None, forged.clone(), 2, 401, 3),
            (None, large(), 0, 401, 1),
            (None, forged.clone(), 60, 408, 11),
        ] {
            let app = App::with(|app| app.template = template);
            let to =
                |tenant| Delivery { pause: Duration::from_secs(pause), ..delivery(tenant, request.clone()) };
            let known = send(door, &app, None, &to("a")).await;
            let unknown = send(door, &app, None, &to("nobody")).await;
            assert_eq!(known, unknown, "{door:?}");
            assert_eq!(known.status, status, "{door:?}");
            // actix-web discards the rest of a refused body for up to 2 seconds before it answers.
            let discarding = if matches!(door, ActixMiddleware | ActixExtractor) { 0..=2 } else { 0..=0 };
            assert!(discarding.contains(&(known.seconds - seconds)), "{door:?} {known:?}");
        }
    }
}

#[actix_web::test]
async fn an_unknown_tenant_cannot_use_the_secret_of_the_template() {
    tokio::time::pause();
    for door in DOORS {
        let app = App::new();
        let request = delivery("nobody", signed("nobody has this secret"));
        assert_eq!(send(door, &app, None, &request).await.status, 401, "{door:?}");
        assert!(app.handled().is_empty());
    }
}

#[actix_web::test]
async fn an_unsigned_or_malformed_request_costs_no_look_up() {
    tokio::time::pause();
    let name = "x-webhook-signature";
    for door in DOORS {
        let app = App::new();
        for request in [
            signed("a").without(name),
            signed("a").without(name).header(name, "0"),
            signed("a").header(name, "0".repeat(64)),
        ] {
            let answer = send(door, &app, None, &delivery("a", request)).await;
            assert_eq!((answer.status, answer.seconds), (401, 0), "{door:?}");
        }
        assert_eq!(app.look_ups(), 0, "{door:?}");
    }
    for door in MIDDLEWARE {
        let app = App::new();
        let answer = send(door, &app, None, &Delivery { method: "PUT", ..delivery("a", signed("a")) }).await;
        assert_eq!((answer.status, app.look_ups()), (405, 0), "{door:?}");
    }
}

#[actix_web::test]
async fn the_body_is_not_read_before_the_look_up_has_ended() {
    tokio::time::pause();
    for door in DOORS {
        for tenant in ["a", "nobody"] {
            let app = App::new();
            send(door, &app, None, &delivery(tenant, signed("a"))).await;
            assert!(!app.0.body_read_too_early.load(Ordering::SeqCst), "{door:?}");
            assert!(app.0.body.was_polled(), "{door:?}");
        }
    }
}

/// Checks the answer to a look-up without a result.
#[track_caller]
fn assert_unavailable(answer: &Answer, seconds: u64) {
    assert_eq!((answer.status, answer.seconds), (503, seconds));
    assert_eq!(answer.body, r#"{"error":"temporarily unavailable"}"#);
    assert!(answer.headers.contains(&("retry-after".to_owned(), "5".to_owned())), "{answer:?}");
}

#[actix_web::test]
async fn a_look_up_that_takes_over_5_seconds_is_a_503() {
    tokio::time::pause();
    for door in DOORS {
        for seconds in [6, 1_000_000] {
            let app = App::with(|app| app.takes = Duration::from_secs(seconds));
            assert_unavailable(&send(door, &app, None, &delivery("a", signed("a"))).await, 5);
            assert_unavailable(&send(door, &app, None, &delivery("nobody", signed("a"))).await, 5);
            assert!(app.handled().is_empty());
        }
        let app = App::with(|app| app.takes = Duration::from_millis(4_800));
        assert_eq!(send(door, &app, None, &delivery("a", signed("a"))).await.status, 200);
    }
}

#[actix_web::test]
async fn every_error_of_a_look_up_is_a_503() {
    tokio::time::pause();
    for door in DOORS {
        for error in [
            Rejection::lookup_failed("connection refused"),
            Rejection::BodyIncomplete,
            Rejection::Misconfigured { provider: "hook", advice: "add a database" },
        ] {
            let app = App::with(|app| app.error = Some(error));
            assert_unavailable(&send(door, &app, None, &delivery("a", signed("a"))).await, 1);
            assert!(app.handled().is_empty());
        }
    }
}

#[actix_web::test]
async fn tenants_with_the_same_event_id_have_deliveries_of_their_own() {
    tokio::time::pause();
    for door in MIDDLEWARE {
        let (app, store) = (App::new(), MemoryStore::new(100));
        for tenant in ["a", "b", "a", "b"] {
            let answer = send(door, &app, Some(&store), &delivery(tenant, signed(tenant))).await;
            assert_eq!(answer.status, 200, "{door:?}");
        }
        assert_eq!(app.handled(), ["a", "b"], "{door:?}");
        // A delivery that `a` signed is refused at `b`.
        assert_eq!(send(door, &app, Some(&store), &delivery("b", signed("a"))).await.status, 401);
    }
}

/// Sends a delivery through the middleware of one service to the middleware or the extractor of another one.
async fn send_through(in_front: &App, door: Door, app: &App, request: &Delivery) -> u16 {
    let first = verify(in_front.clone(), None);
    let answer = match door {
        AxumLayer | AxumExtractor => {
            let handler = async |State(app): State<App>, event: Verified<hook::Event>| app.handle(&event);
            let route = match door {
                AxumLayer => post(handler).layer(verify(app.clone(), None)).layer(first),
                _ => post(handler).layer(first),
            };
            let router = Router::new().route("/hooks/{tenant}", route).with_state(app.clone());
            send_to_axum(router, in_front, request).await
        }
        ActixMiddleware | ActixExtractor => {
            let config = |config: &mut web::ServiceConfig| {
                let resource = web::resource("/hooks/{tenant}").route(web::post().to(by_extractor));
                config.app_data(web::Data::new(app.clone()));
                match door {
                    ActixMiddleware => config.service(resource.wrap(verify(app.clone(), None)).wrap(first)),
                    _ => config.app_data(Resolver::<Hook>::new(app.clone())).service(resource.wrap(first)),
                };
            };
            send_to_actix(config, in_front, request).await
        }
    };
    answer.0
}

#[actix_web::test]
async fn a_proof_is_worth_nothing_for_another_resolver() {
    tokio::time::pause();
    for door in DOORS {
        let request = delivery("a", signed("a"));
        for (app, status) in [
            (App::new(), 200),
            (App::with(|app| app.secrets = vec![("a", "another")]), 401),
            (App::with(|app| app.secrets = vec![("b", "b")]), 401),
            (App::with(|app| app.template = Some(verifier("t").body_limit(8))), 413),
            (App::with(|app| app.error = Some(Rejection::lookup_failed("away"))), 503),
        ] {
            assert_eq!(send_through(&App::new(), door, &app, &request).await, status, "{door:?}");
            let handled = if status == 200 { vec!["a"] } else { vec![] };
            assert_eq!(app.handled(), handled, "{door:?}");
            // In axum, the extractor behind the second middleware has a state and looks the tenant up again.
            let look_ups = if door == AxumLayer && status == 200 { 2 } else { 1 };
            assert_eq!(app.look_ups(), look_ups, "{door:?}");
        }
    }
}

#[actix_web::test]
async fn a_proof_of_a_resolver_is_worth_nothing_for_another_verifier() {
    tokio::time::pause();
    let request = delivery("a", signed("a"));
    for (own, status) in [("a", 200), ("another", 401)] {
        let app = App::new();
        let route = post(async |_: Verified<hook::Event>| "").layer(verify(app.clone(), None));
        let router = Router::new().route("/hooks/{tenant}", route).with_state(verifier(own));
        assert_eq!(send_to_axum(router, &app, &request).await.0, status);

        let config = |config: &mut web::ServiceConfig| {
            let resource = web::resource("/hooks/{tenant}").wrap(verify(app.clone(), None));
            config.app_data(verifier(own)).app_data(web::Data::new(app.clone()));
            config.service(resource.route(web::post().to(by_extractor)));
        };
        assert_eq!(send_to_actix(config, &app, &request).await.0, status);
    }
}

/// The proof is for a verifier without tenants, and the extractor looks up a tenant.
#[actix_web::test]
async fn a_proof_of_a_verifier_is_worth_nothing_for_a_resolver() {
    tokio::time::pause();
    let request = delivery("a", signed("shared"));
    let first = || VerifyMiddleware::<hook::Event>::new(verifier("shared"));
    let app = App::new();
    let route = post(async |_: Verified<hook::Event>| "").layer(first());
    let router = Router::new().route("/hooks/{tenant}", route).with_state(app.clone());
    assert_eq!(send_to_axum(router, &app, &request).await.0, 401);

    let config = |config: &mut web::ServiceConfig| {
        let resource = web::resource("/hooks/{tenant}").wrap(first()).route(web::post().to(by_extractor));
        config.app_data(Resolver::<Hook>::new(app.clone())).app_data(web::Data::new(app.clone()));
        config.service(resource);
    };
    assert_eq!(send_to_actix(config, &app, &request).await.0, 401);
    assert!(app.handled().is_empty());
}

/// The extractor has no setting of its own. Only actix-web allows that.
#[actix_web::test]
async fn the_actix_extractor_takes_the_event_of_the_middleware_without_a_second_look_up() {
    tokio::time::pause();
    let app = App::new();
    assert_eq!(send(ActixMiddleware, &app, None, &delivery("a", signed("a"))).await.status, 200);
    assert_eq!((app.handled(), app.look_ups()), (vec!["a".to_owned()], 1));
}

#[actix_web::test]
async fn a_verifier_beside_a_resolver_in_app_data_is_a_misconfiguration() {
    tokio::time::pause();
    let app = App::new();
    let config = |config: &mut web::ServiceConfig| {
        config.app_data(Resolver::<Hook>::new(app.clone())).app_data(web::Data::new(app.clone()));
        config.app_data(web::Data::new(verifier("a")));
        config.service(web::resource("/hooks/{tenant}").route(web::post().to(by_extractor)));
    };
    assert_eq!(send_to_actix(config, &app, &delivery("a", signed("a"))).await.0, 500);
    assert!(app.handled().is_empty());
}

/// Tenants of a provider whose scheme is known only at run time.
#[derive(Clone)]
struct AtRunTime {
    template: Option<Verifier<Custom>>,
}

impl countersign::axum::Resolve<Custom> for AtRunTime {
    async fn resolve(&self, _: &mut Parts) -> Result<Option<Verifier<Custom>>, Rejection> {
        let scheme = Scheme::hex("x-webhook-signature");
        Ok(Some(Verifier::<Custom>::for_scheme(scheme, Secret::new("a").unwrap()).unwrap()))
    }

    fn template(&self) -> Option<Verifier<Custom>> {
        self.template.clone()
    }
}

/// `Hook` has the same scheme, so its signatures fit.
#[actix_web::test]
async fn a_scheme_that_is_known_at_run_time_can_have_tenants() {
    let scheme = Scheme::hex("x-webhook-signature");
    let template = Verifier::<Custom>::for_scheme(scheme, Secret::new("t").unwrap()).unwrap();
    for (template, secret, status) in
        [(Some(&template), "a", 200), (Some(&template), "t", 401), (None, "a", 500)]
    {
        let app = AtRunTime { template: template.cloned() };
        let layer = VerifyMiddleware::<countersign::Raw<Custom>, _>::resolving(app.clone());
        let layered = post(async || "").layer(layer);
        let extracted = post(async |_: Verified<countersign::Raw<Custom>>| "");
        for route in [layered, extracted] {
            let router = Router::new().route("/hooks/{tenant}", route).with_state(app.clone());
            let request = delivery("a", signed(secret));
            assert_eq!(send_to_axum(router, &App::new(), &request).await.0, status, "{secret}");
        }
    }
}
