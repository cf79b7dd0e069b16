//! Two more replicas, which speak HTTP/2: `countersign-soak axum` and `countersign-soak actix`.
//!
//! The example services speak only HTTP/1.1, because actix-web limits neither the streams nor the headers of a client that speaks HTTP/2.
//! These two have the same settings, routes, handler and log, on the server that comes with each framework.

use actix_web::web::{self, ReqData};
use actix_web::{App, HttpServer};
use axum::extract::Extension;
use axum::routing::{Router, post};
use countersign::dedupe::Dedupe;
use countersign::{Event, Provider as _, Verified, Verifier, VerifyMiddleware, hook, massu, muchaw};
use countersign_service::{
    Received, ServiceError, Settings, Verifiers, announce, log_to_stderr, stop_requested,
};
use tokio::net::TcpListener;

/// Serves in axum until SIGTERM.
pub(crate) async fn axum() -> Result<(), ServiceError> {
    log_to_stderr()?;
    let settings = Settings::from_env()?;
    let listener = TcpListener::from_std(settings.bind()?)?;
    let Settings { verifiers, dedupe, .. } = settings;
    let router = Router::new()
        .merge(routed::<massu::Event>(verifiers.massu, &dedupe))
        .merge(routed::<hook::Event>(verifiers.hook, &dedupe))
        .merge(routed::<muchaw::Event>(verifiers.muchaw, &dedupe));
    let stop = stop_requested()?;
    announce(listener.local_addr()?)?;
    Ok(axum::serve(listener, router).with_graceful_shutdown(stop).await?)
}

/// Serves in actix-web until SIGTERM.
pub(crate) async fn actix() -> Result<(), ServiceError> {
    log_to_stderr()?;
    let settings = Settings::from_env()?;
    let listener = settings.bind()?;
    let address = listener.local_addr()?;
    let Settings { verifiers, dedupe, .. } = settings;
    let app = move || {
        let Verifiers { massu, hook, muchaw, .. } = verifiers.clone();
        App::new()
            .configure(|app| configure::<massu::Event>(app, massu, &dedupe))
            .configure(|app| configure::<hook::Event>(app, hook, &dedupe))
            .configure(|app| configure::<muchaw::Event>(app, muchaw, &dedupe))
    };
    let server = HttpServer::new(app).listen_auto_h2c(listener)?.run();
    announce(address)?;
    Ok(server.await?)
}

fn routed<E: Event + Clone>(verifier: Option<Verifier<E::Provider>>, dedupe: &Dedupe) -> Router {
    let receive = async |event: Extension<Verified<E>>| axum::Json(Received::new(&event));
    Router::new().route(&path::<E>(), post(receive).route_layer(middleware::<E>(verifier, dedupe)))
}

fn configure<E: Event + Clone>(
    app: &mut web::ServiceConfig,
    verifier: Option<Verifier<E::Provider>>,
    dedupe: &Dedupe,
) {
    let receive = async |event: ReqData<Verified<E>>| web::Json(Received::new(&event));
    app.service(
        web::resource(path::<E>()).wrap(middleware::<E>(verifier, dedupe)).route(web::post().to(receive)),
    );
}

fn middleware<E: Event>(verifier: Option<Verifier<E::Provider>>, dedupe: &Dedupe) -> VerifyMiddleware<E> {
    VerifyMiddleware::new(verifier.expect("the soak sets every secret")).dedupe(dedupe.clone())
}

fn path<E: Event>() -> String {
    format!("/webhooks/{}", E::Provider::NAME)
}
