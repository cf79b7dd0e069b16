//! A connection to one replica, by HTTP/1.1 or HTTP/2, and the ways to send a request.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::delivery::Addressed;
use crate::load::Target;

/// How a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// At once, with its length.
    Whole,
    /// At once, without its length.
    Undeclared,
    /// In pieces with pauses.
    Slow,
    /// The first half, and then nothing more.
    Stalled,
    /// The first half. Then the connection is closed, or the stream of HTTP/2 is reset.
    Cut,
    /// At once. The client goes away after this time and does not wait for the answer.
    HangUp(Duration),
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: hyper::HeaderMap,
    pub(crate) body: Bytes,
}

/// A connection to one replica, which is opened again when it is needed.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) replica: usize,
    pub(crate) version: Version,
    address: SocketAddr,
    open: Option<Open>,
}

/// A version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    Http1,
    Http2,
}

#[derive(Debug)]
struct Open {
    sender: Sender,
    driver: JoinHandle<()>,
    used: Instant,
}

#[derive(Debug)]
enum Sender {
    Http1(http1::SendRequest<Body>),
    Http2(http2::SendRequest<Body>),
}

type Body = UnsyncBoxBody<Bytes, io::Error>;
pub(crate) type Fault = Box<dyn std::error::Error + Send + Sync>;

/// No answer may take longer. The services give up a body after 3 seconds, and a store after two attempts of a second for each verb.
const PATIENCE: Duration = Duration::from_secs(30);

/// A service closes a connection that is idle for 10 seconds, perhaps at the moment at which the client uses it again.
const IDLE: Duration = Duration::from_secs(5);

/// All answers are small.
const LONGEST_ANSWER: usize = 64 * 1024;

impl Line {
    pub(crate) fn new(replica: usize, target: &Target) -> Self {
        Self { replica, version: target.version, address: target.address, open: None }
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    ///
    /// There is no whole answer: the connection could not be opened or has ended, or the manner is to go away.
    pub(crate) async fn send(&mut self, request: &Addressed, manner: Manner) -> Result<Answer, Fault> {
        let patience = if let Manner::HangUp(time) = manner { time } else { PATIENCE };
        let answer = timeout(patience, self.exchange(request, manner)).await;
        let answer = answer.unwrap_or_else(|_| Err("no answer in time".into()));
        if answer.is_err() {
            self.open = None;
        }
        answer
    }

    async fn exchange(&mut self, request: &Addressed, manner: Manner) -> Result<Answer, Fault> {
        let request = self.request(request, manner)?;
        let response = self.opened().await?.sender.send(request).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = Limited::new(response.into_body(), LONGEST_ANSWER).collect().await?.to_bytes();
        Ok(Answer { status, headers, body })
    }

    fn request(&self, sent: &Addressed, manner: Manner) -> Result<Request<Body>, Fault> {
        let uri = match self.version {
            Version::Http1 => sent.path.to_owned(),
            Version::Http2 => format!("http://{}{}", self.address, sent.path),
        };
        let mut request = Request::post(uri).body(body(sent.request.body().clone(), manner))?;
        let headers = request.headers_mut();
        if self.version == Version::Http1 {
            headers.append("host", "soak".parse()?);
        }
        if manner != Manner::Undeclared {
            headers.append("content-length", sent.request.body().len().into());
        }
        for (name, value) in sent.request.headers() {
            headers.append(
                hyper::header::HeaderName::from_bytes(name.as_bytes())?,
                hyper::header::HeaderValue::from_bytes(value)?,
            );
        }
        Ok(request)
    }

    /// A connection that is ready for a request. A service may have closed the one of the request before.
    async fn opened(&mut self) -> Result<&mut Open, Fault> {
        if let Some(mut open) = self.open.take()
            && open.used.elapsed() < IDLE
            && open.sender.ready().await.is_ok()
        {
            open.used = Instant::now();
            return Ok(self.open.insert(open));
        }
        let open = Open::new(self.address, self.version).await?;
        Ok(self.open.insert(open))
    }
}

impl Open {
    async fn new(address: SocketAddr, version: Version) -> Result<Self, Fault> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let stream = TokioIo::new(stream);
        // The driver ends with an error when the connection breaks. The request on it ends with the same error.
        let (sender, driver) = match version {
            Version::Http1 => {
                let (sender, driver) = http1::handshake(stream).await?;
                (Sender::Http1(sender), tokio::spawn(async { drop(driver.await) }))
            }
            Version::Http2 => {
                let (sender, driver) = http2::handshake(TokioExecutor::new(), stream).await?;
                (Sender::Http2(sender), tokio::spawn(async { drop(driver.await) }))
            }
        };
        Ok(Self { sender, driver, used: Instant::now() })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Sender {
    async fn send(&mut self, request: Request<Body>) -> hyper::Result<Response<Incoming>> {
        match self {
            Self::Http1(sender) => sender.send_request(request).await,
            Self::Http2(sender) => sender.send_request(request).await,
        }
    }

    async fn ready(&mut self) -> hyper::Result<()> {
        match self {
            Self::Http1(sender) => sender.ready().await,
            Self::Http2(sender) => sender.ready().await,
        }
    }
}

fn body(bytes: Bytes, manner: Manner) -> Body {
    let half = bytes.slice(..bytes.len() / 2);
    match manner {
        Manner::Whole | Manner::HangUp(_) => Full::new(bytes).map_err(|never| match never {}).boxed_unsync(),
        Manner::Undeclared => pieces(&bytes, 16 * 1024, Duration::ZERO),
        Manner::Slow => {
            let size = bytes.len().div_ceil(6);
            pieces(&bytes, size, Duration::from_millis(100))
        }
        Manner::Stalled => streamed(stream::iter([Ok(half)]).chain(stream::pending())),
        Manner::Cut => streamed(stream::iter([Ok(half), Err(io::ErrorKind::Interrupted.into())])),
    }
}

fn pieces(bytes: &Bytes, size: usize, pause: Duration) -> Body {
    let pieces: Vec<_> = bytes.chunks(size).map(|piece| bytes.slice_ref(piece)).collect();
    streamed(stream::iter(pieces).then(move |piece| async move {
        if !pause.is_zero() {
            sleep(pause).await;
        }
        Ok(piece)
    }))
}

fn streamed(pieces: impl stream::Stream<Item = io::Result<Bytes>> + Send + 'static) -> Body {
    StreamBody::new(pieces.map(|piece| piece.map(Frame::data))).boxed_unsync()
}
