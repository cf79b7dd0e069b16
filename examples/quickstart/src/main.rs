//! Starts a receiver for all built-in providers, plays the providers, and shows the outcome of each delivery.
//!
//! ```sh
//! cargo run -p quickstart
//! ```
//!
//! Read `receiver.rs`: it is all that a service needs. The rest plays the providers.

mod client;
mod deliveries;
mod receiver;
mod table;

use std::error::Error;
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use countersign::{ConfigError, Hook, Massu, Muchaw, Mutx, Provider, Secret, Verifier, Workspace};
use deliveries::{Delivery, Outcome, deliveries};
use receiver::{Inbox, Receiver};
use table::{Row, Table};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How long a provider waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let (inbox, mut notes) = mpsc::channel(16);
    let address = start_receiver(inbox).await?;

    let begin = Instant::now();
    let mut rows = Vec::new();
    for delivery in everything()? {
        let outcome = timeout(PATIENCE, deliver(address, &delivery, &mut notes)).await.map_err(|_| {
            format!("no answer within {PATIENCE:?}: {}, {}", delivery.provider, delivery.what)
        })??;
        rows.push(Row { delivery, outcome });
    }
    let table = Table { rows, elapsed: begin.elapsed() };

    let mut out = anstream::stdout();
    writeln!(out, "\nA receiver on http://{address}, and its answers to five providers and a forger:\n")?;
    writeln!(out, "{table}")?;
    writeln!(out, "Next: examples/quickstart/src/receiver.rs is the whole receiver;")?;
    writeln!(
        out,
        "      examples/axum-receiver is one to deploy; README.md has your own provider and rotation."
    )?;
    Ok(if table.wrong() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Starts the receiver on a free port.
async fn start_receiver(inbox: Inbox) -> Result<SocketAddr, Box<dyn Error>> {
    let receiver = Receiver {
        massu: Verifier::new(demo_secret::<Massu>()?)?,
        hook: Verifier::new(demo_secret::<Hook>()?)?,
        mutx: Verifier::new(demo_secret::<Mutx>()?)?,
        muchaw: Verifier::new(demo_secret::<Muchaw>()?)?,
        workspace: Verifier::new(demo_secret::<Workspace>()?)?,
        inbox,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(axum::serve(listener, receiver::router(receiver)).into_future());
    Ok(address)
}

/// A service reads its secret from its environment instead, by `Verifier::from_env("MASSU_WEBHOOK_SECRET")`.
fn demo_secret<P: Provider>() -> Result<Secret, ConfigError> {
    Secret::new(format!("whsec_demo_{}", P::NAME))
}

fn everything() -> Result<Vec<Delivery>, ConfigError> {
    let mut all = deliveries::<Massu>(&demo_secret::<Massu>()?)?;
    all.extend(deliveries::<Hook>(&demo_secret::<Hook>()?)?);
    all.extend(deliveries::<Mutx>(&demo_secret::<Mutx>()?)?);
    all.extend(deliveries::<Muchaw>(&demo_secret::<Muchaw>()?)?);
    all.extend(deliveries::<Workspace>(&demo_secret::<Workspace>()?)?);
    Ok(all)
}

/// Sends a delivery, and collects the notes that the handler made before it answered.
async fn deliver(
    address: SocketAddr,
    delivery: &Delivery,
    notes: &mut mpsc::Receiver<String>,
) -> Result<Outcome, Box<dyn Error>> {
    let path = format!("/webhooks/{}", delivery.provider);
    let (status, body) = client::post(address, &path, &delivery.request).await?;
    Ok(Outcome { status, body, notes: std::iter::from_fn(|| notes.try_recv().ok()).collect() })
}
