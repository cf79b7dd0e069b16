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
use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::routing::post;
use countersign::{DeliveryKey, Massu, Provider, Raw, Secret, Verified, Verifier};
use tokio::net::TcpListener;
use tokio_postgres::{Client, NoTls};

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS inbox (
    key      bytea PRIMARY KEY,
    body     bytea NOT NULL,
    received timestamptz NOT NULL DEFAULT now(),
    handled  timestamptz
);
CREATE TABLE IF NOT EXISTS totals (
    sender text PRIMARY KEY,
    bytes  bigint NOT NULL
)";

#[derive(Clone, FromRef)]
struct App {
    verifier: Verifier<Massu>,
    database: Arc<Client>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::var("DATABASE_URL")?;
    let verifier = Verifier::new(Secret::from_env("MASSU_WEBHOOK_SECRET")?);
    let database = connect(&url).await?;
    database.batch_execute(SCHEMA).await?;
    tokio::spawn(worker::work(connect(&url).await?));

    let app = App { verifier, database: Arc::new(database) };
    let listener = TcpListener::bind(env::var("LISTEN").as_deref().unwrap_or("127.0.0.1:3000")).await?;
    println!("listening on {}", listener.local_addr()?);
    axum::serve(listener, Router::new().route("/webhooks/massu", post(receive)).with_state(app)).await?;
    Ok(())
}

/// Stores a delivery, unless it is there. A repeat is a success too: the sender need not try again. Where the database fails,
/// it must.
async fn receive(State(database): State<Arc<Client>>, event: Verified<Raw<Massu>>) -> StatusCode {
    // For a sender whose events have an id: `DeliveryKey::of_event(Hook::NAME, "inbox", event.event_id()…)`.
    let key = DeliveryKey::of_body(Massu::NAME, "inbox", event.body());
    let insert = "INSERT INTO inbox (key, body) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    match database.execute(insert, &[&key.as_bytes().as_slice(), &event.body().as_ref()]).await {
        Ok(1) => StatusCode::ACCEPTED,
        Ok(_) => StatusCode::OK,
        Err(error) => {
            println!("not stored: {error}");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            println!("database connection lost: {error}");
        }
    });
    Ok(client)
}
