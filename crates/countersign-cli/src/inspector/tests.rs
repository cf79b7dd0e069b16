//! The inspector over real connections.

use std::io::{BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::testing::{Samples as _, SignedRequest};
use countersign::{Massu, Provider as _, Secret};
use countersign_diagnose::{Diagnose, SecretBytes};
use serde_json::Value;

use super::*;
use crate::commands::listen::judge::{Diagnoses, Judge};
use crate::http1::{self, Request};
use crate::provider::Provider;

const SECRET: &str = "whsec_inspector_0123456789";

struct Page {
    inspector: Arc<Inspector>,
    host: String,
    /// The path up to the token, with a slash at its end.
    path: String,
}

/// An inspector that serves until the process ends.
fn page() -> Page {
    page_to(None)
}

fn page_to(forward: Option<Target>) -> Page {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let setup = Setup {
        provider: *ProviderInfo::find(Massu::NAME).unwrap(),
        secret: Secret::new(SECRET).unwrap(),
        forward,
        receiver: "http://127.0.0.1:4400/".to_owned(),
        options: "--provider massu --secret-env S".to_owned(),
    };
    let inspector = Arc::new(Inspector::new(setup, listener.local_addr().unwrap().port()).unwrap());
    let served = Arc::clone(&inspector);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            listener.set_nonblocking(true).unwrap();
            serve(served, tokio::net::TcpListener::from_std(listener).unwrap()).await;
        });
    });
    let address = inspector.address();
    let (host, path) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
    Page { host: host.to_owned(), path: format!("/{path}"), inspector }
}

impl Page {
    fn connect(&self, head: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).unwrap();
        stream
    }

    /// Sends a request as the page does, and returns the answer.
    fn ask(&self, method: &str, path: &str, body: &str) -> String {
        let Self { host, path: start, .. } = self;
        let length = body.len();
        let head = format!(
            "{method} {start}{path} HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\nconnection: close\r\ncontent-length: {length}"
        );
        self.raw(&head, body)
    }

    fn raw(&self, head: &str, body: &str) -> String {
        let mut answer = Vec::new();
        self.connect(head, body).read_to_end(&mut answer).unwrap();
        String::from_utf8(answer).unwrap()
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_str(body(&self.ask("GET", path, ""))).unwrap()
    }

    fn receive(&self, signed: &SignedRequest, came: &[u8]) -> u64 {
        self.receive_at("/hook", signed, came)
    }

    fn receive_at(&self, path: &str, signed: &SignedRequest, came: &[u8]) -> u64 {
        let request = Request {
            method: "POST".to_owned(),
            path: path.to_owned(),
            headers: signed.headers().to_vec(),
            body: came.to_vec(),
        };
        let judged = judge().judge(&request).unwrap();
        self.inspector.received(Arc::new(Received { request, version: "HTTP/1.1", judged }))
    }
}

