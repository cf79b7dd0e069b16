//! Reads a request from the server, within limits.

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::time::Duration;

use http::HeaderMap;
use http::request::Parts;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::time::timeout;

use super::memory::Share;
use crate::http1::{HeaderList, ReadError, Request, request_head, too_long};

/// Largest part of an unread body that is discarded, in bytes, and the time for it.
const DISCARDED: usize = 8 * 1024 * 1024;
const DISCARD_TIME: Duration = Duration::from_secs(2);

/// Reads the body. Before it keeps bytes, it takes memory for them.
pub(super) async fn read(
    body: &mut Incoming,
    limit: usize,
    share: &mut Share<'_>,
    patience: Duration,
) -> Result<Vec<u8>, ReadError> {
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut room = |bytes: usize| match bytes {
        _ if bytes > limit => Err(ReadError::TooLarge),
        _ if share.cover(bytes) => Ok(()),
        _ => Err(ReadError::NoMemory),
    };
    room(declared)?;
    let mut bytes = Vec::new();
    let all = async {
        while let Some(frame) = body.frame().await {
            // Trailers are not signed, so they are dropped.
            if let Ok(data) = frame.map_err(|error| broken(&error))?.into_data() {
                room(bytes.len().saturating_add(data.len()))?;
                bytes.extend_from_slice(&data);
            }
        }
        Ok(())
    };
    timeout(patience, all).await.unwrap_or_else(|_| Err(ReadError::Io(too_long())))?;
    // The inspector keeps bodies for a long time, and a vector that has grown may have twice its bytes.
    bytes.shrink_to_fit();
    Ok(bytes)
}

/// Reads the rest of a refused body, and keeps nothing. A system resets a connection that is closed with unread data, and the client would
/// see the reset in place of the answer.
pub(super) async fn discard(mut body: Incoming) {
    let all = async {
        let mut left = DISCARDED;
        while let Some(Ok(frame)) = body.frame().await {
            let bytes = frame.data_ref().map_or(0, bytes::Bytes::len);
            let Some(less) = left.checked_sub(bytes) else { return };
            left = less;
        }
    };
    // After the time, the connection is closed as it is.
    timeout(DISCARD_TIME, all).await.ok();
}

/// The request as it came. The raw head of HTTP/1 has the order and the spelling of the headers. HTTP/2 has neither.
pub(super) fn request(parts: &Parts, head: &[u8], body: Vec<u8>) -> Request {
    let raw = (parts.version < http::Version::HTTP_2).then(|| request_head(&mut &*head).ok()).flatten();
    let from_parts = || Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        headers: headers(parts.uri.authority().map(http::uri::Authority::as_str), &parts.headers),
        body: Vec::new(),
    };
    Request { body, ..raw.unwrap_or_else(from_parts) }
}

fn headers(authority: Option<&str>, map: &HeaderMap) -> HeaderList {
    // A request of HTTP/2 may have an authority and a host. Then only the host is listed.
    let authority = authority.filter(|_| !map.contains_key(http::header::HOST));
    let host = authority.map(|host| ("host".to_owned(), host.as_bytes().to_vec()));
    let others = map.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
    host.into_iter().chain(others).collect()
}

fn broken(error: &hyper::Error) -> ReadError {
    let found = error.source().and_then(|source| source.downcast_ref::<io::Error>()).map(io::Error::kind);
    match found {
        Some(ErrorKind::UnexpectedEof) => ReadError::Malformed("its body ends in the middle"),
        Some(ErrorKind::InvalidInput | ErrorKind::InvalidData) => {
            ReadError::Malformed("the length of a chunk is not well formed")
        }
        _ => ReadError::Io(io::Error::other(error.to_string())),
    }
}
