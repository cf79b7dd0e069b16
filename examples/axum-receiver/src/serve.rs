//! Serves within limits, and stops cleanly.
//!
//! `axum::serve` waits for a head as long as its client likes, and accepts every connection. A service on the open internet must not.
//! hyper, which `axum::serve` is built on, has settings for both.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use countersign_service::{GRACE, Limits};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

/// A connection's read buffer, in bytes, and so the largest head. hyper's default of 400 KiB is much more than a delivery's head needs,
/// and a client can fill it.
const READ_BUFFER: usize = 16 * 1024;

/// Serves until `stop`, then lets requests under way finish, but no longer than [`GRACE`].
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let mut http = http1::Builder::new();
    // The time limit also holds for the next head on a connection, so an idle connection is closed after it.
    http.timer(TokioTimer::new()).header_read_timeout(limits.head_timeout).max_buf_size(READ_BUFFER);
    let slots = Arc::new(Semaphore::new(limits.connections));
    let connections = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let (stream, slot) = tokio::select! {
            accepted = accept(&listener, &slots) => accepted?,
            () = &mut stop => break,
        };
        let service = TowerToHyperService::new(router.clone());
        let connection = connections.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // A client that hangs up or takes too long is no fault of this service.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended");
            }
            drop(slot);
        });
    }
    drop(listener);
    if timeout(GRACE, connections.shutdown()).await.is_err() {
        tracing::warn!("stopped with requests still under way");
    }
    Ok(())
}

/// Accepts the next connection once there is a slot for it. Until then, the connection waits in the queue of the operating system.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.map_err(io::Error::other)?;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return Ok((stream, slot)),
            // The client has hung up already.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
                ) => {}
            // The process may have no file descriptor left. It gets them back as connections end.
            Err(error) => {
                tracing::error!(%error, "cannot accept");
                sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::Notify;
    use tokio::time::Instant;

    use super::*;

    const TEN: Duration = Duration::from_secs(10);
    const LIMITS: Limits = Limits { head_timeout: TEN, read_timeout: TEN, connections: 10 };

    #[tokio::test(start_paused = true)]
    async fn a_request_that_never_ends_does_not_keep_the_service_running() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n").await.unwrap();

        let started = Arc::new(Notify::new());
        let stop = Arc::clone(&started);
        let router = Router::new().route(
            "/",
            get(async move || {
                started.notify_one();
                std::future::pending::<()>().await;
            }),
        );
        let begin = Instant::now();
        serve(listener, router, LIMITS, stop.notified()).await.unwrap();
        assert!(begin.elapsed() >= GRACE, "the request had its time");
    }

    #[tokio::test(start_paused = true)]
    async fn half_a_head_is_closed_after_10_seconds_on_a_new_and_on_a_used_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(async || "ok"));
        tokio::spawn(serve(listener, router, LIMITS, std::future::pending()));
        for sent in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: test\r\n\r\nGET / HT"] {
            let mut client = TcpStream::connect(address).await.unwrap();
            let begin = Instant::now();
            client.write_all(sent.as_bytes()).await.unwrap();
            let mut answer = String::new();
            client.read_to_string(&mut answer).await.unwrap();
            assert!(begin.elapsed() >= LIMITS.head_timeout, "{sent}: {:?}", begin.elapsed());
            assert_eq!(answer.starts_with("HTTP/1.1 200 OK"), sent.ends_with("\nGET / HT"), "{answer}");
        }
    }
}
