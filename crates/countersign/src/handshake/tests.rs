use super::*;
use std::time::{Duration, SystemTime};

use crate::providers::Zoom;
use crate::{Massu, Raw, Secrets};

fn secret(text: &str) -> Secret {
    Secret::new(text).unwrap()
}

fn tag(key: &str, text: &str) -> String {
    let mut mac = mac::Key::new(Algorithm::HmacSha256, key.as_bytes()).start();
    mac.update(text.as_bytes());
    hex::encode(mac.into_tag())
}

/// A delivery that the secret `s` has signed.
fn verified(body: &str) -> Verified<Raw<Massu>> {
    let headers = [("x-massu-signature-256", format!("sha256={}", tag("s", body)))];
    Verifier::new(secret("s")).unwrap().verify(&headers, body.to_owned()).unwrap()
}

/// Challenges that no function repeats.
fn unusable() -> Vec<String> {
    let texts = ["", " ", "a b", "a\r\nb", "a\0", "a\x7f", "é", "<b>", "a>", "a&b", "a\"b", "a'b"];
    texts.iter().map(|text| (*text).to_owned()).chain([("a".repeat(257))]).collect()
}

/// The percent-encoding of any text.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[track_caller]
fn assert_text(reply: &Reply, body: &str) {
    assert_eq!((reply.status(), reply.body()), (200, body));
    assert!(reply.headers().eq([("content-type", "text/plain"), ("x-content-type-options", "nosniff")]));
}

mod of_meta {
    use super::*;

    fn ask(query: &str) -> Result<Reply, Refusal> {
        meta(query, &secret("meaty ham&hock"))
    }

    #[test]
    fn the_challenge_is_repeated_for_the_right_token_in_any_order() {
        for query in [
            "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meaty+ham%26hock",
            "hub.verify_token=meaty%20ham%26hock&other=1&hub.challenge=1158201444&hub.mode=subscribe",
            "hub%2emode=subscribe&hub%2echallenge=%31158201444&hub%2everify_token=meaty%20ham%26hock",
        ] {
            assert_text(&ask(query).unwrap(), "1158201444");
        }
    }

    #[test]
    fn a_wrong_token_or_mode_is_refused() {
        for token in ["", "meaty", "meaty+ham%26hoc", "meaty+ham%26hock1", "Meaty+ham%26hock"] {
            let query = format!("hub.mode=subscribe&hub.challenge=1&hub.verify_token={token}");
            assert_eq!(ask(&query).err(), Some(Refusal::WrongVerifyToken), "{token}");
        }
        for mode in ["", "unsubscribe", "SUBSCRIBE", "subscribe+"] {
            let query = format!("hub.mode={mode}&hub.challenge=1&hub.verify_token=meaty+ham%26hock");
            assert_eq!(ask(&query).err(), Some(Refusal::Mode), "{mode}");
        }
    }

    #[test]
    fn each_parameter_is_sent_exactly_once() {
        let parameters = [
            ("hub.mode", "hub.mode=subscribe"),
            ("hub.challenge", "hub.challenge=1"),
            ("hub.verify_token", "hub.verify_token=meaty+ham%26hock"),
        ];
        for (name, parameter) in parameters {
            let others = parameters.iter().filter(|(other, _)| *other != name).map(|(_, other)| *other);
            let missing = others.collect::<Vec<_>>().join("&");
            assert_eq!(ask(&missing).err(), Some(Refusal::MissingParameter { name }));
            let twice = format!("{missing}&{parameter}&{parameter}");
            assert_eq!(ask(&twice).err(), Some(Refusal::RepeatedParameter { name }));
        }
        assert_eq!(ask("").err(), Some(Refusal::MissingParameter { name: "hub.verify_token" }));
    }

