//! A webhook receiver as one would deploy it.
//!
//! ```sh
//! MASSU_WEBHOOK_SECRET=whsec_abc123 cargo run -p axum-receiver
//! ```
//!
//! | variable | what it says |
//! |---|---|
//! | `LISTEN` | address and port. Default: `127.0.0.1:3000`; port 0 takes a free one |
//! | `MASSU_WEBHOOK_SECRET`, `HOOK_…`, `MUTX_…`, `MUCHAW_…`, `WORKSPACE_…` | the secret of a sender; without one it has no route |
//! | the same with `_FILE` | a file with the secret instead |
//! | the same with `_PREVIOUS`, `_PREVIOUS_FILE` | the secret before, while it is rotated |
//! | `READ_TIMEOUT_MS` | how long a body may take, in milliseconds. Default: 10000 |
//! | `REDIS_URL` | where deliveries are remembered, for several machines. Default: the memory of this process |
//! | `SERVICE_NAME` | the name of this service on that Redis; needed with `REDIS_URL`. Services with different names share no deliveries |
//! | `RUST_LOG` | what is logged on stderr. Default: `info` |
//!
//! Deliveries go to `POST /webhooks/{massu,hook,mutx,muchaw,workspace}`. SIGTERM and Ctrl-C let requests under way finish.

mod serve;

use std::process::ExitCode;

use axum::extract::{Extension, Json};
use axum::routing::{Router, get, post};
use countersign::axum::VerifyLayer;
use countersign::{Event, Provider, Secrets, Verified, hook, massu, muchaw, mutx, workspace};
use countersign_service::{
    Received, ServiceError, Settings, announce, exit_code, log_to_stderr, stop_requested,
};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> ExitCode {
    exit_code(run().await)
}

async fn run() -> Result<(), ServiceError> {
    log_to_stderr()?;
    let settings = Settings::from_env()?;
    let listener = TcpListener::from_std(settings.bind()?)?;
    // Before the announcement: who reads it may want to stop us at once.
    let stop = stop_requested()?;
    announce(listener.local_addr()?)?;
    Ok(serve::serve(listener, router(&settings), stop).await?)
}

fn router(settings: &Settings) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok"))
        .merge(once::<massu::Event>(settings, settings.massu.as_ref()))
        .merge(once::<hook::Event>(settings, settings.hook.as_ref()))
        .merge(every_time::<mutx::Event>(settings, settings.mutx.as_ref()))
        .merge(once::<muchaw::Event>(settings, settings.muchaw.as_ref()))
        .merge(every_time::<workspace::Event>(settings, settings.workspace.as_ref()))
}

/// The route of a provider whose repeats can be told from new events: each delivery is handled once.
fn once<E: Event + Clone>(settings: &Settings, secrets: Option<&Secrets>) -> Router {
    webhook::<E>(settings, secrets, |verify| verify.dedupe(settings.dedupe.clone()))
}

/// The route of a provider whose repeats look like new events: each delivery is handled.
fn every_time<E: Event + Clone>(settings: &Settings, secrets: Option<&Secrets>) -> Router {
    webhook::<E>(settings, secrets, |verify| verify)
}

/// The route of one provider, or none if the provider has no secret.
fn webhook<E: Event + Clone>(
    settings: &Settings,
    secrets: Option<&Secrets>,
    dedupe: impl FnOnce(VerifyLayer<E>) -> VerifyLayer<E>,
) -> Router {
    let path = format!("/webhooks/{}", E::Provider::NAME);
    let Some(secrets) = secrets else {
        tracing::info!(path, "no secret, no route");
        return Router::new();
    };
    tracing::info!(path, ?secrets, "receiving");
    let verify = dedupe(VerifyLayer::new(settings.verifier(secrets.clone())));
    Router::new().route(&path, post(receive::<E>).route_layer(verify))
}

/// Runs for genuine deliveries only. The others are answered before.
async fn receive<E: Event + Clone>(Extension(event): Extension<Verified<E>>) -> Json<Received> {
    Json(Received::new(&event))
}
