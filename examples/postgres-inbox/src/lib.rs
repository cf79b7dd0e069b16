//! Each delivery once, for a service with Postgres. The key of a delivery goes into the same transaction as its effect: either both are
//! recorded or neither is. No dedupe store can promise that.
//!
//! The receiver only stores the authentic bytes, as [`Raw`], and answers. No provider waits for the work. A worker does the work
//! later, in a transaction of its own. A table is the queue here. If a service has a job queue already, the receiver
//! puts the bytes there instead of the `INSERT`.

#![expect(clippy::print_stdout, reason = "this is a demonstration on a terminal")]

mod worker;

use std::env;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use countersign::dedupe::DeliveryKey;
use countersign::{Massu, Provider, Raw, Secret, Verified, Verifier};
use deadpool_postgres::{Manager, Pool, PoolError, Runtime, Timeouts};
use tokio::net::TcpListener;
use tokio_postgres::{Config, NoTls};

pub use worker::{Failure, Handler};

/// A delivery that is not handled after many attempts is found by `handled IS NULL AND attempts > 10`.
const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS inbox (
    key      bytea PRIMARY KEY,
    body     bytea NOT NULL,
    received timestamptz NOT NULL DEFAULT now(),
    due      timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    handled  timestamptz
);
CREATE INDEX IF NOT EXISTS inbox_due ON inbox (due) WHERE handled IS NULL;
CREATE TABLE IF NOT EXISTS totals (
    provider text PRIMARY KEY,
    bytes    bigint NOT NULL
)";

#[derive(Clone, FromRef)]
struct App {
    verifier: Verifier<Massu>,
    database: Pool,
}

/// Serves the inbox with the settings of the environment, and handles its deliveries.
///
/// # Errors
///
/// A setting is missing or wrong, the database is not there at the start, or the address cannot be bound.
pub async fn run(handler: impl Handler) -> Result<(), Box<dyn Error>> {
    let url = env::var("DATABASE_URL")?;
    let verifier = Verifier::new(Secret::from_env("MASSU_WEBHOOK_SECRET")?)?;
    let database = pool(&url)?;
    database.get().await?.batch_execute(SCHEMA).await?;
    let worker = tokio::spawn(worker::work(database.clone(), Arc::new(handler)));

    let app = App { verifier, database };
    let listener = TcpListener::bind(env::var("LISTEN").as_deref().unwrap_or("127.0.0.1:3000")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let service = Router::new().route("/webhooks/massu", post(receive)).with_state(app);
    // The worker ends only if it panics. Nothing would be handled after that, so the process ends too.
    tokio::select! {
        served = axum::serve(listener, service) => Ok(served?),
        ended = worker => Ok(ended?),
    }
}

/// Stores a delivery, unless it is there. A repeat is a success too: the provider need not try again. If the database fails, the
/// provider must.
async fn receive(State(database): State<Pool>, event: Verified<Raw<Massu>>) -> Response {
    match store(&database, &event).await {
        Ok(true) => StatusCode::ACCEPTED.into_response(),
        Ok(false) => StatusCode::OK.into_response(),
        Err(error) => {
            println!("not stored: {error}");
            (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "5")]).into_response()
        }
    }
}

/// Returns whether the delivery was not there yet.
async fn store(database: &Pool, event: &Verified<Raw<Massu>>) -> Result<bool, PoolError> {
    // For a provider whose events have an id: `DeliveryKey::of_event(Hook::NAME, "inbox", event.event_id()…)`.
    let key = DeliveryKey::of_body(Massu::NAME, "inbox", event.body());
    let insert = "INSERT INTO inbox (key, body) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    let database = database.get().await?;
    // The query copies the body. A queue in memory would need `Bytes::copy_from_slice(event.body())`: a clone of the body keeps
    // the whole read buffer of its connection.
    Ok(database.execute(insert, &[&key.as_bytes().as_slice(), &event.body().as_ref()]).await? == 1)
}

/// Opens connections when they are needed, and replaces those that have broken.
fn pool(url: &str) -> Result<Pool, Box<dyn Error>> {
    let patience = Duration::from_secs(5);
    let mut config: Config = url.parse()?;
    // The first two limit a query to a database that has vanished or has stopped. The third frees the deliveries of a worker whose
    // machine has stopped.
    config
        .tcp_user_timeout(patience)
        .options("-c statement_timeout=5s -c idle_in_transaction_session_timeout=60s");
    let pool = Pool::builder(Manager::new(config, NoTls)).runtime(Runtime::Tokio1);
    Ok(pool
        .timeouts(Timeouts { wait: Some(patience), create: Some(patience), recycle: Some(patience) })
        .build()?)
}
