//! How `listen` receives: what it keeps of a request, and which versions of HTTP it takes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    missing_docs,
    unreachable_pub,
    reason = "a test may fail loudly, in its helpers too"
)]

mod support;

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};

use serde_json::Value;
use support::{Receiver, SECRET, Scratch, countersign, error, text, without_proxy};

const LISTEN: [&str; 8] = ["listen", "--provider", "massu", "--secret-env", "S", "--port", "0", "--json"];

fn listen(more: &[&str]) -> Receiver {
    Receiver::start(countersign(LISTEN.iter().chain(more)))
}

fn connect(listener: &Receiver) -> TcpStream {
    TcpStream::connect(listener.url.strip_prefix("http://").unwrap().strip_suffix("/hook").unwrap()).unwrap()
}

fn answer(mut stream: &TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// A genuine request, byte for byte.
fn genuine() -> Vec<u8> {
    let body = "tests/sessions/newline.json";
    let signed =
        countersign(["sign", "--provider", "massu", "--secret-env", "S", "--value", body]).output().unwrap();
    let body = std::fs::read(body).unwrap();
    let (value, length) = (text(&signed), body.len());
    let head = format!(
        "PATCH /A%20b?c=%2F HTTP/1.1\r\nX-UPPER: Some Value \r\nhost: 127.0.0.1\r\nx-Massu-Signature-256: {}\r\nAccept: a\r\nX-Upper: again\r\nContent-Length: {length}\r\n\r\n",
        value.trim()
    );
    [head.as_bytes(), &body].concat()
}

#[test]
fn a_saved_request_keeps_the_spelling_and_the_order_of_its_headers() {
    let scratch = Scratch::new("spelling");
    let mut listener = listen(&["--save", scratch.path().to_str().unwrap()]);
    let mut stream = connect(&listener);
    // The head comes in pieces, as a slow client sends it.
    for piece in genuine().chunks(7) {
        stream.write_all(piece).unwrap();
        stream.flush().unwrap();
    }
    let answer = answer(&stream);
    let line: Value = serde_json::from_str(&listener.line()).unwrap();
    assert_eq!((&line["method"], &line["path"]), (&"PATCH".into(), &"/A%20b?c=%2F".into()), "{answer}");
    assert_eq!(line["signature"], "valid", "{line}");
    let saved = std::fs::read_to_string(scratch.path().join("0001.http")).unwrap();
    let head: Vec<&str> = saved.split("\r\n").take(6).collect();
    assert_eq!(head[0], "PATCH /A%20b?c=%2F HTTP/1.1");
    let names: Vec<&str> = head[1..].iter().map(|line| line.split_once(':').unwrap().0).collect();
    assert_eq!(names, ["X-UPPER", "host", "x-Massu-Signature-256", "Accept", "X-Upper"]);
}

#[test]
fn a_client_that_ends_its_side_gets_its_answer() {
    let listener = listen(&[]);
    let mut stream = connect(&listener);
    stream.write_all(&genuine()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert!(answer(&stream).starts_with("HTTP/1.1 "));
}

#[test]
fn deliveries_come_by_http_2_as_well() {
    let mut listener = listen(&["--count", "2"]);
    let sign = ["sign", "--provider", "massu", "--secret-env", "S", "--curl", &listener.url];
    let curl = countersign(sign.iter().chain(&["tests/sessions/newline.json"])).output().unwrap();
    let script = text(&curl).replacen("curl ", "curl --silent --http2-prior-knowledge --include ", 1);
    for _ in 0..2 {
        let sent = without_proxy("sh").args(["-c", &script]).output().unwrap();
        assert!(text(&sent).starts_with("HTTP/2 "), "{}{}", text(&sent), error(&sent));
        let line: Value = serde_json::from_str(&listener.line()).unwrap();
        assert_eq!(line["signature"], "valid", "{line}");
    }
    assert_eq!(listener.line(), "", "it ends after two");
}

#[test]
fn exactly_as_many_requests_as_were_wanted_are_handled() {
    let mut listener = listen(&["--count", "1"]);
    let clients: Vec<TcpStream> = (0..8).map(|_| connect(&listener)).collect();
    let request = genuine();
    for mut client in &clients {
        // The listener may have ended before the last ones.
        client.write_all(&request).ok();
    }
    let mut handled = 0;
    while !listener.line().is_empty() {
        handled += 1;
    }
    assert_eq!(handled, 1);
}

#[test]
fn the_inspector_has_an_address_with_a_token_and_nothing_changes_without_it() {
    let mut listener = listen(&["--ui", "--ui-port", "0"]);
    let line: Value = serde_json::from_str(&listener.line()).unwrap();
    let address = line["inspector"].as_str().unwrap();
    let get = |url: &str| text(&without_proxy("curl").args(["--silent", "--include", url]).output().unwrap());
    assert!(get(address).starts_with("HTTP/1.1 200 "), "{address}");
    let (start, _) = address.trim_end_matches('/').rsplit_once('/').unwrap();
    assert!(get(start).starts_with("HTTP/1.1 403 "), "{start}");
    assert!(!get(&format!("{address}about")).contains(SECRET));

    let refused = countersign(LISTEN.iter().chain(&["--ui-port", "0"])).output().unwrap();
    assert!(error(&refused).contains("--ui"), "{}", error(&refused));
    let port = address.rsplit(':').next().unwrap().split('/').next().unwrap();
    let taken = countersign(LISTEN.iter().chain(&["--ui", "--ui-port", port])).output().unwrap();
    assert!(error(&taken).ends_with("; choose another --ui-port\n"), "{}", error(&taken));
}

#[test]
fn a_saved_request_has_the_bytes_of_its_own_alone() {
    let scratch = Scratch::new("alone");
    let mut listener = listen(&["--save", scratch.path().to_str().unwrap()]);
    let stream = connect(&listener);
    // The server skips the empty lines, and reads one request from a connection.
    (&stream).write_all(&[b"\r\n\r\n".as_slice(), &genuine(), &genuine()].concat()).unwrap();
    let line: Value = serde_json::from_str(&listener.line()).unwrap();
    assert_eq!(line["signature"], "valid", "{line}");
    let saved = std::fs::read(scratch.path().join("0001.http")).unwrap();
    let wanted = String::from_utf8(genuine()).unwrap();
    assert_eq!(text_without_length(&saved), text_without_length(wanted.as_bytes()));
}

/// A request without its `content-length`, because the command writes its own spelling of it, and without blanks at the ends of lines.
fn text_without_length(request: &[u8]) -> Vec<String> {
    let lines = std::str::from_utf8(request).unwrap().lines();
    let kept = lines.filter(|line| !line.to_ascii_lowercase().starts_with("content-length:"));
    kept.map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn a_body_that_is_cut_or_malformed_is_no_timeout() {
    let mut listener = listen(&[]);
    for (request, reason) in [
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{}", "its body ends in the middle"),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{}",
            "its body ends in the middle",
        ),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nx\r\n{}\r\n0\r\n\r\n",
            "the length of a chunk is not well formed",
        ),
    ] {
        let stream = connect(&listener);
        (&stream).write_all(request.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        assert!(answer(&stream).starts_with("HTTP/1.1 400 "), "{request}");
        let line: Value = serde_json::from_str(&listener.line()).unwrap();
        assert_eq!(line["reason"], format!("not HTTP/1: {reason}"), "{request}");
    }
}

#[test]
fn the_number_of_headers_is_bounded_in_http_2_as_well() {
    let mut listener = listen(&[]);
    let send = |headers: usize| {
        let mut curl = without_proxy("curl");
        curl.args(["--silent", "--include", "--http2-prior-knowledge", "--data", "{}", &listener.url]);
        curl.args((0..headers).flat_map(|number| ["--header".to_owned(), format!("x-{number}: a")]));
        text(&curl.output().unwrap())
    };
    assert!(send(100).starts_with("HTTP/2 401 "));
    assert!(send(130).starts_with("HTTP/2 431 "));
    assert!(listener.line().contains("no signature header"));
    assert!(listener.line().contains("message is too large"));
}

#[test]
fn a_head_request_is_forwarded() {
    let endpoint = TcpListener::bind("127.0.0.1:0").unwrap();
    let listener = listen(&["--forward", &format!("http://{}/", endpoint.local_addr().unwrap())]);
    let client = connect(&listener);
    (&client).write_all(b"HEAD / HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
    let (mut forwarded, _) = endpoint.accept().unwrap();
    let mut start = [0; 5];
    forwarded.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HEAD ");
    // The length is the one of the answer to a GET.
    forwarded.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n").unwrap();
    drop(forwarded);
    assert!(answer(&client).starts_with("HTTP/1.1 200 "));
}
