//! The command's reader of HTTP.
//!
//! Input: three lengths of pieces in which the bytes arrive, then an answer.

use std::io::{BufRead, BufReader, Read};

use crate::command::source::head::Head;
use crate::http1::{Answer, HEAD_LIMIT, read};

/// The largest body, in bytes.
const LIMIT: usize = 300;

/// Bytes in any pieces give the same message, and the body is the one that a second reader finds.
pub fn run(input: &[u8]) {
    judge(input);
}

/// Whether the input is an answer, and whether it is a request, by the command's readers.
pub fn judge(input: &[u8]) -> [bool; 2] {
    let Some((lengths, raw)) = input.split_first_chunk::<3>() else { return [false; 2] };
    let whole = answer(&mut &*raw);
    let in_pieces = answer(&mut BufReader::with_capacity(7, Pieces { raw, lengths: *lengths, at: 0 }));
    assert_eq!(whole, in_pieces);
    let is_answer = whole.is_ok();
    if let Ok(answer) = whole {
        assert!(answer.body.len() <= LIMIT);
        assert_eq!(expected(raw, &answer), Some((answer.status, answer.body)));
    }
    check_head(lengths, raw);
    let request = |result: Result<_, read::ReadError>| result.map_err(|error| error.to_string());
    let whole = request(read::request_head(&mut &*raw));
    let in_pieces = request(read::request_head(&mut BufReader::with_capacity(
        5,
        Pieces { raw, lengths: *lengths, at: 0 },
    )));
    assert_eq!(whole, in_pieces);
    if let Ok(request) = &whole {
        assert!(raw.starts_with(request.method.as_bytes()) && !request.method.is_empty());
    }
    [is_answer, whole.is_ok()]
}

/// The head that the server keeps ends with the first empty line behind the first line, and is no longer than its limit.
fn check_head(lengths: &[u8; 3], raw: &[u8]) {
    let (head, mut pieces) = (Head::default(), Pieces { raw, lengths: *lengths, at: 0 });
    let mut piece = [0; 255];
    let is_complete = loop {
        match pieces.read(&mut piece).expect("bytes in memory") {
            0 => break false,
            length if head.add(&piece[..length]) => break true,
            _ => {}
        }
    };
    let first = raw.iter().position(|byte| !b"\r\n".contains(byte)).unwrap_or(raw.len());
    let raw = &raw[first..];
    let end = (1..=raw.len().min(HEAD_LIMIT))
        .find(|end| raw[..*end].ends_with(b"\n\n") || raw[..*end].ends_with(b"\n\r\n"));
    assert_eq!(is_complete, end.is_some() || raw.len() >= HEAD_LIMIT);
    assert_eq!(head.take(), &raw[..end.unwrap_or(raw.len().min(HEAD_LIMIT))]);
}

fn answer(reader: &mut impl BufRead) -> Result<Answer, String> {
    read::answer_from_stream(reader, "POST", LIMIT).map_err(|error| error.to_string())
}

/// Bytes that arrive in pieces of these lengths.
struct Pieces<'a> {
    raw: &'a [u8],
    lengths: [u8; 3],
    at: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = usize::from(self.lengths[self.at % 3]).max(1).min(self.raw.len()).min(buffer.len());
        self.at += 1;
        let (piece, rest) = self.raw.split_at(length);
        buffer[..length].copy_from_slice(piece);
        self.raw = rest;
        Ok(length)
    }
}

/// The status and the body of an answer that is well formed and has these headers.
fn expected(raw: &[u8], answer: &Answer) -> Option<(u16, Vec<u8>)> {
    let mut rest = raw;
    let status = loop {
        let status = std::str::from_utf8(rest.get(9..12)?).ok()?.parse().ok()?;
        while !line(&mut rest)?.is_empty() {}
        if !(100..200).contains(&status) {
            break status;
        }
    };
    let header = |wanted: &str| {
        let mut all = answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
        all.next().map(|(_, value)| String::from_utf8_lossy(value).trim().to_ascii_lowercase())
    };
    let is_chunked = answer.headers.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("transfer-encoding") && value.trim_ascii().eq_ignore_ascii_case(b"chunked")
    });
    let body = match header("content-length") {
        _ if status == 204 || status == 304 => Vec::new(),
        _ if is_chunked => chunks(rest)?,
        Some(length) => rest.get(..length.parse().ok()?)?.to_vec(),
        None => rest.to_vec(),
    };
    Some((status, body))
}

/// The body in these chunks.
fn chunks(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(&mut rest)?.split(|byte| *byte == b';').next()?.trim_ascii();
        let size = size.iter().try_fold(0_usize, |size, digit| {
            size.checked_mul(16)?.checked_add(char::from(*digit).to_digit(16)? as usize)
        })?;
        if size == 0 {
            while !line(&mut rest)?.is_empty() {}
            return Some(body);
        }
        let chunk;
        (chunk, rest) = rest.split_at_checked(size)?;
        body.extend(chunk);
        line(&mut rest).filter(|line| line.is_empty())?;
    }
}

/// The next line, without its end.
fn line<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let line = &rest[..end];
    *rest = &rest[end + 1..];
    Some(line.strip_suffix(b"\r").unwrap_or(line))
}
