//! A client that is refused sees its answer, even if much of its body is still unsent. Over sockets, at every door of both frameworks.

use std::convert::Infallible;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use actix_web::{App, HttpRequest, HttpServer, rt, web};
use axum::http::request::Parts;
use axum::http::{Request, Version};
use axum::routing::{Router, post};
use bytes::Bytes;
use countersign::testing::{SignedRequest, sign};
use countersign::{Massu, Provider, Rejection, Secret, Verified, Verifier, massu, mutx};
use countersign_tests::receiver::runtime;
use countersign_tests::tcp::{
    Answer, CHUNKED, Connection, LAST_CHUNK, chunks, exchange, head, in_time, request, status,
};
use futures_util::stream;
use http_body_util::StreamBody;
use hyper::body::Frame;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};

const EVENT: &[u8] = br#"{"type":"session.completed","data":{}}"#;
const SIGNATURE: &str = "x-massu-signature-256";
/// The body limit of every door in bytes. Clients send up to five times as much.
const LIMIT: usize = 1024 * 1024;
const TRIES: usize = 30;
/// The read timeout. It is long enough for a whole body on a busy machine.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

fn secret() -> Secret {
    Secret::new("whsec_refused").unwrap()
}

fn verifier<P: Provider>() -> Verifier<P> {
    Verifier::new(secret()).unwrap().read_timeout(READ_TIMEOUT)
}

async fn hook(event: Verified<massu::Event>) -> String {
    event.event_type().to_owned()
}

/// A look-up of tenants whose database is away.
#[derive(Clone)]
struct Away;

impl countersign::axum::Resolve<Massu> for Away {
    async fn resolve(&self, _: &mut Parts) -> Result<Option<Verifier<Massu>>, Rejection> {
        Err(Rejection::lookup_failed("connection refused"))
    }
}

impl countersign::actix::Resolve<Massu> for Away {
    async fn resolve(&self, _: &HttpRequest) -> Result<Option<Verifier<Massu>>, Rejection> {
        Err(Rejection::lookup_failed("connection refused"))
    }
}

async fn serve_axum(listener: std::net::TcpListener) {
    let layer = countersign::VerifyMiddleware::<massu::Event>::new(verifier());
    let behind = Router::new().route("/middleware", post(hook)).layer(layer);
    let app = Router::new().route("/extractor", post(hook)).merge(behind).with_state(verifier());
    let app = app.merge(Router::new().route("/away", post(hook)).with_state(Away));
    axum::serve(TcpListener::from_std(listener).unwrap(), app).await.unwrap();
}

async fn misconfigured(_: Verified<mutx::Event>) -> &'static str {
    "never"
}

async fn serve_actix(listener: std::net::TcpListener) {
    let server = HttpServer::new(|| {
        let verify = countersign::VerifyMiddleware::<massu::Event>::new(verifier());
        App::new()
            .app_data(web::Data::new(verifier::<Massu>()))
            .route("/extractor", web::post().to(hook))
            .route("/misconfigured", web::post().to(misconfigured))
            .service(web::resource("/middleware").wrap(verify).post(hook))
            .service(
                web::resource("/away")
                    .wrap(countersign::VerifyMiddleware::<massu::Event, _>::resolving(Away))
                    .post(hook),
            )
    });
    server.workers(1).disable_signals().listen_auto_h2c(listener).unwrap().run().await.unwrap();
}

