//! Hostile clients, over real sockets, against both example services.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use countersign::testing::sign;
use countersign::{Massu, Provider, Secret};
use countersign_tests::live::{SERVICES, Service};
use countersign_tests::tcp::{
    Answer, CHUNKED, Connection, LAST_CHUNK, chunks, exchange, head, request, status,
};

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

/// An authentic event of exactly this many bytes: [`BODY`], and then `filler`.
fn event_of(size: usize, filler: u8) -> Vec<u8> {
    let mut body = BODY.to_vec();
    let end = body.pop().unwrap();
    body.resize(size - 1, filler);
    body.push(end);
    body
}

#[track_caller]
fn accepted(answer: &Answer) {
    assert_eq!(answer.brief(), (200, r#"{"received":true,"event":"session.completed"}"#.to_owned()));
}

#[track_caller]
fn refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!(answer.brief(), (status, format!(r#"{{"error":"{error}"}}"#)));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

/// Each call has another event, because a repeat would be answered without the handler.
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
fn a_declared_length_is_neither_believed_nor_allocated() {
    each_service(|service| {
        still_serves(service);
        let before = service.resident();
        for length in ["1048577", "70368744177664", "18446744073709551615"] {
            let mut connection = Connection::open(service.address);
            let tag = signature(BODY);
            let headers = [("x-massu-signature-256", tag.as_bytes()), ("content-length", length.as_bytes())];
            connection.send(head(PATH, &headers, &[])).unwrap();
            let answer = connection.answer().unwrap();
            // A server may refuse a length of 2^64 - 1 by itself.
            if length.len() < 20 || !matches!(answer.status, 400 | 431) {
                refused(&answer, 413, "body too large");
            }
        }
        assert!(service.resident() < before + (16 << 20));
        still_serves(service);
    });
}

#[test]
fn the_limit_is_exact_with_and_without_a_declared_length() {
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
            let head = head(PATH, &[signed, CHUNKED], &[]);
            let bytes = [head, chunks(&body, 16 * 1024), LAST_CHUNK.to_vec()].concat();
            let [chunked] = exchange(service.address, [&bytes]);
            verdict(&chunked.unwrap());
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

/// An allocator keeps memory that was freed, so that no absolute number holds on every machine. Kept memory stops growing after some
/// rounds, and leaked memory grows with each. `memory/leaks.rs` counts to the byte.
#[test]
fn five_hundred_clients_that_hang_up_leak_no_memory() {
    const ROUNDS: usize = 20;
    /// The memory that may be kept, in bytes: 2 KiB for each client. Each client sends 100 000 bytes.
    const NOTHING: u64 = 1024 * 1024;
    each_service(|service| {
        let tag = signature(BODY);
        let half = [
            head(PATH, &[("x-massu-signature-256", tag.as_bytes()), ("content-length", b"900000")], &[]),
            vec![b' '; 100_000],
        ]
        .concat();
        let mut kept = Vec::new();
        for _ in 0..ROUNDS {
            for _ in 0..500 {
                Connection::open(service.address).send(&half).unwrap();
            }
            still_serves(service);
            settled(service);
            kept.push(service.resident());
            if let [.., before, now] = kept[..]
                && now < before + NOTHING
            {
                println!("{kept:?}");
                return;
            }
        }
        panic!("each round keeps more: {kept:?}");
    });
}

/// Waits until the service has closed all connections, and checks that it then uses no processor time.
#[track_caller]
fn settled(service: &Service) {
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        let before = service.cpu_time();
        sleep(Duration::from_millis(500));
        let used = service.cpu_time() - before;
        let open = service.connections();
        if used <= Duration::from_millis(20) && open == 0 {
            return;
        }
        assert!(Instant::now() < patience, "{used:?} of processor time in half a second, {open} connections");
    }
}

/// The head of a request for a body of exactly the limit. Its signature is well formed and wrong.
fn head_of_a_forgery() -> Vec<u8> {
    let tag = signature(b"another body");
    let length = LIMIT.to_string();
    head(PATH, &[("x-massu-signature-256", tag.as_bytes()), ("content-length", length.as_bytes())], &[])
}

#[test]
fn five_hundred_bodies_that_never_end_leave_room_for_an_honest_one() {
    // No body may be late before the last one has been sent.
    let settings = [("TOTAL_BODY_LIMIT_BYTES", "16777216"), ("READ_TIMEOUT_MS", "600000")];
    each_service_with(&settings, |service| {
        still_serves(service);
        let before = service.resident();
        let endless = [head_of_a_forgery(), vec![b' '; LIMIT - 1]].concat();
        let mut clients: Vec<_> = (0..500)
            .map(|_| {
                let mut client = Connection::open(service.address);
                // A service stops reading some time after the limit.
                let _sent = client.send(&endless);
                client
            })
            .collect();
        still_serves(service);
        // Some clients hold all the memory that is allowed. It is unknown which ones.
        let begun = Instant::now();
        let answered = loop {
            if let Some(client) = clients.iter_mut().find(|client| client.is_answered()) {
                break client;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "nobody is refused");
            sleep(Duration::from_millis(50));
        };
        let answer = answered.answer().unwrap();
        refused(&answer, 503, "temporarily unavailable");
        assert_eq!(answer.header("retry-after"), Some("5"));

        let grown = service.most_resident().saturating_sub(before);
        println!("{} MiB more at the most", grown >> 20);
        assert!(grown < 96 << 20, "{grown} bytes more");

        // The memory that they held is given back.
        drop(clients);
        let whole = genuine(&event_of(LIMIT, b'\t'));
        let begun = Instant::now();
        loop {
            let mut honest = Connection::open(service.address);
            honest.send(&whole).unwrap();
            let answer = honest.answer().unwrap();
            if answer.status != 503 {
                return accepted(&answer);
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "still full");
            sleep(Duration::from_millis(50));
        }
    });
}

#[test]
fn a_refused_client_sees_its_status_and_costs_no_memory() {
    each_service(|service| {
        let wrong = signature(b"another body");
        let wrong = ("x-massu-signature-256", wrong.as_bytes());
        let large = vec![b' '; 5 * LIMIT];
        still_serves(service);
        let before = service.resident();
        for _ in 0..30 {
            for (code, body, signed) in
                [(401, &large[..], None), (413, &large, Some(wrong)), (401, &large[..900_000], Some(wrong))]
            {
                let headers: Vec<_> = signed.into_iter().collect();
                let (large, small) = (request(PATH, &headers, body), request(PATH, &[wrong], BODY));
                let [first, second] = exchange(service.address, [&large, &small]);
                assert_eq!(status(first), Some(code));
                refused(&second.unwrap(), 401, "invalid signature");
            }
        }
        let grown = service.most_resident().saturating_sub(before);
        println!("{grown} bytes more at the most");
        // The bodies are over 300 MiB together. Each thread of a service keeps some memory for later, and there may be many threads.
        assert!(grown < 32 << 20, "{grown} bytes more");
    });
}

#[test]
fn half_a_head_does_not_hold_its_connection() {
    let settings = [("HEAD_TIMEOUT_MS", "1000"), ("READ_TIMEOUT_MS", "1000")];
    each_service_with(&settings, |service| {
        let half = "GET /healthz HTTP/1.1\r\nhost: local";
        let whole = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
        for sent in [String::new(), half.to_owned(), format!("{whole}{half}")] {
            let mut client = Connection::open(service.address);
            // The connection ends, on a slow machine too.
            let _sent = client.send(&sent);
            let answers = client.all_answers();
            assert!(answers.len() <= 2, "{answers:?}");
        }
        let mut client = Connection::open(service.address);
        let _sent = client.send(format!("{whole}{half}"));
        client.send_until_cut(b"a", Duration::from_millis(50));
    });
}

#[test]
fn no_more_connections_are_served_than_the_setting_allows() {
    // No client is late, so that no connection takes another's place while they are counted.
    let settings = [("MAX_CONNECTIONS", "8"), ("HEAD_TIMEOUT_MS", "600000")];
    each_service_with(&settings, |service| {
        let silent: Vec<_> = (0..40).map(|_| Connection::open(service.address)).collect();
        // This client waits behind the others.
        let mut honest = Connection::open(service.address);
        honest.send(genuine(BODY)).unwrap();
        while service.connections() == 0 {
            sleep(Duration::from_millis(10));
        }
        for _ in 0..100 {
            let number = service.connections();
            assert!((1..=8).contains(&number), "{number} connections");
            sleep(Duration::from_millis(10));
        }
        assert!(!honest.is_answered());
        drop(silent);
        accepted(&honest.answer().unwrap());
    });
}

#[test]
fn a_request_that_cannot_be_parsed_is_no_error_in_the_log() {
    for name in SERVICES {
        let service = Service::start(name, &[("MASSU_WEBHOOK_SECRET", SECRET), ("RUST_LOG", "")]);
        for sent in ["\0\0\0\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\n a\r\n\r\n"] {
            let mut client = Connection::open(service.address);
            client.send(sent).unwrap();
            client.all_answers();
        }
        still_serves(&service);
        let log = service.stop();
        assert!(log.contains("received") && !log.contains("ERROR"), "{name}: {log}");
    }
}

#[test]
fn a_long_event_type_is_neither_logged_nor_answered_whole() {
    let (long, short, longer) = ("a".repeat(100_000), "a".repeat(64), "a".repeat(257));
    let body = format!(r#"{{"type":"{long}","data":{{}},"timestamp":"2026-02-15T10:30:00.000Z"}}"#);
    for name in SERVICES {
        let service = Service::start(name, &[("MASSU_WEBHOOK_SECRET", SECRET), ("RUST_LOG", "info")]);
        let mut connection = Connection::open(service.address);
        connection.send(genuine(body.as_bytes())).unwrap();
        let answer = connection.answer().unwrap();
        assert_eq!(answer.brief(), (200, format!(r#"{{"received":true,"event":"{short}"}}"#)), "{name}");
        let log = service.stop();
        assert!(log.contains(&short) && !log.contains(&longer), "{name}: {log}");
    }
}

#[test]
fn a_request_that_is_pipelined_behind_a_refusal_is_never_misread() {
    let smuggled = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let last = b"GET /nowhere HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
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
        for (name, code, bytes) in first {
            let bytes = [bytes, genuine(BODY), last.to_vec()].concat();
            // The bytes that look like a request have no answer.
            let answers = exchange(service.address, [&bytes, b"", b"", b""]);
            assert_eq!(answers.map(status), [Some(code), Some(200), Some(404), None], "{name}");
        }
        still_serves(service);
    });
}

#[test]
fn every_byte_in_the_signature_is_a_401_at_worst() {
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
            // The service may close before it has read all of this.
            let _sent = connection.send(request(PATH, &headers, BODY));
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
