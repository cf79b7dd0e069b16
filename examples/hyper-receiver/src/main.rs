//! A receiver on hyper 1, without a framework. Each delivery of Massu is handled once.
//!
//! ```sh
//! MASSU_WEBHOOK_SECRET=whsec_abc123 cargo run -p hyper-receiver
//! ```

mod server;

use std::error::Error;

use countersign::dedupe::{Dedupe, Handled, MemoryStore};
use countersign::{Massu, Verified, Verifier, massu};
use futures_util::StreamExt as _;
use http_body_util::BodyDataStream;
use hyper::{Request, Response, body::Incoming};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    run(TcpListener::bind("127.0.0.1:3000").await?, Verifier::from_env("MASSU_WEBHOOK_SECRET")?).await
}

async fn run(listener: TcpListener, verifier: Verifier<Massu>) -> Result<(), Box<dyn Error>> {
    // A framework's router would name the endpoint by its route.
    let dedupe = Dedupe::new(MemoryStore::new(100_000)).endpoint("massu")?;
    let service = move |request| receive(verifier.clone(), dedupe.clone(), request);
    Ok(server::serve(listener, service).await?)
}

async fn receive(verifier: Verifier<Massu>, dedupe: Dedupe, request: Request<Incoming>) -> server::Answered {
    let (head, body) = request.into_parts();
    // Fused, because a body that has ended must not be polled again.
    let mut body = BodyDataStream::new(body).fuse();
    match verifier.receive::<massu::Event, _>(&head.headers, &mut body).await {
        Ok(event) => {
            let once = async move { dedupe.handle(&event, handle(&event), is_success).await };
            // hyper drops its future if the client hangs up. A task of its own runs the handler to the end.
            tokio::spawn(once).await.unwrap_or(Handled::Panicked).into_answer().or_else(server::respond)
        }
        Err(rejection) => {
            // A client that sends its whole body first would see a broken connection instead of the answer.
            tokio::spawn(async move { Verifier::<Massu>::discard(&mut body).await });
            server::respond(rejection.answer())
        }
    }
}

/// The work of a service. Only genuine deliveries arrive here, each of them once.
async fn handle(event: &Verified<massu::Event>) -> Response<String> {
    Response::new(format!("received {}", event.event_type()))
}

fn is_success(response: &Response<String>) -> bool {
    response.status().is_success()
}

#[cfg(test)]
mod tests;
