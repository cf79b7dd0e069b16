//! Connections, and the limits of their number, their time and their memory.
//!
//! The port is open to this machine alone. But a tunnel or a browser on this machine may open many hostile connections.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, Version};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::ext::ReasonPhrase;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{sleep, timeout};

use super::body::{discard, read, request};
use super::head::Head;
use super::memory::Memory;
use super::receiver::Receiver;
use super::tee::Tee;
use crate::failure::Failure;
use crate::http1::{Answer, HEAD_LIMIT, HEADERS, ReadError, passes_on};

/// Most requests of one HTTP/2 connection at the same time. The first 64 KiB of each body do not count in the memory for bodies.
const STREAMS: u32 = 4;

/// Bytes that one HTTP/2 connection may send before they are read, and bytes in the headers of one of its requests.
const WINDOW: u32 = 64 * 1024;

/// The time for the answers to the last requests of an old connection. A body and a forward target have less time.
const FAREWELL: Duration = Duration::from_secs(60);

/// The time for the last answers, once enough requests have come.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// The pause after a connection could not be accepted. Most often, another connection has to end first.
const PAUSE: Duration = Duration::from_millis(100);

/// The limits of all connections together.
#[derive(Debug)]
pub(super) struct Limits {
    /// Bytes in the largest body.
    pub(super) body_bytes: usize,
    /// Connections at the same time. Others wait in the queue of the system.
    pub(super) connections: usize,
    /// The time for the head of a request. A silent connection is closed after it.
    pub(super) head: Duration,
    /// The time for the body of a request.
    pub(super) body: Duration,
    /// The time of a whole connection. A client may keep one of HTTP/2 open for many requests.
    pub(super) connection: Duration,
    /// The memory for all bodies together.
    pub(super) memory: Memory,
    /// Complete requests that are handled at the same time. Each is copied a few times.
    pub(super) handled: usize,
}

pub(super) struct Server {
    receiver: Arc<Receiver>,
    limits: Limits,
    handled: Arc<Semaphore>,
    /// Requests that may still begin, and requests that have not ended.
    to_begin: AtomicU64,
    to_end: AtomicU64,
    enough: Notify,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // The library's default for a service.
            body_bytes: 1024 * 1024,
            connections: 256,
            head: Duration::from_secs(5),
            body: Duration::from_secs(10),
            connection: Duration::from_secs(120),
            memory: Memory::new(64 * 1024 * 1024),
            handled: 16,
        }
    }
}

impl Server {
    /// A server for this number of requests, or all.
    pub(super) fn new(receiver: Receiver, limits: Limits, count: Option<u64>) -> Arc<Self> {
        let count = count.unwrap_or(u64::MAX);
        Arc::new(Self {
            receiver: Arc::new(receiver),
            handled: Arc::new(Semaphore::new(limits.handled)),
            limits,
            to_begin: AtomicU64::new(count),
            to_end: AtomicU64::new(count),
            enough: Notify::new(),
        })
    }

    pub(super) async fn serve(self: Arc<Self>, listener: TcpListener) {
        let places = Arc::new(Semaphore::new(self.limits.connections));
        let mut connections = JoinSet::new();
        if self.to_end.load(Ordering::Relaxed) == 0 {
            return;
        }
        loop {
            let accepted = async {
                let place = Arc::clone(&places).acquire_owned().await;
                listener.accept().await.map(|(stream, _)| (stream, place))
            };
            tokio::select! {
                accepted = accepted => match accepted {
                    Ok((stream, place)) => {
                        let server = Arc::clone(&self);
                        connections.spawn(async move {
                            server.connection(stream).await;
                            drop(place);
                        });
                    }
                    Err(error) => {
                        self.receiver.note(&error.to_string()).await;
                        sleep(PAUSE).await;
                    }
                },
                Some(_) = connections.join_next() => {}
                () = self.enough.notified() => break,
            }
        }
        // The last answers are on their way. A silent connection is not worth the wait.
        timeout(LAST_ANSWERS, async { while connections.join_next().await.is_some() {} }).await.ok();
    }

