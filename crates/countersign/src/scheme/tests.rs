use std::time::{Duration, SystemTime};

use super::*;
use crate::{ConfigError, verify};

const TAG: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

const SLACK: Scheme = Scheme::hex("x-slack-signature")
    .prefix("v0=")
    .timestamp(Timestamp::header("x-slack-request-timestamp"))
    .signed(&[Part::Text("v0:"), Part::Timestamp, Part::Text(":"), Part::Body]);

const STRIPE: Scheme = Scheme::hex("stripe-signature")
    .list(b',', "v1=")
    .timestamp(Timestamp::entry("t="))
    .signed(&[Part::Timestamp, Part::Text("."), Part::Body]);

const STANDARD: Scheme = Scheme::base64("webhook-signature")
    .list(b' ', "v1,")
    .key(KeyEncoding::Base64 { strip: "whsec_" })
    .timestamp(Timestamp::header("webhook-timestamp"))
    .signed(&[Part::Id("webhook-id"), Part::Text("."), Part::Timestamp, Part::Text("."), Part::Body]);

const TWITCH: Scheme = Scheme::sha256("twitch-eventsub-message-signature")
    .timestamp(
        Timestamp::header("twitch-eventsub-message-timestamp").rfc3339().tolerance(Duration::from_secs(600)),
    )
    .signed(&[Part::Id("twitch-eventsub-message-id"), Part::Timestamp, Part::Body]);

const BOX: Scheme = Scheme::base64("box-signature-primary")
    .timestamp(Timestamp::header("box-delivery-timestamp").rfc3339())
    .signed(&[Part::Body, Part::Timestamp]);

const LINEAR: Scheme =
    Scheme::hex("linear-signature").timestamp(Timestamp::body("webhookTimestamp").millis());

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap()
}

fn secret(text: &str) -> Secret {
    Secret::new(text).unwrap()
}

#[test]
fn one_call_accepts_only_the_right_signature() {
    let secret = secret("It's a Secret to Everybody");
    let value = format!("sha256={TAG}");
    assert_eq!(verify(&secret, "Hello, World!", &value), Ok(()));
    assert_eq!(verify(&secret, "Hello, World?", &value), Err(VerifyError::Mismatch));
    assert_eq!(verify(&secret, "Hello, World!", TAG), Err(VerifyError::Prefix));

    let bare = Scheme::hex("x-signature");
    assert_eq!(bare.verify(&secret, "Hello, World!", TAG), Ok(()));
    assert_eq!(bare.verify(&secret, "Hello, World?", TAG), Err(VerifyError::Mismatch));
    let sha512 = bare.algorithm(Algorithm::HmacSha512);
    assert_eq!(sha512.verify(&secret, "Hello, World!", TAG), Err(VerifyError::Length { found: 64 }));
}

#[test]
fn a_value_alone_is_not_enough_if_another_header_is_signed() {
    let value = format!("v0={TAG}");
    assert_eq!(SLACK.verify(&secret("s"), "", value), Err(VerifyError::MissingTime));
    let id = Scheme::hex("a").signed(&[Part::Id("b"), Part::Text("."), Part::Body]);
    assert_eq!(id.verify(&secret("s"), "", TAG), Err(VerifyError::MissingId));
}

