//! Dedupe over real sockets: in memory and on Redis, in both frameworks, in one process and in several.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use countersign::dedupe::{Dedupe, MemoryStore, OnStoreError, Outcome};
use countersign::testing::{SignedRequest, sign};
use countersign::{Massu, Mutx, Provider, Secret, Secrets, Verifier};
use countersign_redis::RedisStore;
use countersign_tests::live::{SERVICES, Service};
use countersign_tests::receiver::{Act, FRAMEWORKS, Framework, Handler, Parts, serve};
use countersign_tests::redis_server::Server;
use countersign_tests::tcp::{Answer, Connection, request};

const SECRET: &str = "whsec_dedupe";
const MASSU: &str = "/massu";
const IN_PROGRESS: &str = r#"{"error":"delivery in progress"}"#;
const UNAVAILABLE: &str = r#"{"error":"temporarily unavailable"}"#;

fn secret() -> Secret {
    Secret::new(SECRET).unwrap()
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn redis_server() -> Server {
    wait(Server::start())
}

/// A dedupe on Redis with the longest timeout, because a busy machine is slow.
fn on_redis(server: &Server) -> Dedupe {
    let store = RedisStore::new(&server.url(), "receiver").unwrap();
    Dedupe::new(store.timeout(Duration::from_secs(5)))
}

fn parts(dedupe: Dedupe) -> Parts {
    Parts {
        massu: Verifier::new(secret()).unwrap(),
        mutx: Verifier::new(secret()).unwrap(),
        dedupe,
        equal_bodies: false,
        handler: Handler::default(),
    }
}

/// Runs a check in both frameworks, each time with a store in memory and with one on Redis.
fn everywhere(check: impl Fn(Framework, Dedupe)) {
    for framework in FRAMEWORKS {
        println!("{framework:?} in memory");
        check(framework, Dedupe::new(MemoryStore::new(1000)));
        println!("{framework:?} on Redis");
        let server = redis_server();
        check(framework, on_redis(&server));
    }
}

/// A delivery of Massu with a number that tells it apart.
fn event(n: usize) -> String {
    format!(r#"{{"type":"session.completed","data":{{"n":{n}}},"timestamp":"2026-02-15T10:30:00.000Z"}}"#)
}

fn bytes(path: &str, signed: &SignedRequest) -> Vec<u8> {
    let headers: Vec<_> =
        signed.headers().iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
    request(path, &headers, signed.body())
}

fn massu(body: &str) -> SignedRequest {
    SignedRequest::new::<Massu>(&secret(), body.to_owned())
}

fn post(address: SocketAddr, path: &str, signed: &SignedRequest) -> Answer {
    let mut connection = Connection::open(address);
    connection.send(bytes(path, signed)).unwrap();
    connection.answer().unwrap()
}

fn post_massu(address: SocketAddr, body: &str) -> (u16, String) {
    post(address, MASSU, &massu(body)).brief()
}

fn repeat() -> (u16, String) {
    (200, String::new())
}

/// The time that a condition has before a test fails. It is longer than a lease, and long enough for a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits for a condition that must become true soon, and fails if it does not.
#[track_caller]
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "{what}: not in {PATIENCE:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn is_in_progress(answer: &Answer) -> bool {
    let seconds = answer.header("retry-after").and_then(|seconds| seconds.parse::<u64>().ok());
    answer.brief() == (503, IN_PROGRESS.to_owned())
        && answer.header("content-type") == Some("application/json")
        && seconds.is_some_and(|seconds| (1..=60).contains(&seconds))
}

/// Posts one delivery a hundred times at once, to these addresses in turn. The answers are in the order in which they arrive.
fn post_a_hundred(addresses: &[SocketAddr], path: &str, signed: &SignedRequest) -> mpsc::IntoIter<Answer> {
    let (answered, answers) = mpsc::channel();
    for (_, address) in (0..100).zip(addresses.iter().cycle().copied()) {
        let (answered, path, signed) = (answered.clone(), path.to_owned(), signed.clone());
        thread::spawn(move || answered.send(post(address, &path, &signed)).unwrap());
    }
    answers.into_iter()
}

fn a_hundred(addresses: &[SocketAddr], path: &str, signed: &SignedRequest) -> Vec<Answer> {
    let answers: Vec<_> = post_a_hundred(addresses, path, signed).collect();
    assert_eq!(answers.len(), 100);
    answers
}

#[test]
fn a_hundred_at_once_are_handled_once() {
    everywhere(|framework, dedupe| {
        // The handler waits for 99 answers, which a busy machine takes long to give.
        let parts = parts(dedupe.handler_timeout(Duration::from_secs(45)));
        parts.handler.will(Act::WhenTold(204));
        let machines = [serve(framework, &parts), serve(framework, &parts)];
        let mut answers = post_a_hundred(&machines, MASSU, &massu(&event(1)));
        // The handler goes on when all other requests have their answer.
        for answer in answers.by_ref().take(99) {
            assert!(is_in_progress(&answer), "{answer:?}");
        }
        assert_eq!(parts.handler.begun(), 1);
        parts.handler.tell();
        assert_eq!(answers.next().unwrap().status, 204);
        assert_eq!(post_massu(machines[1], &event(1)), repeat());
        assert_eq!(parts.handler.begun(), 1);
    });
}

#[test]
fn a_failed_delivery_is_handled_again_and_a_completed_one_is_not() {
    everywhere(|framework, dedupe| {
        let parts = parts(dedupe.clone());
        let address = serve(framework, &parts);
        // The handlers of the second machine have little time. Only the delivery whose handler hangs is sent to it.
        let dedupe = dedupe.handler_timeout(Duration::from_millis(200));
        let hasty = serve(framework, &Parts { dedupe, ..parts.clone() });
        let panicked = r#"{"error":"handler failed"}"#;
        let failures = [
            (Act::Answer(500), 500, ""),
            (Act::Answer(404), 404, ""),
            (Act::Answer(302), 302, ""),
            (Act::Panic, 500, panicked),
            (Act::Hang, 503, UNAVAILABLE),
        ];
        for (n, (act, status, body)) in failures.into_iter().enumerate() {
            let event = event(n);
            let before = parts.handler.begun();
            parts.handler.will(act);
            let first = if matches!(act, Act::Hang) { hasty } else { address };
            // On a slow computer the claim alone may use up that time.
            until("the handler begins", || {
                assert_eq!(post_massu(first, &event), (status, body.to_owned()), "{act:?}");
                parts.handler.begun() > before
            });
            assert_eq!(post_massu(address, &event), repeat(), "{act:?}: the next attempt is handled");
            assert_eq!(parts.handler.begun(), before + 2, "{act:?}");
            assert_eq!(post_massu(address, &event), repeat(), "{act:?}: and that is enough");
            assert_eq!(parts.handler.begun(), before + 2, "{act:?}");
        }
    });
}

#[test]
fn a_client_that_hangs_up_does_not_cut_its_handler() {
    everywhere(|framework, dedupe| {
        let parts = parts(dedupe);
        let address = serve(framework, &parts);
        parts.handler.will(Act::WhenTold(200));
        let mut connection = Connection::open(address);
        connection.send(bytes(MASSU, &massu(&event(1)))).unwrap();
        until("the handler begins", || parts.handler.begun() == 1);
        drop(connection);
        // The receiver has time to see that the client is gone. The test also passes if this is too short.
        thread::sleep(Duration::from_millis(200));
        parts.handler.tell();
        until("the handler ends", || parts.handler.ended() == 1);
        until("it is recorded", || post_massu(address, &event(1)) == repeat());
        assert_eq!(parts.handler.begun(), 1);
    });
}

#[test]
fn neither_unsigned_headers_nor_a_rotation_make_a_repeat_new() {
    everywhere(|framework, dedupe| {
        let parts = parts(dedupe);
        let address = serve(framework, &parts);
        let body = event(1);
        let genuine =
            massu(&body).header("x-massu-delivery", "d1").header("x-massu-event", "session.completed");
        assert_eq!(post(address, MASSU, &genuine).brief(), repeat());

        let (header, tag) = (Massu::SCHEME.header(), sign(Massu::SCHEME, &secret(), &body));
        let upper = format!("sha256={}", tag.trim_start_matches("sha256=").to_uppercase());
        let next = Secret::new("the next one").unwrap();
        let variants = [
            massu(&body),
            massu(&body).header("x-massu-delivery", "d2"),
            massu(&body).header("x-massu-delivery", "d1").header("x-massu-delivery", "d2"),
            massu(&body).header("x-massu-delivery", "d".repeat(4096)),
            massu(&body).header("x-massu-event", "security.alert"),
            massu(&body).without(header).header(header, upper),
            SignedRequest::new::<Massu>(&next, body.clone()),
        ];
        let secrets = Secrets::new("next", next).unwrap().also("now", secret()).unwrap();
        parts.massu.replace_secrets(secrets).unwrap();
        for variant in &variants {
            assert_eq!(post(address, MASSU, variant).brief(), repeat(), "{variant:?}");
        }
        assert_eq!(parts.handler.begun(), 1);
        // Another event and another endpoint are other deliveries.
        post_massu(address, &event(2));
        post(address, "/other", &massu(&body));
        assert_eq!(parts.handler.begun(), 3);
    });
}

#[test]
fn equal_heartbeats_are_both_handled_unless_asked_otherwise() {
    everywhere(|framework, dedupe| {
        let heartbeat = r#"{"event":"agent.heartbeat","data":{"agent_id":"a","status":"ok","node_id":"n"}}"#;
        let heartbeat = SignedRequest::new::<Mutx>(&secret(), heartbeat);
        for (equal_bodies, handled) in [(false, 2), (true, 1)] {
            let parts = Parts { equal_bodies, ..parts(dedupe.clone()) };
            let address = serve(framework, &parts);
            for _ in 0..2 {
                assert_eq!(post(address, "/mutx", &heartbeat).status, 200);
            }
            assert_eq!(parts.handler.begun(), handled);
        }
    });
}

#[test]
fn every_outcome_is_counted_with_its_reason() {
    for framework in FRAMEWORKS {
        let parts = parts(Dedupe::new(MemoryStore::new(1)));
        let counted = parts.handler.outcomes();
        let address = serve(framework, &parts);
        let requests = [
            (massu(&event(1)), Outcome::Accepted),
            (massu(&event(1)), Outcome::Repeat),
            (massu(&event(2)), Outcome::Refused { reason: "store_unavailable" }),
            (massu(&event(1)).with_body(event(2)), Outcome::Refused { reason: "invalid_signature" }),
            (massu("[]"), Outcome::Refused { reason: "malformed_envelope" }),
            (
                massu(&event(1)).header("content-encoding", "gzip"),
                Outcome::Refused { reason: "content_encoding" },
            ),
        ];
        for (signed, outcome) in requests {
            post(address, MASSU, &signed);
            assert_eq!(counted.recv_timeout(PATIENCE), Ok(outcome));
        }
    }
}

#[test]
fn a_full_memory_refuses_and_forgets_nothing() {
    for framework in FRAMEWORKS {
        let parts = parts(Dedupe::new(MemoryStore::new(1)));
        let address = serve(framework, &parts);
        assert_eq!(post_massu(address, &event(1)), repeat());
        assert_eq!(post_massu(address, &event(2)), (503, UNAVAILABLE.to_owned()));
        assert_eq!(post_massu(address, &event(1)), repeat());
        assert_eq!(parts.handler.begun(), 1);
    }
}

#[test]
fn while_redis_is_away_a_receiver_fails_closed_or_open_as_it_is_set() {
    for framework in FRAMEWORKS {
        let mut server = redis_server();
        let refusing = parts(on_redis(&server));
        let willing = parts(on_redis(&server).on_store_error(OnStoreError::FailOpen));
        let (refuses, handles) = (serve(framework, &refusing), serve(framework, &willing));
        assert_eq!(post_massu(refuses, &event(1)), repeat());

        server.go_away();
        let answer = post(refuses, MASSU, &massu(&event(2)));
        assert_eq!(answer.brief(), (503, UNAVAILABLE.to_owned()));
        assert!(answer.header("retry-after").is_some());
        assert_eq!(refusing.handler.begun(), 1);
        assert_eq!(post_massu(handles, &event(3)), repeat());
        assert_eq!(willing.handler.begun(), 1);

        // No restart of the receiver is needed.
        wait(server.come_back());
        until("Redis is found again", || post_massu(refuses, &event(2)) == repeat());
        assert_eq!(refusing.handler.begun(), 2);
    }
}

#[test]
fn a_success_is_answered_even_if_redis_goes_away_before_it_is_recorded() {
    for framework in FRAMEWORKS {
        let mut server = redis_server();
        let parts = parts(on_redis(&server));
        let address = serve(framework, &parts);
        parts.handler.will(Act::WhenTold(202));
        let mut connection = Connection::open(address);
        connection.send(bytes(MASSU, &massu(&event(1)))).unwrap();
        until("the handler begins", || parts.handler.begun() == 1);
        server.go_away();
        parts.handler.tell();
        assert_eq!(connection.answer().unwrap().status, 202);
    }
}

/// A receiver in a process of its own, whose handler never ends.
struct Hanging(Child);

impl Hanging {
    fn start(framework: Framework, server: &Server) -> (Self, SocketAddr, impl BufRead + use<>) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_receiver"))
            .arg(if framework == Framework::Axum { "axum" } else { "actix" })
            .arg(server.url())
            .env("SECRET", SECRET)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let address = line(&mut lines).parse().unwrap();
        (Self(child), address, lines)
    }
}

