//! Serving, and stopping in good order.

use std::io;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use countersign_service::GRACE;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::timeout;

/// Serves until `stop`, then lets requests under way finish, but no longer than [`GRACE`].
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let stopping = Arc::new(Notify::new());
    let stopped = Arc::clone(&stopping);
    let server =
        axum::serve(listener, router).with_graceful_shutdown(async move { stopped.notified().await });
    let mut server = pin!(server.into_future());
    tokio::select! {
        ended = &mut server => return ended,
        () = stop => {}
    }
    stopping.notify_one();
    timeout(GRACE, server).await.unwrap_or_else(|_| {
        tracing::warn!("stopped with requests still under way");
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpStream;
    use tokio::time::Instant;

    use super::*;

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
        serve(listener, router, stop.notified()).await.unwrap();
        assert!(begin.elapsed() >= GRACE, "the request had its time");
    }
}
