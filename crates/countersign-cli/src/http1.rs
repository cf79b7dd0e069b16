//! A small part of HTTP/1.1, with one request for each connection.
//!
//! `probe` sends requests that HTTP libraries refuse, such as a header with bytes above 0x7f, and `listen` keeps the order and the
//! spelling of headers. So this module writes heads itself. `httparse` reads them.

mod client;
mod read;
mod timed;

pub(crate) use client::{PATIENCE, Target, exchange};
pub(crate) use read::{
    HEAD_LIMIT, HEADERS, ReadError, Whole, declared_length, is_chunked, request_head, unchunked,
};
pub(crate) use timed::too_long;

use read::values;

/// Names and values, in the order on the wire.
pub(crate) type HeaderList = Vec<(String, Vec<u8>)>;

/// A request. The transfer coding of its body is removed.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The path in the request line.
    pub(crate) path: String,
    pub(crate) headers: HeaderList,
    pub(crate) body: Vec<u8>,
}

/// An answer. The transfer coding of its body is removed.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) headers: HeaderList,
    pub(crate) body: Vec<u8>,
}

/// The header that shows the end of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// `Content-Length`
    Length,
    /// `Transfer-Encoding: chunked`
    Chunked,
}

impl Request {
    /// The first value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        first(&self.headers, name)
    }

    /// Sets headers. They replace all others of their names.
    pub(crate) fn set_headers(&mut self, headers: &[(String, Vec<u8>)]) {
        let is_set = |name: &str| headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
        self.headers.retain(|(name, _)| !is_set(name));
        self.headers.extend_from_slice(headers);
    }

    /// The bytes on the wire, with this path. It writes its own framing headers and keeps all others.
    pub(crate) fn to_bytes(&self, path: &str, host: Option<&str>, framing: Framing) -> Vec<u8> {
        let mut bytes = format!("{} {path} HTTP/1.1\r\n", self.method).into_bytes();
        if let Some(host) = host {
            write_header(&mut bytes, "host", host.as_bytes());
        }
        for (name, value) in
            self.headers.iter().filter(|(name, _)| passes_on(name) && !(host.is_some() && is_host(name)))
        {
            write_header(&mut bytes, name, value);
        }
        if host.is_some() {
            write_header(&mut bytes, "connection", b"close");
        }
        write_body(&mut bytes, &self.body, framing);
        bytes
    }
}

impl Answer {
    /// An answer of the command itself. A body is JSON.
    pub(crate) fn new(status: u16, reason: &str, body: &str) -> Self {
        let json = ("content-type".to_owned(), b"application/json".to_vec());
        let headers = if body.is_empty() { Vec::new() } else { vec![json] };
        Self { status, reason: reason.to_owned(), headers, body: body.as_bytes().to_vec() }
    }

    /// The first value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        first(&self.headers, name)
    }

    pub(crate) const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }
}

fn first(headers: &HeaderList, name: &str) -> Option<String> {
    values(headers, name).next().map(|value| String::from_utf8_lossy(value).into_owned())
}

fn write_header(bytes: &mut Vec<u8>, name: &str, value: &[u8]) {
    bytes.extend_from_slice(name.as_bytes());
    bytes.extend_from_slice(b": ");
    bytes.extend_from_slice(value);
    bytes.extend_from_slice(b"\r\n");
}

fn write_body(bytes: &mut Vec<u8>, body: &[u8], framing: Framing) {
    match framing {
        Framing::Length => {
            write_header(bytes, "content-length", body.len().to_string().as_bytes());
            bytes.extend_from_slice(b"\r\n");
            bytes.extend_from_slice(body);
        }
        Framing::Chunked => {
            write_header(bytes, "transfer-encoding", b"chunked");
            bytes.extend_from_slice(b"\r\n");
            for chunk in body.chunks(16 * 1024) {
                bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                bytes.extend_from_slice(chunk);
                bytes.extend_from_slice(b"\r\n");
            }
            bytes.extend_from_slice(b"0\r\n\r\n");
        }
    }
}

fn is_host(name: &str) -> bool {
    name.eq_ignore_ascii_case("host")
}

/// Whether a header belongs to the message, and not to this one connection.
pub(crate) fn passes_on(name: &str) -> bool {
    let hop = [
        "connection",
        "content-length",
        "transfer-encoding",
        "keep-alive",
        "expect",
        "upgrade",
        "te",
        "trailer",
    ];
    !hop.iter().any(|other| name.eq_ignore_ascii_case(other))
}