fn judge() -> Judge {
    let provider = Provider::built_in(ProviderInfo::find(Massu::NAME).unwrap());
    Judge {
        provider,
        secrets: Secret::new(SECRET).unwrap().into(),
        diagnose: Diagnose::new(&provider.info.scheme, [SecretBytes::new(SECRET).unwrap()]),
        body_limit: 1 << 20,
        diagnoses: Diagnoses::default(),
    }
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

fn genuine() -> SignedRequest {
    SignedRequest::new::<Massu>(&Secret::new(SECRET).unwrap(), Massu::SAMPLES[0].body)
}

/// The tag of a signed request, in hex.
fn tag(signed: &SignedRequest) -> String {
    let (_, value) = signed.headers().iter().find(|(name, _)| name == Massu::SCHEME.header()).unwrap();
    String::from_utf8(value.clone()).unwrap().split_once('=').unwrap().1.to_owned()
}

#[test]
fn every_answer_is_safe_and_only_the_page_gets_one() {
    let page = page();
    let (host, path) = (page.host.clone(), page.path.clone());
    for (head, status) in [
        (format!("GET {path} HTTP/1.1\r\nhost: {host}"), "200 "),
        (format!("GET {path}main.js HTTP/1.1\r\nhost: {host}"), "200 "),
        (format!("GET {path}none HTTP/1.1\r\nhost: {host}"), "404 "),
        (format!("GET {} HTTP/1.1\r\nhost: {host}", path.trim_end_matches('/')), "308 "),
        (format!("PUT {path} HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}"), "405 "),
        (format!("GET {path} HTTP/1.1\r\nhost: evil.example"), "403 "),
        (format!("GET http://{host}{path} HTTP/1.1\r\nhost: {host}"), "403 "),
        (format!("GET {path}about HTTP/1.1\r\nhost: {host}\r\norigin: http://evil.example"), "403 "),
        (format!("POST {path}clear HTTP/1.1\r\nhost: {host}\r\ncontent-length: 0"), "403 "),
        (format!("GET / HTTP/1.1\r\nhost: {host}"), "403 "),
        (format!("GET /main.js HTTP/1.1\r\nhost: {host}"), "403 "),
    ] {
        let answer = page.raw(&format!("{head}\r\nconnection: close"), "");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{head}: {answer}");
        for safe in [
            "\r\ncontent-security-policy: default-src 'none'; script-src 'self';",
            "frame-ancestors 'none'",
            "\r\nx-content-type-options: nosniff\r\n",
            "\r\nreferrer-policy: no-referrer\r\n",
            "\r\ncache-control: no-store\r\n",
        ] {
            assert!(answer.contains(safe), "{head}: {safe}: {answer}");
        }
        assert!(!answer.to_ascii_lowercase().contains("access-control-"), "{answer}");
    }
}

#[test]
fn the_page_learns_neither_a_secret_nor_a_whole_tag() {
    let page = page();
    let signed = genuine();
    let number = page.receive(&signed, signed.body());
    let refused = page.receive(&signed, b"{}");
    for path in ["about", &format!("deliveries/{number}"), &format!("deliveries/{refused}")] {
        let answer = page.ask("GET", path, "");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(!answer.contains(SECRET) && !answer.contains(&tag(&signed)), "{path}: {answer}");
    }
    let mut events = page.connect(&format!("GET {}events HTTP/1.1\r\nhost: {}", page.path, page.host), "");
    let (mut received, mut seen) = (Vec::new(), String::new());
    while !seen.contains("\"number\":2") {
        let mut bytes = [0; 4096];
        let count = events.read(&mut bytes).unwrap();
        assert_ne!(count, 0, "the events end: {seen}");
        received.extend_from_slice(&bytes[..count]);
        // A part may end inside a character.
        seen = String::from_utf8_lossy(&received).into_owned();
    }
    assert!(!seen.contains(SECRET) && !seen.contains(&tag(&signed)), "{seen}");
    // The file and the command are for the user's own disk and shell. They must work, so they have the tag.
    for path in [format!("deliveries/{number}/request.http"), format!("deliveries/{number}/curl")] {
        let answer = page.ask("GET", &path, "");
        assert!(!answer.contains(SECRET) && answer.contains(&tag(&signed)), "{path}");
    }
}

#[test]
fn a_refused_delivery_shows_the_bytes_that_were_signed() {
    let page = page();
    let signed = genuine();
    let came = [signed.body(), b"\n".as_slice()].concat();
    let number = page.receive(&signed, &came);
    let detail = page.json(&format!("deliveries/{number}"));
    assert_eq!(detail["causes"][0]["name"], "body-final-newline-added");
    let parts = serde_json::json!([[0, signed.body().len()], [2, 1]]);
    assert_eq!(detail["diff"]["parts"], parts);
    assert_eq!((&detail["valid"], &detail["attempt"]), (&Value::from(false), &Value::from(1)));
    let valid = page.receive(&signed, signed.body());
    let detail = page.json(&format!("deliveries/{valid}"));
    assert!(detail["diff"].is_null() && detail["valid"] == true && detail["causes"] == serde_json::json!([]));
}

#[test]
fn orders_are_bounded_and_say_what_is_missing() {
    let page = page();
    let number = page.receive(&genuine(), b"{}");
    for (path, body, status, reason) in [
        ("send", "{}".to_owned(), "502", "no forward target"),
        ("send", "{\"url\":\"http://evil.example\"}".to_owned(), "400", "not understood"),
        ("send", " ".repeat(5000), "400", "cannot be read"),
        ("search", "{}".to_owned(), "400", "not understood"),
        (&format!("deliveries/{number}/replay"), "{}".to_owned(), "502", "no forward target"),
        ("deliveries/99/replay", "{}".to_owned(), "404", "was dropped"),
        ("deliveries/x/replay", "{}".to_owned(), "404", "no such page"),
    ] {
        let answer = page.ask("POST", path, &body);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains(reason),
            "{path}: {answer}"
        );
    }
    assert!(page.ask("POST", "clear", "{}").starts_with("HTTP/1.1 200 "));
    assert!(page.ask("GET", &format!("deliveries/{number}"), "").starts_with("HTTP/1.1 404 "));
}

