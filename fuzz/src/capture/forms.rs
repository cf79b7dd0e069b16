//! The forms of a captured request, as tools and programs write them.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::objects;
use crate::command::source::http1::Request;

/// A form.
pub(super) struct Form {
    /// The tool or the program.
    pub(super) name: &'static str,
    /// Writes a request. The number says what stands around it.
    pub(super) write: fn(&Request, u16) -> Vec<u8>,
    /// The number of the request among all of the capture, from 1.
    pub(super) entry: fn(u16) -> usize,
    /// Whether this body keeps its bytes in this form, with or without a declared length.
    pub(super) carries: fn(&[u8], bool) -> bool,
}

const fn form(
    name: &'static str,
    write: fn(&Request, u16) -> Vec<u8>,
    carries: fn(&[u8], bool) -> bool,
) -> Form {
    Form { name, write, entry: |_| 1, carries }
}

/// All forms.
pub(super) const FORMS: &[Form] = &[
    form("raw", raw, |body, has_length| has_length || is_plain(body)),
    form("chunks", chunks, |_, has_length| !has_length),
    form("log", log, |body, has_length| has_length || is_plain(body)),
    form("trace", trace, |body, has_length| has_length || is_plain(body)),
    form("curl -v", curl, |body, has_length| {
        is_text(body) && is_plain(body) && has_no_mark(body, has_length)
    }),
    form("nghttp", nghttp, |body, has_length| is_plain(body) && has_no_mark(body, has_length)),
    Form { name: "HAR", write: har, entry: |around| usize::from(around & 3) + 1, carries: |_, _| true },
    form("JSON", dump, |_, _| true),
    form("curl", command, |body, has_length| is_text(body) && has_no_mark(body, has_length)),
    form("Node", objects::node, is_printed),
    form("a buffer of Node", objects::buffer, |_, _| true),
    form("a text of Node", objects::text, |body, _| is_text(body)),
    form("Python", objects::python, |_, _| true),
    form("Ruby", objects::ruby, is_printed),
    form("Go", objects::go, is_printed),
];

fn is_text(body: &[u8]) -> bool {
    std::str::from_utf8(body).is_ok()
}

/// Whether a body of unknown length looks like nothing else: an answer behind it, the end of a quotation, or chunks.
fn is_plain(body: &[u8]) -> bool {
    let is_end = |line: &[u8]| line.starts_with(b"HTTP/") || matches!(line.trim_ascii(), b"```" | b"###");
    !body.split(|byte| *byte == b'\n').any(is_end) && !body.ends_with(b"\r\n0\r\n\r\n")
}

/// Whether no line of a body looks like one of a tool: of curl, or of a dump of HTTP/2.
fn has_no_mark(body: &[u8], has_length: bool) -> bool {
    let starts = ["* ", "} ", "{ ", "  ", "<", ">"];
    let marks = [
        "--:--:--",
        "=> Send ",
        " HTTP/",
        ":method",
        ":path",
        ":scheme",
        ":authority",
        ":status",
        ":protocol",
    ];
    let is_of_tool = |line: &str| {
        starts.iter().any(|start| line.starts_with(start)) || marks.iter().any(|mark| line.contains(mark))
    };
    let text = String::from_utf8_lossy(body);
    // Only the length tells whether the last line end is of the body.
    (has_length || !text.ends_with('\n')) && !text.split('\n').any(is_of_tool)
}

/// Whether a body does not look like what a program prints in front of one.
fn has_no_label(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    let labels = [
        "<Buffer ",
        "b'",
        "b\"",
        "body:",
        "Body:",
        "payload:",
        "Payload:",
        "data:",
        "rawBody:",
        "\"body\":",
        "-Body",
    ];
    !text.starts_with(|sign: char| sign.is_whitespace() || ")]},".contains(sign))
        && !labels.iter().any(|label| text.starts_with(label))
}

/// A text that a program prints behind an object, and that looks like nothing else.
fn is_printed(body: &[u8], has_length: bool) -> bool {
    is_text(body) && is_plain(body) && has_no_mark(body, has_length) && has_no_label(body)
}

