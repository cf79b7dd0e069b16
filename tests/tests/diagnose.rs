//! Deliveries with mistakes, made with Node and Python. The diagnosis names the mistake and prints nothing secret.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::providers::{Linear, Shopify, Stripe, Svix};
use countersign::testing::sign;
use countersign::{Headers, Provider, Raw, Scheme, Secret, Verifier};
use countersign_diagnose::{Blame, Cause, Diagnose, Diagnosis, SecretBytes};
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
        let scheme = if self.is_sha256() { Sha256::SCHEME } else { Hex::SCHEME };
        let secret = |encoded: &str| SecretBytes::new(bytes(encoded)).unwrap();
        let start = Diagnose::new(&scheme, [secret(&self.secret)]);
        let diagnose =
            self.others.iter().fold(start, |diagnose, (label, other)| diagnose.also(label, secret(other)));
        diagnose.run(&self.headers(), &bytes(&self.body))
    }

    fn is_sha256(&self) -> bool {
        self.format == "sha256"
    }

    /// The verdict of the library.
    fn is_accepted(&self) -> bool {
        let (secret, headers, body) = (self.secret(), self.headers(), bytes(&self.body));
        if self.is_sha256() {
            accepts::<Sha256>(&secret, &headers, body)
        } else {
            accepts::<Hex>(&secret, &headers, body)
        }
    }
}

struct Sha256;
struct Hex;

impl Provider for Sha256 {
    const NAME: &'static str = "sha256";
    const SCHEME: Scheme = Scheme::sha256("x-signature-256");
}

impl Provider for Hex {
    const NAME: &'static str = "hex";
    const SCHEME: Scheme = Scheme::hex("x-signature-256");
}

fn accepts<P: Provider>(secret: &[u8], headers: &impl Headers, body: Vec<u8>) -> bool {
    let verifier = Verifier::<P>::new(Secret::from_bytes(secret).unwrap()).unwrap();
    verifier.verify::<Raw<P>>(headers, body).is_ok()
}

fn bytes(encoded: &str) -> Vec<u8> {
    STANDARD.decode(encoded).unwrap()
}

/// The cases, each diagnosed once.
static CASES: LazyLock<Vec<(Case, Diagnosis)>> = LazyLock::new(|| {
    let node: Vec<Case> = serde_json::from_str(include_str!("../vectors/diagnose.node.json")).unwrap();
    let python: Vec<Case> = serde_json::from_str(include_str!("../vectors/diagnose.python.json")).unwrap();
    let diagnosed = |case: Case| {
        let diagnosis = case.diagnosis();
        (case, diagnosis)
    };
    node.into_iter().chain(python).map(diagnosed).collect()
});

/// The names of the causes, and then of the suspicions.
fn names(diagnosis: &Diagnosis) -> Vec<&'static str> {
    diagnosis.causes().iter().chain(diagnosis.suspicions()).map(Cause::as_str).collect()
}