#[test]
fn a_saved_request_is_the_one_that_came() {
    let page = page();
    let signed = genuine().header("X-Odd", "\u{9b}31m");
    let number = page.receive(&signed, signed.body());
    let answer = page.ask("GET", &format!("deliveries/{number}/request.http"), "");
    assert!(answer.contains("\r\ncontent-disposition: attachment\r\n"));
    let mut saved = body(&answer).as_bytes();
    let head = http1::request_head(&mut saved).unwrap();
    assert_eq!(saved, signed.body().as_ref());
    assert!(signed.headers().iter().all(|header| head.headers.contains(header)));
    let refused = page.ask("GET", &format!("deliveries/{number}/curl"), "");
    assert!(refused.contains("the header 'X-Odd' is not plain text"), "{refused}");
}

#[test]
fn a_command_to_copy_reaches_the_listener_and_no_other_host() {
    let page = page();
    let curl = |target: &str| {
        let number = page.receive_at(target, &genuine(), b"{}");
        let answer = page.ask("GET", &format!("deliveries/{number}/curl"), "");
        answer.rsplit_once(" --data-binary @- ").map_or(answer.clone(), |(_, rest)| rest.to_owned())
    };
    for (target, address) in [
        ("/hook?a=%20b", "'http://127.0.0.1:4400/hook?a=%20b'"),
        ("/'$(id)`id`", r"'http://127.0.0.1:4400/'\''$(id)`id`'"),
        ("//evil.example/", "'http://127.0.0.1:4400//evil.example/'"),
        // Joined to the address, these would be another host or another path.
        ("@evil.example", "--request-target '@evil.example' 'http://127.0.0.1:4400/'"),
        ("1", "--request-target '1' 'http://127.0.0.1:4400/'"),
        ("http://evil.example/", "--request-target 'http://evil.example/' 'http://127.0.0.1:4400/'"),
        ("*", "--request-target '*' 'http://127.0.0.1:4400/'"),
        ("/a/../b", "--request-target '/a/../b' 'http://127.0.0.1:4400/'"),
        ("/a#b", "--request-target '/a#b' 'http://127.0.0.1:4400/'"),
    ] {
        assert_eq!(curl(target), address, "{target}");
    }
    assert!(curl("/\u{202e}").contains("the path is not plain text"));
    let number = page.receive(&genuine().header("X-Turned", "\u{202e}'; id"), b"{}");
    let answer = page.ask("GET", &format!("deliveries/{number}/curl"), "");
    assert!(answer.contains("the header 'X-Turned' is not plain text"), "{answer}");
}

#[test]
fn a_difference_far_behind_the_start_is_shown() {
    let page = page();
    for text in ["{\"a\":1}", "é"] {
        let text = text.repeat(700_000 / text.len());
        let signed = SignedRequest::new::<Massu>(&Secret::new(SECRET).unwrap(), text.clone());
        let number = page.receive(&signed, format!("{text}\n").as_bytes());
        let diff = &page.json(&format!("deliveries/{number}"))["diff"];
        assert_eq!((&diff["skipped"], &diff["cut"]), (&(text.len() - 4096).into(), &false.into()));
        assert_eq!(diff["parts"], serde_json::json!([[0, 4096], [2, 1]]));
    }
}

