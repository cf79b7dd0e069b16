//! One delivery for each kind of mistake, made with Python. Its causes are named, and each message is compared with a list.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::providers::{Stripe, Svix};
use countersign::{Algorithm, KeyEncoding, Provider, Scheme};
use countersign_diagnose::{Cause, Diagnose, Diagnosis, SecretBytes};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    name: String,
    scheme: String,
    causes: Vec<String>,
    suspicions: Vec<String>,
    explained: bool,
    secret: String,
    others: BTreeMap<String, String>,
    line: Option<(String, String)>,
    headers: Vec<(String, String)>,
    body: String,
}

const SIGNED_AT: u64 = 1_768_480_200;

impl Case {
    fn diagnosis(&self) -> Diagnosis {
        let secret = |encoded: &str| SecretBytes::new(bytes(encoded)).unwrap();
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(SIGNED_AT);
        let mut diagnose = Diagnose::new(&self.scheme(), [secret(&self.secret)]).at(now);
        for (label, other) in &self.others {
            diagnose = diagnose.also(label, secret(other));
        }
        if let Some((method, target)) = &self.line {
            diagnose = diagnose.request(method, target);
        }
        let headers: Vec<(&str, Vec<u8>)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), bytes(value))).collect();
        diagnose.run(&headers, &bytes(&self.body))
    }

    fn scheme(&self) -> Scheme {
        let hex = Scheme::hex("x-signature-256");
        match self.scheme.as_str() {
            "hex" => hex,
            "hexkey" => hex.key(KeyEncoding::Hex { strip: "" }),
            "sha1" => hex.algorithm(Algorithm::HmacSha1),
            "sha256" => Scheme::sha256("x-signature-256"),
            "base64" => Scheme::base64("x-signature-256"),
            "stripe" => Stripe::SCHEME,
            "svix" => Svix::SCHEME,
            other => panic!("no scheme {other}"),
        }
    }
}

fn bytes(encoded: &str) -> Vec<u8> {
    STANDARD.decode(encoded).unwrap()
}

/// The cases, each diagnosed once.
static CASES: LazyLock<Vec<(Case, Diagnosis)>> = LazyLock::new(|| {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../vectors/diagnose.kinds.json")).unwrap();
    let diagnosed = |case: Case| {
        let diagnosis = case.diagnosis();
        (case, diagnosis)
    };
    cases.into_iter().map(diagnosed).collect()
});

fn names(causes: &[Cause]) -> Vec<&str> {
    causes.iter().map(Cause::as_str).collect()
}

#[test]
fn each_kind_of_mistake_is_named() {
    let mut wrong = Vec::new();
    for (case, diagnosis) in CASES.iter() {
        let told = (names(diagnosis.causes()), names(diagnosis.suspicions()), diagnosis.is_explained());
        let wanted = (&case.causes, &case.suspicions, case.explained);
        if told.0 != case.causes
            || told.1 != case.suspicions
            || told.2 != case.explained
            || !diagnosis.is_complete()
        {
            wrong.push(format!("{}: {told:?} for {wanted:?}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), CASES.len(), wrong.join("\n"));
}

/// One message of each cause, with its machine name. `WRITE_MESSAGES=1` writes the list.
#[test]
fn each_message_is_the_one_in_the_list() {
    let all = CASES.iter().flat_map(|(_, diagnosis)| [diagnosis.causes(), diagnosis.suspicions()].concat());
    let mut told = BTreeMap::new();
    for cause in all {
        told.entry(cause.as_str()).or_insert_with(|| cause.to_string());
    }
    let told: Vec<String> = told.iter().map(|(name, message)| format!("{name}\n{message}\n")).collect();
    if std::env::var_os("WRITE_MESSAGES").is_some() {
        std::fs::write("vectors/diagnose.messages.txt", told.join("\n")).unwrap();
    }
    let listed = std::fs::read_to_string("vectors/diagnose.messages.txt").unwrap();
    let mut listed = listed.split("\n\n").map(str::trim_end);
    for message in &told {
        assert_eq!(Some(message.trim_end()), listed.next());
    }
    assert_eq!(listed.next(), None);
}

#[test]
fn no_advice_contradicts_a_cause() {
    for (case, diagnosis) in CASES.iter() {
        assert!(!(diagnosis.is_explained() && diagnosis.advice().is_some()), "{}", case.name);
    }
    let of = |name: &str| CASES.iter().find(|(case, _)| case.name == name).unwrap().1.advice();
    for name in ["no header", "gzip of something else", "an empty body came", "a redirect to GET"] {
        assert_eq!(of(name), None, "{name}");
    }
    assert_eq!(of("a word with a prefix"), Some("the signature was not tried; repair this first"));
    assert!(of("a body that does not fit").unwrap().starts_with("no change that is known"));
}
