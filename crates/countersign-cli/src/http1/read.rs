//! Reads messages from a socket, with limits, or from a captured file.

use std::fmt;
use std::io::{self, BufRead, Read};

use super::{Answer, HeaderList, Request};

/// Longest head, in bytes. `listen` has the same limits, so that every delivery that it saves can be read.
pub(crate) const HEAD_LIMIT: usize = 64 * 1024;
/// Most headers.
pub(crate) const HEADERS: usize = 128;

/// Why a message could not be read.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The connection was closed before the first byte.
    Nothing,
    Io(io::Error),
    /// It is not HTTP/1, or it is incomplete.
    Malformed(&'static str),
    /// The head is over its limit, or the body is over the caller's limit.
    TooLarge,
    /// The bodies of other connections use all memory for bodies.
    NoMemory,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("the connection was closed without an answer"),
            Self::Io(error) => error.fmt(f),
            Self::Malformed(what) => write!(f, "not HTTP/1: {what}"),
            Self::TooLarge => f.write_str("message is too large"),
            Self::NoMemory => f.write_str("other bodies use all memory for bodies"),
        }
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Malformed("it ends in the middle"),
            _ => Self::Io(error),
        }
    }
}

/// A body without its transfer coding, and the number of bytes after its last chunk.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) body: Vec<u8>,
    pub(crate) rest: usize,
}

/// Removes the chunks of a body. `None` if it has none.
pub(crate) fn unchunked(raw: &[u8]) -> Option<Whole> {
    let (mut rest, mut body) = (raw, Vec::new());
    chunked(&mut rest, &mut body, usize::MAX).ok()?;
    Some(Whole { body, rest: rest.len() })
}

/// Reads a request up to its empty line.
pub(crate) fn request_head(reader: &mut impl BufRead) -> Result<Request, ReadError> {
    parse_request(&head(reader)?)
}

/// Whether this number of bytes is within a limit.
const fn within(limit: usize, bytes: usize) -> Result<(), ReadError> {
    if bytes > limit { Err(ReadError::TooLarge) } else { Ok(()) }
}

/// Reads the answer to a request of this method, and skips interim answers.
pub(crate) fn answer_from_stream(
    reader: &mut impl BufRead,
    method: &str,
    limit: usize,
) -> Result<Answer, ReadError> {
    loop {
        let mut answer = parse_answer(&head(reader)?)?;
        if matches!(answer.status, 100..=199) {
            continue;
        }
        if matches!(answer.status, 204 | 304) || method == "HEAD" {
            return Ok(answer);
        }
        if is_chunked(&answer.headers) {
            chunked(reader, &mut answer.body, limit)?;
        } else if let Some(length) = declared_length(&answer.headers)? {
            within(limit, length)?;
            exactly(reader, length, &mut answer.body)?;
        } else {
            let most = u64::try_from(limit.saturating_add(1)).unwrap_or(u64::MAX);
            if reader.take(most).read_to_end(&mut answer.body)? > limit {
                return Err(ReadError::TooLarge);
            }
        }
        return Ok(answer);
    }
}

/// Reads up to the first empty line, which is included. An editor may have changed the line ends to `\n`.
fn head(reader: &mut impl BufRead) -> Result<Vec<u8>, ReadError> {
    let mut head = Vec::new();
    loop {
        let start = head.len();
        let room = u64::try_from(HEAD_LIMIT.saturating_sub(start)).unwrap_or(0);
        reader.by_ref().take(room).read_until(b'\n', &mut head)?;
        let line = head.get(start..).unwrap_or_default();
        match line {
            [] if head.is_empty() => return Err(ReadError::Nothing),
            b"\n" | b"\r\n" => return Ok(head),
            _ if line.ends_with(b"\n") => {}
            _ if head.len() >= HEAD_LIMIT => return Err(ReadError::TooLarge),
            _ => return Err(ReadError::Malformed("there is no empty line after the headers")),
        }
    }
}

