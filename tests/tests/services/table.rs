//! The table over TCP, to both services: they answer the same to the same requests.

use std::collections::{BTreeMap, BTreeSet};

use countersign_tests::Case;
use countersign_tests::live::{SERVICES, Service};
use countersign_tests::tcp::{Answer, Connection, request};
use serde_json::{Value, json};

/// What two services may differ in: the time, and how they speak of the connection.
fn comparable(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let own = |name: &str| matches!(name, "date" | "connection");
    let mut headers: Vec<_> = answer.headers.iter().filter(|(name, _)| !own(name)).cloned().collect();
    headers.sort();
    let (status, body) = answer.brief();
    (status, headers, body)
}

/// The environment of a service that has the case's secrets; `None` where a service cannot be given them, or the case is about a
/// setting that a service does not have, or about the framing of the request itself.
fn environment(case: &Case) -> Option<Vec<(String, String)>> {
    let names = ["WEBHOOK_SECRET", "WEBHOOK_SECRET_PREVIOUS"];
    let secrets: Vec<_> = case.secret_texts().collect();
    let framed = case.headers().iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    if secrets.len() > names.len() || case.limit.is_some() || framed || !can_be_sent(case) {
        return None;
    }
    let sender = case.sender.to_uppercase();
    let named = names.into_iter().zip(secrets);
    Some(named.map(|(name, secret)| (format!("{sender}_{name}"), secret.to_owned())).collect())
}

/// A line break or NUL in a value would end it: another request, then. White space around a value is not part of it (RFC 9110,
/// section 5.5).
fn can_be_sent(case: &Case) -> bool {
    // The servers' own limit is 96 and 100 headers, theirs and ours.
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
    let path = format!("/webhooks/{}", case.sender);
    // A refusal may come, and the connection be closed, before all is sent.
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

/// Where the same event was handled before, the answer is the same status, and empty.
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
        let is_told_apart = !["mutx", "workspace"].contains(&&*case.sender);
        assert!(handled.insert(identity(case)) || !is_told_apart, "{}", case.name);
    }
}

/// What a sender's repeats have in common.
fn identity(case: &Case) -> String {
    let id =
        serde_json::from_slice(&case.body()).ok().and_then(|body: Value| Some(body.get("id")?.to_string()));
    let identity = id.filter(|_| case.sender == "hook").unwrap_or_else(|| format!("{:?}", case.body()));
    format!("{} {identity}", case.sender)
}
