use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;

use countersign::testing::{ProviderInfo, Samples as _, SignedRequest};
use countersign::{Massu, Provider as _, Secret, Secrets};
use countersign_diagnose::{Diagnose, SecretBytes};
use tokio::sync::mpsc;

use super::super::judge::{Diagnoses, Judge, SKIPPED};
use super::*;
use crate::http1::{Framing, Request};
use crate::provider::Provider;

const SECRET: &str = "whsec_listen";

/// Bytes in the largest body.
const LIMIT: usize = 1024 * 1024;

/// A server, its address, and the lines that it prints.
type Served = (Arc<Server>, SocketAddr, mpsc::Receiver<Vec<u8>>);

/// Serves until the process ends, so that a failed test does not wait for the server.
fn served(limits: Limits) -> Served {
    let (sender, lines) = mpsc::channel(1000);
    let receiver = Receiver {
        judge: Judge {
            provider: Provider::built_in(ProviderInfo::find(Massu::NAME).unwrap()),
            secrets: Secrets::from(secret()),
            diagnose: Diagnose::new(&Massu::SCHEME, [SecretBytes::new(SECRET).unwrap()]),
            body_limit: LIMIT,
            diagnoses: Diagnoses::default(),
        },
        forward: None,
        save: None,
        json: true,
        with_body: false,
        inspector: None,
        lines: sender,
    };
    let server = Server::new(receiver, limits, None);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    let serving = Arc::clone(&server);
    thread::spawn(move || {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async { serving.serve(TcpListener::from_std(listener).unwrap()).await });
    });
    (server, address, lines)
}

fn secret() -> Secret {
    Secret::new(SECRET).unwrap()
}

fn genuine() -> Vec<u8> {
    delivery(&SignedRequest::new::<Massu>(&secret(), Massu::SAMPLES[0].body))
}

fn delivery(signed: &SignedRequest) -> Vec<u8> {
    let headers = signed.headers().to_vec();
    let body = signed.body().to_vec();
    let request = Request { method: "POST".to_owned(), path: "/".to_owned(), headers, body };
    request.to_bytes("/", None, Framing::Length)
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

fn answer(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn ask(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = connect(address);
    stream.write_all(request).unwrap();
    answer(stream)
}

#[test]
fn silent_connections_leave_a_place_for_a_delivery() {
    let forever = Duration::from_secs(3600);
    let (_, address, _lines) = served(Limits { head: forever, ..Limits::default() });
    let silent: Vec<TcpStream> = (0..100).map(|_| connect(address)).collect();
    assert!(ask(address, &genuine()).starts_with("HTTP/1.1 204 "));
    drop(silent);
}

#[test]
fn a_silent_connection_is_closed_after_the_time_for_a_head() {
    let soon = Duration::from_millis(20);
    let (_, address, _lines) = served(Limits { connections: 1, head: soon, ..Limits::default() });
    for _ in 0..2 {
        assert_eq!(answer(connect(address)), "");
    }
}

#[test]
fn a_request_on_an_old_connection_gets_its_answer() {
    let soon = Duration::from_millis(20);
    let (_, address, _lines) = served(Limits { connection: soon, ..Limits::default() });
    let (request, mut stream) = (genuine(), connect(address));
    let (start, end) = request.split_at(request.len() - 1);
    stream.write_all(start).unwrap();
    thread::sleep(10 * soon);
    stream.write_all(end).unwrap();
    assert!(answer(stream).starts_with("HTTP/1.1 204 "));
}

#[test]
fn large_bodies_share_their_memory_and_a_small_body_always_passes() {
    let (memory, forever) = (Memory::new(2 * LIMIT), Duration::from_secs(3600));
    let (_, address, _lines) = served(Limits { memory, head: forever, body: forever, ..Limits::default() });
    let large = SignedRequest::new::<Massu>(&secret(), vec![b' '; LIMIT]);
    let large = delivery(&large.header("expect", "100-continue"));
    // The command sends no `expect` header of its own.
    let large = String::from_utf8(large).unwrap().replacen("\r\n\r\n", "\r\nexpect: 100-continue\r\n\r\n", 1);
    let (head, body) = large.split_at(large.len() - LIMIT);

    let mut first = connect(address);
    first.write_all(head.as_bytes()).unwrap();
    let mut interim = [0; 25];
    first.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");

    let refused = ask(address, head.as_bytes());
    assert!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("\r\nretry-after: 5\r\n"), "{refused}");
    assert!(ask(address, &genuine()).starts_with("HTTP/1.1 204 "));

    first.write_all(body.as_bytes()).unwrap();
    assert!(answer(first).starts_with("HTTP/1.1 400 "), "authentic, but no event");
    assert!(
        ask(address, large.as_bytes()).contains("HTTP/1.1 400 "),
        "the first body has given its memory back"
    );
}

#[test]
fn a_diagnosis_is_skipped_if_many_requests_wait_for_theirs() {
    let (server, address, mut lines) = served(Limits::default());
    let wrong = delivery(&SignedRequest::new::<Massu>(&Secret::new("other").unwrap(), "{}"));
    let waiting: Vec<_> = std::iter::from_fn(|| server.receiver.judge.diagnoses.queue.try_take()).collect();
    assert_eq!(waiting.len(), 8);
    assert!(ask(address, &wrong).starts_with("HTTP/1.1 401 "));
    drop(waiting);
    assert!(ask(address, &wrong).starts_with("HTTP/1.1 401 "));
    let lines: Vec<serde_json::Value> =
        (0..2).map(|_| serde_json::from_slice(&lines.blocking_recv().unwrap()).unwrap()).collect();
    assert_eq!(lines[0]["diagnosis_skipped"], SKIPPED);
    assert!(lines[0]["diagnosis"].is_null() && lines[1]["diagnosis_skipped"].is_null());
    assert_eq!(lines[1]["diagnosis"]["explained"], false);
}
