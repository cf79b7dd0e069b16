//! Hostile clients over real sockets, against both services as they would be deployed.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests may fail loudly, and say what they are at"
)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use countersign::testing::sign;
use countersign::{Massu, Provider, Secret};
use countersign_tests::live::{SERVICES, Service};
use countersign_tests::tcp::{Answer, CHUNKED, Connection, LAST_CHUNK, chunks, head, request};

const SECRET: &str = "whsec_hostile";
const PATH: &str = "/webhooks/massu";
const LIMIT: usize = 1024 * 1024;
const BODY: &[u8] = br#"{"type":"session.completed","data":{},"timestamp":"2026-02-15T10:30:00.000Z"}"#;

fn each_service(check: impl Fn(&Service)) {
    each_service_with(&[], check);
}

fn each_service_with(settings: &[(&str, &str)], check: impl Fn(&Service)) {
    for name in SERVICES {
        let environment = [&[("MASSU_WEBHOOK_SECRET", SECRET)], settings].concat();
        println!("{name}");
        check(&Service::start(name, &environment));
    }
}

fn signature(body: &[u8]) -> String {
    sign(Massu::SCHEME, &Secret::new(SECRET).unwrap(), body)
}

fn genuine(body: &[u8]) -> Vec<u8> {
    request(PATH, &[("x-massu-signature-256", signature(body).as_bytes())], body)
}

/// An authentic event of exactly this many bytes, those of [`BODY`] and then `filler`.
fn event_of(size: usize, filler: u8) -> Vec<u8> {
    let mut body = BODY.to_vec();
    let end = body.pop().unwrap();
    body.resize(size - 1, filler);
    body.push(end);
    body
}

