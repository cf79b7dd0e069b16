//! A webhook receiver to deploy.
//!
//! ```sh
//! MASSU_WEBHOOK_SECRET=whsec_abc123 cargo run -p axum-receiver
//! ```
//!
//! | variable | meaning |
//! |---|---|
//! | `LISTEN` | address and port. Default: `127.0.0.1:3000`; port 0 takes a free one |
//! | `MASSU_WEBHOOK_SECRET`, `HOOK_…`, `MUTX_…`, `MUCHAW_…`, `WORKSPACE_…` | the secret of a provider; a provider without a secret has no route |
//! | the same with `_FILE` | a file with the secret instead |
//! | the same with `_PREVIOUS`, `_PREVIOUS_FILE` | the secret before, while it is rotated |
//! | `READ_TIMEOUT_MS` | how long a body may take, in milliseconds. Default: 10000 |
//! | `HEAD_TIMEOUT_MS` | how long the head of a request may take, in milliseconds. Default: 10000 |
//! | `TOTAL_BODY_LIMIT_BYTES` | how much the unfinished bodies of one provider may hold together, in bytes. Default: 268435456 |
//! | `MAX_CONNECTIONS` | how many connections are served at once; further ones wait. Default: 900 |
//! | `REDIS_URL` | the Redis server that remembers deliveries, for several machines. Default: the memory of this process |
//! | `SERVICE_NAME` | the name of this service on that Redis; needed with `REDIS_URL`. Services with different names share no deliveries |
//! | `REDIS_TIMEOUT_MS` | how long one attempt at Redis may take, in milliseconds, 10 to 5000. Default: 500 |
//! | `METRICS_LISTEN` | address and port at which Prometheus reads `/metrics`. Keep it inside your network. Default: none |
//! | `RUST_LOG` | the lines that are logged on stderr. Default: `info,actix_http=off` |
//!
//! | route | answer |
//! |---|---|
//! | `POST /webhooks/{massu,hook,mutx,muchaw,workspace}` | the answer to a delivery |
//! | `GET /healthz` | 200 as long as the process serves. It does not ask Redis: a service without it answers 503 and lives |
//!
//! The metric is `webhook_deliveries_total`, with the labels `provider`, `outcome` and `reason`.
//!
//! SIGTERM and Ctrl-C let requests under way finish.

mod serve;

use std::process::ExitCode;

use axum::extract::{Extension, Json};
use axum::routing::{Router, get, post};
use countersign::dedupe::Dedupe;
use countersign::{
    Event, Provider as _, Verified, Verifier, VerifyMiddleware, hook, massu, muchaw, mutx, workspace,
};
use countersign_service::{
    Received, ServiceError, Settings, Verifiers, announce, count, exit_code, log_to_stderr, serve_metrics,
    stop_requested,
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
    serve_metrics(settings.metrics)?;
    // The program that reads the announcement may stop this one at once.
    let stop = stop_requested()?;
    announce(listener.local_addr()?)?;
    let router = router(settings.verifiers, &settings.dedupe);
    Ok(serve::serve(listener, router, settings.limits, stop).await?)
}

fn router(verifiers: Verifiers, dedupe: &Dedupe) -> Router {
    let Verifiers { massu, hook, mutx, muchaw, workspace } = verifiers;
    Router::new()
        .route("/healthz", get(async || "ok"))
        .merge(once::<massu::Event>(massu, dedupe))
        .merge(once::<hook::Event>(hook, dedupe))
        .merge(every_time::<mutx::Event>(mutx))
        .merge(once::<muchaw::Event>(muchaw, dedupe))
        .merge(every_time::<workspace::Event>(workspace))
}

/// The route of a provider whose repeats can be told from new events: each delivery is handled once.
fn once<E: Event + Clone>(verifier: Option<Verifier<E::Provider>>, dedupe: &Dedupe) -> Router {
    verifier
        .map(VerifyMiddleware::<E>::new)
        .map_or_else(Router::new, |verify| route(verify.dedupe(dedupe.clone())))
}

/// The route of a provider whose repeats look like new events: each delivery is handled.
fn every_time<E: Event + Clone>(verifier: Option<Verifier<E::Provider>>) -> Router {
    verifier.map(VerifyMiddleware::<E>::new).map_or_else(Router::new, route)
}

fn route<E: Event + Clone>(verify: VerifyMiddleware<E>) -> Router {
    let path = format!("/webhooks/{}", E::Provider::NAME);
    Router::new().route(&path, post(receive::<E>).route_layer(verify.on_outcome(count::<E::Provider>)))
}

/// Runs for genuine deliveries only.
async fn receive<E: Event + Clone>(Extension(event): Extension<Verified<E>>) -> Json<Received> {
    Json(Received::new(&event))
}