#[test]
fn a_search_finds_bodies_behind_a_number() {
    let page = page();
    let signed = genuine();
    let numbers = [&b"{\"a\":\"Zo\xc3\xab\"}"[..], b"none", b"\xffZO\xc3\xab", b""]
        .map(|body| page.receive(&signed, body));
    let search = |text: &str, after: u64| {
        let order = serde_json::json!({ "text": text, "after": after }).to_string();
        serde_json::from_str::<Vec<u64>>(body(&page.ask("POST", "search", &order))).unwrap()
    };
    assert_eq!(search("zoë", 0), [numbers[2], numbers[0]]);
    assert_eq!(search("zoë", numbers[0]), [numbers[2]]);
    assert_eq!(search("zoë", numbers[3]), [0_u64; 0]);
    assert_eq!(search("", 0), [0_u64; 0]);
}

#[test]
fn a_page_that_is_not_among_the_newest_is_told() {
    let page = page();
    let head = format!("GET {}events HTTP/1.1\r\nhost: {}\r\nconnection: close", page.path, page.host);
    let mut first = page.connect(&head, "");
    first.read_exact(&mut [0; 16]).unwrap();
    let newer: Vec<_> = (0..4).map(|_| page.connect(&head, "")).collect();
    let mut rest = String::new();
    first.read_to_string(&mut rest).unwrap();
    assert!(rest.ends_with("event: replaced\ndata:\n\n\r\n0\r\n\r\n"), "{rest}");
    drop(newer);
}

#[test]
fn a_burst_of_actions_leaves_threads_for_deliveries() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let page = page_to(Some(Target::new(&format!("http://{}/", silent.local_addr().unwrap())).unwrap()));
    let number = page.receive(&genuine(), b"{}");
    let Page { host, path, .. } = &page;
    let head = format!(
        "POST {path}deliveries/{number}/replay HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\nconnection: close\r\ncontent-length: 0"
    );
    let waiting: Vec<_> = (0..SENDING).map(|_| page.connect(&head, "")).collect();
    while page.inspector.sending.available_permits() > 0 {
        std::thread::yield_now();
    }
    let refused = page.raw(&head, "");
    assert!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("has not answered"), "{refused}");
    assert!(page.ask("GET", &format!("deliveries/{number}"), "").starts_with("HTTP/1.1 200 "));
    drop(waiting);
}

#[test]
fn an_answer_with_headers_and_control_characters_is_harmless() {
    let endpoint = TcpListener::bind("127.0.0.1:0").unwrap();
    let page = page_to(Some(Target::new(&format!("http://{}/", endpoint.local_addr().unwrap())).unwrap()));
    let signed = genuine();
    let tag = tag(&signed);
    let echo = format!("\u{1b}[2J{tag}\u{202e}");
    let reason = "x".repeat(1000);
    let answer = format!("HTTP/1.1 200 {reason}\r\nconnection: close\r\n\r\n{echo}");
    std::thread::spawn(move || {
        let (mut stream, _) = endpoint.accept().unwrap();
        // A system resets a connection that is closed with unread data.
        let mut reader = BufReader::new(&stream);
        let head = http1::request_head(&mut reader).unwrap();
        let length = http1::declared_length(&head.headers).unwrap().unwrap();
        reader.read_exact(&mut vec![0; length]).unwrap();
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let number = page.receive(&signed, signed.body());
    assert!(page.ask("POST", &format!("deliveries/{number}/replay"), "{}").starts_with("HTTP/1.1 200 "));
    let detail = page.json(&format!("deliveries/{number}"));
    let shown = STANDARD.decode(detail["answers"][0]["body"].as_str().unwrap()).unwrap();
    assert_eq!(String::from_utf8(shown).unwrap(), echo.replace(&tag, &format!("{}…", tag.get(..6).unwrap())));
    assert_eq!(detail["answers"][0]["reason"].as_str().unwrap().chars().count(), 201);
}
