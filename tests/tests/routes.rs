//! The route that is part of a delivery's key: no spelling of a path and no place of the middleware makes a delivery new.
#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::dev::{Service as _, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::test::init_service;
use actix_web::{App, HttpResponse, guard, web};
use axum::routing::{MethodRouter, Router, post};
use countersign::dedupe::{Dedupe, MemoryStore};
use countersign::testing::SignedRequest;
use countersign::{Hook, Secret, Verifier, VerifyMiddleware, hook};
use tower::ServiceExt as _;

const EVENT: &str = r#"{"id":"evt_1","type":"user.deleted","created_at":"2020-01-15T12:30:00Z","data":{}}"#;

fn secret() -> Secret {
    Secret::new("whsec_routes").unwrap()
}

fn memory() -> Dedupe {
    Dedupe::new(MemoryStore::new(100))
}

fn verify(dedupe: &Dedupe) -> VerifyMiddleware<hook::Event> {
    VerifyMiddleware::new(Verifier::<Hook>::new(secret()).unwrap()).dedupe(dedupe.clone())
}

/// A handler that counts its runs.
#[derive(Clone, Default)]
struct Handler(Arc<AtomicUsize>);

impl Handler {
    fn runs(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    fn axum(&self) -> MethodRouter {
        let runs = Arc::clone(&self.0);
        post(async move || {
            runs.fetch_add(1, Ordering::SeqCst);
        })
    }

    fn actix(&self) -> actix_web::Route {
        let runs = Arc::clone(&self.0);
        web::post().to(move || {
            runs.fetch_add(1, Ordering::SeqCst);
            async { HttpResponse::Ok().finish() }
        })
    }
}

async fn axum(app: &Router, path: &str) -> u16 {
    let request = SignedRequest::new::<Hook>(&secret(), EVENT).into_axum(path).unwrap();
    app.clone().oneshot(request).await.unwrap().status().as_u16()
}

async fn actix(
    app: App<
        impl ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<impl actix_web::body::MessageBody>,
            Error = actix_web::Error,
            InitError = (),
        > + 'static,
    >,
    paths: &[&str],
) -> Vec<u16> {
    let app = init_service(app).await;
    let mut statuses = Vec::new();
    for path in paths {
        let request = SignedRequest::new::<Hook>(&secret(), EVENT).into_actix().uri(path).to_request();
        statuses.push(app.call(request).await.unwrap().status().as_u16());
    }
    statuses
}

/// actix-web decodes a path before it looks for a route, and an attacker may spell the path of a captured delivery in many ways.
#[actix_web::test]
async fn a_path_that_is_spelled_with_escapes_makes_no_delivery_new_in_actix() {
    let spellings = ["/hooks/first", "/hooks/f%69rst", "/h%6Foks/first", "/hooks/%66%69%72%73%74"];
    for dedupe in [memory(), memory().endpoint("billing").unwrap()] {
        let (handler, other) = (Handler::default(), Handler::default());
        let scope = || {
            let scope = web::scope("/hooks").route("/first", handler.actix());
            scope.route("/{name}", other.actix()).route("", other.actix())
        };
        let in_scope = App::new().service(scope().wrap(verify(&dedupe))).route("/{all:.*}", other.actix());
        assert_eq!(actix(in_scope, &spellings).await, [200; 4]);
        assert_eq!((handler.runs(), other.runs()), (1, 0));
    }
    for dedupe in [memory(), memory().endpoint("billing").unwrap()] {
        let (handler, other) = (Handler::default(), Handler::default());
        let resource = web::resource("/hooks/first").wrap(verify(&dedupe)).route(handler.actix());
        let on_resource = App::new().service(resource).route("/{all:.*}", other.actix());
        assert_eq!(actix(on_resource, &spellings).await, [200; 4]);
        assert_eq!((handler.runs(), other.runs()), (1, 0));
    }
    for dedupe in [memory(), memory().endpoint("billing").unwrap()] {
        let (handler, other) = (Handler::default(), Handler::default());
        let app = App::new().route("/hooks/first", handler.actix()).route("/{all:.*}", other.actix());
        assert_eq!(actix(app.wrap(verify(&dedupe)), &spellings).await, [200; 4]);
        assert_eq!((handler.runs(), other.runs()), (1, 0));
    }
}

/// The first pattern that fits the path is not the route, because its guard refuses the request.
#[actix_web::test]
async fn a_route_behind_a_guard_is_the_same_in_every_spelling_in_actix() {
    let (handler, dedupe) = (Handler::default(), memory());
    let reading = web::resource("/hooks/{page}").guard(guard::Get()).to(HttpResponse::NotFound);
    let receiving = web::resource("/hooks/{name}").wrap(verify(&dedupe)).route(handler.actix());
    let app = App::new().service(reading).service(receiving);
    assert_eq!(actix(app, &["/hooks/first", "/hooks/f%69rst", "/h%6Foks/first"]).await, [200; 3]);
    assert_eq!(handler.runs(), 1);
}

/// axum matches escapes as they stand: another spelling of a path is another route.
#[tokio::test]
async fn a_path_that_is_spelled_with_escapes_reaches_no_handler_twice_in_axum() {
    for dedupe in [memory(), memory().endpoint("billing").unwrap()] {
        let (handler, other) = (Handler::default(), Handler::default());
        let hooks = Router::new().route("/first", handler.axum()).route("/{name}", other.axum());
        let app = Router::new().nest("/hooks", hooks.layer(verify(&dedupe)));
        for path in ["/hooks/first", "/hooks/f%69rst", "/hooks/first", "/hooks/%66irst"] {
            assert_eq!(axum(&app, path).await, 200);
        }
        assert_eq!(axum(&app, "/h%6Foks/first").await, 404);
        assert_eq!((handler.runs(), other.runs()), (1, 1));
    }
}

#[tokio::test]
async fn the_place_of_the_layer_makes_no_delivery_new_in_axum() {
    let (handler, dedupe) = (Handler::default(), memory());
    let nested =
        |route: MethodRouter| Router::new().nest("/hooks", Router::new().route("/{customer}", route));
    let apps = [
        nested(handler.axum().layer(verify(&dedupe))),
        Router::new()
            .nest("/hooks", Router::new().route("/{customer}", handler.axum()).layer(verify(&dedupe))),
        nested(handler.axum()).layer(verify(&dedupe)),
        nested(handler.axum()).route_layer(verify(&dedupe)),
        Router::new().merge(Router::new().route("/hooks/{customer}", handler.axum().layer(verify(&dedupe)))),
        Router::new().nest_service(
            "/hooks",
            Router::new().route("/{customer}", handler.axum().layer(verify(&dedupe))),
        ),
    ];
    for app in &apps {
        assert_eq!(axum(app, "/hooks/a").await, 200);
    }
    assert_eq!(handler.runs(), 1);
}

#[actix_web::test]
async fn the_place_of_the_middleware_makes_no_delivery_new_in_actix() {
    let (handler, dedupe) = (Handler::default(), memory());
    let resource = || web::resource("/{customer}");
    let on_resource = App::new().service(
        web::scope("/v1")
            .service(web::scope("/hooks").service(resource().wrap(verify(&dedupe)).route(handler.actix()))),
    );
    assert_eq!(actix(on_resource, &["/v1/hooks/a"]).await, [200]);
    let on_inner_scope = App::new().service(
        web::scope("/v1")
            .service(web::scope("/hooks").wrap(verify(&dedupe)).service(resource().route(handler.actix()))),
    );
    assert_eq!(actix(on_inner_scope, &["/v1/hooks/b"]).await, [200]);
    let on_outer_scope = App::new().service(
        web::scope("/v1")
            .wrap(verify(&dedupe))
            .service(web::scope("/hooks").service(resource().route(handler.actix()))),
    );
    assert_eq!(actix(on_outer_scope, &["/v1/hooks/c"]).await, [200]);
    let on_app = App::new()
        .wrap(verify(&dedupe))
        .service(web::scope("/v1").service(web::scope("/hooks").service(resource().route(handler.actix()))));
    assert_eq!(actix(on_app, &["/v1/hooks/d", "/v1/hooks/%64"]).await, [200, 200]);
    assert_eq!(handler.runs(), 1);
}

/// Two resources whose patterns both fit a path, told apart by a guard: the middleware knows the one that was chosen.
#[actix_web::test]
async fn resources_that_a_guard_tells_apart_each_handle_a_delivery_if_their_patterns_differ() {
    let ([any, special], dedupe) = ([Handler::default(), Handler::default()], memory());
    let not_special = guard::fn_guard(|context| !context.head().uri.path().ends_with("special"));
    let app = App::new()
        .service(web::resource("/hooks/{name}").guard(not_special).wrap(verify(&dedupe)).route(any.actix()))
        .service(web::resource("/hooks/special").wrap(verify(&dedupe)).route(special.actix()));
    assert_eq!(actix(app, &["/hooks/a", "/hooks/special", "/hooks/b", "/hooks/special"]).await, [200; 4]);
    assert_eq!((any.runs(), special.runs()), (1, 1));
}

#[actix_web::test]
async fn handlers_with_one_pattern_each_handle_a_delivery_if_their_endpoints_have_names() {
    let ([first, second], dedupe) = ([Handler::default(), Handler::default()], memory());
    let resource = |name: &str, handler: &Handler| {
        let query = name.to_owned();
        let dedupe = dedupe.clone().endpoint(name).unwrap();
        web::resource("/hooks")
            .guard(guard::fn_guard(move |context| context.head().uri.query() == Some(query.as_str())))
            .wrap(verify(&dedupe))
            .route(handler.actix())
    };
    let app = App::new().service(resource("first", &first)).service(resource("second", &second));
    assert_eq!(actix(app, &["/hooks?first", "/hooks?second", "/hooks?first"]).await, [200; 3]);
    assert_eq!((first.runs(), second.runs()), (1, 1));
}
