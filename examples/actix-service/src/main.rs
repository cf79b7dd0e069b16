//! A webhook receiver as one would deploy it: `axum-service` in actix-web, with the middleware on a scope.
//!
//! ```sh
//! MASSU_WEBHOOK_SECRET=whsec_abc123 cargo run --bin actix-service
//! ```
//!
//! (`-p actix-service` would be ambiguous: a crate inside of actix-web has that name too.)
//!
//! The variables, the routes and the answers are those of `axum-service`.

mod serve;

use std::process::ExitCode;
use std::sync::Arc;

use actix_web::web::{self, Json, ReqData, ServiceConfig};
use actix_web::{HttpResponse, guard};
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
    webhook::<massu::Event>(app, judges, settings, settings.massu.as_ref());
    webhook::<hook::Event>(app, judges, settings, settings.hook.as_ref());
    webhook::<mutx::Event>(app, judges, settings, settings.mutx.as_ref());
    webhook::<muchaw::Event>(app, judges, settings, settings.muchaw.as_ref());
    webhook::<workspace::Event>(app, judges, settings, settings.workspace.as_ref());
}

/// The scope of one sender, or none. The middleware stands in front of all that is in it.
fn webhook<E: Event + Clone>(
    app: &mut ServiceConfig,
    judges: &mut Judges,
    settings: &Settings,
    secrets: Option<&Secrets>,
) {
    let path = format!("/webhooks/{}", E::Provider::NAME);
    let Some(secrets) = secrets else { return };
    tracing::info!(path, ?secrets, "receiving");
    let verifier = settings.verifier::<E::Provider>(secrets.clone());
    let verify = Verify::<E>::new(verifier.clone()).dedupe(settings.dedupe.clone());
    // A scope is a prefix, and this one is for its path alone.
    let exact = path.clone();
    let this =
        guard::All(guard::Post()).and(guard::fn_guard(move |context| context.head().uri.path() == exact));
    app.service(web::scope(&path).guard(this).wrap(verify).route("", web::post().to(receive::<E>)));
    app.route(
        &path,
        web::to(async || HttpResponse::MethodNotAllowed().insert_header(("allow", "POST")).finish()),
    );
    judges.add(path, verifier);
}

async fn healthz() -> &'static str {
    "ok"
}

/// Runs for genuine deliveries only. The others are answered before.
async fn receive<E: Event + Clone>(event: ReqData<Verified<E>>) -> Json<Received> {
    Json(Received::new(&event))
}