fn accepted(answer: &Answer) {
    assert_eq!(answer.brief(), (200, r#"{"received":true,"event":"session.completed"}"#.to_owned()));
}

fn refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!(answer.brief(), (status, format!(r#"{{"error":"{error}"}}"#)));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

/// With an event of its own each time: a repeat would be answered without a handler.
fn still_serves(service: &Service) {
    static TIMES: AtomicUsize = AtomicUsize::new(0);
    let mut connection = Connection::open(service.address);
    let body = event_of(BODY.len() + 1 + TIMES.fetch_add(1, Ordering::Relaxed), b' ');
    connection.send(genuine(&body)).unwrap();
    accepted(&connection.answer().unwrap());
}

#[test]
fn chunks_of_one_byte_are_one_body() {
    each_service(|service| {
        let mut connection = Connection::open(service.address);
        let headers = [("x-massu-signature-256", signature(BODY))];
        connection.send(head(PATH, &[(headers[0].0, headers[0].1.as_bytes()), CHUNKED], &[])).unwrap();
        for byte in BODY.chunks(1) {
            connection.send(chunks(byte, 1)).unwrap();
        }
        connection.send(LAST_CHUNK).unwrap();
        accepted(&connection.answer().unwrap());
    });
}

#[test]
fn a_declared_length_is_not_believed_and_not_allocated() {
    each_service(|service| {
        still_serves(service);
        let before = service.resident();
        for length in ["1048577", "70368744177664", "18446744073709551615"] {
            let mut connection = Connection::open(service.address);
            let tag = signature(BODY);
            let headers = [("x-massu-signature-256", tag.as_bytes()), ("content-length", length.as_bytes())];
            connection.send(head(PATH, &headers, &[])).unwrap();
            let answer = connection.answer().unwrap();
            // A server may refuse to count to 2^64 - 1, and say so itself.
            if length.len() < 20 || !matches!(answer.status, 400 | 431) {
                refused(&answer, 413, "body too large");
            }
        }
        assert!(service.resident() < before + (16 << 20));
        still_serves(service);
    });
}

#[test]
fn the_limit_is_exact_declared_or_not() {
    each_service(|service| {
        for size in [LIMIT - 1, LIMIT, LIMIT + 1, 3 * LIMIT] {
            let verdict = |answer: &Answer| {
                if size <= LIMIT { accepted(answer) } else { refused(answer, 413, "body too large") }
            };

            let body = event_of(size, b' ');
            let tag = signature(&body);
            let signed = ("x-massu-signature-256", tag.as_bytes());
            let mut declared = Connection::open(service.address);
            let length = size.to_string();
            declared.send(head(PATH, &[signed, ("content-length", length.as_bytes())], &[])).unwrap();
            if size <= LIMIT {
                declared.send(&body).unwrap();
            }
            verdict(&declared.answer().unwrap());

            let body = event_of(size, b'\n');
            let tag = signature(&body);
            let signed = ("x-massu-signature-256", tag.as_bytes());
            let mut chunked = Connection::open(service.address);
            chunked.send(head(PATH, &[signed, CHUNKED], &[])).unwrap();
            let mut bytes = [chunks(&body, 16 * 1024), LAST_CHUNK.to_vec()].concat();
            if size == LIMIT + 1 {
                // Ends with the byte that is too much, so that no byte is left unread.
                bytes.truncate(bytes.len() - LAST_CHUNK.len() - b"\r\n".len());
            }
            let sent = chunked.send(&bytes);
            if size <= LIMIT + 1 {
                sent.unwrap();
                verdict(&chunked.answer().unwrap());
            } else {
                // Closing with bytes unread may reset the connection before the answer is read.
                chunked.answer().iter().for_each(verdict);
            }
        }
    });
}

#[test]
fn a_body_that_stops_is_a_timeout() {
    each_service_with(&[("READ_TIMEOUT_MS", "300")], |service| {
        let tag = signature(BODY);
        for framing in [("content-length", &b"77"[..]), CHUNKED] {
            for sent in [&b""[..], b"5\r\n{\"typ"] {
                let mut connection = Connection::open(service.address);
                let start = Instant::now();
                connection
                    .send(head(PATH, &[("x-massu-signature-256", tag.as_bytes()), framing], &[]))
                    .unwrap();
                connection.send(sent).unwrap();
                refused(&connection.answer().unwrap(), 408, "body timeout");
                assert!(start.elapsed() >= Duration::from_millis(300));
            }
        }
        still_serves(service);
    });
}

#[test]
fn five_hundred_clients_that_hang_up_leave_nothing_behind() {
    each_service(|service| {
        let tag = signature(BODY);
        let half = [
            head(PATH, &[("x-massu-signature-256", tag.as_bytes()), ("content-length", b"900000")], &[]),
            vec![b' '; 100_000],
        ]
        .concat();
        let hang_up = |times| {
            for _ in 0..times {
                Connection::open(service.address).send(&half).unwrap();
            }
            still_serves(service);
            settled(service);
        };
        // The first ones fill the allocator's pools, which it keeps. What leaks grows once more with the next.
        hang_up(500);
        let (memory, files) = (service.resident(), service.open_files());
        hang_up(500);
        let patience = Instant::now() + Duration::from_secs(20);
        while service.open_files() > files {
            assert!(Instant::now() < patience, "{} open files, {files} before", service.open_files());
            sleep(Duration::from_millis(50));
        }
        let grown = service.resident().saturating_sub(memory);
        assert!(grown < 24 << 20, "{grown} bytes are kept");
    });
}

/// Waits until the service has closed what was hung up, and sees that it then rests.
fn settled(service: &Service) {
    let patience = Instant::now() + Duration::from_secs(10);
    loop {
        let before = service.cpu_time();
        sleep(Duration::from_millis(500));
        let used = service.cpu_time() - before;
        if used <= Duration::from_millis(20) {
            return;
        }
        assert!(Instant::now() < patience, "busy: {used:?} of processor time in half a second of rest");
    }
}

#[test]
fn what_is_pipelined_behind_a_refusal_is_never_misread() {
    let smuggled = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    each_service(|service| {
        let wrong = signature(b"another body");
        let signed = ("x-massu-signature-256", wrong.as_bytes());
        let oversize = event_of(LIMIT + 1, b' ');
        let first: [(&str, u16, Vec<u8>); 6] = [
            ("unsigned", 401, request(PATH, &[], smuggled)),
            ("forged", 401, request(PATH, &[signed], smuggled)),
            ("malformed", 401, request(PATH, &[("x-massu-signature-256", b"sha256=0")], smuggled)),
            ("encoded", 415, request(PATH, &[signed, ("content-encoding", b"gzip")], smuggled)),
            (
                "unsigned, chunked",
                401,
                [head(PATH, &[CHUNKED], &[]), chunks(smuggled, smuggled.len()), LAST_CHUNK.to_vec()].concat(),
            ),
            ("oversize", 413, request(PATH, &[signed], &oversize)),
        ];
        for (name, status, bytes) in first {
            let mut connection = Connection::open(service.address);
            // The server may close before it has read all of this.
            let sent = connection.send([bytes, genuine(BODY)].concat());
            if sent.is_ok() {
                connection.finish_sending();
            }
            let answers: Vec<_> = connection.all_answers().iter().map(|answer| answer.status).collect();
            let reset_by_oversize = answers.is_empty() && status == 413;
            assert!(
                answers == [status, 200] || answers == [status] || reset_by_oversize,
                "{name}: {answers:?}"
            );
        }
        still_serves(service);
    });
}

#[test]
fn any_byte_in_the_signature_is_refused_and_nothing_worse() {
    each_service(|service| {
        for byte in 0x80..=0xFF {
            for value in [vec![byte], vec![byte; 64], [b"sha256=", &[byte; 64][..]].concat()] {
                let mut connection = Connection::open(service.address);
                connection.send(request(PATH, &[("x-massu-signature-256", &value)], BODY)).unwrap();
                refused(&connection.answer().unwrap(), 401, "invalid signature");
            }
        }
        still_serves(service);
    });
}

#[test]
fn large_headers_are_refused() {
    each_service(|service| {
        let large = vec![b'a'; 64 * 1024];
        for headers in [[("x-massu-signature-256", &large[..])], [("x-massu-delivery", &large[..])]] {
            let mut connection = Connection::open(service.address);
            connection.send(request(PATH, &headers, BODY)).unwrap();
            let status = connection.answer().map(|answer| answer.status);
            assert!(matches!(status, None | Some(400 | 401 | 431)), "{status:?}");
        }
        still_serves(service);
    });
}

#[test]
fn two_signatures_are_refused() {
    each_service(|service| {
        let (good, bad) = (signature(BODY), signature(b"another body"));
        for [first, second] in [[&good, &bad], [&bad, &good], [&good, &good]] {
            let headers =
                [("x-massu-signature-256", first.as_bytes()), ("X-Massu-Signature-256", second.as_bytes())];
            let mut connection = Connection::open(service.address);
            connection.send(request(PATH, &headers, BODY)).unwrap();
            refused(&connection.answer().unwrap(), 401, "invalid signature");
        }
    });
}

#[test]
fn a_bad_header_is_judged_before_the_body_is_asked_for() {
    each_service(|service| {
        let expecting = [("expect", &b"100-continue"[..]), ("content-length", b"77")];
        let mut connection = Connection::open(service.address);
        connection.send(head(PATH, &expecting, &[("x-massu-signature-256", b"sha256=0")])).unwrap();
        refused(&connection.answer().unwrap(), 401, "invalid signature");

        let tag = signature(BODY);
        let mut connection = Connection::open(service.address);
        connection.send(head(PATH, &expecting, &[("x-massu-signature-256", tag.as_bytes())])).unwrap();
        assert_eq!(connection.answer().unwrap().status, 100);
        connection.send(BODY).unwrap();
        accepted(&connection.answer().unwrap());
    });
}
