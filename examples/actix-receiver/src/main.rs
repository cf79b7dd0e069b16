//! A webhook receiver as one would deploy it: `axum-receiver` in actix-web.
//!
//! ```sh
//! MASSU_WEBHOOK_SECRET=whsec_abc123 cargo run -p actix-receiver
//! ```
//!
//! The variables, the routes and the answers are those of `axum-receiver`.

mod serve;

use std::process::ExitCode;
use std::sync::Arc;

use actix_web::web::{self, Json, ReqData, ServiceConfig};
use countersign::actix::Verify;
use countersign::{Event, Provider, Secrets, Verified, hook, massu, muchaw, mutx, workspace};
use countersign_service::{
    Received, ServiceError, Settings, announce, exit_code, log_to_stderr, stop_requested,
};
use serve::Judges;

#[actix_web::main]
async fn main() -> ExitCode {
    exit_code(run().await)
}

async fn run() -> Result<(), ServiceError> {
    log_to_stderr()?;
    let settings = Arc::new(Settings::from_env()?);
    let listener = settings.bind()?;
    let address = listener.local_addr()?;
    // Before the announcement: who reads it may want to stop us at once.
    let stop = stop_requested()?;
    let server = serve::serve(listener, move |app, judges| routes(app, judges, &settings), stop)?;
    announce(address)?;
    Ok(server.await?)
}

fn routes(app: &mut ServiceConfig, judges: &mut Judges, settings: &Settings) {
    app.service(web::resource("/healthz").route(web::get().to(healthz)).route(web::head().to(healthz)));
    once::<massu::Event>(app, judges, settings, settings.massu.as_ref());
    once::<hook::Event>(app, judges, settings, settings.hook.as_ref());
    every_time::<mutx::Event>(app, judges, settings, settings.mutx.as_ref());
    once::<muchaw::Event>(app, judges, settings, settings.muchaw.as_ref());
    every_time::<workspace::Event>(app, judges, settings, settings.workspace.as_ref());
}

/// The resource of a provider whose repeats can be told from new events: each delivery is handled once.
fn once<E: Event + Clone>(
    app: &mut ServiceConfig,
    judges: &mut Judges,
    settings: &Settings,
    secrets: Option<&Secrets>,
) {
    webhook::<E>(app, judges, settings, secrets, |verify| verify.dedupe(settings.dedupe.clone()));
}

/// The resource of a provider whose repeats look like new events: each delivery is handled.
fn every_time<E: Event + Clone>(
    app: &mut ServiceConfig,
    judges: &mut Judges,
    settings: &Settings,
    secrets: Option<&Secrets>,
) {
    webhook::<E>(app, judges, settings, secrets, |verify| verify);
}

/// The resource of one provider, or none if the provider has no secret.
fn webhook<E: Event + Clone>(
    app: &mut ServiceConfig,
    judges: &mut Judges,
    settings: &Settings,
    secrets: Option<&Secrets>,
    dedupe: impl FnOnce(Verify<E>) -> Verify<E>,
) {
    let path = format!("/webhooks/{}", E::Provider::NAME);
    let Some(secrets) = secrets else { return };
    tracing::info!(path, ?secrets, "receiving");
    let verifier = settings.verifier::<E::Provider>(secrets.clone());
    let verify = dedupe(Verify::new(verifier.clone()));
    app.service(web::resource(&path).wrap(verify).route(web::post().to(receive::<E>)));
    judges.add(path, verifier);
}

async fn healthz() -> &'static str {
    "ok"
}

/// Runs for genuine deliveries only. The others are answered before.
async fn receive<E: Event + Clone>(event: ReqData<Verified<E>>) -> Json<Received> {
    Json(Received::new(&event))
}
