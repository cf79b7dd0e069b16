//! The connections of the page.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::Inspector;
use super::routes::answer;

/// Connections at the same time. A page takes one for its events, and a few more while it loads.
const CONNECTIONS: usize = 64;

/// The time for the head of a request.
const HEAD: Duration = Duration::from_secs(10);

/// The pause after a connection could not be accepted.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves the page until the process ends.
pub(crate) async fn serve(inspector: Arc<Inspector>, listener: TcpListener) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let Ok((stream, _)) = listener.accept().await else {
            sleep(PAUSE).await;
            continue;
        };
        let inspector = Arc::clone(&inspector);
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let inspector = Arc::clone(&inspector);
                async { Ok::<_, Infallible>(answer(inspector, request).await) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .serve_connection(TokioIo::new(stream), service);
            // A connection that ends in the middle belongs to a page that was closed.
            connection.await.ok();
            drop(place);
        });
    }
}
