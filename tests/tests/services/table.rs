//! Both services give the same answer to every case of the table, over TCP.

use std::collections::{BTreeMap, BTreeSet};

use countersign_tests::Case;
use countersign_tests::live::{SERVICES, Service};
use countersign_tests::tcp::{Answer, Connection, request};
use serde_json::{Value, json};

/// An answer without the headers `date` and `connection`, in which the services may differ.
fn comparable(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let own = |name: &str| matches!(name, "date" | "connection");
    let mut headers: Vec<_> = answer.headers.iter().filter(|(name, _)| !own(name)).cloned().collect();
    headers.sort();
    let (status, body) = answer.brief();
    (status, headers, body)
}

/// The environment of a service that has the secrets of a case. It is `None` if a service cannot have them, and for cases about a body
/// limit or about the framing of a request.
fn environment(case: &Case) -> Option<Vec<(String, String)>> {
    let names = ["WEBHOOK_SECRET", "WEBHOOK_SECRET_PREVIOUS"];
    let secrets: Vec<_> = case.secret_texts().collect();
    let framed = case.headers().iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    if secrets.len() > names.len() || case.limit.is_some() || framed || !can_be_sent(case) {
        return None;
    }
    let provider = case.provider.to_uppercase();
    let named = names.into_iter().zip(secrets);
    Some(named.map(|(name, secret)| (format!("{provider}_{name}"), secret.to_owned())).collect())
}

/// A line break or a NUL in a value would make another request. White space around a value is not part of it (RFC 9110, section
/// 5.5).
fn can_be_sent(case: &Case) -> bool {
    // The servers take 96 and 100 headers, and the client adds some.
    case.headers().len() < 90
        && case.headers().iter().all(|(_, value)| {
            !value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0))
                && value.trim_ascii().len() == value.len()
        })
}

fn send(service: &Service, case: &Case) -> Option<Answer> {
    let headers = case.headers();
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
    let mut connection = Connection::open(service.address);
    let path = format!("/webhooks/{}", case.provider);
    // The service may refuse the request and close the connection before everything is sent.
    let _sent = connection.send(request(&path, &headers, &case.body()));
    connection.answer()
}

#[test]
fn both_services_answer_the_same_to_the_whole_table() {
    let cases = Case::all();
    let mut by_environment = BTreeMap::<_, Vec<&Case>>::new();
    for case in &cases {
        if let Some(environment) = environment(case) {
            by_environment.entry(environment).or_default().push(case);
        }
    }
    let mut sent = 0_usize;
    for (environment, cases) in by_environment {
        let environment: Vec<_> =
            environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let [axum, actix] = SERVICES.map(|name| Service::start(name, &environment));
        let mut handled = BTreeSet::new();
        for case in cases {
            let first = send(&axum, case).unwrap_or_else(|| send(&axum, case).unwrap());
            let second = send(&actix, case).unwrap_or_else(|| send(&actix, case).unwrap());
            assert_eq!(comparable(&first), comparable(&second), "{}", case.name);
            check(case, &first, &mut handled);
            sent = sent.saturating_add(1);
        }
    }
    println!("{sent} of {} cases went to both services", cases.len());
    assert!(sent >= 1000, "{sent} cases");
}

/// The answer to an event that was handled before has the same status and no body.
#[track_caller]
fn check(case: &Case, answer: &Answer, handled: &mut BTreeSet<String>) {
    assert_eq!(answer.status, case.expect.status, "{}", case.name);
    if answer.status == 200 && answer.body.is_empty() {
        assert!(handled.contains(&identity(case)), "{}", case.name);
    } else if answer.status == 200 {
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        let event = case.expect.seen.get("kind").unwrap_or(&body["event"]);
        assert_eq!(body, json!({"received": true, "event": event}), "{}", case.name);
        // The deliveries of some providers cannot be told apart, and each is handled.
        let is_told_apart = !["mutx", "workspace"].contains(&&*case.provider);
        assert!(handled.insert(identity(case)) || !is_told_apart, "{}", case.name);
    }
}

/// The text that is equal for all repeats of a delivery.
fn identity(case: &Case) -> String {
    let id =
        serde_json::from_slice(&case.body()).ok().and_then(|body: Value| Some(body.get("id")?.to_string()));
    let identity = id.filter(|_| case.provider == "hook").unwrap_or_else(|| format!("{:?}", case.body()));
    format!("{} {identity}", case.provider)
}