    #[test]
    fn a_challenge_that_could_be_markup_is_refused() {
        for challenge in unusable() {
            let query = format!(
                "hub.mode=subscribe&hub.challenge={}&hub.verify_token=meaty+ham%26hock",
                encoded(&challenge)
            );
            assert_eq!(ask(&query).err(), Some(Refusal::Challenge), "{challenge:?}");
        }
    }
}

mod of_dropbox {
    use super::*;

    #[test]
    fn the_challenge_is_repeated() {
        assert_text(&dropbox("challenge=abc123").unwrap(), "abc123");
        let longest = "a".repeat(256);
        assert_text(&dropbox(&format!("x=1&challenge={longest}")).unwrap(), &longest);
    }

    #[test]
    fn any_other_query_is_refused() {
        let name = "challenge";
        assert_eq!(dropbox("").err(), Some(Refusal::MissingParameter { name }));
        assert_eq!(dropbox("challenge=a&challenge=a").err(), Some(Refusal::RepeatedParameter { name }));
        assert_eq!(dropbox("challenge=%zz").err(), Some(Refusal::MalformedQuery));
        for challenge in unusable() {
            let query = format!("challenge={}", encoded(&challenge));
            assert_eq!(dropbox(&query).err(), Some(Refusal::Challenge), "{challenge:?}");
        }
    }
}

mod of_slack {
    use super::*;

    #[test]
    fn the_challenge_of_the_documented_body_is_repeated() {
        let challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P";
        let body = format!(
            r#"{{"token":"Jhj5dZrVaK7ZwHHjRyZWjbDl","challenge":"{challenge}","type":"url_verification"}}"#
        );
        assert_text(&slack(&verified(&body)).unwrap().unwrap(), challenge);
    }

    #[test]
    fn an_ordinary_delivery_is_none() {
        for body in [
            "",
            "token=a&command=%2Fweather&text=url_verification&challenge=a",
            r#"{"type":"event_callback","challenge":"a","event":{"type":"url_verification"}}"#,
            r#"{"challenge":"a"}"#,
            r#"{"type":["url_verification"],"challenge":"a"}"#,
            r#"["url_verification","a"]"#,
            r#"{"type":"url_verification","type":"url_verification","challenge":"a"}"#,
            r#"{"type":"url_verification","challenge":"a"} x"#,
        ] {
            assert!(slack(&verified(body)).unwrap().is_none(), "{body}");
        }
    }

