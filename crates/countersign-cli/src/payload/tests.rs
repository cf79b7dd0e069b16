use std::time::Duration;

use countersign::{Custom, Part, Scheme, Timestamp};

use super::*;

fn provider(envelope: Envelope) -> ProviderInfo {
    let mut provider = ProviderInfo::new::<Custom>();
    provider.envelope = Some(envelope);
    provider
}

/// The body with its numbers and ids replaced.
fn made(provider: &ProviderInfo, event_type: Option<&str>, payload: Option<&str>) -> String {
    let body = String::from_utf8(body(provider, event_type, payload).unwrap()).unwrap();
    let value: serde_json::Value = serde_json::from_str(&body).unwrap();
    let unique = value["id"].as_str().filter(|id| id.starts_with("evt_")).unwrap_or("no id").to_owned();
    body.replace(&unique, "ID")
}

#[test]
fn the_event_type_and_the_payload_stand_where_the_envelope_has_them() {
    let stripe = provider(Envelope::new("type", "data").id("id"));
    assert_eq!(made(&stripe, Some("a"), None), r#"{"id":"ID","type":"a","data":{}}"#);
    assert_eq!(made(&stripe, None, Some("[1.0]")), r#"{"id":"ID","data":[1.0]}"#);
    assert_eq!(made(&stripe, None, None), "{}");

    let asaas = provider(Envelope::flat("event").id("id"));
    assert_eq!(
        made(&asaas, Some("a"), Some(r#"{"b": 1.0, "a": 2}"#)),
        r#"{"id":"ID","event":"a","b":1.0,"a":2}"#
    );
    // The data may bring an id and a type of its own. `--event` wins over the type.
    assert_eq!(made(&asaas, None, Some(r#"{"event":"b","id":"1"}"#)), r#"{"id":"1","event":"b"}"#);
    assert_eq!(made(&asaas, Some("a"), Some(r#"{"event":"b","id":"1"}"#)), r#"{"id":"1","event":"a"}"#);
    assert!(body(&asaas, Some("a"), Some("[]")).is_err());

    let github = provider(Envelope::unsigned_header("x-github-event"));
    assert_eq!(made(&github, Some("push"), Some(r#"{ "a" : 1 }"#)), r#"{ "a" : 1 }"#);
    let untyped = provider(Envelope::untyped());
    assert!(body(&untyped, Some("a"), None).is_err());
}

#[test]
fn a_path_leads_through_objects() {
    let nested = provider(Envelope::new("event.type", "event.data").id("event.id"));
    let made_nested = made(&nested, Some("a"), Some("{}"));
    assert!(
        made_nested.starts_with(r#"{"event":{"id":"evt_"#)
            && made_nested.ends_with(r#","type":"a","data":{}}}"#),
        "{made_nested}"
    );
    // The type of Slack is a member of the payload.
    let slack = provider(Envelope::new("event.type", "event"));
    assert_eq!(
        made(&slack, Some("message"), Some(r#"{"text":"x"}"#)),
        r#"{"event":{"type":"message","text":"x"}}"#
    );
    assert_eq!(made(&slack, Some("message"), Some("1")), r#"{"event":{"type":"message"}}"#);
    let typeform = provider(Envelope::new("event_type", "form.response").time("form.response.at"));
    let time = made(&typeform, Some("a"), None);
    assert!(time.starts_with(r#"{"event_type":"a","form":{"response":{"at":"20"#), "{time}");
}

#[test]
fn a_signed_time_is_in_the_body() {
    let scheme = Scheme::hex("x").timestamp(Timestamp::body("sent_at").millis()).signed(&[Part::Body]);
    let provider = ProviderInfo::custom(scheme);
    let body = body(&provider, None, None).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let age = clock::since_1970(clock::now()) - Duration::from_millis(value["sent_at"].as_u64().unwrap());
    assert!(age < Duration::from_secs(60), "{age:?}");
    assert!(
        String::from_utf8(super::body(&provider, None, Some(r#"{"a":1}"#)).unwrap())
            .unwrap()
            .ends_with(r#","a":1}"#)
    );
}
