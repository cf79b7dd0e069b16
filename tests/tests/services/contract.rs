//! The promises of both services to their operator: settings, routes, one line on stdout, the log, signals and exit codes.

use std::ffi::OsStr;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::ffi::OsStrExt as _;
use std::process::Stdio;
use std::thread;

use countersign::testing::{ProviderInfo, Samples, SignedRequest};
use countersign::{Hook, Massu, Mutx, Secret};
use countersign_tests::live::{self, SERVICES, Service, run_to_end};
use countersign_tests::redis_server::Port;
use countersign_tests::tcp::{Answer, Connection, head, request};

const MASSU: (&str, &str) = ("MASSU_WEBHOOK_SECRET", "whsec_massu");
const RECEIVED: &str = r#"{"received":true,"event":"session.completed"}"#;
const REFUSED: &str = r#"{"error":"invalid signature"}"#;

/// The secrets of all providers, each in its variable.
fn all() -> Vec<(String, String)> {
    let variable = |name: &str| (format!("{}_WEBHOOK_SECRET", name.to_uppercase()), format!("whsec_{name}"));
    live::RECEIVED.map(variable).to_vec()
}

fn borrowed(environment: &[(String, String)]) -> Vec<(&str, &str)> {
    environment.iter().map(|(name, secret)| (&**name, &**secret)).collect()
}

fn delivery<P: Samples>(secret: &str) -> SignedRequest {
    SignedRequest::new::<P>(&Secret::new(secret).unwrap(), P::SAMPLES[0].body)
}

