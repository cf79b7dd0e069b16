//! The part that knows nothing of webhooks: connections, and an answer as hyper writes it.

use std::io;

use countersign::Answer;
use hyper::body::Incoming;
use hyper::http;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

/// The answer to a request.
pub(crate) type Answered = Result<Response<String>, http::Error>;

/// Serves until a connection cannot be accepted.
///
/// A service on the open internet goes on after that, and limits the number of its connections: see
/// `examples/axum-receiver/src/serve.rs`.
pub(crate) async fn serve<F>(
    listener: TcpListener,
    service: impl Fn(Request<Incoming>) -> F + Clone + Send + 'static,
) -> io::Result<()>
where
    F: Future<Output = Answered> + Send + 'static,
{
    // With a timer, hyper closes a connection whose client takes over 30 seconds for a head.
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new());
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(http.serve_connection(TokioIo::new(stream), service_fn(service.clone())));
    }
}

/// The answer that the library gives in place of a handler.
pub(crate) fn respond(answer: Answer) -> Answered {
    let response = Response::builder().status(answer.status());
    let response = answer.headers().fold(response, |response, (name, value)| response.header(name, &*value));
    response.body(answer.body().to_owned())
}
