//! Captured requests, in the forms in which people have them: raw HTTP, the output of tools, HAR files and dumps in JSON.
//!
//! A capture is often not what was sent. So it is read as far as possible, and its notes say what does not fit.

mod command;
mod dump;
mod escapes;
mod json;
mod text;
mod unwrap;

use crate::failure::{Failure, Result};
use crate::http1::{HEAD_LIMIT, HeaderList, Request, Whole, declared_length, is_chunked, unchunked};

/// A captured request.
#[derive(Clone, Debug)]
pub(crate) struct Captured {
    pub(crate) request: Request,
    /// The whole URL, if the capture has it. Otherwise the path.
    pub(crate) target: String,
    /// The parts of the capture that do not fit together, in words.
    pub(crate) notes: Vec<String>,
}

/// The advice for a file that is no capture.
const FORMS: &str = "no request is in it; it takes a raw HTTP request, a curl command, the output of 'curl -v' or of a tool for HTTP/2, \
                     a HAR file, or headers as JSON or as a program prints them, with the body in a second file";

/// Reads a capture. `body` is the body if it is in a file of its own. `entry` counts from 1.
pub(crate) fn read(raw: &[u8], body: Option<Vec<u8>>, entry: Option<usize>) -> Result<Captured> {
    let decoded = unwrap::from_utf16(raw);
    let raw = decoded.as_deref().unwrap_or(raw);
    let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    let in_lines = |raw: &[u8]| Some(text::requests(raw)).filter(|all| !all.is_empty());
    let alone = |request: Option<Captured>| request.map(|request| vec![request]);
    let command = || command::request(raw);
    // The forms that begin with a certain byte or line are tried first, because the body of one may look like any other form. A command
    // without a header may have the output of 'curl -v' behind it.
    let all = (json::requests(raw))
        .or_else(|| alone(text::with_line(raw)))
        .or_else(|| in_lines(&unwrap::of_trace(raw)?))
        .or_else(|| alone(command().filter(|found| !found.request.headers.is_empty())))
        .or_else(|| in_lines(raw))
        .or_else(|| in_lines(&unwrap::of_log(raw)?))
        .or_else(|| alone(dump::request(raw)))
        .or_else(|| alone(text::without_line(raw)))
        .or_else(|| alone(command()))
        .unwrap_or_default();
    let mut captured = choose(all, entry)?;
    if let Some(body) = body {
        captured.request.body = body;
    }
    captured.check_framing();
    Ok(captured)
}

/// The request of this number. Otherwise the only one, or the only one that is a POST.
fn choose(mut all: Vec<Captured>, entry: Option<usize>) -> Result<Captured> {
    let places: Vec<usize> = match entry {
        Some(entry) => entry.checked_sub(1).into_iter().collect(),
        None if all.len() <= 1 => vec![0],
        None => {
            (0..).zip(&all).filter(|(_, it)| it.request.method == "POST").map(|(place, _)| place).collect()
        }
    };
    match places[..] {
        _ if all.is_empty() => Err(Failure::new(FORMS)),
        [place] if place < all.len() => Ok(all.swap_remove(place)),
        _ => Err(Failure::new(format_args!("choose a request with --entry N:\n{}", list(&all)))),
    }
}

fn list(all: &[Captured]) -> String {
    let line = |(number, it): (usize, &Captured)| {
        format!("  {number}  {} {}", it.request.method.escape_debug(), it.target.escape_debug())
    };
    (1..).zip(all).map(line).collect::<Vec<_>>().join("\n")
}

impl Captured {
    fn new(headers: HeaderList, body: &[u8]) -> Self {
        let mut captured = Self::of_parts(Vec::new(), body.to_vec());
        captured.add_headers(headers);
        captured
    }

    /// A delivery whose parts are given one by one.
    pub(crate) fn of_parts(headers: HeaderList, body: Vec<u8>) -> Self {
        let (method, path) = ("POST".to_owned(), "/".to_owned());
        let target = path.clone();
        Self { request: Request { method, path, headers, body }, target, notes: Vec::new() }
    }

    /// Sets the URL or the path.
    fn set_target(&mut self, target: &str) {
        let path = target.parse::<http::Uri>().ok();
        let path = path.as_ref().and_then(http::Uri::path_and_query).map(http::uri::PathAndQuery::as_str);
        path.unwrap_or("/").clone_into(&mut self.request.path);
        target.clone_into(&mut self.target);
    }

    /// Adds headers. The pseudo-headers of HTTP/2 become the request line and the host.
    fn add_headers(&mut self, headers: HeaderList) {
        let text = |name: &str| {
            let (_, value) = headers.iter().find(|(other, _)| other == name)?;
            Some(String::from_utf8_lossy(value).into_owned())
        };
        if let Some(method) = text(":method") {
            self.request.method = method;
        }
        match (text(":scheme"), text(":authority"), text(":path")) {
            (Some(scheme), Some(host), Some(path)) => self.set_target(&format!("{scheme}://{host}{path}")),
            (_, _, Some(path)) => self.set_target(&path),
            _ => {}
        }
        for (name, value) in headers {
            match name.strip_prefix(':') {
                None => self.request.headers.push((name, value)),
                Some("authority") => self.request.headers.push(("host".to_owned(), value)),
                Some(_) => {}
            }
        }
    }

