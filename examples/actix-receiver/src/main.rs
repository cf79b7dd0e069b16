//! A webhook receiver to deploy: `axum-receiver` in actix-web.
//!
//! ```sh
//! MASSU_WEBHOOK_SECRET=whsec_abc123 cargo run -p actix-receiver
//! ```
//!
//! It has the same variables, routes and answers as `axum-receiver`.

mod connection;
mod serve;

use std::process::ExitCode;

use actix_web::web::{self, Json, ReqData, ServiceConfig};
use countersign::dedupe::Dedupe;
use countersign::{
    Event, Provider as _, Verified, Verifier, VerifyMiddleware, hook, massu, muchaw, mutx, workspace,
};
use countersign_service::{
    Received, ServiceError, Settings, Verifiers, announce, count, exit_code, log_to_stderr, serve_metrics,
    stop_requested,
};
use serve::Judges;

#[actix_web::main]
async fn main() -> ExitCode {
    exit_code(run().await)
}

async fn run() -> Result<(), ServiceError> {
    log_to_stderr()?;
    let settings = Settings::from_env()?;
    let listener = settings.bind()?;
    let address = listener.local_addr()?;
    serve_metrics(settings.metrics)?;
    // The program that reads the announcement may stop this one at once.
    let stop = stop_requested()?;
    let Settings { verifiers, dedupe, limits, .. } = settings;
    let routes = move |app: &mut ServiceConfig, judges: &mut Judges| routes(app, judges, &verifiers, &dedupe);
    let server = serve::serve(listener, routes, limits, stop)?;
    announce(address)?;
    Ok(server.await?)
}

fn routes(app: &mut ServiceConfig, judges: &mut Judges, verifiers: &Verifiers, dedupe: &Dedupe) {
    app.service(web::resource("/healthz").route(web::get().to(healthz)).route(web::head().to(healthz)));
    once::<massu::Event>(app, judges, verifiers.massu.as_ref(), dedupe);
    once::<hook::Event>(app, judges, verifiers.hook.as_ref(), dedupe);
    every_time::<mutx::Event>(app, judges, verifiers.mutx.as_ref());
    once::<muchaw::Event>(app, judges, verifiers.muchaw.as_ref(), dedupe);
    every_time::<workspace::Event>(app, judges, verifiers.workspace.as_ref());
}

/// The resource of a provider whose repeats can be told from new events: each delivery is handled once.
fn once<E: Event + Clone>(
    app: &mut ServiceConfig,
    judges: &mut Judges,
    verifier: Option<&Verifier<E::Provider>>,
    dedupe: &Dedupe,
) {
    if let Some(verifier) = verifier {
        let verify = VerifyMiddleware::<E>::new(verifier.clone());
        resource(app, judges, verifier, verify.dedupe(dedupe.clone()));
    }
}

/// The resource of a provider whose repeats look like new events: each delivery is handled.
fn every_time<E: Event + Clone>(
    app: &mut ServiceConfig,
    judges: &mut Judges,
    verifier: Option<&Verifier<E::Provider>>,
) {
    if let Some(verifier) = verifier {
        resource(app, judges, verifier, VerifyMiddleware::<E>::new(verifier.clone()));
    }
}

fn resource<E: Event + Clone>(
    app: &mut ServiceConfig,
    judges: &mut Judges,
    verifier: &Verifier<E::Provider>,
    verify: VerifyMiddleware<E>,
) {
    let path = format!("/webhooks/{}", E::Provider::NAME);
    let verify = verify.on_outcome(count::<E::Provider>);
    app.service(web::resource(&path).wrap(verify).route(web::post().to(receive::<E>)));
    judges.add(path, verifier.clone());
}

async fn healthz() -> &'static str {
    "ok"
}

/// Runs for genuine deliveries only.
async fn receive<E: Event + Clone>(event: ReqData<Verified<E>>) -> Json<Received> {
    Json(Received::new(&event))
}
