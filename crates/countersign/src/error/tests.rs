//! Every error message and every answer, word for word.

use std::io::ErrorKind;
use std::time::Duration;

use crate::{ConfigError, DecodeError, Rejection, VerifyError};

/// Checks a message and its style: one line, no full stop.
#[track_caller]
fn assert_message(error: &dyn std::error::Error, message: &str) {
    assert_eq!(error.to_string(), message);
    assert!(!message.ends_with('.'), "{message}");
    assert!(!message.contains('\n'), "{message}");
}

#[test]
fn verify_errors_have_these_messages() {
    for (error, message) in [
        (VerifyError::Missing, "no signature header"),
        (VerifyError::Repeated, "signature header sent more than once"),
        (VerifyError::Prefix, "signature does not begin with the scheme's prefix"),
        (VerifyError::NoEntry, "signature has no entry with the scheme's prefix"),
        (
            VerifyError::Length { found: 62 },
            "signature has 62 bytes after its prefix, which is not the length of a tag",
        ),
        (VerifyError::Digit, "signature is not in the scheme's encoding"),
        (VerifyError::MissingTime, "no signed time"),
        (VerifyError::RepeatedTime, "signed time sent more than once"),
        (VerifyError::MalformedTime, "signed time is malformed"),
        (VerifyError::MissingId, "no signed id"),
        (VerifyError::RepeatedId, "signed id sent more than once"),
        (VerifyError::MalformedId, "signed id is malformed"),
        (VerifyError::Mismatch, "signature does not match the body"),
        (VerifyError::TooOld { by: Duration::from_secs(7) }, "signed time is older than the tolerance by 7s"),
        (
            VerifyError::TooOld { by: Duration::from_nanos(60_952_229_589) },
            "signed time is older than the tolerance by 60s",
        ),
        (
            VerifyError::FromTheFuture { by: Duration::from_micros(250_900) },
            "signed time is ahead of the tolerance by 250ms",
        ),
        (
            VerifyError::FromTheFuture { by: Duration::from_secs(7) },
            "signed time is ahead of the tolerance by 7s",
        ),
        (VerifyError::UnknownTenant, "tenant is unknown"),
        (VerifyError::UnusableSecret, "secret is no key for the scheme"),
        (
            VerifyError::UnusableScheme { fault: "the body is not signed" },
            "scheme is unusable: the body is not signed",
        ),
    ] {
        assert_message(&error, message);
    }
}

#[test]
fn decode_errors_have_these_messages() {
    let mismatch = |path: &str, line| DecodeError::PayloadMismatch {
        expectation: "expected a string".to_owned(),
        path: path.to_owned(),
        line,
        column: 9,
    };
    for (error, message) in [
        (DecodeError::NotUtf8 { offset: 7 }, "body is not UTF-8 from byte 7 on"),
        (DecodeError::NotJson { line: 1, column: 2 }, "body is not JSON at line 1 column 2"),
        (DecodeError::NotObject, "body is not a JSON object"),
        (
            DecodeError::TrailingBytes { line: 3, column: 4 },
            "body has more bytes after its JSON object at line 3 column 4",
        ),
        (DecodeError::DuplicateKey { key: "type" }, "envelope has the key 'type' twice"),
        (DecodeError::MissingType { key: "event" }, "envelope has no event type in 'event'"),
        (DecodeError::TypeNotString { key: "type" }, "envelope's 'type' is not a string"),
        (DecodeError::NoEnvelope, "provider has no documented envelope"),
        (mismatch("", 0), "payload does not fit: expected a string"),
        (mismatch("", 1), "payload does not fit: expected a string at line 1 column 9"),
        (mismatch("items[3].price", 0), "payload does not fit: expected a string at 'items[3].price'"),
        (
            mismatch("items[3].price", 1),
            "payload does not fit: expected a string at 'items[3].price', line 1 column 9",
        ),
    ] {
        assert_message(&error, message);
    }
}

#[test]
fn errors_of_a_scheme_have_these_messages() {
    for (error, message) in [
        (
            ConfigError::MissingPrefix { prefix: "whsec_".to_owned() },
            "secret does not begin with 'whsec_', as the secrets of this provider do",
        ),
        (ConfigError::NotBase64, "secret is not base64 with padding after its prefix"),
        (ConfigError::NotHex, "secret is not hex after its prefix"),
        (
            ConfigError::UnusableScheme { fault: "the body is not signed" },
            "scheme is unusable: the body is not signed",
        ),
    ] {
        assert_message(&error, message);
    }
}