fn parse_request(head: &[u8]) -> Result<Request, ReadError> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    complete(parsed.parse(head))?;
    Ok(Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        path: parsed.path.unwrap_or_default().to_owned(),
        headers: list(parsed.headers),
        body: Vec::new(),
    })
}

fn parse_answer(head: &[u8]) -> Result<Answer, ReadError> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut parsed = httparse::Response::new(&mut headers);
    complete(parsed.parse(head))?;
    Ok(Answer {
        status: parsed.code.unwrap_or_default(),
        reason: parsed.reason.unwrap_or_default().to_owned(),
        headers: list(parsed.headers),
        body: Vec::new(),
    })
}

fn complete(parsed: httparse::Result<usize>) -> Result<(), ReadError> {
    match parsed {
        Ok(httparse::Status::Complete(_)) => Ok(()),
        Ok(httparse::Status::Partial) => Err(ReadError::Malformed("its head is incomplete")),
        Err(httparse::Error::TooManyHeaders) => Err(ReadError::TooLarge),
        Err(_) => Err(ReadError::Malformed("its first line or a header is not well formed")),
    }
}

fn list(headers: &[httparse::Header<'_>]) -> HeaderList {
    headers.iter().map(|header| (header.name.to_owned(), header.value.to_vec())).collect()
}

pub(super) fn values<'a>(headers: &'a HeaderList, name: &str) -> impl Iterator<Item = &'a [u8]> {
    headers
        .iter()
        .filter(move |(other, _)| other.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_slice())
}

pub(crate) fn is_chunked(headers: &HeaderList) -> bool {
    values(headers, "transfer-encoding").any(|value| value.trim_ascii().eq_ignore_ascii_case(b"chunked"))
}

/// The declared length. Two different lengths are an error, because two readers could see two bodies.
pub(crate) fn declared_length(headers: &HeaderList) -> Result<Option<usize>, ReadError> {
    let mut lengths = values(headers, "content-length");
    let Some(first) = lengths.next() else { return Ok(None) };
    if lengths.any(|other| other != first) {
        return Err(ReadError::Malformed("it has two lengths"));
    }
    let digits =
        std::str::from_utf8(first).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    digits
        .and_then(|digits| digits.parse().ok())
        .map(Some)
        .ok_or(ReadError::Malformed("its length is not a number"))
}

fn exactly(reader: &mut impl Read, length: usize, body: &mut Vec<u8>) -> Result<(), ReadError> {
    let wanted = u64::try_from(length).map_err(|_| ReadError::TooLarge)?;
    // The vector grows with the bytes that arrive, so a false length allocates nothing.
    if reader.take(wanted).read_to_end(body)? < length {
        return Err(ReadError::Malformed("its body is shorter than its content-length"));
    }
    Ok(())
}

fn chunked(reader: &mut impl BufRead, body: &mut Vec<u8>, limit: usize) -> Result<(), ReadError> {
    loop {
        let size = line(reader)?;
        let digits = size.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        // The standard library would accept a sign.
        let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'));
        let size = digits.and_then(|digits| usize::from_str_radix(digits, 16).ok());
        let size = size.ok_or(ReadError::Malformed("the length of a chunk is not a number"))?;
        within(limit, body.len().checked_add(size).ok_or(ReadError::TooLarge)?)?;
        if size == 0 {
            // Trailers are not signed, so they are dropped.
            while !line(reader)?.is_empty() {}
            return Ok(());
        }
        exactly(reader, size, body)?;
        if !line(reader)?.is_empty() {
            return Err(ReadError::Malformed("a chunk is longer than it says"));
        }
    }
}

/// Reads a line, without its line end.
fn line(reader: &mut impl BufRead) -> Result<Vec<u8>, ReadError> {
    let mut line = Vec::new();
    reader.by_ref().take(4096).read_until(b'\n', &mut line)?;
    let bare = line.strip_suffix(b"\n").ok_or(ReadError::Malformed("it ends in the middle"))?;
    Ok(bare.strip_suffix(b"\r").unwrap_or(bare).to_vec())
}
