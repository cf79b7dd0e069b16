//! Requests in lines of text: raw HTTP, the output of `curl -v`, and the dumps of tools for HTTP/2.

use super::{Captured, are_headers};
use crate::http1::HeaderList;

/// The requests of a text, in their order.
pub(super) fn requests(raw: &[u8]) -> Vec<Captured> {
    let is_raw = first_line(raw).and_then(request_line);
    let is_of_curl = |line: &[u8]| line.strip_prefix(b"> ").and_then(request_line).is_some();
    if is_raw.is_none() && lines(raw).any(is_of_curl) {
        return of_curl(raw);
    }
    // A body may have anything, so only the lines up to the first empty one count.
    let mut head = lines(raw).take_while(|line| !line.trim_ascii().is_empty());
    let is_of_http2 = is_raw.is_none() && head.any(|line| pseudo_header(line).is_some());
    let only = if is_of_http2 { of_http2(raw) } else { is_raw.and_then(|_| of_http1(raw)) };
    only.into_iter().collect()
}

/// The request of a text that begins with a request line.
pub(super) fn with_line(raw: &[u8]) -> Option<Captured> {
    first_line(raw).and_then(request_line).and_then(|_| of_http1(raw))
}

/// The request of a text that does not begin with a request line: headers alone, or something in front of the line.
pub(super) fn without_line(raw: &[u8]) -> Option<Captured> {
    of_http1(raw)
}

/// The first line that is not empty.
fn first_line(raw: &[u8]) -> Option<&[u8]> {
    lines(raw).map(<[u8]>::trim_ascii).find(|line| !line.is_empty())
}

/// The lines with their line ends.
fn lines(raw: &[u8]) -> impl Iterator<Item = &[u8]> {
    raw.split_inclusive(|byte| *byte == b'\n')
}

/// A head that is read line by line.
#[derive(Default)]
struct Head {
    line: Option<(String, String)>,
    headers: HeaderList,
    /// Lines that are neither.
    others: usize,
}

impl Head {
    fn add(&mut self, line: &[u8]) {
        let is_first = self.line.is_none() && self.headers.is_empty();
        if let Some(found) = request_line(line).filter(|_| is_first) {
            self.line = Some(found);
        } else if let Some(header) = header(line) {
            self.headers.push(header);
        } else if let Some((_, value)) = self
            .headers
            .last_mut()
            .filter(|(_, value)| line.starts_with(b" ") || line.starts_with(b"\t") || value.is_empty())
        {
            // An old form of a header in two lines, and the form in which a browser copies it.
            if !value.is_empty() {
                value.push(b' ');
            }
            value.extend_from_slice(line.trim_ascii());
        } else {
            self.others = self.others.saturating_add(1);
        }
    }

    /// `None` if nothing in it is of a request.
    fn with_body(self, body: &[u8]) -> Option<Captured> {
        if self.line.is_none() && self.headers.is_empty() {
            return None;
        }
        if self.line.is_none() && !are_headers(&self.headers) {
            return None;
        }
        let title = [b"Payload".as_slice(), b"Body"].iter().find_map(|title| body.strip_prefix(*title));
        let titled = title.filter(|behind| self.line.is_none() && behind.starts_with(b"\n"));
        let mut captured = Captured::new(self.headers, titled.map_or(body, <[u8]>::trim_ascii_start));
        match self.line {
            Some((method, target)) => {
                captured.set_target(&target);
                captured.request.method = method;
            }
            None => captured.notes.push("the capture has no request line".to_owned()),
        }
        if self.others > 0 {
            captured.notes.push(format!("{} lines among the headers are no headers", self.others));
        }
        captured.drop_answer();
        Some(captured)
    }
}

/// A raw request. Its body is everything after the head, so that the verdict sees an extra byte. An editor may have changed the line ends.
fn of_http1(raw: &[u8]) -> Option<Captured> {
    let mut head = Head::default();
    let mut start = 0_usize;
    for line in lines(raw) {
        start = start.saturating_add(line.len());
        let is_before = head.line.is_none() && head.headers.is_empty() && head.others == 0;
        match line.trim_ascii_end() {
            b"" if is_before => {}
            b"" => break,
            line => head.add(line),
        }
    }
    head.with_body(raw.get(start..).unwrap_or_default())
}