/// Both frameworks, each in a thread of its own, which ends with the process.
fn receivers() -> [(&'static str, SocketAddr); 2] {
    let listen = || {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    };
    let (axum, actix) = (listen(), listen());
    thread::spawn(|| runtime().block_on(serve_axum(axum.0)));
    thread::spawn(|| rt::System::new().block_on(serve_actix(actix.0)));
    [("axum", axum.1), ("actix", actix.1)]
}

/// The name, the address and the path of each door.
fn doors() -> impl Iterator<Item = (String, SocketAddr, &'static str)> {
    let paths = ["/extractor", "/middleware"];
    receivers()
        .into_iter()
        .flat_map(move |(name, address)| paths.map(|path| (format!("{name} {path}"), address, path)))
}

/// Requests that are refused. Each has a name, the status of its answer and its bytes.
fn refusals(path: &str, size: usize) -> Vec<(&'static str, u16, Vec<u8>)> {
    let body = vec![b' '; size];
    let tag = sign(Massu::SCHEME, &secret(), &body);
    let (wrong, genuine) = (sign(Massu::SCHEME, &secret(), EVENT), tag.as_bytes());
    let wrong = (SIGNATURE, wrong.as_bytes());
    let chunked = |headers: &[(&str, &[u8])]| {
        [head(path, headers, &[CHUNKED]), chunks(&body, 64 * 1024), LAST_CHUNK.to_vec()].concat()
    };
    let over = if size > LIMIT { 413 } else { 401 };
    vec![
        ("unsigned", 401, request(path, &[], &body)),
        ("unsigned, chunked", 401, chunked(&[])),
        ("wrong", over, request(path, &[wrong], &body)),
        ("wrong, chunked", over, chunked(&[wrong])),
        ("signed", if size > LIMIT { 413 } else { 400 }, request(path, &[(SIGNATURE, genuine)], &body)),
        ("encoded", 415, request(path, &[wrong, ("content-encoding", b"gzip")], &body)),
    ]
}

/// The status, and the value of a header.
fn with(answer: Option<Answer>, header: &str) -> Option<(u16, Option<String>)> {
    answer.map(|answer| (answer.status, answer.header(header).map(str::to_owned)))
}

fn genuine(path: &str) -> Vec<u8> {
    request(path, &[(SIGNATURE, sign(Massu::SCHEME, &secret(), EVENT).as_bytes())], EVENT)
}

#[test]
fn a_client_that_sends_its_whole_body_first_sees_its_status_and_goes_on() {
    for (door, address, path) in doors() {
        for (name, code, bytes) in [900_000, 5 * LIMIT].into_iter().flat_map(|size| refusals(path, size)) {
            let expected = [Some(code), Some(200)];
            for number in 1..=TRIES {
                let seen = exchange(address, [&bytes, &genuine(path)]).map(status);
                assert_eq!(seen, expected, "{door}, {name}, try {number}");
            }
        }
    }
}

#[test]
fn a_request_that_is_pipelined_behind_a_refused_body_is_answered() {
    for (door, address, path) in doors() {
        for (name, code, bytes) in refusals(path, 2 * LIMIT) {
            let bytes = [bytes, genuine(path)].concat();
            let seen = exchange(address, [&bytes, b""]).map(status);
            assert_eq!(seen, [Some(code), Some(200)], "{door}, {name}");
        }
    }
}

#[test]
fn the_answer_of_a_receiver_without_a_verifier_is_seen_too() {
    let [_, (_, actix)] = receivers();
    let bytes = request("/misconfigured", &[], &vec![b' '; 5 * LIMIT]);
    for number in 1..=TRIES {
        let seen = exchange(actix, [&bytes]).map(status);
        assert_eq!(seen, [Some(500)], "try {number}");
    }
}

#[test]
fn a_client_sees_that_the_look_up_of_its_tenant_failed() {
    for (name, address) in receivers() {
        let signature = sign(Massu::SCHEME, &secret(), EVENT);
        let bytes = request("/away", &[(SIGNATURE, signature.as_bytes())], &vec![b' '; 5 * LIMIT]);
        let expected = [Some((503, Some("5".to_owned()))), Some((200, None))];
        for number in 1..=TRIES {
            let seen = exchange(address, [&bytes, &genuine("/extractor")]);
            let seen = seen.map(|answer| with(answer, "retry-after"));
            assert_eq!(seen, expected, "{name}, try {number}");
        }
    }
}

/// The server of actix-web reads on for one more second after its answer.
#[test]
fn an_endless_body_is_cut() {
    for (door, address, path) in doors() {
        let begun = Instant::now();
        let mut connection = Connection::open(address);
        connection.send(head(path, &[CHUNKED], &[])).unwrap();
        let chunk = chunks(&vec![b' '; 64 * 1024], 64 * 1024);
        let sent = connection.send_until_cut(&chunk, Duration::ZERO);
        // A busy machine may send less in this time.
        let is_late = begun.elapsed() >= Duration::from_secs(2);
        assert!(is_late || sent >= 8 * 1024 * 1024, "{door}: {sent} bytes");
    }
}

/// Announcements of a body that does not come.
const FRAMINGS: [(&str, &[u8]); 2] = [("content-length", b"900000"), CHUNKED];

/// Checks each door and each framing. Each check waits for seconds, so all of them wait at the same time.
fn at_once(check: impl Fn(&str, SocketAddr, &str, (&str, &[u8])) + Sync) {
    thread::scope(|scope| {
        for (door, address, path) in doors() {
            for framing in FRAMINGS {
                let (door, check) = (door.clone(), &check);
                scope.spawn(move || check(&door, address, path, framing));
            }
        }
    });
}

#[test]
fn a_slow_body_is_cut() {
    at_once(|door, address, path, framing| {
        let begun = Instant::now();
        let mut connection = Connection::open(address);
        connection.send(head(path, &[framing], &[])).unwrap();
        let bytes: &[u8] = if framing == CHUNKED { b"1\r\na\r\n" } else { b"a" };
        connection.send_until_cut(bytes, Duration::from_millis(50));
        assert!(begun.elapsed() >= Duration::from_secs(2), "{door}");
    });
}

#[test]
fn a_refused_body_that_stops_ends_its_connection() {
    at_once(|door, address, path, framing| {
        let mut connection = Connection::open(address);
        connection.send(head(path, &[framing], &[])).unwrap();
        assert_eq!(connection.answer().map(|answer| answer.status), Some(401), "{door}");
        assert_eq!(connection.answer(), None, "{door}");
    });
}

#[test]
fn a_body_that_is_late_ends_its_connection() {
    let tag = sign(Massu::SCHEME, &secret(), EVENT);
    at_once(|door, address, path, framing| {
        let mut connection = Connection::open(address);
        connection.send(head(path, &[(SIGNATURE, tag.as_bytes()), framing], &[])).unwrap();
        assert_eq!(connection.answer().map(|answer| answer.status), Some(408), "{door}");
        assert_eq!(connection.answer(), None, "{door}");
    });
}

/// In actix-web, only the expect service of `examples/actix-receiver` does this.
#[test]
fn in_axum_a_body_that_was_not_asked_for_is_not_waited_for() {
    let [(_, axum), _] = receivers();
    for path in ["/extractor", "/middleware"] {
        let mut connection = Connection::open(axum);
        let more = [("expect", &b"100-continue"[..]), ("content-length", b"900000")];
        connection.send(head(path, &[], &more)).unwrap();
        let answers: Vec<_> = connection.all_answers().iter().map(|answer| answer.status).collect();
        assert_eq!(answers, [401]);
    }
}

/// Sends 5 MiB over HTTP/2. Returns the status, and whether all bytes were taken. `None` if there is no answer.
async fn by_http2(address: SocketAddr, path: &str, headers: &[(String, Vec<u8>)]) -> Option<(u16, bool)> {
    let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (mut client, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    let connection = tokio::spawn(connection);
    let taken = Arc::new(AtomicBool::new(false));
    let end = Arc::clone(&taken);
    let frames = (0..=80).filter_map(move |number| {
        end.store(number == 80, Ordering::SeqCst);
        (number < 80).then(|| Ok::<_, Infallible>(Frame::data(Bytes::from(vec![b' '; 64 * 1024]))))
    });
    let mut builder = Request::post(format!("http://{address}{path}"));
    for (name, value) in headers {
        builder = builder.header(name, value.as_slice());
    }
    let request = builder.body(StreamBody::new(stream::iter(frames))).unwrap();
    let response = client.send_request(request).await.ok()?;
    assert_eq!(response.version(), Version::HTTP_2);
    let begun = Instant::now();
    while !taken.load(Ordering::SeqCst) && begun.elapsed() < Duration::from_secs(20) && !client.is_closed() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    connection.abort();
    Some((response.status().as_u16(), taken.load(Ordering::SeqCst)))
}

#[test]
fn a_refused_body_over_http2_is_taken_too() {
    let runtime = runtime();
    let signed = SignedRequest::new::<Massu>(&secret(), EVENT);
    for (door, address, path) in doors() {
        for (headers, status) in [(&[][..], 401), (signed.headers(), 413)] {
            let expected = Some((status, true));
            let seen =
                in_time(|seen| *seen == expected, || runtime.block_on(by_http2(address, path, headers)));
            assert_eq!(seen, expected, "{door} {status}");
        }
    }
}

#[test]
fn a_method_that_is_not_allowed_lets_its_answer_be_seen_too() {
    for (door, address, path) in doors().filter(|(_, _, path)| *path == "/middleware") {
        for method in ["PUT", "post", "DELETE", "PROPFIND"] {
            let signed = String::from_utf8(request(path, &[], &vec![b' '; 5 * LIMIT])).unwrap();
            let override_to_post = format!("{method} {path} HTTP/1.1\r\nx-http-method-override: POST\r\n");
            let bytes = signed.replacen(&format!("POST {path} HTTP/1.1\r\n"), &override_to_post, 1);
            assert!(bytes.starts_with(&override_to_post), "{door}");
            let expected = [Some((405, Some("POST".to_owned()))), Some((200, None))];
            for number in 1..=TRIES {
                let seen = exchange(address, [bytes.as_bytes(), &genuine(path)]);
                let seen = seen.map(|answer| with(answer, "allow"));
                assert_eq!(seen, expected, "{door}, {method}, try {number}");
            }
        }
    }
}

/// A body behind an answer to HEAD would be taken for the next answer.
#[test]
fn a_refused_head_has_no_body() {
    for (door, address, path) in doors().filter(|(_, _, path)| *path == "/middleware") {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        let last = String::from_utf8(genuine(path)).unwrap().replacen("\r\n", "\r\nconnection: close\r\n", 1);
        stream
            .write_all(format!("HEAD {path} HTTP/1.1\r\nhost: localhost\r\n\r\n{last}").as_bytes())
            .unwrap();
        let mut answers = String::new();
        stream.read_to_string(&mut answers).unwrap();
        let (head, next) = answers.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 405 "), "{door}: {answers}");
        assert!(next.starts_with("HTTP/1.1 200 "), "{door}: {answers}");
    }
}