#[test]
fn config_errors_have_these_messages() {
    let name = || "MASSU_WEBHOOK_SECRET".to_owned();
    for (error, message) in [
        (ConfigError::EmptySecret, "secret is empty"),
        (ConfigError::ZeroSecret, "secret has only zero bytes"),
        (ConfigError::BlankSecret, "secret is blank"),
        (ConfigError::SurroundingWhiteSpace, "secret begins or ends with white space"),
        (ConfigError::InvisibleSecret, "secret has only invisible characters"),
        (ConfigError::BarePrefix, "secret has nothing after its prefix 'whsec_'"),
        (ConfigError::UnexpandedVariable, "secret is a variable in '${...}' that was not expanded"),
        (
            ConfigError::ByteOrderMark,
            "secret begins with a UTF-8 byte order mark; save it as UTF-8 without one",
        ),
        (ConfigError::Utf16, "secret begins with a UTF-16 byte order mark; save it as UTF-8 without one"),
        (ConfigError::SecretTooLarge { limit: 65_536 }, "secret is larger than 65536 bytes"),
        (ConfigError::UnsetVariable { name: name() }, "environment variable MASSU_WEBHOOK_SECRET is not set"),
        (
            ConfigError::UnreadableFile { path: "/run/secret".into(), kind: ErrorKind::PermissionDenied },
            "cannot read /run/secret: permission denied",
        ),
        (
            ConfigError::Within { origin: name(), fault: Box::new(ConfigError::EmptySecret) },
            "MASSU_WEBHOOK_SECRET: secret is empty",
        ),
        (ConfigError::TooManySecrets, "more than 8 secrets"),
        (ConfigError::UnusableLabel, "secret label is empty, longer than 64 bytes or has control characters"),
        (ConfigError::RepeatedLabel { label: "2026-11".to_owned() }, "secret label '2026-11' is taken"),
        (
            ConfigError::UnusableEndpoint,
            "endpoint name is empty, longer than 64 bytes or has control characters",
        ),
        (ConfigError::MalformedDeliveryKey, "delivery key is not 64 hex digits"),
    ] {
        assert_message(&error, message);
    }
}

#[expect(clippy::too_many_lines, reason = "it is one table")]
#[test]
fn rejections_have_these_messages_and_answers() {
    let signature = |reason| Rejection::InvalidSignature { header: "x-massu-signature-256".into(), reason };
    let day = Duration::from_secs(86_400);
    let rows = [
        (
            signature(VerifyError::Missing),
            "x-massu-signature-256: no signature header",
            401,
            "invalid signature",
        ),
        (
            signature(VerifyError::Repeated),
            "x-massu-signature-256: signature header sent more than once",
            401,
            "invalid signature",
        ),
        (
            signature(VerifyError::Mismatch),
            "x-massu-signature-256: signature does not match the body",
            401,
            "invalid signature",
        ),
        (
            Rejection::BodyTooLarge { limit: 1024 },
            "body is over the limit of 1024 bytes",
            413,
            "body too large",
        ),
        (
            Rejection::BodiesExceedTotalLimit { limit: 1024 },
            "unfinished bodies exceed the total limit of 1024 bytes",
            503,
            "temporarily unavailable",
        ),
        (
            Rejection::BodyTimeout { timeout: Duration::from_secs(10) },
            "body was not complete after 10s",
            408,
            "body timeout",
        ),
        (Rejection::BodyIncomplete, "body ended early", 408, "body timeout"),
        (Rejection::ContentEncoding, "content-encoding is not identity", 415, "unsupported content encoding"),
        (
            Rejection::MalformedEnvelope(DecodeError::NotObject),
            "malformed envelope: body is not a JSON object",
            400,
            "malformed payload",
        ),
        (
            Rejection::StaleEvent { age: Some(day + Duration::from_millis(1)), max_age: day },
            "event is 86401s old, and max_age is 86400s",
            400,
            "stale event",
        ),
        (
            Rejection::StaleEvent { age: None, max_age: day },
            "event has no readable time, and max_age is 86400s",
            400,
            "stale event",
        ),
        (
            Rejection::MethodNotAllowed { advice: "add it" },
            "method is not POST: add it",
            405,
            "method not allowed",
        ),
        (
            Rejection::lookup_failed("no\nroute"),
            r"tenant look-up failed: no\nroute",
            503,
            "temporarily unavailable",
        ),
        (
            Rejection::Misconfigured { provider: "massu", advice: "add it" },
            "receiver of massu is misconfigured: add it",
            500,
            "webhook receiver misconfigured",
        ),
    ];
    for (rejection, message, status, word) in rows {
        assert_message(&rejection, message);
        assert_eq!(rejection.status(), status, "{message}");
        assert_eq!(rejection.body(), format!(r#"{{"error":"{word}"}}"#), "{message}");
    }
}

#[test]
fn rejections_have_machine_names() {
    let time = Duration::from_secs(1);
    let reason = VerifyError::Missing;
    let rows = [
        (Rejection::InvalidSignature { header: "x".into(), reason }, "invalid_signature"),
        (Rejection::BodyTooLarge { limit: 1 }, "body_too_large"),
        (Rejection::BodiesExceedTotalLimit { limit: 1 }, "bodies_exceed_total_limit"),
        (Rejection::BodyTimeout { timeout: time }, "body_timeout"),
        (Rejection::BodyIncomplete, "body_incomplete"),
        (Rejection::ContentEncoding, "content_encoding"),
        (Rejection::MalformedEnvelope(DecodeError::NotObject), "malformed_envelope"),
        (Rejection::StaleEvent { age: None, max_age: time }, "stale_event"),
        (Rejection::MethodNotAllowed { advice: "add it" }, "method_not_allowed"),
        (Rejection::lookup_failed("no route"), "lookup_failed"),
        (Rejection::Misconfigured { provider: "massu", advice: "add it" }, "misconfigured"),
    ];
    for (rejection, name) in rows {
        assert_eq!(rejection.as_str(), name);
    }
}

#[test]
fn a_failed_look_up_keeps_256_characters_of_its_error() {
    let Rejection::LookupFailed { reason } = Rejection::lookup_failed("é".repeat(1000)) else {
        panic!("another rejection")
    };
    assert_eq!(reason.chars().count(), 256);
}
