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
use std::net::{Shutdown, TcpStream};
use std::process::Command;

use serde_json::Value;
use support::{Receiver, SECRET, Scratch, countersign, error, text};

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
        let sent = Command::new("sh").args(["-c", &script]).output().unwrap();
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
    let get = |url: &str| text(&Command::new("curl").args(["--silent", "--include", url]).output().unwrap());
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
