//! Each delivery once for those who have Postgres: its key goes into the same transaction as what it causes, so that there is no
//! moment at which the one is recorded and the other is not. No dedupe store comes near that.
//!
//! ```sh
//! DATABASE_URL=postgres://localhost/app MASSU_WEBHOOK_SECRET=whsec_abc123 cargo run -p postgres-inbox
//! ```
//!
//! The handler only stores the authentic bytes, as `Raw`, and answers: no sender has to wait for the work. A worker does that
//! later, in a transaction of its own. A table is the queue here; where there is a job queue already, the handler would put the
//! bytes there in the place of the `INSERT`.

#![expect(clippy::print_stdout, reason = "this is a demonstration on a terminal")]

mod worker;

use std::env;
use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use countersign::{DeliveryKey, Massu, Provider, Raw, Secret, Verified, Verifier};
use deadpool_postgres::{Manager, Pool, PoolError, Runtime, Timeouts};
use tokio::net::TcpListener;
use tokio_postgres::{Config, NoTls};

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS inbox (
    key      bytea PRIMARY KEY,
    body     bytea NOT NULL,
    received timestamptz NOT NULL DEFAULT now(),
    due      timestamptz NOT NULL DEFAULT now(),
    handled  timestamptz
);
CREATE TABLE IF NOT EXISTS totals (
    sender text PRIMARY KEY,
    bytes  bigint NOT NULL
)";

#[derive(Clone, FromRef)]
struct App {
    verifier: Verifier<Massu>,
    database: Pool,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::var("DATABASE_URL")?;
    let verifier = Verifier::new(Secret::from_env("MASSU_WEBHOOK_SECRET")?);
    let database = pool(&url)?;
    database.get().await?.batch_execute(SCHEMA).await?;
    let worker = tokio::spawn(worker::work(database.clone()));

    let app = App { verifier, database };
    let listener = TcpListener::bind(env::var("LISTEN").as_deref().unwrap_or("127.0.0.1:3000")).await?;
    println!("listening on {}", listener.local_addr()?);
    let service = Router::new().route("/webhooks/massu", post(receive)).with_state(app);
    // A worker ends by a panic alone, and then nothing would be handled any more.
    tokio::select! {
        served = axum::serve(listener, service) => Ok(served?),
        ended = worker => Ok(ended?),
    }
}

/// Stores a delivery, unless it is there. A repeat is a success too: the sender need not try again. Where the database fails,
/// it must.
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

/// Whether it was not there yet.
async fn store(database: &Pool, event: &Verified<Raw<Massu>>) -> Result<bool, PoolError> {
    // For a sender whose events have an id: `DeliveryKey::of_event(Hook::NAME, "inbox", event.event_id()…)`.
    let key = DeliveryKey::of_body(Massu::NAME, "inbox", event.body());
    let insert = "INSERT INTO inbox (key, body) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    let database = database.get().await?;
    Ok(database.execute(insert, &[&key.as_bytes().as_slice(), &event.body().as_ref()]).await? == 1)
}

/// Connections that are made when they are needed, and anew when they have broken.
fn pool(url: &str) -> Result<Pool, Box<dyn Error>> {
    let patience = Duration::from_secs(5);
    let mut config: Config = url.parse()?;
    // For what is asked of a database that has vanished without a word, or has stopped.
    config.tcp_user_timeout(patience).options("-c statement_timeout=5s");
    let pool = Pool::builder(Manager::new(config, NoTls)).runtime(Runtime::Tokio1);
    Ok(pool
        .timeouts(Timeouts { wait: Some(patience), create: Some(patience), recycle: Some(patience) })
        .build()?)
}
