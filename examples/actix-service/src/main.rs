//! A webhook receiver as one would deploy it: `axum-service` in actix-web, with the middleware on a scope.
//!
//! ```sh
//! MASSU_WEBHOOK_SECRET=whsec_abc123 cargo run --bin actix-service
//! ```
//!
//! (`-p actix-service` would be ambiguous: a crate inside of actix-web has that name too.)
//!
//! The variables, the routes and the answers are those of `axum-service`.

use std::process::ExitCode;
use std::sync::Arc;

use actix_web::web::{self, Json, ReqData, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer, guard};
use countersign::actix::Verify;
use countersign::{Event, Provider, Secrets, Verified, hook, massu, muchaw, mutx, workspace};
use countersign_service::{GRACE, Received, ServiceError, Settings, announce, exit_code, log_to_stderr};

#[actix_web::main]
async fn main() -> ExitCode {
    exit_code(run().await)
}

async fn run() -> Result<(), ServiceError> {
    log_to_stderr()?;
    let settings = Arc::new(Settings::from_env()?);
    let listener = settings.bind()?;
    let address = listener.local_addr()?;
    let server = HttpServer::new(move || {
        let settings = Arc::clone(&settings);
        App::new().configure(move |app| routes(app, &settings))
    })
    .shutdown_timeout(GRACE.as_secs())
    .listen(listener)?
    .run();
    announce(address)?;
    // Stops by itself on SIGTERM and Ctrl-C.
    Ok(server.await?)
}

fn routes(app: &mut ServiceConfig, settings: &Settings) {
    app.route("/healthz", web::get().to(async || "ok"));
    webhook::<massu::Event>(app, settings, &settings.massu);
    webhook::<hook::Event>(app, settings, &settings.hook);
    webhook::<mutx::Event>(app, settings, &settings.mutx);
    webhook::<muchaw::Event>(app, settings, &settings.muchaw);
    webhook::<workspace::Event>(app, settings, &settings.workspace);
}

/// The scope of one sender, or none. The middleware stands in front of all that is in it.
fn webhook<E: Event + Clone>(app: &mut ServiceConfig, settings: &Settings, secrets: &Option<Secrets>) {
    let path = format!("/webhooks/{}", E::Provider::NAME);
    let Some(secrets) = secrets else { return };
    tracing::info!(path, ?secrets, "receiving");
    let verify = Verify::<E>::new(settings.verifier(secrets.clone()));
    app.service(web::scope(&path).guard(guard::Post()).wrap(verify).route("", web::post().to(receive::<E>)));
    app.route(
        &path,
        web::to(async || HttpResponse::MethodNotAllowed().insert_header(("allow", "POST")).finish()),
    );
}

/// Runs for genuine deliveries only. The others are answered before.
async fn receive<E: Event + Clone>(event: ReqData<Verified<E>>) -> Json<Received> {
    Json(Received::new(&event))
}