/// The requests in the output of `curl -v`. curl does not print bodies, but one may have been pasted behind the head.
fn of_curl(raw: &[u8]) -> Vec<Captured> {
    let mut found = Vec::new();
    let (mut head, mut body) = (Head::default(), Vec::new());
    let mut part = Part::Head;
    for line in lines(raw) {
        let sent = line.strip_prefix(b"> ").or_else(|| line.strip_prefix(b">"));
        let begins = part != Part::Head && sent.and_then(request_line).is_some();
        if begins {
            found.extend(std::mem::take(&mut head).with_body(&std::mem::take(&mut body)));
            part = Part::Head;
        }
        match (part, sent) {
            (Part::Head, Some(sent)) if sent.trim_ascii().is_empty() => part = Part::Body,
            (Part::Head, Some(sent)) => head.add(sent.trim_ascii()),
            // The body ends where the answer begins.
            (Part::Body, None) if line.starts_with(b"<") => part = Part::Answer,
            (Part::Body, Some(pasted)) => body.extend_from_slice(pasted),
            (Part::Body, None) if !is_of_curl(line) => body.extend_from_slice(line),
            _ => {}
        }
    }
    found.extend(head.with_body(&body));
    found.iter_mut().for_each(Captured::drop_line_end);
    found
}

/// The part of curl's output that a line belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Head,
    Body,
    Answer,
}

/// Whether curl itself says this: a line about the connection, the number of bytes, or the progress.
fn is_of_curl(line: &[u8]) -> bool {
    let starts = [b"* ".as_slice(), b"} [", b"{ [", b"  % Total", b"     "];
    starts.iter().any(|start| line.starts_with(start)) || line.windows(8).any(|part| part == b"--:--:--")
}

/// The first request in a dump of HTTP/2. Its body is everything after the first empty line.
fn of_http2(raw: &[u8]) -> Option<Captured> {
    let mut head = Head::default();
    let mut is_over = false;
    let mut start = 0_usize;
    for line in lines(raw) {
        start = start.saturating_add(line.len());
        match pseudo_header(line).or_else(|| header(bare(line))) {
            Some(header) if !is_over && (!head.headers.is_empty() || header.0.starts_with(':')) => {
                head.headers.push(header);
            }
            Some(_) => {}
            None if line.trim_ascii().is_empty() && !head.headers.is_empty() => break,
            // The block of headers of a tool ends without an empty line, and other blocks follow.
            None => is_over = !head.headers.is_empty(),
        }
    }
    let mut captured = Captured::new(head.headers, raw.get(start..).unwrap_or_default());
    captured.drop_answer();
    captured.drop_line_end();
    Some(captured)
}

/// `POST /hook HTTP/1.1`, or without the version.
pub(super) fn request_line(line: &[u8]) -> Option<(String, String)> {
    let mut words = line.trim_ascii().split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let (method, path) = (words.next()?, words.next()?);
    let is_method = method.iter().all(u8::is_ascii_uppercase);
    let is_path = path.starts_with(b"/") || path.starts_with(b"http") || path == b"*";
    let is_last = words.next().is_none_or(|version| version.starts_with(b"HTTP/")) && words.next().is_none();
    let text = |word: &[u8]| String::from_utf8_lossy(word).into_owned();
    (is_method && is_path && is_last).then(|| (text(method), text(path)))
}

/// `Name: value`
fn header(line: &[u8]) -> Option<(String, Vec<u8>)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
    let name = http::HeaderName::from_bytes(name).ok().and(std::str::from_utf8(name).ok())?;
    Some((name.to_owned(), value.get(1..)?.trim_ascii().to_vec()))
}

/// `:method: POST`, with the marks of a tool in front.
fn pseudo_header(line: &[u8]) -> Option<(String, Vec<u8>)> {
    let (name, value) = header(bare(line).strip_prefix(b":")?)?;
    ["method", "path", "scheme", "authority", "status", "protocol"]
        .contains(&name.as_str())
        .then(|| (format!(":{name}"), value))
}

/// The line without the marks of a tool: `* [HTTP/2] [1] [:method: POST]`, `[  0.002] recv (stream_id=1) :method: POST`.
fn bare(line: &[u8]) -> &[u8] {
    let mut line = line.trim_ascii();
    while let Some(rest) = without_mark(line) {
        line = rest.trim_ascii_start();
    }
    line.strip_prefix(b"[").and_then(|inner| inner.strip_suffix(b"]")).unwrap_or(line)
}

fn without_mark(line: &[u8]) -> Option<&[u8]> {
    let marks = [b"* ".as_slice(), b"h2h3 ", b"h2 ", b"recv (", b"send (", b"stream_id="];
    if let Some(rest) = marks.iter().find_map(|mark| line.strip_prefix(*mark)) {
        return Some(rest);
    }
    // A number in brackets or what is left of one. A header in brackets has a colon.
    let (inside, rest) = line.split_at_checked(line.iter().position(|byte| matches!(byte, b']' | b')'))?)?;
    let is_mark = inside.starts_with(b"[") || inside.iter().all(u8::is_ascii_digit);
    rest.get(1..).filter(|rest| is_mark && !inside.contains(&b':') && rest.starts_with(b" "))
}