/// A delivery. Another number makes another delivery.
fn numbered(secret: &str, number: usize) -> SignedRequest {
    let body = format!(r#"{{"type":"session.completed","data":{number}}}"#);
    SignedRequest::new::<Massu>(&Secret::new(secret).unwrap(), body)
}

fn headers(request: &SignedRequest) -> Vec<(&str, &[u8])> {
    request.headers().iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect()
}

fn send(service: &Service, bytes: impl AsRef<[u8]>) -> Answer {
    let mut connection = Connection::open(service.address);
    connection.send(bytes).unwrap();
    connection.answer().unwrap()
}

fn post(service: &Service, path: &str, delivery: &SignedRequest) -> Answer {
    send(service, request(path, &headers(delivery), delivery.body()))
}

fn ask(service: &Service, line: &str) -> u16 {
    send(service, format!("{line} HTTP/1.1\r\nhost: localhost\r\n\r\n")).status
}

#[track_caller]
fn is_json(answer: &Answer, status: u16, body: &str) {
    assert_eq!(answer.brief(), (status, body.to_owned()));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

/// Sends each sample of a provider, and one without a signature.
#[track_caller]
fn check_provider(service: &Service, provider: &ProviderInfo) {
    let path = format!("/webhooks/{}", provider.name);
    let secret = Secret::new(format!("whsec_{}", provider.name)).unwrap();
    for sample in provider.samples {
        let event = sample.event_type.map_or("null".to_owned(), |event_type| format!("\"{event_type}\""));
        let request = SignedRequest::with_scheme(provider.scheme, &secret, sample.body);
        let answer = post(service, &path, &request);
        is_json(&answer, 200, &format!(r#"{{"received":true,"event":{event}}}"#));
    }
    let signed = SignedRequest::with_scheme(provider.scheme, &secret, provider.samples[0].body);
    is_json(&post(service, &path, &signed.without(provider.scheme.header())), 401, REFUSED);
}

#[test]
fn every_provider_has_its_route() {
    let all = all();
    let environment = borrowed(&all);
    for name in SERVICES {
        let service = Service::start(name, &environment);
        for provider in live::RECEIVED {
            check_provider(&service, ProviderInfo::find(provider).unwrap());
        }
        assert_eq!(ask(&service, "GET /healthz"), 200);
        assert_eq!(ask(&service, "GET /webhooks/massu"), 405);
        assert_eq!(ask(&service, "POST /webhooks/acme"), 404);
    }
}

#[test]
fn a_provider_without_a_secret_has_no_route() {
    for name in SERVICES {
        let service = Service::start(name, &[("HOOK_WEBHOOK_SECRET", "whsec_hook")]);
        assert_eq!(post(&service, "/webhooks/hook", &delivery::<Hook>("whsec_hook")).status, 200);
        assert_eq!(post(&service, "/webhooks/massu", &delivery::<Massu>("whsec_massu")).status, 404);
    }
}

#[test]
fn secrets_come_from_files_and_rotate() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name, content| secret_file(&folder, name, content);
    let (new, old) = (file("new", "new secret\n"), file("old", "old secret"));
    let from_files = [("MASSU_WEBHOOK_SECRET_FILE", &*new), ("MASSU_WEBHOOK_SECRET_PREVIOUS_FILE", &*old)];
    let from_variables =
        [("MASSU_WEBHOOK_SECRET", "new secret"), ("MASSU_WEBHOOK_SECRET_PREVIOUS", "old secret")];
    for name in SERVICES {
        for [current, previous] in [from_files, from_variables] {
            let service = Service::start(name, &[current, previous, ("RUST_LOG", "info")]);
            let answer = |secret, number| post(&service, "/webhooks/massu", &numbered(secret, number));
            is_json(&answer("new secret", 1), 200, RECEIVED);
            is_json(&answer("old secret", 2), 200, RECEIVED);
            is_json(&answer("older", 3), 401, REFUSED);
            let log = service.stop();
            assert!(
                log.contains("secret_label=\"current\"") && log.contains("secret_label=\"previous\""),
                "{log}"
            );
        }
    }
}

/// Reads the counter as Prometheus does.
fn deliveries(metrics: SocketAddr) -> Vec<String> {
    let mut connection = Connection::open(metrics);
    connection.send("GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let (status, body) = connection.answer().unwrap().brief();
    assert_eq!(status, 200);
    let mut lines: Vec<_> = body
        .lines()
        .filter(|line| line.starts_with("webhook_deliveries_total{"))
        .map(str::to_owned)
        .collect();
    lines.sort();
    lines
}

#[test]
fn prometheus_reads_how_many_deliveries_had_each_outcome() {
    for name in SERVICES {
        let port = Port::reserve();
        let free = SocketAddr::from(([127, 0, 0, 1], port.number));
        let environment =
            [MASSU, ("MUTX_WEBHOOK_SECRET", "whsec_mutx"), ("METRICS_LISTEN", &free.to_string())];
        let service = Service::start(name, &environment);
        let massu = |secret, number| post(&service, "/webhooks/massu", &numbered(secret, number)).status;
        let dated = r#"{"type":"session.completed","data":{},"timestamp":"2026-02-15T10:30:00.000Z"}"#;
        let dated = SignedRequest::new::<Massu>(&Secret::new("whsec_massu").unwrap(), dated);
        let repeated = [0, 1, 2].map(|_| post(&service, "/webhooks/massu", &dated).status);
        assert_eq!(repeated, [200, 200, 200]);
        assert_eq!([massu("forged", 1), massu("forged", 2)], [401, 401]);
        // MUTX has no dedupe.
        assert_eq!(post(&service, "/webhooks/mutx", &delivery::<Mutx>("whsec_mutx")).status, 200);
        assert_eq!(
            deliveries(free),
            [
                r#"webhook_deliveries_total{provider="massu",outcome="accepted",reason=""} 1"#,
                r#"webhook_deliveries_total{provider="massu",outcome="refused",reason="invalid_signature"} 2"#,
                r#"webhook_deliveries_total{provider="massu",outcome="repeat",reason=""} 2"#,
                r#"webhook_deliveries_total{provider="mutx",outcome="accepted",reason=""} 1"#,
            ],
            "{name}"
        );
        assert_eq!(ask(&service, "GET /metrics"), 404, "{name}");
    }
}

/// `Service` checks that there is one line on stdout.
#[test]
fn the_log_is_on_stderr_and_has_no_secret_and_no_tag() {
    let all = all();
    for name in SERVICES {
        for (level, lines) in [("trace", true), ("off", false)] {
            let service = Service::start(name, &[borrowed(&all), vec![("RUST_LOG", level)]].concat());
            let genuine = delivery::<Massu>("whsec_massu");
            assert_eq!(post(&service, "/webhooks/massu", &genuine).status, 200);
            assert_eq!(post(&service, "/webhooks/massu", &genuine.with_body("{}")).status, 401);
            let log = service.stop();
            assert_eq!(!log.is_empty(), lines, "{log}");
            assert!(!log.contains("whsec_") && !log.contains("sha256=") && !log.contains('\u{1b}'), "{log}");
        }
    }
}

#[test]
fn a_signal_lets_a_request_under_way_finish_and_closes_idle_connections() {
    thread::scope(|scope| {
        for name in SERVICES {
            for signal in ["TERM", "INT"] {
                scope.spawn(move || stop_while_under_way(name, signal));
            }
        }
    });
}

fn stop_while_under_way(name: &str, signal: &str) {
    let service = Service::start(name, &[MASSU, ("RUST_LOG", "info")]);
    let _silent = Connection::open(service.address);
    let mut idle = Connection::open(service.address);
    idle.send("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    assert_eq!(idle.answer().unwrap().status, 200);

    // `100 Continue` means that the service waits for the body. The request is under way.
    let delivery = delivery::<Massu>("whsec_massu");
    let length = delivery.body().len().to_string();
    let more = [("expect", &b"100-continue"[..]), ("content-length", length.as_bytes())];
    let mut under_way = Connection::open(service.address);
    under_way.send(head("/webhooks/massu", &headers(&delivery), &more)).unwrap();
    assert_eq!(under_way.answer().unwrap().status, 100);

    service.signal(signal);
    service.wait_until_closed();
    under_way.send(delivery.body()).unwrap();
    is_json(&under_way.answer().unwrap(), 200, RECEIVED);
    assert_eq!(under_way.answer(), None);
    assert_eq!(idle.answer(), None);
    let log = service.stopped();
    assert!(!log.contains("still under way"), "{log}");
}

/// Starts both services with settings that they must refuse, with exit code 2 and this line.
#[track_caller]
fn refused(environment: &[(&str, impl AsRef<OsStr>)], message: &str) {
    for name in SERVICES {
        let output = run_to_end(name, environment, Stdio::piped());
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.starts_with(&format!("error: {message}")), "{name}: {error}");
        assert_eq!(error.lines().count(), 1, "{name}: {error}");
        assert_eq!((output.status.code(), &*output.stdout), (Some(2), &b""[..]), "{name}: {error}");
    }
}

#[test]
fn secrets_that_cannot_be_used_are_exit_code_2_and_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let blank = secret_file(&folder, "blank", " \n");
    let cases: [(&[(&str, &str)], &str); 9] = [
        (&[], "no provider has a secret: set MASSU_WEBHOOK_SECRET or the variable of another provider"),
        (&[("MASSU_WEBHOOK_SECRET", "")], "MASSU_WEBHOOK_SECRET: secret is empty"),
        (&[("HOOK_WEBHOOK_SECRET", " \t")], "HOOK_WEBHOOK_SECRET: secret is blank"),
        (&[MASSU, ("MUTX_WEBHOOK_SECRET", "")], "MUTX_WEBHOOK_SECRET: secret is empty"),
        (
            &[MASSU, ("MASSU_WEBHOOK_SECRET_FILE", "/x")],
            "MASSU_WEBHOOK_SECRET and MASSU_WEBHOOK_SECRET_FILE are both set",
        ),
        (
            &[MASSU, ("MASSU_WEBHOOK_SECRET_PREVIOUS", "x ")],
            "MASSU_WEBHOOK_SECRET_PREVIOUS: secret begins or ends with white space",
        ),
        (
            &[("MASSU_WEBHOOK_SECRET_PREVIOUS", "x")],
            "MASSU_WEBHOOK_SECRET_PREVIOUS is set, and MASSU_WEBHOOK_SECRET is not",
        ),
        (
            &[("MASSU_WEBHOOK_SECRET_FILE", "/no/such/file")],
            "MASSU_WEBHOOK_SECRET_FILE: cannot read /no/such/file: entity not found",
        ),
        (
            &[("MASSU_WEBHOOK_SECRET_FILE", &blank)],
            &format!("MASSU_WEBHOOK_SECRET_FILE: {blank}: secret is blank"),
        ),
    ];
    for (environment, message) in cases {
        refused(environment, message);
    }
}

#[test]
fn other_settings_that_cannot_be_used_are_exit_code_2_and_one_line() {
    const ADDRESS: &str = "LISTEN is not an IP address and a port, as in 127.0.0.1:3000\n";
    const MILLISECONDS: &str = "READ_TIMEOUT_MS is not a number of milliseconds\n";
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    let not_text = OsStr::from_bytes(b"\xff");
    for (name, value, message) in [
        ("LISTEN", OsStr::new("localhost"), ADDRESS),
        ("LISTEN", OsStr::new(""), ADDRESS),
        ("LISTEN", not_text, ADDRESS),
        ("LISTEN", OsStr::new(&taken), &format!("LISTEN: cannot bind {taken}: ")),
        (
            "METRICS_LISTEN",
            OsStr::new("9000"),
            "METRICS_LISTEN is not an IP address and a port, as in 127.0.0.1:3000\n",
        ),
        ("METRICS_LISTEN", OsStr::new(&taken), "METRICS_LISTEN: "),
        ("READ_TIMEOUT_MS", OsStr::new("10s"), MILLISECONDS),
        ("READ_TIMEOUT_MS", OsStr::new("-1"), MILLISECONDS),
        ("READ_TIMEOUT_MS", OsStr::new(""), MILLISECONDS),
        ("READ_TIMEOUT_MS", not_text, MILLISECONDS),
        ("HEAD_TIMEOUT_MS", OsStr::new("1.5"), "HEAD_TIMEOUT_MS is not a number of milliseconds\n"),
        ("MAX_CONNECTIONS", OsStr::new("0"), "MAX_CONNECTIONS is not a number greater than zero\n"),
        ("MAX_CONNECTIONS", not_text, "MAX_CONNECTIONS is not a number greater than zero\n"),
        (
            "TOTAL_BODY_LIMIT_BYTES",
            OsStr::new("16M"),
            "TOTAL_BODY_LIMIT_BYTES is not a number greater than zero\n",
        ),
        ("REDIS_URL", not_text, "REDIS_URL is not UTF-8\n"),
        ("RUST_LOG", OsStr::new("countersign=loud"), "RUST_LOG: "),
    ] {
        refused(&[(MASSU.0, OsStr::new(MASSU.1)), (name, value)], message);
    }
}

#[test]
fn a_redis_without_a_usable_service_name_is_exit_code_2_and_one_line() {
    let redis = [(MASSU.0, OsStr::new(MASSU.1)), ("REDIS_URL", OsStr::new("redis://localhost"))];
    refused(&redis, "REDIS_URL is set, and SERVICE_NAME is not\n");
    let rules =
        "SERVICE_NAME: service name is empty, longer than 64 bytes or has control characters or a colon\n";
    for (name, message) in [
        (OsStr::new(""), rules),
        (OsStr::new("bill:ing"), rules),
        (OsStr::from_bytes(b"\xff"), "SERVICE_NAME is not UTF-8\n"),
    ] {
        refused(&[redis[0], redis[1], ("SERVICE_NAME", name)], message);
    }
    let slow =
        [redis[0], redis[1], ("SERVICE_NAME", OsStr::new("billing")), ("REDIS_TIMEOUT_MS", OsStr::new("1s"))];
    refused(&slow, "REDIS_TIMEOUT_MS is not a number of milliseconds\n");
    let no_redis = ("REDIS_URL", OsStr::new("http://localhost"));
    refused(&[redis[0], no_redis, ("SERVICE_NAME", OsStr::new("billing"))], "REDIS_URL: ");
}

#[test]
#[cfg(target_os = "linux")] // it has a device that is always full
fn a_fault_that_is_not_in_the_settings_is_exit_code_1() {
    for name in SERVICES {
        let output = run_to_end(name, &[MASSU], File::create("/dev/full").unwrap());
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(error, "error: No space left on device (os error 28)\n", "{name}");
        assert_eq!(output.status.code(), Some(1), "{name}");
    }
}

/// Writes a secret to a file, and returns its path.
fn secret_file(folder: &tempfile::TempDir, name: &str, content: &str) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    path.into_os_string().into_string().unwrap()
}