/// The example of the specification of Standard Webhooks.
#[test]
fn a_signed_time_is_within_the_tolerance_in_both_directions() {
    const SENT: u64 = 1_614_265_330;
    let secret = secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let headers = [
        ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ];
    let verify = |now| STANDARD.verify_request(&secret, &headers, r#"{"test": 2432232314}"#, at(now));
    let by = Duration::from_secs(1);
    for now in [SENT, SENT + 300, SENT - 300] {
        assert_eq!(verify(now), Ok(()));
    }
    assert_eq!(verify(SENT + 301), Err(VerifyError::TooOld { by }));
    assert_eq!(verify(SENT - 301), Err(VerifyError::FromTheFuture { by }));
    let just_over = at(SENT + 300) + Duration::from_nanos(1);
    let refused = STANDARD.verify_request(&secret, &headers, r#"{"test": 2432232314}"#, just_over);
    assert_eq!(refused, Err(VerifyError::TooOld { by: Duration::from_nanos(1) }));
    // The signature is checked before the time.
    assert_eq!(STANDARD.verify_request(&secret, &headers, "{}", at(0)), Err(VerifyError::Mismatch));
}

#[test]
fn headers_that_are_signed_are_sent_once_and_well_formed() {
    let tag = format!("v1,{}=", "A".repeat(43));
    let judge = |headers: &[(&str, &str)]| {
        let signature = [("webhook-signature", tag.as_str())];
        STANDARD
            .verify_request(&secret("whsec_AAAB"), &[headers, &signature].concat(), "", at(0))
            .unwrap_err()
    };
    let (id, time) = (("webhook-id", "msg_1"), ("webhook-timestamp", "0"));
    assert_eq!(judge(&[id, time]), VerifyError::Mismatch);
    assert_eq!(judge(&[id]), VerifyError::MissingTime);
    assert_eq!(judge(&[id, time, time]), VerifyError::RepeatedTime);
    assert_eq!(judge(&[id, ("webhook-timestamp", "-1")]), VerifyError::MalformedTime);
    assert_eq!(judge(&[time]), VerifyError::MissingId);
    assert_eq!(judge(&[id, id, time]), VerifyError::RepeatedId);
    for malformed in ["", "a.b", "a b", "ä", "a\n", &"x".repeat(257)] {
        assert_eq!(judge(&[("webhook-id", malformed), time]), VerifyError::MalformedId, "{malformed:?}");
    }
    assert_eq!(judge(&[("webhook-id", &"x".repeat(256)), time]), VerifyError::Mismatch);
}

/// If the id has no colon, the first colon of the signed text is the time's. Otherwise a forger could replay a captured delivery whose
/// body contains a time: the new id would be the old id, the old time and the start of the body.
#[test]
fn an_id_directly_before_a_time_has_no_colon() {
    let judge = |id| {
        let headers = [
            ("twitch-eventsub-message-id", id),
            ("twitch-eventsub-message-timestamp", "2021-02-19T23:47:00Z"),
            (
                "twitch-eventsub-message-signature",
                "sha256=0000000000000000000000000000000000000000000000000000000000000000",
            ),
        ];
        TWITCH.verify_request(&secret("s"), &headers, "", at(0)).unwrap_err()
    };
    assert_eq!(judge("e76c6bd4-55c9-4987-8304-da1588d8988b"), VerifyError::Mismatch);
    assert_eq!(judge("abc2021-02-19T23:47:00Z{"), VerifyError::MalformedId);
}

#[test]
fn a_time_in_the_body_is_a_number() {
    // Python's hmac made the tags with the key `s`.
    let verify = |body: &str, tag: &str| {
        LINEAR.verify_request(&secret("s"), &[("linear-signature", tag)], body, at(1_676_056_940))
    };
    assert_eq!(
        verify(
            r#"{"webhookTimestamp":1676056940508}"#,
            "13b14ae2bae759a06503c89d26a0544318b1230483c3163ad67bc333fa29824c"
        ),
        Ok(())
    );
    assert_eq!(
        verify(
            r#"{"webhookTimestamp":"1676056940508"}"#,
            "91b60bb2614bb0c7da5eaa577735140cf6d4ab1d589ff59b65d48c2b843804fa"
        ),
        Err(VerifyError::MalformedTime)
    );
    assert_eq!(
        verify(
            r#"{"webhookTimestamp":1676056940.508}"#,
            "aa0e15d98a1b20f012c216c809d52287f503c7ce4184c6ea3d01d0069ad98c91"
        ),
        Err(VerifyError::MalformedTime)
    );
    assert_eq!(
        verify("{}", "143ca8d517ba1b181025d732b1cf275d90104fca57bb02a565542978aa18c4b6"),
        Err(VerifyError::MissingTime)
    );
    assert_eq!(
        verify("", "64eca07cce67929c357d63d0a4aec207e774800403298914fc04e88ce02ac49f"),
        Err(VerifyError::MalformedTime)
    );
    let twice = r#"{"webhookTimestamp":1676056940508,"webhookTimestamp":1676056940508}"#;
    assert_eq!(
        verify(twice, "2aaf7c5271d268cb54780b7b780055967505b62bc9abc0581eedea7444da9ad8"),
        Err(VerifyError::MalformedTime)
    );
}

#[test]
fn a_secret_becomes_a_key_by_the_rule_of_its_provider() {
    let rule = |text: &str, encoding| {
        let scheme = Scheme::hex("a").key(encoding);
        secret(text).to_key(&scheme).map(drop)
    };
    let base64 = KeyEncoding::Base64 { strip: "whsec_" };
    assert_eq!(rule("whsec_AAAB", base64), Ok(()));
    assert_eq!(rule("AAAB", base64), Err(ConfigError::MissingPrefix { prefix: "whsec_".to_owned() }));
    for text in ["whsec_A", "whsec_AAA", "whsec_AA-_", "whsec_AAAB\u{a0}AAAB", "whsec_AAB="] {
        assert_eq!(rule(text, base64), Err(ConfigError::NotBase64), "{text:?}");
    }
    assert_eq!(rule("whsec_AAAA", base64), Err(ConfigError::ZeroSecret));
    assert_eq!(rule("AAAB", KeyEncoding::Base64 { strip: "" }), Ok(()));
    assert_eq!(rule("00fF", KeyEncoding::Hex { strip: "" }), Ok(()));
    assert_eq!(rule("00f", KeyEncoding::Hex { strip: "" }), Err(ConfigError::NotHex));
    assert_eq!(rule("0000", KeyEncoding::Hex { strip: "" }), Err(ConfigError::ZeroSecret));
    // Bytes are the key itself.
    let bytes = Secret::from_bytes("no base64").unwrap();
    for algorithm in [Algorithm::HmacSha256, Algorithm::HmacSha1] {
        assert!(bytes.to_key(&Scheme::hex("a").key(base64).algorithm(algorithm)).is_ok());
    }
    assert_eq!(
        STANDARD.verify_request(
            &secret("no prefix"),
            &[
                ("webhook-id", "m"),
                ("webhook-timestamp", "0"),
                ("webhook-signature", &format!("v1,{}=", "A".repeat(43)))
            ],
            "",
            at(0)
        ),
        Err(VerifyError::UnusableSecret)
    );
}

#[test]
fn a_scheme_that_makes_sense_has_no_fault() {
    let in_entry = |separator, time| SIMPLE.list(separator, "v1=").timestamp(time).signed(&[TIME, DOT, BODY]);
    for scheme in [
        SLACK,
        STRIPE,
        STANDARD,
        TWITCH,
        BOX,
        LINEAR,
        in_entry(b',', Timestamp::entry("t=").rfc3339()),
        in_entry(b':', Timestamp::entry("t=")),
        SIMPLE.timestamp(Timestamp::body("t").tolerance(Duration::from_secs(86_400))),
    ] {
        assert_eq!(scheme.fault(), None, "{scheme:?}");
    }
}

#[track_caller]
fn assert_fault(scheme: &Scheme, start: &str) {
    let fault = scheme.fault().unwrap_or_default();
    assert!(fault.starts_with(start), "{fault:?} is not {start:?}");
}

const SIMPLE: Scheme = Scheme::hex("x-signature");
const BODY: Part<'_> = Part::Body;
const TIME: Part<'_> = Part::Timestamp;
const DOT: Part<'_> = Part::Text(".");

#[test]
fn each_fault_of_a_value_is_found() {
    let long = "x".repeat(256);
    let entry = |prefix| SIMPLE.list(b',', "v1=").timestamp(Timestamp::entry(prefix));
    for (scheme, start) in [
        (Scheme::hex(""), "the name of the signature header is not"),
        (Scheme::hex("x signature"), "the name of the signature header is not"),
        (Scheme::hex(&long), "the name of a header has at most 64 bytes"),
        (SIMPLE.prefix(&long), "the prefix of a tag has at most 32 bytes"),
        (SIMPLE.prefix("é"), "the prefix of a tag has a character"),
        (SIMPLE.key(KeyEncoding::Hex { strip: &long }), "the prefix of a secret has at most 32 bytes"),
        (SIMPLE.list(b',', ""), "the entries of a list need a prefix"),
        (SIMPLE.list(b',', "v1,"), "the entries of a list need a prefix"),
        (SIMPLE.list(b',', " v1="), "the entries of a list need a prefix"),
        (SIMPLE.list(b'=', "v1"), "the separator of a list can be part of a tag"),
        (SIMPLE.list(b'a', "v1="), "the separator of a list can be part of a tag"),
        (
            SIMPLE.timestamp(Timestamp::entry("t=")).signed(&[TIME, DOT, BODY]),
            "a time in an entry needs a list",
        ),
        (entry("v1=t").signed(&[TIME, DOT, BODY]), "the prefixes of the time and of the tags must differ"),
        (entry("v").signed(&[TIME, DOT, BODY]), "the prefixes of the time and of the tags must differ"),
        (entry("").signed(&[TIME, DOT, BODY]), "the entry of the time needs a prefix"),
        (entry("t,").signed(&[TIME, DOT, BODY]), "the entry of the time needs a prefix"),
        (entry(" t").signed(&[TIME, DOT, BODY]), "the entry of the time needs a prefix"),
        (
            SIMPLE.list(b':', "v1=").timestamp(Timestamp::entry("t=").rfc3339()).signed(&[TIME, DOT, BODY]),
            "the separator of a list can be part of the time",
        ),
        (SIMPLE.signed(&[Part::Id(&long), DOT, BODY]), "the name of a header has at most 64 bytes"),
    ] {
        assert_fault(&scheme, start);
    }
}

#[test]
fn each_fault_of_a_signed_text_is_found() {
    let long = "x".repeat(256);
    for (scheme, start) in [
        (SIMPLE.signed(&[DOT]), "the body is not signed"),
        (SIMPLE.signed(&[]), "the body is not signed"),
        (SIMPLE.signed(&[BODY, DOT, BODY]), "the body is signed twice"),
        (SIMPLE.signed(&[BODY; 9]), "a signed text has at most 8 parts"),
        (SIMPLE.signed(&[DOT, DOT, DOT, DOT, DOT, DOT, DOT, DOT, BODY]), "a signed text has at most 8 parts"),
        (SIMPLE.signed(&[Part::Text(""), BODY]), "a fixed text of the signed text is empty"),
        (
            SIMPLE.signed(&[Part::Text(&long), BODY]),
            "the fixed texts of a signed text have at most 192 bytes",
        ),
        (SIMPLE.signed(&[BODY, DOT, Part::Id("x-id")]), "the id must stand before the body"),
        (SIMPLE.signed(&[Part::Id("x-id"), DOT, Part::Id("x-id"), DOT, BODY]), "two ids are signed"),
        (SIMPLE.signed(&[Part::Id("x id"), DOT, BODY]), "the name of the id's header is not"),
        (SIMPLE.signed(&[Part::Id("X-Signature"), DOT, BODY]), "two of the signature, the time and the id"),
    ] {
        assert_fault(&scheme, start);
    }
}

#[test]
fn each_fault_of_a_signed_time_is_found() {
    let long = "x".repeat(256);
    let time = || SIMPLE.timestamp(Timestamp::header("x-time"));
    for (scheme, start) in [
        (SIMPLE.signed(&[TIME, DOT, BODY]), "the time is signed, but its source is unknown"),
        (time(), "the time is not signed"),
        (time().signed(&[TIME, DOT, TIME, DOT, BODY]), "the time is signed twice"),
        (
            SIMPLE.timestamp(Timestamp::header("")).signed(&[TIME, DOT, BODY]),
            "the name of the time's header is not",
        ),
        (
            SIMPLE.timestamp(Timestamp::header(&long)).signed(&[TIME, DOT, BODY]),
            "the name of a signed time has at most 64",
        ),
        (
            SIMPLE.timestamp(Timestamp::header("X-Signature")).signed(&[TIME, DOT, BODY]),
            "two of the signature, the time and the id",
        ),
        (
            time().signed(&[Part::Id("X-Time"), DOT, TIME, DOT, BODY]),
            "two of the signature, the time and the id",
        ),
        (SIMPLE.timestamp(Timestamp::body("t")).signed(&[TIME, DOT, BODY]), "the time is in the body"),
        (SIMPLE.timestamp(Timestamp::body("")), "the time in the body needs a key"),
        (
            SIMPLE.timestamp(Timestamp::body("t").tolerance(Duration::from_secs(86_401))),
            "the tolerance of a signed time is at most one day",
        ),
        (SIMPLE.signed(&[Part::Id("x-id"), BODY]), "a fixed text or an RFC 3339 time must follow the id"),
        (
            time().signed(&[Part::Id("x-id"), TIME, DOT, BODY]),
            "a fixed text or an RFC 3339 time must follow the id",
        ),
    ] {
        assert_fault(&scheme, start);
    }
}

/// A literal shows where a time ends. Beside a body or a digit, only the usual length of a time does.
#[test]
fn a_time_has_its_usual_length_where_digits_could_move() {
    let judge = |parts: &[Part<'_>], time| {
        let scheme = SIMPLE.timestamp(Timestamp::header("time")).signed(parts);
        scheme.verify_request(&secret("s"), &[("x-signature", TAG), ("time", time)], "", at(0)).unwrap_err()
    };
    let zero = Part::Text("0");
    for apart in [&[TIME, DOT, BODY][..], &[BODY, DOT, TIME], &[DOT, TIME, DOT, BODY]] {
        assert_eq!(judge(apart, "5"), VerifyError::Mismatch, "{apart:?}");
    }
    for together in [&[TIME, BODY][..], &[BODY, TIME], &[TIME, zero, BODY], &[BODY, zero, TIME]] {
        assert_eq!(judge(together, "5"), VerifyError::MalformedTime, "{together:?}");
        assert_eq!(judge(together, "1700000000"), VerifyError::Mismatch, "{together:?}");
    }
}

#[test]
fn a_later_setting_replaces_an_earlier_one() {
    let base64 = KeyEncoding::Base64 { strip: "whsec_" };
    assert_eq!(SIMPLE.key(base64).key(KeyEncoding::Text), SIMPLE);
    assert_eq!(SIMPLE.prefix("v1=").prefix(""), SIMPLE);
    assert_eq!(SIMPLE.algorithm(Algorithm::HmacSha1).algorithm(Algorithm::HmacSha256), SIMPLE);
    assert_eq!(SIMPLE.signed(&[BODY, DOT]).signed(&[BODY]), SIMPLE);
    assert_eq!(SIMPLE.list(b',', "v1=").list(b';', "v0="), SIMPLE.list(b';', "v0="));
    let time = |name| SIMPLE.timestamp(Timestamp::header(name));
    assert_eq!(time("a").timestamp(Timestamp::header("b")), time("b"));
}

#[test]
fn a_scheme_of_run_time_has_a_fault_as_a_constant() {
    let fault = "the scheme of Custom is known only at run time: use Verifier::<Custom>::for_scheme";
    assert_eq!(Scheme::AT_RUN_TIME.fault(), Some(fault));
}

/// The check of compile time also runs at run time.
#[test]
#[should_panic(expected = "the name of the signature header")]
fn a_scheme_with_a_fault_does_not_compile() {
    Scheme::hex("").assert_valid();
}

#[test]
fn a_scheme_is_described_by_its_parts() {
    let parts: Vec<_> = STANDARD.parts().collect();
    assert_eq!(
        parts,
        [Part::Id("webhook-id"), Part::Text("."), Part::Timestamp, Part::Text("."), Part::Body]
    );
    assert_eq!(STANDARD.key_encoding(), KeyEncoding::Base64 { strip: "whsec_" });
    assert_eq!((STANDARD.tag_prefix(), STANDARD.separator()), ("v1,", Some(b' ')));
    assert_eq!(STANDARD.id_header(), Some("webhook-id"));
    assert_eq!(STANDARD.signed_time().map(Timestamp::source), Some(TimeSource::Header("webhook-timestamp")));
    assert_eq!(Scheme::sha256("a").parts().collect::<Vec<_>>(), [Part::Body]);
    assert_eq!(Scheme::sha256("a"), Scheme::hex("a").prefix("sha256="));
}