    async fn connection(self: &Arc<Self>, stream: TcpStream) {
        let head = Head::default();
        let tee = Tee::new(stream, head.clone(), self.limits.head);
        let service = service_fn(|request| {
            let (server, head) = (Arc::clone(self), head.clone());
            async move { Ok::<_, Infallible>(server.answer(request, &head).await) }
        });
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .keep_alive(false)
            .half_close(true)
            .auto_date_header(false)
            .max_headers(HEADERS)
            .max_buf_size(HEAD_LIMIT);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .initial_connection_window_size(WINDOW)
            .initial_stream_window_size(WINDOW)
            .max_header_list_size(WINDOW);
        let mut connection = pin!(builder.serve_connection(TokioIo::new(tee), service));
        let ended = match timeout(self.limits.connection, connection.as_mut()).await {
            Ok(ended) => ended,
            Err(_) => {
                // Its requests are answered, and no new one begins.
                connection.as_mut().graceful_shutdown();
                timeout(FAREWELL, connection).await.unwrap_or(Ok(()))
            }
        };
        let broken = ended.err().and_then(|error| broken(&*error));
        if let Some(what) = broken {
            let _ticket = self.begin();
            self.receiver.note(&what).await;
        }
    }

    async fn answer(
        self: Arc<Self>,
        incoming: hyper::Request<Incoming>,
        head: &Head,
    ) -> Response<Full<Bytes>> {
        let Some(_ticket) = self.begin() else {
            return response(Answer::new(503, "Service Unavailable", ""));
        };
        let (parts, mut body) = incoming.into_parts();
        // The server has this limit for HTTP/1 alone.
        if parts.headers.len() > HEADERS {
            self.receiver.note(&ReadError::TooLarge.to_string()).await;
            tokio::spawn(discard(body));
            return response(Answer::new(431, "Request Header Fields Too Large", ""));
        }
        let mut share = self.limits.memory.share();
        let answer = match read(&mut body, self.limits.body_bytes, &mut share, self.limits.body).await {
            Ok(bytes) => self.handle(request(&parts, &head.take(), bytes), version(parts.version)).await,
            Err(error) => {
                let (answer, line) = self.receiver.refuse(&error);
                self.receiver.note(&line).await;
                tokio::spawn(discard(body));
                answer
            }
        };
        response(answer)
    }

    async fn handle(&self, request: crate::http1::Request, version: &'static str) -> Answer {
        // The request is handled even if the client hangs up, so the place belongs to the work and not to the connection.
        let place = Arc::clone(&self.handled).acquire_owned().await;
        let receiver = Arc::clone(&self.receiver);
        let work = move || {
            let answer = receiver.handle(request, version);
            drop(place);
            answer
        };
        let failure = match spawn_blocking(work).await {
            Ok(Ok(answer)) => return answer,
            Ok(Err(failure)) => failure,
            Err(error) => Failure::new(error),
        };
        if let Failure::Message(message) = &failure {
            self.receiver.note(message).await;
        }
        Answer::new(500, "Internal Server Error", r#"{"error":"the listener failed"}"#)
    }

    /// A ticket for one more request. `None` if there were enough.
    fn begin(&self) -> Option<Ticket<'_>> {
        let taken =
            self.to_begin.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        taken.is_ok().then(|| Ticket(self))
    }
}

/// A request that counts. It ends with its answer, or with its connection.
struct Ticket<'a>(&'a Server);

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        if self.0.to_end.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.enough.notify_one();
        }
    }
}

const fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    }
}

/// Why a connection ended early. `None` if the client has only hung up.
fn broken(error: &(dyn Error + 'static)) -> Option<String> {
    let found = error.downcast_ref::<hyper::Error>();
    let io = found.map_or(Some(error), Error::source).and_then(|error| error.downcast_ref::<io::Error>());
    match (found, io) {
        (_, Some(io)) if io.kind() == io::ErrorKind::TimedOut => Some(io.to_string()),
        (Some(error), _) if error.is_parse_too_large() => Some("message is too large".to_owned()),
        (Some(error), _) if error.is_parse() => {
            Some("not HTTP/1: its first line or a header is not well formed".to_owned())
        }
        (Some(error), _) if error.is_incomplete_message() => {
            Some("not HTTP/1: it ends in the middle".to_owned())
        }
        _ => None,
    }
}

/// The answer for the server, which frames it.
fn response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    if let Ok(reason) = ReasonPhrase::try_from(answer.reason) {
        response.extensions_mut().insert(reason);
    }
    for (name, value) in answer.headers.iter().filter(|(name, _)| passes_on(name)) {
        // The answer of a forward target was read as HTTP, so each of its headers is one.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::from_bytes(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests;
