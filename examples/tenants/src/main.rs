//! A secret for each tenant: one route `/hooks/{tenant}`, and a look-up of the tenant's secret for each request.
//!
//! ```sh
//! cargo run -p tenants
//! ```
//!
//! The program starts a receiver in axum and one in actix-web, sends signed deliveries to both over loopback, and shows what they
//! received. Read `app.rs` first, and then `with_axum.rs` or `with_actix.rs`.

#![expect(clippy::print_stdout, reason = "this is a demonstration on a terminal")]

mod app;
mod deliveries;
mod with_actix;
mod with_axum;

use std::collections::HashMap;
use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use countersign::Verifier;
use countersign::dedupe::{Dedupe, MemoryStore};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::app::{App, Database};
use crate::deliveries::{deliveries, secret_of};

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let (inbox, mut notes) = mpsc::channel(16);
    let axum = start_axum(app(inbox.clone())?).await?;
    let actix = start_actix(app(inbox)?)?;
    let mut wrong = 0_usize;
    for (framework, address) in [("axum", axum), ("actix-web", actix)] {
        println!("\n{framework}");
        for delivery in deliveries()? {
            let status = delivery.send(address).await?;
            let note = notes.try_recv().ok();
            let expected =
                delivery.received.map(|id| format!("{} received {id}, user.deleted", delivery.tenant));
            let is_right = status == delivery.status && note == expected;
            let (mark, note) = (if is_right { "✓" } else { "✗" }, note.as_deref().unwrap_or("nothing"));
            println!("{mark} {:<32} {status}  {note}", delivery.title);
            wrong = wrong.saturating_add(usize::from(!is_right));
        }
    }
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The state of one receiver.
fn app(inbox: mpsc::Sender<String>) -> Result<App, Box<dyn Error>> {
    // A service makes the template's secret at random. No provider has it.
    let template = Verifier::new(secret_of("nobody")?)?.body_limit(64 * 1024);
    let secrets = HashMap::from([("acme", secret_of("acme")?), ("globex", secret_of("globex")?)]);
    Ok(App::new(template, Database { secrets, unreadable: "hooli" }, inbox))
}

/// One store for all tenants. The tenant is a part of each delivery's key.
fn dedupe() -> Dedupe {
    Dedupe::new(MemoryStore::new(100_000))
}

/// Starts the receiver in axum on a free port.
async fn start_axum(app: App) -> Result<SocketAddr, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(axum::serve(listener, with_axum::router(app, dedupe())).into_future());
    Ok(address)
}

/// Starts the receiver in actix-web on a free port.
fn start_actix(app: App) -> Result<SocketAddr, Box<dyn Error>> {
    let dedupe = dedupe();
    let worker = move || {
        let (app, dedupe) = (app.clone(), dedupe.clone());
        actix_web::App::new().configure(|config| with_actix::configure(config, app, dedupe))
    };
    let server = actix_web::HttpServer::new(worker).workers(1).disable_signals().bind("127.0.0.1:0")?;
    let address = server.addrs().first().copied().ok_or("no address")?;
    tokio::spawn(server.run());
    Ok(address)
}