fn line_end(around: u16) -> &'static str {
    if around & 1 == 0 { "\r\n" } else { "\n" }
}

/// The head of HTTP/1.
fn head(request: &Request, end: &str) -> Vec<u8> {
    let mut head = format!("{} {} HTTP/1.1{end}", request.method, request.path).into_bytes();
    for (name, value) in &request.headers {
        head.extend([name.as_bytes(), b": ", value, end.as_bytes()].concat());
    }
    [head, end.into()].concat()
}

pub(super) fn has_length(request: &Request) -> bool {
    request.headers.iter().any(|(name, _)| name == "Content-Length")
}

/// A raw request, perhaps with a byte order mark, empty lines in front, and an answer behind.
fn raw(request: &Request, around: u16) -> Vec<u8> {
    let end = line_end(around);
    let mark = if around & 2 == 0 { "" } else { "\u{feff}" };
    let answer =
        if around & 4 == 0 || !has_length(request) { "" } else { "\n\nHTTP/1.1 401 Unauthorized\n\nno\n" };
    let front = end.repeat(usize::from(around >> 3 & 3));
    [mark.as_bytes(), front.as_bytes(), &head(request, end), &request.body, answer.as_bytes()].concat()
}

/// A raw request in chunks.
fn chunks(request: &Request, around: u16) -> Vec<u8> {
    let end = line_end(around);
    let mut chunked = request.clone();
    chunked.headers.push(("Transfer-Encoding".to_owned(), b"chunked".to_vec()));
    let mut raw = head(&chunked, end);
    for chunk in request.body.chunks(usize::from(around >> 1 & 31) + 1) {
        raw.extend([format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
    }
    [raw, b"0\r\n\r\n".to_vec()].concat()
}

/// A raw request with something in front of each line, whose digits may change.
fn log(request: &Request, around: u16) -> Vec<u8> {
    let bytes = [head(request, line_end(around)), request.body.clone()].concat();
    let front = ["web.1: ", "[10:00:0%] ", "2026-01-10T10:00:0%Z app | "][usize::from(around >> 1) % 3];
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate();
    lines
        .flat_map(|(number, line)| [front.replace('%', &(number % 10).to_string()).as_bytes(), line].concat())
        .collect()
}

/// The output of `curl --trace`.
fn trace(request: &Request, around: u16) -> Vec<u8> {
    let mut text = "== Info:   Trying 127.0.0.1:80...\n".to_owned();
    let mut block = |name: &str, bytes: &[u8]| {
        writeln!(text, "=> Send {name}, {} bytes (0x{:x})", bytes.len(), bytes.len()).unwrap();
        for (number, line) in bytes.chunks(16).enumerate() {
            let pairs: String = line.iter().map(|byte| format!("{byte:02x} ")).collect();
            let shown =
                line.iter().map(|byte| if (b' '..=b'~').contains(byte) { char::from(*byte) } else { '.' });
            writeln!(text, "{:04x}: {pairs:48}{}", number * 16, shown.collect::<String>()).unwrap();
        }
    };
    block("header", &head(request, "\r\n"));
    for data in request.body.chunks(usize::from(around & 255) + 1) {
        block("data", data);
    }
    text.push_str("<= Recv header, 14 bytes (0xe)\n0000: 48 54 54 50 2f 31 2e 31 20 34 30 31 0d 0a       HTTP/1.1 401..\n");
    text.into_bytes()
}

/// The output of `curl -v`, with the body behind it.
fn curl(request: &Request, around: u16) -> Vec<u8> {
    let head = String::from_utf8(head(request, line_end(around))).expect("ASCII");
    let head: String = head.split_inclusive('\n').map(|line| format!("> {line}")).collect();
    let body = String::from_utf8_lossy(&request.body);
    let end = if has_length(request) { "\n" } else { "" };
    let answer = if around & 2 == 0 || !has_length(request) {
        ""
    } else {
        "< HTTP/1.1 204 No Content\n< \n* Closing connection 0\n"
    };
    format!("*   Trying 127.0.0.1:80...\n{head}}} [{} bytes data]\n{body}{end}{answer}", body.len())
        .into_bytes()
}

/// The output of `nghttp -v`, with the body behind it.
fn nghttp(request: &Request, around: u16) -> Vec<u8> {
    let mut text = "[  0.003] Connected\n[  0.012] send HEADERS frame <length=80, flags=0x24, stream_id=13>\n          ; END_HEADERS\n".to_owned();
    for (name, value) in pseudo(request) {
        writeln!(text, "          {name}: {value}").unwrap();
    }
    text.push_str(
        "[  0.013] send DATA frame <length=11, flags=0x01, stream_id=13>\n          ; END_STREAM\n\n",
    );
    let end = if has_length(request) && around & 1 == 1 { "\n" } else { "" };
    [text.as_bytes(), &request.body, end.as_bytes()].concat()
}

/// The headers of HTTP/2.
pub(super) fn pseudo(request: &Request) -> Vec<(String, String)> {
    let line = [(":method", &request.method), (":path", &request.path)];
    line.map(|(name, value)| (name.to_owned(), value.clone())).into_iter().chain(headers(request)).collect()
}

fn headers(request: &Request) -> impl Iterator<Item = (String, String)> {
    request.headers.iter().map(|(name, value)| (name.clone(), String::from_utf8_lossy(value).into_owned()))
}

/// The file of a browser, with other requests in front of this one.
fn har(request: &Request, around: u16) -> Vec<u8> {
    let headers: Vec<_> =
        headers(request).map(|(name, value)| json!({"name": name, "value": value})).collect();
    let post = match std::str::from_utf8(&request.body) {
        Ok(text) if around & 4 == 0 => json!({"mimeType": "application/json", "text": text}),
        _ => json!({"mimeType": "", "text": STANDARD.encode(&request.body), "encoding": "base64"}),
    };
    let url = format!("https://h.test{}", request.path);
    let other = json!({"request": {"method": "GET", "url": "https://h.test/", "headers": [{"name": "a", "value": "b"}]}});
    let mut entries = vec![other; usize::from(around & 3)];
    entries.push(json!({"time": 1, "request": {"method": request.method, "url": url, "headers": headers, "postData": post}, "response": {"status": 401}}));
    json!({"log": {"version": "1.2", "entries": entries}}).to_string().into_bytes()
}

/// A dump of a framework or the event of a cloud function.
fn dump(request: &Request, around: u16) -> Vec<u8> {
    let headers: serde_json::Map<_, _> =
        headers(request).map(|(name, value)| (name, Value::from(value))).collect();
    let mut dump = json!({"method": request.method, "url": request.path, "headers": headers});
    match std::str::from_utf8(&request.body) {
        Ok(text) if around & 1 == 0 => dump["body"] = text.into(),
        _ if around & 2 == 0 => dump["body"] = json!({"type": "Buffer", "data": request.body}),
        _ => {
            dump["body"] = STANDARD.encode(&request.body).into();
            dump["isBase64Encoded"] = true.into();
        }
    }
    let inside = match ["", "req", "event", "detail", "request"][usize::from(around >> 2) % 5] {
        "" => dump,
        key => json!({"level": 30, key: dump, "msg": "x"}),
    };
    let text = if around & 128 == 0 { inside.to_string() } else { format!("{inside:#}\n") };
    text.into_bytes()
}

/// A command for a shell.
fn command(request: &Request, around: u16) -> Vec<u8> {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let next = if around & 1 == 0 { " " } else { " \\\n  " };
    let mut text = format!("curl -X {}{next}{}", request.method, quoted(&request.path));
    for (name, value) in headers(request) {
        write!(text, "{next}-H {}", quoted(&format!("{name}: {value}"))).unwrap();
    }
    write!(text, "{next}--data-raw {}", quoted(&String::from_utf8_lossy(&request.body))).unwrap();
    text.push_str(
        ["", "\n", " --compressed\n", "\n* Trying\n< HTTP/1.1 401\n"][usize::from(around >> 1) % 4],
    );
    text.into_bytes()
}
