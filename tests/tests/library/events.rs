//! Payloads: slices of the body, and errors that do not quote it.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use bytes::Bytes;
use countersign::testing::{Samples, SignedRequest};
use countersign::{
    DecodeError, Envelope, Event, Massu, Message, Muchaw, Mutx, Payload, Provider, Raw, Scheme, Secret,
    Verified, Verifier, Workspace, massu, muchaw, mutx, workspace,
};
use serde::Deserialize;

fn verified<E: Event>(body: impl Into<Bytes>) -> Verified<E> {
    let secret = Secret::new("s").unwrap();
    let request = SignedRequest::new::<E::Provider>(&secret, body);
    Verifier::new(secret).unwrap().verify(request.headers(), request.body().clone()).unwrap()
}

/// The headers of a captured delivery can be changed, and the body cannot.
#[test]
fn the_type_of_a_raw_event_is_the_one_in_the_signed_body() {
    let body = r#"{"type":"session.completed","data":{}}"#;
    let secret = Secret::new("s").unwrap();
    let request = SignedRequest::new::<Massu>(&secret, body).header("x-massu-event", "security.alert");
    let raw: Verified<Raw<Massu>> =
        Verifier::new(secret).unwrap().verify(request.headers(), request.body().clone()).unwrap();
    assert_eq!(raw.unsigned().event(), Some("security.alert"));
    assert_eq!(raw.event_type(), Some("session.completed"));
    let decoded = massu::Event::decode(raw.message_as("security.alert")).unwrap();
    assert_eq!(decoded.event_type(), "session.completed");
    let again = Raw::<Massu>::decode(raw.message_as("security.alert")).unwrap();
    assert_eq!(again.event_type(), Some("session.completed"));
}

