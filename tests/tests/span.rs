//! A handler behind `dedupe` that has to wait goes on in a task of its own. Its log lines still belong to the span of its request.

use std::sync::{Arc, OnceLock};

use actix_web::dev::Service as _;
use actix_web::test::{call_service, init_service};
use actix_web::{App, HttpResponse, web};
use axum::http::StatusCode;
use axum::routing::{Router, post};
use countersign::dedupe::{Dedupe, MemoryStore};
use countersign::testing::SignedRequest;
use countersign::{Massu, Secret, Verifier, massu};
use tokio::task::yield_now;
use tower::ServiceExt as _;
use tracing::Instrument as _;

fn secret() -> Secret {
    Secret::new("whsec_span").unwrap()
}

fn dedupe() -> Dedupe {
    Dedupe::new(MemoryStore::new(10))
}

fn signed() -> SignedRequest {
    SignedRequest::new::<Massu>(&secret(), r#"{"type":"session.completed","data":{}}"#)
}

/// The name of the span in which a handler ran.
type Seen = Arc<OnceLock<Option<&'static str>>>;

async fn look(seen: &Seen) {
    yield_now().await;
    seen.set(tracing::Span::current().metadata().map(tracing::Metadata::name)).unwrap();
}

#[tokio::test]
async fn of_axum() {
    let _guard = tracing::subscriber::set_default(tracing_subscriber::fmt().with_test_writer().finish());
    let seen = Seen::default();
    let sees = Arc::clone(&seen);
    let layer =
        countersign::VerifyMiddleware::<massu::Event>::new(Verifier::new(secret()).unwrap()).dedupe(dedupe());
    let app = Router::new().route("/", post(async move || look(&sees).await).layer(layer));
    let request = signed().into_axum("/").unwrap();
    let answer = app.oneshot(request).instrument(tracing::info_span!("request")).await.unwrap();
    assert_eq!((answer.status(), seen.get()), (StatusCode::OK, Some(&Some("request"))));
}

#[actix_web::test]
async fn of_actix() {
    let _guard = tracing::subscriber::set_default(tracing_subscriber::fmt().with_test_writer().finish());
    let seen = Seen::default();
    let sees = Arc::clone(&seen);
    let verify =
        countersign::VerifyMiddleware::<massu::Event>::new(Verifier::new(secret()).unwrap()).dedupe(dedupe());
    let hook = move || {
        let sees = Arc::clone(&sees);
        async move {
            look(&sees).await;
            HttpResponse::Ok()
        }
    };
    let app = App::new()
        .service(web::resource("/").wrap(verify).route(web::post().to(hook)))
        .wrap_fn(|request, next| next.call(request).instrument(tracing::info_span!("request")));
    let app = init_service(app).await;
    let request = signed().into_actix().uri("/");
    let answer = call_service(&app, request.to_request()).await;
    assert_eq!((answer.status().as_u16(), seen.get()), (200, Some(&Some("request"))));
}
