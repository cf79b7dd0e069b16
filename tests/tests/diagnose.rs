//! What Node and Python got wrong is named, and nothing secret with it.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly, in its helpers too")]

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::testing::sign;
use countersign::{Cause, Diagnose, Diagnosis, Scheme, Secret, Secrets};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    name: String,
    causes: Vec<String>,
    format: String,
    secret: String,
    others: BTreeMap<String, String>,
    headers: Vec<(String, String)>,
    body: String,
}

impl Case {
    fn secret(&self) -> Vec<u8> {
        bytes(&self.secret)
    }

    fn headers(&self) -> Vec<(String, Vec<u8>)> {
        self.headers.iter().map(|(name, value)| (name.clone(), bytes(value))).collect()
    }

    fn diagnosis(&self) -> Diagnosis {
        let scheme = match self.format.as_str() {
            "sha256" => Scheme::sha256("x-signature-256"),
            _ => Scheme::hex("x-signature-256"),
        };
        let secret = |encoded: &str| Secret::from_bytes(bytes(encoded)).unwrap();
        let start = Diagnose::new(scheme, secret(&self.secret));
        let diagnose =
            self.others.iter().fold(start, |diagnose, (label, other)| diagnose.also(label, secret(other)));
        diagnose.run(&self.headers(), &bytes(&self.body))
    }
}

fn bytes(encoded: &str) -> Vec<u8> {
    STANDARD.decode(encoded).unwrap()
}

fn cases() -> Vec<Case> {
    let node: Vec<Case> = serde_json::from_str(include_str!("../vectors/diagnose.node.json")).unwrap();
    let python: Vec<Case> = serde_json::from_str(include_str!("../vectors/diagnose.python.json")).unwrap();
    node.into_iter().chain(python).collect()
}

#[test]
fn each_cause_is_named() {
    let mut wrong = Vec::new();
    for case in cases() {
        let diagnosis = case.diagnosis();
        let causes: Vec<&str> = diagnosis.causes().iter().map(Cause::name).collect();
        if causes != case.causes || diagnosis.is_valid() != case.causes.is_empty() || !diagnosis.is_complete()
        {
            wrong.push(format!("{}: {causes:?} for {:?}", case.name, case.causes));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn neither_secret_nor_tag_nor_body_is_printed() {
    for case in cases() {
        let diagnosis = case.diagnosis();
        let printed = format!("{diagnosis} {diagnosis:?} {diagnosis:#?}");
        let hidden =
            case.headers().into_iter().map(|(_, value)| value).chain([case.secret(), bytes(&case.body)]);
        for value in hidden.filter(|value| value.len() > 8) {
            let value = String::from_utf8_lossy(&value).into_owned();
            let part: String = value.chars().rev().take(16).collect::<Vec<_>>().into_iter().rev().collect();
            assert!(!printed.contains(&part), "{}", case.name);
        }
    }
}

#[test]
fn what_nothing_explains_says_what_to_do() {
    let secret = Secret::new("right").unwrap();
    let headers = [("x-signature-256", format!("sha256={}", "0".repeat(64)))];
    let diagnosis = Diagnose::new(Scheme::sha256("x-signature-256"), secret).run(&headers, b"{}");
    assert!(!diagnosis.is_explained() && diagnosis.is_complete() && diagnosis.culprit().is_none());
    assert_eq!(
        diagnosis.to_string(),
        "no change that is known makes the signature match; compare the secret with the sender's, and capture the raw request"
    );
}

#[test]
fn a_secret_s_cause_is_found_in_a_large_body_before_the_budget_is_spent_on_variants() {
    let record = r#"{"id":"evt_1","n":[1.50,2e3,7],"nested":{"b":1,"a":[true,null]}},"#;
    let body = format!("[{}0]", record.repeat(15_000));
    let scheme = Scheme::hex("x-signature");
    let headers = [("x-signature", sign(scheme, &Secret::from_bytes(*b"0 ").unwrap(), &body))];
    let secret = |label: usize| Secret::new(label.to_string()).unwrap();
    let secrets = (1..Secrets::MAX).fold(Secrets::new("0", secret(0)).unwrap(), |secrets, label| {
        secrets.also(&label.to_string(), secret(label)).unwrap()
    });
    let diagnosis = Diagnose::new(scheme, secrets).run(&headers, body.as_bytes());
    let causes: Vec<&str> = diagnosis.causes().iter().map(Cause::name).collect();
    assert_eq!(causes, ["secret-white-space-lost"]);
}

#[test]
fn hostile_bodies_end() {
    let headers = [("x-signature-256", format!("sha256={}", "0".repeat(64)))];
    let bodies = [
        "[".repeat(100_000),
        format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)),
        format!("{}1{}", "{\"a\":".repeat(60), "}".repeat(60)),
        format!("[{}1e999999999]", "1,".repeat(10_000)),
        "\"\\ud800\\udc00\\udc00\"".to_owned(),
        "payload=%".to_owned(),
        "payload=%e".to_owned(),
        "\u{fffd}".repeat(1000),
    ];
    for body in bodies {
        let secret = Secret::new("right").unwrap();
        let diagnosis =
            Diagnose::new(Scheme::sha256("x-signature-256"), secret).run(&headers, body.as_bytes());
        assert!(!diagnosis.is_explained());
    }
}