    #[test]
    fn a_challenge_that_cannot_be_repeated_is_refused() {
        for challenge in ["null", "1", "{}", r#"["a"]"#, r#""\ud800""#] {
            let body = format!(r#"{{"type":"url_verification","challenge":{challenge}}}"#);
            assert_eq!(slack(&verified(&body)).err(), Some(Refusal::Challenge), "{body}");
        }
        for challenge in unusable() {
            let challenge = serde_json::to_string(&challenge).unwrap();
            let body = format!(r#"{{"type":"url_verification","challenge":{challenge}}}"#);
            assert_eq!(slack(&verified(&body)).err(), Some(Refusal::Challenge), "{body}");
        }
        assert_eq!(slack(&verified(r#"{"type":"url_verification"}"#)).err(), Some(Refusal::Challenge));
    }
}

mod of_twitch {
    use super::*;

    #[test]
    fn the_challenge_of_a_new_subscription_is_repeated() {
        let body = r#"{"challenge":"pogchamp-kappa-360noscope-vohiyo","subscription":{"id":"f1c2a387",
            "status":"webhook_callback_verification_pending","type":"channel.follow","version":"1"}}"#;
        assert_text(&twitch(&verified(body)).unwrap().unwrap(), "pogchamp-kappa-360noscope-vohiyo");
    }

    #[test]
    fn an_ordinary_delivery_is_none() {
        for body in [
            "",
            r#"{"subscription":{"type":"channel.follow"},"event":{"challenge":"a"}}"#,
            r#"{"subscription":{"type":"channel.follow"},"event":{},"challenge":"a"}"#,
            r#"{"subscription":{"status":"authorization_revoked"}}"#,
            r#"{"challenge":"a"}"#,
            r#"{"subscription":"a","challenge":"a"}"#,
            r#"[{},"a"]"#,
        ] {
            assert!(twitch(&verified(body)).unwrap().is_none(), "{body}");
        }
    }

    #[test]
    fn a_challenge_that_cannot_be_repeated_is_refused() {
        for challenge in ["null", "1", r#""""#, r#""<script>""#] {
            let body = format!(r#"{{"subscription":{{}},"challenge":{challenge}}}"#);
            assert_eq!(twitch(&verified(&body)).err(), Some(Refusal::Challenge), "{body}");
        }
    }
}

mod of_zoom {
    use super::*;

    fn body(token: &str) -> String {
        let token = serde_json::to_string(token).unwrap();
        format!(
            r#"{{"payload":{{"plainToken":{token}}},"event_ts":1654503849680,"event":"endpoint.url_validation"}}"#
        )
    }

    fn verifier(secrets: impl Into<Secrets>) -> Verifier<Zoom> {
        let now = || SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(1_654_503_849)).unwrap();
        Verifier::new(secrets).unwrap().clock(now)
    }

    /// A delivery of Zoom that this key has signed.
    fn delivery(verifier: &Verifier<Zoom>, key: &str, body: &str) -> Verified<Raw<Zoom>> {
        let signature = format!("v0={}", tag(key, &format!("v0:1654503849:{body}")));
        let headers = [("x-zm-signature", &*signature), ("x-zm-request-timestamp", "1654503849")];
        verifier.verify(&headers, body.to_owned()).unwrap()
    }

    fn ask(body: &str) -> Result<Option<Reply>, Refusal> {
        let verifier = verifier(secret("s"));
        zoom(&verifier, &delivery(&verifier, "s", body))
    }

    /// Python's hmac made the signatures, with the keys `s` and `old`.
    const TOKEN: &str = "qgg8vlvZRS6UYooatFL8Aw";
    const BY_S: &str = r#"{"plainToken":"qgg8vlvZRS6UYooatFL8Aw","encryptedToken":"93aa52bcb22637104b103fa602ee132a2459036070fc4ef715f04d8ce8a99166"}"#;
    const BY_OLD: &str = r#"{"plainToken":"qgg8vlvZRS6UYooatFL8Aw","encryptedToken":"b39344aa6b7d05b92252155d9d409e36b92c85646a0fe3d5087082fbc8f7fc32"}"#;

    #[test]
    fn the_token_is_signed() {
        let reply = ask(&body(TOKEN)).unwrap().unwrap();
        assert_eq!((reply.status(), reply.body()), (200, BY_S));
        let headers = [("content-type", "application/json"), ("x-content-type-options", "nosniff")];
        assert!(reply.headers().eq(headers));
        for token in ["_", "-", "0", &"z".repeat(128)] {
            assert!(ask(&body(token)).unwrap().is_some(), "{token}");
        }
    }

    #[test]
    fn the_secret_that_signed_the_request_signs_the_answer() {
        let secrets = Secrets::new("new", secret("s")).unwrap().also("old", secret("old")).unwrap();
        let verifier = verifier(secrets);
        for (key, answer) in [("s", BY_S), ("old", BY_OLD)] {
            let reply = zoom(&verifier, &delivery(&verifier, key, &body(TOKEN))).unwrap().unwrap();
            assert_eq!(reply.body(), answer);
        }
    }

    #[test]
    fn a_verifier_without_that_secret_signs_nothing() {
        let verifier = verifier(secret("s"));
        let verified = delivery(&verifier, "s", &body(TOKEN));
        let tenant = verifier.for_tenant("tenant-7", secret("s")).unwrap();
        assert_eq!(zoom(&tenant, &verified).err(), Some(Refusal::OtherSecret));
        verifier.replace_secrets(Secrets::new("2026-11", secret("new")).unwrap()).unwrap();
        assert_eq!(zoom(&verifier, &verified).err(), Some(Refusal::OtherSecret));
    }

    /// A secret without a label of its own has the label `current` in every verifier.
    #[test]
    fn another_verifier_with_a_secret_of_the_same_label_signs_nothing() {
        let one = verifier(secret("s"));
        let verified = delivery(&one, "s", &body(TOKEN));
        assert_eq!(zoom(&verifier(secret("old")), &verified).err(), Some(Refusal::OtherSecret));
        one.replace_secrets(secret("old")).unwrap();
        assert_eq!(zoom(&one, &verified).err(), Some(Refusal::OtherSecret));
    }

    /// Massu signs the body alone. The answer would be the signature of a delivery with the token as its body.
    #[test]
    fn a_provider_whose_signed_text_could_be_a_token_is_refused() {
        let verifier = Verifier::<Massu>::new(secret("s")).unwrap();
        let ask = |body: &str| {
            let headers = [("x-massu-signature-256", format!("sha256={}", tag("s", body)))];
            zoom::<Raw<Massu>>(&verifier, &verifier.verify(&headers, body.to_owned()).unwrap())
        };
        assert_eq!(ask(&body(TOKEN)).err(), Some(Refusal::OtherScheme));
        assert!(ask("{}").unwrap().is_none());
    }

    #[test]
    fn any_other_token_is_refused() {
        for token in
            ["", "v0:1654503849:{}", "a b", "a.b", "a=", "a+b", "a/b", "a\n", "a\"", "é", &"z".repeat(129)]
        {
            assert_eq!(ask(&body(token)).err(), Some(Refusal::PlainToken), "{token}");
        }
        for payload in
            ["null", "{}", "[]", r#"["a"]"#, r#"{"plainToken":1}"#, r#"{"plainToken":"a","plainToken":"a"}"#]
        {
            let body = format!(r#"{{"event":"endpoint.url_validation","payload":{payload}}}"#);
            assert_eq!(ask(&body).err(), Some(Refusal::PlainToken), "{body}");
        }
        assert_eq!(ask(r#"{"event":"endpoint.url_validation"}"#).err(), Some(Refusal::PlainToken));
    }

    #[test]
    fn an_ordinary_delivery_is_none() {
        for body in [
            "",
            r#"{"event":"meeting.started","payload":{"plainToken":"a"}}"#,
            r#"{"payload":{"event":"endpoint.url_validation","plainToken":"a"}}"#,
            r#"["endpoint.url_validation",{"plainToken":"a"}]"#,
        ] {
            assert!(ask(body).unwrap().is_none(), "{body}");
        }
    }
}

#[test]
fn refusals_have_these_messages_and_one_answer() {
    let name = "challenge";
    for (refusal, message) in [
        (Refusal::MalformedQuery, "query is malformed"),
        (Refusal::MissingParameter { name }, "query has no parameter 'challenge'"),
        (Refusal::RepeatedParameter { name }, "query has the parameter 'challenge' more than once"),
        (Refusal::WrongVerifyToken, "verify token is wrong"),
        (Refusal::Mode, "hub.mode is not 'subscribe'"),
        (Refusal::Challenge, "challenge is not 1 to 256 visible ASCII characters without markup"),
        (Refusal::PlainToken, "plainToken is not 1 to 128 ASCII letters, digits, '_' and '-'"),
        (Refusal::OtherScheme, "provider does not sign like Zoom"),
        (Refusal::OtherSecret, "verifier does not have the secret that signed the request"),
    ] {
        assert_eq!(refusal.to_string(), message);
        let answer = refusal.answer();
        assert_eq!((answer.status(), answer.body()), (403, r#"{"error":"handshake refused"}"#));
    }
}

#[test]
fn debug_shows_no_body() {
    let shown = format!("{:?}", dropbox("challenge=abc123").unwrap());
    assert_eq!(shown, r#"Reply { content_type: "text/plain", bytes: 6, .. }"#);
}