impl Drop for Hanging {
    fn drop(&mut self) {
        // SIGKILL leaves it no time to release a delivery.
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn line(lines: &mut impl BufRead) -> String {
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

#[test]
fn a_delivery_of_a_killed_process_is_handled_after_its_lease() {
    for framework in FRAMEWORKS {
        let server = redis_server();
        let (process, first, mut lines) = Hanging::start(framework, &server);
        let mut connection = Connection::open(first);
        connection.send(bytes(MASSU, &massu(&event(1)))).unwrap();
        assert_eq!(line(&mut lines), "handling");
        drop(process);

        let parts = parts(on_redis(&server));
        let second = serve(framework, &parts);
        let answer = post(second, MASSU, &massu(&event(1)));
        assert!(is_in_progress(&answer), "{answer:?}");
        assert_eq!(parts.handler.begun(), 0);
        server.advance(Duration::from_secs(61));
        assert_eq!(post_massu(second, &event(1)), repeat());
        assert_eq!(parts.handler.begun(), 1);
    }
}

const HANDLED: &str = r#"{"received":true,"event":"session.completed"}"#;

/// The environment of a service. Its Redis has five seconds for an answer, because this machine may be busy.
fn on_one_redis<'a>(url: &'a str, name: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("MASSU_WEBHOOK_SECRET", SECRET),
        ("REDIS_URL", url),
        ("SERVICE_NAME", name),
        ("REDIS_TIMEOUT_MS", "5000"),
    ]
}

/// Two services with the same name share their deliveries on Redis, also if they use different frameworks.
#[test]
fn two_machines_of_one_service_handle_a_delivery_once() {
    let server = redis_server();
    let url = server.url();
    let environment = on_one_redis(&url, "billing");
    for pair in [[SERVICES[0], SERVICES[0]], [SERVICES[1], SERVICES[1]], SERVICES] {
        let services = pair.map(|name| Service::start(name, &environment));
        let addresses = services.each_ref().map(|service| service.address);
        let body = event(usize::try_from(services[0].id()).unwrap());
        let answers = a_hundred(&addresses, "/webhooks/massu", &massu(&body));
        // Only a handler answers with a body.
        assert_eq!(answers.iter().filter(|answer| answer.brief() == (200, HANDLED.to_owned())).count(), 1);
        for answer in answers.iter().filter(|answer| answer.brief().1 != HANDLED) {
            assert!(is_in_progress(answer) || answer.brief() == repeat(), "{answer:?}");
        }
        for address in addresses {
            assert_eq!(post(address, "/webhooks/massu", &massu(&body)).brief(), repeat());
        }
    }
}

#[test]
fn two_services_on_one_redis_each_handle_the_same_delivery() {
    let server = redis_server();
    let url = server.url();
    for pair in [[SERVICES[0], SERVICES[1]], [SERVICES[1], SERVICES[0]]] {
        for (program, name) in pair.into_iter().zip(["billing", "crm"]) {
            let environment = on_one_redis(&url, name);
            let service = Service::start(program, &environment);
            let event = massu(&event(usize::from(program == SERVICES[0])));
            let answer = post(service.address, "/webhooks/massu", &event);
            assert_eq!(answer.brief(), (200, HANDLED.to_owned()), "{program} as {name}");
            assert_eq!(post(service.address, "/webhooks/massu", &event).brief(), repeat());
        }
    }
}