#[test]
fn each_cause_is_named() {
    let mut wrong = Vec::new();
    for (case, diagnosis) in CASES.iter() {
        let causes: Vec<&str> = names(diagnosis);
        if causes != case.causes || diagnosis.is_valid() != case.causes.is_empty() || !diagnosis.is_complete()
        {
            wrong.push(format!("{}: {causes:?} for {:?}", case.name, case.causes));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_diagnosis_is_valid_where_a_verifier_accepts() {
    for (case, diagnosis) in CASES.iter() {
        assert_eq!(diagnosis.is_valid(), case.is_accepted(), "{}", case.name);
    }
    let body = "{}";
    let signature = sign(Hex::SCHEME, &Secret::new("s").unwrap(), body);
    for encoding in ["identity", " Identity ", "gzip", "identity, gzip", ""] {
        let headers = [("x-signature-256", signature.as_str()), ("content-encoding", encoding)];
        let secrets = [SecretBytes::new("s").unwrap()];
        let diagnosis = Diagnose::new(&Hex::SCHEME, secrets).run(&headers, body.as_bytes());
        assert_eq!(diagnosis.is_valid(), accepts::<Hex>(b"s", &headers, body.into()), "{encoding}");
    }
}

#[test]
fn a_secret_is_refused_as_the_library_refuses_it() {
    for secret in [b"".as_slice(), b"\0", b"\0\0", b" ", b"s"] {
        assert_eq!(SecretBytes::new(secret).err(), Secret::from_bytes(secret).err(), "{secret:?}");
    }
}

#[test]
fn the_blame_is_unclear_where_the_causes_disagree() {
    let blamed = |value: String, body: &[u8]| {
        let headers = [("x-signature-256", value)];
        Diagnose::new(&Sha256::SCHEME, [SecretBytes::new("s").unwrap()]).run(&headers, body).blame()
    };
    let genuine = sign(Sha256::SCHEME, &Secret::new("s").unwrap(), "{}");
    assert_eq!(blamed(genuine.clone(), b"{}"), None);
    assert_eq!(blamed(genuine.clone(), b"{}\n"), Some(Blame::Unclear));
    assert_eq!(blamed(genuine.replace("sha256=", "sha256=sha256="), b"{}"), Some(Blame::Provider));
    assert_eq!(blamed(genuine.replace("sha256=", "sha256=sha256="), b"{}\n"), Some(Blame::Unclear));
    let names =
        [Blame::Provider, Blame::Intermediary, Blame::Receiver, Blame::Unclear].map(|blame| blame.as_str());
    assert_eq!(names, ["provider", "intermediary", "receiver", "unclear"]);
}

/// A body of the declared length was sent like this. A body of another length was changed after it was sent.
#[test]
fn the_declared_length_tells_who_changed_the_body() {
    let scheme = Scheme::hex("x-signature");
    let tag = sign(scheme, &Secret::new("s").unwrap(), "a\nb");
    for (body, length, blame, is_sent) in [
        ("a\nb\n", None, Blame::Unclear, false),
        ("a\nb\n", Some("4"), Blame::Provider, true),
        ("a\nb\n", Some("3"), Blame::Receiver, false),
        ("a\r\nb", None, Blame::Unclear, false),
        ("a\r\nb", Some("4"), Blame::Unclear, true),
        ("a\r\nb", Some("3"), Blame::Intermediary, false),
    ] {
        let headers: Vec<_> = [("x-signature", &*tag)]
            .into_iter()
            .chain(length.map(|length| ("content-length", length)))
            .collect();
        let diagnosis =
            Diagnose::new(&scheme, [SecretBytes::new("s").unwrap()]).run(&headers, body.as_bytes());
        assert_eq!(diagnosis.blame(), Some(blame), "{body:?} {length:?}");
        assert_eq!(diagnosis.causes()[0].remedy().starts_with("have the provider sign"), is_sent, "{body:?}");
        assert_eq!(diagnosis.signed_body(), Some(b"a\nb".as_slice()));
        assert!(format!("{diagnosis:?}").contains("SignedBody(3 bytes)"), "{diagnosis:?}");
    }
    assert_eq!(Blame::Intermediary.to_string(), "intermediary");
}

#[test]
fn neither_secret_nor_tag_nor_body_is_printed() {
    for (case, diagnosis) in CASES.iter() {
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
fn an_unexplained_signature_gets_advice() {
    let secret = SecretBytes::new("right").unwrap();
    let headers = [("x-signature-256", format!("sha256={}", "0".repeat(64)))];
    let diagnosis = Diagnose::new(&Sha256::SCHEME, [secret]).run(&headers, b"{}");
    assert!(!diagnosis.is_explained() && diagnosis.is_complete() && diagnosis.blame().is_none());
    assert_eq!(
        diagnosis.to_string(),
        "no change that is known makes the signature match; compare the secret with the provider's (each endpoint and each environment may have its own), and capture the raw request"
    );
}

#[test]
fn a_wrong_secret_is_found_in_a_large_body_before_the_budget_is_spent_on_variants_of_the_body() {
    let record = r#"{"id":"evt_1","n":[1.50,2e3,7],"nested":{"b":1,"a":[true,null]}},"#;
    let body = format!("[{}0]", record.repeat(15_000));
    let scheme = Scheme::hex("x-signature");
    let headers = [("x-signature", sign(scheme, &Secret::from_bytes(*b"0 ").unwrap(), &body))];
    let secrets = (0..8).map(|number| SecretBytes::new(number.to_string()).unwrap());
    let diagnosis = Diagnose::new(&scheme, secrets).run(&headers, body.as_bytes());
    let causes: Vec<&str> = diagnosis.causes().iter().map(Cause::as_str).collect();
    assert_eq!(causes, ["secret-white-space-lost"]);
}

#[test]
fn the_diagnosis_of_a_hostile_body_ends() {
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
        let secret = SecretBytes::new("right").unwrap();
        let diagnosis = Diagnose::new(&Sha256::SCHEME, [secret]).run(&headers, body.as_bytes());
        assert!(!diagnosis.is_explained());
    }
}

/// The time at which the deliveries below were signed, in Unix seconds. Python's `hmac` made their signatures.
const SIGNED_AT: u64 = 1_768_480_200;

const STRIPE: [(&str, &str); 1] = [(
    "stripe-signature",
    "t=1768480200,v0=00,v1=100e8cd6c6773962eb24fbf46f9e46689ed80ef6dc9ec082be014802c46a85ec",
)];
const SVIX: [(&str, &str); 3] = [
    ("svix-id", "msg_1"),
    ("svix-timestamp", "1768480200"),
    ("svix-signature", "v1,AAAA v1,NQ9drfNMQ93WGWUsyvKu4Df71MBVJckhun9dbXSOjfI="),
];

/// The names of the causes, and whether they explain the signature. The delivery comes some seconds after it was signed.
fn told<P: Provider>(
    secret: &str,
    headers: &[(&str, &str)],
    body: &str,
    seconds: u64,
) -> (Vec<&'static str>, bool) {
    let other = SecretBytes::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD").unwrap();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(SIGNED_AT + seconds);
    let diagnose =
        Diagnose::new(&P::SCHEME, [SecretBytes::new(secret).unwrap()]).also("other", other).at(now);
    let diagnosis = diagnose.run(headers, body.as_bytes());
    assert_eq!(diagnosis.is_valid(), diagnosis.to_string() == "the signature matches");
    (diagnosis.causes().iter().map(Cause::as_str).collect(), diagnosis.is_explained())
}

#[test]
fn a_matching_signature_with_an_old_time_says_so() {
    let body = r#"{"a":1}"#;
    assert_eq!(told::<Stripe>("secret", &STRIPE, body, 300), (vec![], true));
    assert_eq!(told::<Stripe>("secret", &STRIPE, body, 301), (vec!["time-too-old"], true));
    let linear = [("linear-signature", "25cfbb5d00fde3bf2c4770c4c1b43ca9f8ff0bf02dc49bc5ca08f6d818a3b982")];
    let timed = r#"{"webhookTimestamp":1768480200000}"#;
    assert_eq!(told::<Linear>("secret", &linear, timed, 60), (vec![], true));
    assert_eq!(told::<Linear>("secret", &linear, timed, 61), (vec!["time-too-old"], true));
    let timeless = [("linear-signature", "77325902caca812dc259733aacd046b73817372c777b8d95b402647474516e13")];
    assert_eq!(told::<Linear>("secret", &timeless, "{}", 0), (vec!["time-missing"], true));
    let early = SystemTime::UNIX_EPOCH + Duration::from_secs(SIGNED_AT - 310);
    let secret = SecretBytes::new("secret").unwrap();
    let diagnosis = Diagnose::new(&Stripe::SCHEME, [secret]).at(early).run(&STRIPE, body.as_bytes());
    assert_eq!(
        diagnosis.to_string(),
        "the signature matches, but not its time\n\
         the signed time is in the future, by 10 s beyond the tolerance\n  \
           repair: compare the clocks of both machines\n  \
           by: unclear"
    );
}

#[test]
fn a_changed_body_or_secret_is_found_for_any_scheme() {
    let spaced = "{\"a\": 1}\n";
    assert_eq!(told::<Stripe>("secret", &STRIPE, spaced, 0), (vec!["body-reserialised"], true));
    assert_eq!(
        told::<Stripe>("secret", &STRIPE, spaced, 400),
        (vec!["body-reserialised", "time-too-old"], true)
    );
    assert_eq!(told::<Stripe>("secret ", &STRIPE, r#"{"a":1}"#, 0), (vec!["secret-white-space-added"], true));
    assert_eq!(told::<Stripe>("wrong", &STRIPE, r#"{"a":1}"#, 0), (vec![], false));

    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    // The first entry of this list is no tag, so a verifier refuses the header.
    assert_eq!(told::<Svix>(secret, &SVIX, r#"{"a":1}"#, 0), (vec!["header-not-a-tag"], true));
    let [id, time, (name, value)] = SVIX;
    let well_formed = [id, time, (name, value.trim_start_matches("v1,AAAA "))];
    assert_eq!(told::<Svix>(secret, &well_formed, r#"{"a":1}"#, 0), (vec![], true));
    assert_eq!(told::<Svix>(secret, &well_formed, spaced, 0), (vec!["body-reserialised"], true));
    let other = [id, time, (name, "v1,TsPKHa8+kLFbWRXaOyMNsvhuhQ5vDdyEuuS90gnQKxQ=")];
    assert_eq!(told::<Svix>(secret, &other, r#"{"a":1}"#, 0), (vec!["secret-other"], true));
    assert_eq!(told::<Svix>("secret", &other, r#"{"a":1}"#, 0), (vec!["secret-other"], true));
    assert_eq!(told::<Svix>("secret", &well_formed, r#"{"a":1}"#, 0), (vec!["secret-unusable"], false));

    let shopify = [("x-shopify-hmac-sha256", "qp4uNXX11wmLbKzNeQiIw21f22M0KnO62i1qUXR6hJQ=")];
    assert_eq!(told::<Shopify>("secret", &shopify, r#"{"a":1}"#, 0), (vec![], true));
    assert_eq!(told::<Shopify>("secret", &shopify, spaced, 0), (vec!["body-reserialised"], true));
}

#[test]
fn a_body_that_was_signed_alone_is_named() {
    let stripe = [(
        "stripe-signature",
        "t=1768480200,v1=aa9e2e3575f5d7098b6caccd790888c36d5fdb63342a73bada2d6a51747a8494",
    )];
    assert_eq!(told::<Stripe>("secret", &stripe, r#"{"a":1}"#, 0), (vec!["text-body-alone"], true));
    assert_eq!(
        told::<Stripe>("secret ", &stripe, r#"{"a":1}"#, 0),
        (vec!["text-body-alone", "secret-white-space-added"], true)
    );
    let [id, time, (name, _)] = SVIX;
    let svix = |value| {
        told::<Svix>("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &[id, time, (name, value)], r#"{"a":1}"#, 0)
    };
    assert_eq!(svix("v1,9Q0B+RoLYGXBws7iGdV/15HtZUdOsu7Zo7a5UhRIrFk="), (vec!["text-body-alone"], true));
    assert_eq!(
        svix("v1,RewDsrM0A8gEOpDeBr7a0IJxg5JxFf1+RI75fusTxb4="),
        (vec!["text-body-alone", "secret-not-decoded"], true)
    );
}

#[test]
fn a_secret_that_was_not_decoded_is_named() {
    let [id, time, (name, _)] = SVIX;
    for value in
        ["v1,4nLXJmvfZWyogx8M2FmeC+OaZSlKTdrnSXG5LDM7fQ4=", "v1,WJpKWEKQPXnfp5XgxJwSp0x8tnFeKon309o5uYn8dTM="]
    {
        let headers = [id, time, (name, value)];
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        assert_eq!(told::<Svix>(secret, &headers, r#"{"a":1}"#, 0), (vec!["secret-not-decoded"], true));
        assert_eq!(
            told::<Svix>(secret, &headers, r#"{"a": 1}"#, 0),
            (vec!["body-reserialised", "secret-not-decoded"], true)
        );
    }
}

#[test]
fn a_refusal_of_the_headers_is_named_for_any_scheme() {
    let tag = "0".repeat(64);
    let stripe = |value: &str| told::<Stripe>("secret", &[("stripe-signature", value)], "{}", 0).0;
    assert_eq!(told::<Stripe>("secret", &[], "{}", 0), (vec!["header-missing"], false));
    assert_eq!(stripe(""), ["header-empty"]);
    assert_eq!(stripe(&format!("t=1768480200,v0={tag}")), ["header-no-entry"]);
    assert_eq!(stripe("t=1768480200,v1=00"), ["header-not-a-tag"]);
    assert_eq!(stripe(&format!("v1={tag}")), ["time-missing"]);
    assert_eq!(stripe(&format!("t=now,v1={tag}")), ["time-malformed"]);
    assert_eq!(stripe(&format!("t=1,t=2,v1={tag}")), ["time-repeated"]);
    let [id, time, signature] = SVIX;
    let signature = (signature.0, signature.1.trim_start_matches("v1,AAAA "));
    let svix =
        |headers: &[(&str, &str)]| told::<Svix>("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", headers, "{}", 0).0;
    assert_eq!(svix(&[time, signature]), ["header-id-missing"]);
    assert_eq!(svix(&[id, id, time, signature]), ["header-id-repeated"]);
    assert_eq!(svix(&[("svix-id", "a.b"), time, signature]), ["header-id-malformed"]);
    assert_eq!(svix(&[id, time, signature, signature]), ["header-repeated"]);
    let diagnosis = Diagnose::new(&Stripe::SCHEME, [SecretBytes::new("It's a Secret to Everybody").unwrap()])
        .run(&[("stripe-signature", "t=1768480200,v1=00")], b"{}");
    assert_eq!(
        diagnosis.to_string(),
        "the tag is not 64 hex digits\n  \
           repair: compare it with the provider's documents\n  \
           by: unclear\n\
         the signature was not tried; repair this first"
    );
}