fn data_of(json: &str) -> Payload {
    match verified::<massu::Event>(format!(r#"{{"type":"session.completed","data":{json}}}"#)).into_inner() {
        massu::Event::SessionCompleted(data) => data,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_sample_has_its_documented_fields() {
    let started = |event: mutx::Event| match event {
        mutx::Event::AgentHeartbeat(beat) => (beat.agent_id, beat.status, beat.node_id),
        other => panic!("{other:?}"),
    };
    let heartbeat = verified::<mutx::Event>(
        r#"{"event":"agent.heartbeat","data":{"agent_id":"a","status":"s","node_id":"n"}}"#,
    );
    assert_eq!(started(heartbeat.into_inner()), ("a".into(), "s".into(), "n".into()));

    let sample = Muchaw::SAMPLES.iter().find(|sample| sample.event_type == Some("message.received")).unwrap();
    let muchaw::Event::MessageReceived(message) = verified::<muchaw::Event>(sample.body).into_inner() else {
        panic!("not a message")
    };
    assert_eq!((message.direction.as_str(), message.message_type.as_str()), ("INBOUND", "text"));
    let text: BTreeMap<String, String> = message.body.parse().unwrap();
    assert_eq!(text.get("body").map(String::as_str), Some("Hello!"));
}

#[test]
fn each_event_type_decodes_to_its_variant() {
    for sample in Massu::SAMPLES {
        let event = verified::<massu::Event>(sample.body);
        let variant = format!("{:?}", event.into_inner());
        let words = sample.event_type.unwrap().split(['.', '_']);
        let camel: String = words.map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        assert_eq!(variant, format!("{camel}(..)"));
    }
    assert_eq!(Mutx::SAMPLES.len(), mutx::Event::EVENT_TYPES.len());
}

#[test]
fn a_known_event_type_with_another_payload_is_unknown_with_a_reason() {
    let event = verified::<mutx::Event>(r#"{"event":"agent.started","data":{"agent_id":7}}"#);
    assert_eq!(event.event_type(), "agent.started");
    let mutx::Event::Unknown(unknown) = event.into_inner() else { panic!("typed") };
    assert_eq!(
        unknown.mismatch().map(ToString::to_string).as_deref(),
        Some("payload does not fit: expected a string at 'agent_id', line 1 column 13")
    );
    assert_eq!(unknown.payload().as_str(), r#"{"agent_id":7}"#);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    #[expect(dead_code, reason = "only its name counts")]
    field: Option<u8>,
}

#[derive(Deserialize)]
enum Choice {
    One,
    #[expect(dead_code, reason = "only its shape counts")]
    Two(u8),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Either {
    #[expect(dead_code, reason = "only its shape counts")]
    Number(u8),
    #[expect(dead_code, reason = "only its shape counts")]
    Pair(u8, u8),
}

#[derive(Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    One,
}

/// A type whose error quotes its input, as the errors of many libraries do.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Talkative;

impl TryFrom<String> for Talkative {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Err(format!("not good: {text}, for it is {text}"))
    }
}

/// A type whose error is its input.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Echo;

impl TryFrom<String> for Echo {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Err(text)
    }
}

#[test]
fn no_error_breaks_a_line_or_is_long() {
    for text in
        ["invalid type: x, expected \\r\\n\\u001b[31m", "missing field `\\n`", "duplicate field `\\u202e`"]
    {
        let long = format!("{text}{}", "x".repeat(100_000));
        for json in [format!("\"{text}\""), format!("\"{long}\"")] {
            let error = data_of(&json).parse::<Echo>().unwrap_err().to_string();
            assert!(!error.contains(['\r', '\n', '\u{1b}', '\u{202e}']) && error.len() < 500, "{error:?}");
        }
    }
}

#[test]
fn no_error_quotes_a_value() {
    const SHAPES: [&str; 12] = [
        r#""MARKER""#,
        r#"["MARKER"]"#,
        r#"{"key":1}"#,
        r#"{"field":"MARKER"}"#,
        r#"{"key":{"key":["MARKER"]}}"#,
        r#"{"kind":"MARKER"}"#,
        r#"{"Two":"MARKER"}"#,
        r#"{"One":"MARKER"}"#,
        r#""x, expected MARKER""#,
        r#""x`MARKER`, expected `MARKER` at line MARKER""#,
        r#""missing field `MARKER`""#,
        r#"["MARKER, expected MARKER", {"x": "invalid type: MARKER, expected MARKER"}]"#,
    ];
    #[track_caller]
    fn check<T: for<'a> Deserialize<'a>>(refusals: &mut usize) {
        for shape in SHAPES {
            let Err(error) = data_of(shape).parse::<T>() else { continue };
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("MARKER"), "{shown} of {shape} as {}", std::any::type_name::<T>());
            *refusals += 1;
        }
    }
    let mut refusals = 0;
    check::<bool>(&mut refusals);
    check::<u8>(&mut refusals);
    check::<f64>(&mut refusals);
    check::<char>(&mut refusals);
    check::<()>(&mut refusals);
    check::<String>(&mut refusals);
    check::<Vec<u8>>(&mut refusals);
    check::<[u8; 3]>(&mut refusals);
    check::<(u8, u8)>(&mut refusals);
    check::<HashMap<u8, u8>>(&mut refusals);
    check::<IpAddr>(&mut refusals);
    check::<Option<Strict>>(&mut refusals);
    check::<Choice>(&mut refusals);
    check::<Either>(&mut refusals);
    check::<Tagged>(&mut refusals);
    check::<Talkative>(&mut refusals);
    check::<mutx::AgentStarted>(&mut refusals);
    check::<muchaw::Message>(&mut refusals);
    assert!(refusals > 150, "{refusals}");
    assert!(matches!(data_of(r#""One""#).parse(), Ok(Choice::One)));
    assert!(matches!(data_of(r#"{"kind":"One"}"#).parse(), Ok(Tagged::One)));
}

#[derive(Deserialize)]
struct Cart {
    #[expect(dead_code, reason = "only its traits count")]
    items: Vec<Item>,
    #[expect(dead_code, reason = "only its traits count")]
    #[serde(default)]
    notes: HashMap<String, Choice>,
}

#[derive(Deserialize)]
struct Item {
    #[expect(dead_code, reason = "only its traits count")]
    price: Strict,
}

#[test]
fn an_error_says_which_field_it_is_and_what_the_type_expected() {
    #[track_caller]
    fn check<T: for<'a> Deserialize<'a>>(json: &str, message: &str) {
        let error = data_of(json).parse::<T>().err().unwrap();
        assert_eq!(error.to_string(), format!("payload does not fit: {message}"), "{json}");
    }
    check::<Strict>("[true]", "expected u8 at '[0]', line 1 column 5");
    check::<Strict>(r#"{"field":-1}"#, "expected u8 at 'field', line 1 column 11");
    check::<Strict>(r#"{"field":1,"field":1}"#, "field 'field' twice at line 1 column 18");
    check::<Strict>(r#"{"key":1}"#, "unknown field at 'key', line 1 column 6");
    check::<Strict>("7", "expected struct Strict at line 1 column 1");
    check::<Cart>(
        r#"{"items":[{"price":{"field":"7"}}]}"#,
        "expected u8 at 'items[0].price.field', line 1 column 31",
    );
    check::<Cart>(
        r#"{"items":[{"price":{"field":7}},{}]}"#,
        "missing field 'price' at 'items[1]', line 1 column 34",
    );
    check::<Cart>(
        r#"{"items":[],"notes":{"a.b":{"Two":{}}}}"#,
        "expected u8 at 'notes.a.b.Two', line 1 column 34",
    );
    check::<Cart>(r#"{"items":[],"notes":{"a":"MARKER"}}"#, "unknown variant at 'notes.a', line 1 column 33");
    check::<Either>(r#"{"items":[]}"#, "the type refuses it");
}

/// The provider chooses the keys of a map.
#[test]
fn a_key_in_a_path_breaks_no_line_and_is_short() {
    let path = |json: &str| match data_of(json).parse::<HashMap<String, HashMap<String, u8>>>() {
        Err(DecodeError::PayloadMismatch { path, .. }) => path,
        other => panic!("{other:?}"),
    };
    assert_eq!(path(r#"{"a\r\n\u001b[31m\u202e":{"":true}}"#), r"a\r\n\u{1b}[31m\u{202e}.");
    let long = "é".repeat(100_000);
    assert_eq!(path(&format!(r#"{{"{long}":{{"b":true}}}}"#)), format!("{}.b", "é".repeat(64)));

    let deep = r#"{"key":"#.repeat(100) + "1" + &"}".repeat(100);
    #[derive(Debug, Deserialize)]
    struct Deep {
        #[expect(dead_code, reason = "only its traits count")]
        key: Option<Box<Self>>,
    }
    let Err(DecodeError::PayloadMismatch { path, .. }) = data_of(&deep).parse::<Deep>() else {
        panic!("it fits")
    };
    assert_eq!((path.chars().count(), path.starts_with("key.key.key.")), (256, true));
}

#[test]
fn a_deep_payload_is_a_parse_error_and_no_crash() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    assert!(data_of(&deep).parse::<serde_json::Value>().is_err());
    let event = verified::<workspace::Event>(deep);
    assert!(event.parse::<serde_json::Value>().is_err());
}

#[test]
fn lone_surrogates_in_a_payload_are_a_parse_error_and_no_crash() {
    let data = data_of(r#""\ud800""#);
    assert_eq!(data.as_str(), r#""\ud800""#);
    assert!(data.parse::<String>().is_err());
}

/// A provider whose envelope has keys that no other envelope has.
struct Acme;

impl Provider for Acme {
    const NAME: &'static str = "acme";
    const SCHEME: Scheme = Scheme::sha256("x-acme-signature-256");
    const ENVELOPE: Option<Envelope> = Some(Envelope::new("kind", "payload").id("uid"));
}

#[derive(Deserialize)]
struct NotClone(#[expect(dead_code, reason = "only its traits count")] u8);

countersign::events! {
    /// All payloads of this event type are `Clone`.
    enum Orders for Acme {
        "made" => Made(Vec<u8>),
        "paid" => Paid,
    }
}

countersign::events! {
    /// One payload of this event type is not `Clone`.
    enum Others for Acme { "made" => Made(NotClone) }
}

#[test]
fn event_types_of_a_user() {
    let event = verified::<Orders>(r#"{"uid":"1","payload":[1,2],"kind":"made"}"#);
    assert_eq!((event.event_type(), event.event_id()), ("made", Some("1")));
    let Orders::Made(numbers) = event.clone().into_inner() else { panic!("{event:?}") };
    assert_eq!(numbers, [1, 2]);
    assert!(matches!(verified::<Orders>(r#"{"kind":"paid"}"#).into_inner(), Orders::Paid(_)));
    assert!(matches!(
        verified::<Others>(r#"{"kind":"made","payload":1}"#).into_inner(),
        Others::Made(NotClone(_))
    ));
    assert_eq!(Orders::EVENT_TYPES, ["made", "paid"]);
}

/// An event that asks for an envelope where the provider has none.
struct Eager;

impl Event for Eager {
    type Provider = Workspace;

    fn decode(message: Message<'_>) -> Result<Self, DecodeError> {
        message.open().map(|_| Self)
    }
}

#[test]
fn an_event_of_a_provider_without_an_envelope_is_malformed() {
    let secret = Secret::new("s").unwrap();
    let request = SignedRequest::new::<Workspace>(&secret, "{}");
    let refused = Verifier::new(secret).unwrap().verify::<Eager>(request.headers(), "{}").err().unwrap();
    assert_eq!(refused.to_string(), "malformed envelope: provider has no documented envelope");
}

struct Order;

impl Provider for Order {
    const NAME: &'static str = "order";
    const SCHEME: Scheme = Scheme::hex("x-signature");
    const ENVELOPE: Option<Envelope> = Some(Envelope::new("type", "data").id("id").time("at"));
}

countersign::events! {
    enum OrderEvent for Order {
        "paid" => Paid(u32),
        "sent" => Sent,
    }
}

/// An event whose type stands in front of its payload is parsed in one pass, and every other event in two.
#[test]
fn the_order_of_the_keys_makes_no_difference() {
    let verdict = |body: String| {
        let secret = Secret::new("s").unwrap();
        let request = SignedRequest::new::<Order>(&secret, body);
        let verdict =
            Verifier::new(secret).unwrap().verify::<OrderEvent>(request.headers(), request.body().clone());
        verdict.map(|event| {
            let (id, at) = (event.event_id().map(str::to_owned), event.occurred_at());
            let (text, reason) = match event.into_inner() {
                OrderEvent::Paid(number) => (number.to_string(), None),
                OrderEvent::Sent(data) => (data.as_str().to_owned(), None),
                OrderEvent::Unknown(event) => {
                    (event.payload().as_str().to_owned(), Some(event.mismatch().cloned()))
                }
            };
            (id, at, text, reason)
        })
    };
    let rest = r#""id":"\u0065vt_1","at":"2026-01-15T12:30:00Z""#;
    for (event_type, data) in [
        (r#""paid""#, r#""data":7"#),
        (r#""p\u0061id""#, r#""d\u0061ta":7"#),
        (r#""paid""#, r#""data":"seven""#),
        (r#""paid""#, r#""data":-1"#),
        (r#""paid""#, r#""x":1,"x":2"#),
        (r#""sent""#, r#""data":{"a":[1, 2]}"#),
        (r#""new""#, r#""data":7"#),
        (r#""paid""#, r#""data":7,"data":7"#),
        (r#""paid","type":"paid""#, r#""data":7"#),
        (r#""paid","id":"evt_2""#, r#""data":7"#),
        ("1", r#""data":7"#),
    ] {
        let usual = verdict(format!(r#"{{{rest},"type":{event_type},{data}}}"#));
        assert_eq!(
            usual,
            verdict(format!(r#"{{{data},"type":{event_type},{rest}}}"#)),
            "{event_type} {data}"
        );
        let end_is_missing = verdict(format!(r#"{{{rest},"type":{event_type},{data}"#));
        assert!(end_is_missing.is_err(), "{event_type} {data}");
        let more_follows = verdict(format!(r#"{{{rest},"type":{event_type},{data}}}{{}}"#));
        assert!(more_follows.is_err(), "{event_type} {data}");
    }
    let (id, at, text, reason) = verdict(format!(r#"{{"type":"paid","data":7,{rest}}}"#)).unwrap();
    assert_eq!((id.as_deref(), text.as_str(), reason), (Some("evt_1"), "7", None));
    assert_eq!(at, Some(std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_768_480_200)));
}