    /// Drops the line end after a body in a text of lines, if the body is longer by exactly that.
    fn drop_line_end(&mut self) {
        let body = &self.request.body;
        let length = declared_length(&self.request.headers).ok().flatten();
        let mut bare = ["\n", "\r\n"].iter().filter_map(|end| body.strip_suffix(end.as_bytes()));
        if let Some(bare) = bare.find(|bare| Some(bare.len()) == length) {
            self.request.body = bare.to_vec();
        }
    }

    /// Drops the text that follows the body up to the end of the file: an answer, the end of a quotation, the next request.
    fn drop_answer(&mut self) {
        let Request { headers, body, .. } = &mut self.request;
        let length = declared_length(headers).ok().flatten();
        if length == Some(body.len()) || is_chunked(headers) && unchunked(body).is_some() {
            return;
        }
        let in_front = |length: usize| {
            let rest = body.get(length..)?;
            rest.get(..answer(rest)?)?.trim_ascii().is_empty().then_some(length)
        };
        let first = || Some(body.get(..answer(body)?)?.trim_ascii_end().len());
        let Some(end) = length.and_then(in_front).or_else(first) else { return };
        body.truncate(end);
        self.notes.push(
            "what follows the body in this file is left out: an answer, or the end of a quotation".to_owned(),
        );
    }

    /// Removes a transfer coding, and compares the body with the headers that announce it.
    fn check_framing(&mut self) {
        let Request { headers, body, .. } = &mut self.request;
        if is_chunked(headers) {
            match unchunked(body) {
                Some(Whole { body: whole, rest: 0 }) => *body = whole,
                Some(Whole { body: whole, rest }) => {
                    self.notes.push(format!("{rest} bytes after the last chunk are left out"));
                    *body = whole;
                }
                None if body.is_empty() => self.notes.push(no_body("its headers announce one")),
                None => self.notes.push(
                    "the headers say 'Transfer-Encoding: chunked', but the body has no chunks, so all of it is the body"
                        .to_owned(),
                ),
            }
            return;
        }
        match declared_length(headers) {
            Ok(length) if length != Some(body.len()) && is_in_chunks(body) => {
                self.notes.push(
                    "the body still has the chunks of 'Transfer-Encoding', and they are taken out".to_owned(),
                );
                *body = unchunked(body).map(|whole| whole.body).unwrap_or_default();
            }
            Err(error) => self.notes.push(error.to_string()),
            Ok(Some(length)) if body.is_empty() && length > 0 => {
                self.notes.push(no_body(&format!("the Content-Length is {length}")));
            }
            Ok(Some(length)) if length != body.len() => self.notes.push(format!(
                "the body has {} bytes, but the Content-Length is {length}; one of them is not as it came",
                body.len()
            )),
            Ok(_) => {}
        }
    }
}

/// The place of the first line that belongs to no body.
fn answer(text: &[u8]) -> Option<usize> {
    let is_behind = |line: &[u8]| {
        let is_answer = line.starts_with(b"HTTP/1.") || line.starts_with(b"HTTP/2 ");
        is_answer && line.split(|byte| *byte == b' ').nth(1).is_some_and(|status| status.len() == 3)
            || matches!(line.trim_ascii(), b"```" | b"###")
    };
    let mut start = 0_usize;
    text.split_inclusive(|byte| *byte == b'\n').find_map(|line| {
        let place = start;
        start = start.saturating_add(line.len());
        is_behind(line.trim_ascii_end()).then_some(place)
    })
}

/// Headers that are read one by one. A name with many values stands before each of them, so that a short text could make a long head.
#[derive(Default)]
struct Head {
    headers: HeaderList,
    length: usize,
}

impl Head {
    /// Adds a header. `None` if the head is longer than one that comes over a connection may be.
    fn add(&mut self, name: &str, value: &str) -> Option<()> {
        self.length = self.length.saturating_add(name.len()).saturating_add(value.len());
        (self.length <= HEAD_LIMIT).then(|| self.headers.push((name.to_owned(), value.as_bytes().to_vec())))
    }
}

/// Whether the names are those of headers, and not the keys of some other object.
fn are_headers(list: &HeaderList) -> bool {
    list.iter().any(|(name, _)| name.contains(['-', '_']) || name.eq_ignore_ascii_case("host"))
}

/// Whether a body is nothing but chunks, whatever the headers say.
fn is_in_chunks(body: &[u8]) -> bool {
    body.ends_with(b"\r\n0\r\n\r\n") && unchunked(body).is_some_and(|whole| whole.rest == 0)
}

fn no_body(but: &str) -> String {
    format!("the capture has no body, but {but}; a file with the body can follow --request FILE")
}

#[cfg(test)]
mod tests;
