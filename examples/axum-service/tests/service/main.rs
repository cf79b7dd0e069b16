//! The built service, over TCP.

#![cfg(unix)] // it is stopped by signals
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use std::io::{Read as _, Write as _};

use countersign::testing::{Samples, SignedRequest};
use countersign::{Hook, Massu, Muchaw, Mutx, Secret, Workspace};
use support::{Answer, Service, refuse_to_start, secret_file};

const ALL: [(&str, &str); 5] = [
    ("MASSU_WEBHOOK_SECRET", "whsec_massu"),
    ("HOOK_WEBHOOK_SECRET", "whsec_hook"),
    ("MUTX_WEBHOOK_SECRET", "whsec_mutx"),
    ("MUCHAW_WEBHOOK_SECRET", "whsec_muchaw"),
    ("WORKSPACE_WEBHOOK_SECRET", "whsec_workspace"),
];
const RECEIVED: &str = r#"{"received":true,"event":"session.completed"}"#;
const REFUSED: &str = r#"{"error":"invalid signature"}"#;

fn delivery<P: Samples>(secret: &str) -> SignedRequest {
    SignedRequest::new::<P>(&Secret::new(secret).unwrap(), P::SAMPLES[0].body)
}

/// Sends each sample of a sender, and one that is not signed.
fn check_sender<P: Samples>(service: &Service, secret: &str) {
    let path = format!("/webhooks/{}", P::NAME);
    for sample in P::SAMPLES {
        let event = sample.kind.map_or("null".to_owned(), |kind| format!("\"{kind}\""));
        let request = SignedRequest::new::<P>(&Secret::new(secret).unwrap(), sample.body);
        let answer = service.post(&path, &request);
        assert_eq!(answer, Answer::json(200, &format!(r#"{{"received":true,"event":{event}}}"#)), "{event}");
    }
    let unsigned = delivery::<P>(secret).without(P::SCHEME.header());
    assert_eq!(service.post(&path, &unsigned), Answer::json(401, REFUSED), "{path}");
}

#[test]
fn every_sender_has_its_route() {
    let service = Service::start(ALL);
    check_sender::<Massu>(&service, "whsec_massu");
    check_sender::<Hook>(&service, "whsec_hook");
    check_sender::<Mutx>(&service, "whsec_mutx");
    check_sender::<Muchaw>(&service, "whsec_muchaw");
    check_sender::<Workspace>(&service, "whsec_workspace");
    assert_eq!(service.send("GET /healthz HTTP/1.1").status, 200);
    assert_eq!(service.send("GET /webhooks/massu HTTP/1.1").status, 405);
    assert_eq!(service.send("POST /webhooks/acme HTTP/1.1").status, 404);
}

#[test]
fn a_sender_without_a_secret_has_no_route() {
    let service = Service::start([("HOOK_WEBHOOK_SECRET", "whsec_hook")]);
    assert_eq!(service.post("/webhooks/hook", &delivery::<Hook>("whsec_hook")).status, 200);
    assert_eq!(service.post("/webhooks/massu", &delivery::<Massu>("whsec_massu")).status, 404);
}

#[test]
fn secrets_come_from_files_and_rotate() {
    let (new, old) = (secret_file("new", "new secret\n"), secret_file("old", "old secret"));
    let from_files = [("MASSU_WEBHOOK_SECRET_FILE", &*new), ("MASSU_WEBHOOK_SECRET_PREVIOUS_FILE", &*old)];
    let from_variables =
        [("MASSU_WEBHOOK_SECRET", "new secret"), ("MASSU_WEBHOOK_SECRET_PREVIOUS", "old secret")];
    for variables in [from_files, from_variables] {
        let service = Service::start(variables);
        for (secret, expected) in
            [("new secret", (200, RECEIVED)), ("old secret", (200, RECEIVED)), ("older", (401, REFUSED))]
        {
            let answer = service.post("/webhooks/massu", &delivery::<Massu>(secret));
            assert_eq!(answer, Answer::json(expected.0, expected.1), "{secret}");
        }
        let (_, log) = service.stop();
        assert!(log.contains("secret=\"current\"") && log.contains("secret=\"previous\""), "{log}");
    }
}

#[test]
fn stdout_has_one_line_and_stderr_has_the_log_without_secrets() {
    for (level, lines) in [("trace", true), ("off", false)] {
        let service = Service::start(ALL.into_iter().chain([("RUST_LOG", level)]));
        let address = service.address;
        let genuine = delivery::<Massu>("whsec_massu");
        assert_eq!(service.post("/webhooks/massu", &genuine).status, 200);
        assert_eq!(service.post("/webhooks/massu", &genuine.with_body("{}")).status, 401);
        let (stdout, log) = service.stop();
        assert_eq!(stdout, format!("listening on http://{address}\n"));
        assert_eq!(!log.is_empty(), lines, "{log}");
        assert!(!log.contains("whsec_") && !log.contains("sha256=") && !log.contains('\u{1b}'), "{log}");
    }
}

#[test]
fn sigterm_lets_a_request_under_way_finish_and_closes_idle_connections() {
    let service = Service::start(ALL);
    let _silent = service.connect();
    let mut idle = service.connect();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
    let mut answered = [0; 12];
    idle.read_exact(&mut answered).unwrap();
    assert_eq!(&answered, b"HTTP/1.1 200");

    // `100 Continue` says that the body is being waited for: from then on the request is under way.
    let request = delivery::<Massu>("whsec_massu").header("expect", "100-continue");
    let mut under_way = service.connect();
    under_way.write_all(&support::head("/webhooks/massu", &request)).unwrap();
    let mut go_on = [0; 25];
    under_way.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");

    service.signal("TERM");
    service.wait_until_closed();
    under_way.write_all(request.body()).unwrap();
    assert_eq!(Answer::read(under_way), Answer::json(200, RECEIVED));
    let (_, log) = service.stopped();
    assert!(!log.contains("still under way"), "{log}");
}

#[test]
fn ctrl_c_stops_it_too() {
    let service = Service::start(ALL);
    service.signal("INT");
    service.stopped();
}

#[test]
fn a_configuration_that_cannot_be_used_is_exit_code_2_and_one_line() {
    let secret = ("MASSU_WEBHOOK_SECRET", "whsec_massu");
    let (blank, taken) = (secret_file("blank", " \n"), std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let taken = taken.local_addr().unwrap().to_string();
    let cases: [(&[(&str, &str)], &str); 13] = [
        (&[], "no sender has a secret: set MASSU_WEBHOOK_SECRET or that of another sender"),
        (&[("MASSU_WEBHOOK_SECRET", "")], "MASSU_WEBHOOK_SECRET: secret is empty"),
        (&[("HOOK_WEBHOOK_SECRET", " \t")], "HOOK_WEBHOOK_SECRET: secret is blank"),
        (&[secret, ("MUTX_WEBHOOK_SECRET", "")], "MUTX_WEBHOOK_SECRET: secret is empty"),
        (
            &[secret, ("MASSU_WEBHOOK_SECRET_FILE", "/x")],
            "MASSU_WEBHOOK_SECRET and MASSU_WEBHOOK_SECRET_FILE are both set",
        ),
        (
            &[secret, ("MASSU_WEBHOOK_SECRET_PREVIOUS", "x ")],
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
        (&[secret, ("LISTEN", "localhost")], "LISTEN is not an IP address and a port, as in 127.0.0.1:3000"),
        (&[secret, ("LISTEN", "")], "LISTEN is not an IP address and a port, as in 127.0.0.1:3000"),
        (&[secret, ("LISTEN", &taken)], &format!("LISTEN: cannot bind {taken}: ")),
        (&[secret, ("RUST_LOG", "countersign=loud")], "RUST_LOG: "),
    ];
    for (variables, message) in cases {
        let error = refuse_to_start(variables);
        assert!(error.starts_with(&format!("error: {message}")), "{variables:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}
