//! No `Debug` output has a secret, a tag or a body in it.

use std::fmt::Debug;

use countersign::testing::{PROVIDERS, Samples, SignedRequest, sign};
use countersign::{
    DecodeError, Event, Massu, Message, Payload, Provider, Raw, Secret, Secrets, Verified, Verifier,
    for_each_provider, massu,
};

const KEY: &str = "whsec_SECRETMARKER";
const BODY: &str = "BODYMARKER";

/// Checks plain, pretty and hexadecimal `Debug`.
#[track_caller]
fn assert_silent(what: &str, value: &impl Debug, tag: &str) {
    for shown in [format!("{value:?}"), format!("{value:#?}"), format!("{value:x?}")] {
        let bytes = |text: &str| format!("{:?}", text.as_bytes()).trim_matches(['[', ']']).to_owned();
        for forbidden in
            ["SECRETMARKER", BODY, tag, &tag[8..24], &bytes(&tag[8..24]), &bytes(BODY), "53, 45, 43, 52"]
        {
            assert!(!shown.contains(forbidden), "{what} shows {forbidden}: {shown}");
        }
    }
}

/// Puts the marker in the place of every string of a sample except the event type.
fn marked<P: Provider>(body: &str) -> String {
    let Some(envelope) = P::ENVELOPE else { return format!(r#"{{"a":"{BODY}"}}"#) };
    let kind = envelope.type_key().unwrap();
    let mut json: serde_json::Value = serde_json::from_str(body).unwrap();
    let fields = json.as_object_mut().unwrap();
    for (key, value) in fields.iter_mut().filter(|(key, _)| *key != kind) {
        mark(key, value);
    }
    json.to_string()
}

fn mark(key: &str, value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) if fields.is_empty() => {
            fields.insert(BODY.to_owned(), BODY.into());
        }
        serde_json::Value::Object(fields) => {
            for (key, value) in fields {
                mark(key, value);
            }
        }
        serde_json::Value::String(text) if key != "timestamp" && key != "created_at" => {
            *text = BODY.to_owned();
        }
        _ => {}
    }
}

#[track_caller]
fn assert_provider_silent<E: Event + Debug + Clone>() -> usize
where
    E::Provider: Samples,
{
    let secret = Secret::new(KEY).unwrap();
    let verifier = Verifier::<E::Provider>::new(secret.clone()).unwrap();
    for sample in E::Provider::SAMPLES {
        let body = marked::<E::Provider>(sample.body);
        assert!(body.contains(BODY), "{body}");
        let request =
            SignedRequest::new::<E::Provider>(&secret, body.clone()).header("x-massu-delivery", "d-1");
        let tag = sign(E::Provider::SCHEME, &secret, &body);
        let tag = &tag[tag.len() - 64..];
        let silent = |what: &str, value: &dyn Debug| assert_silent(what, &value, tag);
        silent("SignedRequest", &request);
        silent("Verifier", &verifier);

        let mut incoming = verifier.begin(request.headers()).unwrap();
        silent("Incoming", &incoming);
        incoming.update(body[..9].to_owned()).unwrap();
        incoming.update(body[9..].to_owned()).unwrap();
        silent("Incoming with a body", &incoming);
        let verified: Verified<E> = incoming.verify().unwrap();
        silent("Verified", &verified);
        silent("Unsigned", verified.unsigned());
        silent("event", &verified.clone().into_inner());
        let raw = verifier.verify::<Raw<E::Provider>>(request.headers(), body.clone()).unwrap();
        silent("Verified<Raw>", &raw);
        silent("Raw", &raw.into_inner());
        silent("Result", &verifier.verify::<E>(request.headers(), body.clone() + BODY));
    }
    E::Provider::SAMPLES.len()
}

#[test]
fn no_debug_shows_what_it_must_not() {
    macro_rules! searched {
        ({} $($provider:ident $module:ident,)+) => {
            0 $(+ assert_provider_silent::<countersign::$module::Event>())+
        };
    }
    let searched = for_each_provider!(searched);
    let samples: usize = PROVIDERS.iter().map(|provider| provider.samples.len()).sum();
    assert!(searched == samples && samples >= 34, "{searched} of {samples} samples");
    let secret = Secret::new(KEY).unwrap();
    let set = Secrets::new("new", secret.clone()).unwrap().also("old", secret.clone()).unwrap();
    assert_silent("Secret", &secret, &"0".repeat(64));
    assert_eq!(format!("{set:?} {secret:?}"), r#"["new", "old"] Secret([REDACTED])"#);
    for text in ["", " SECRETMARKER", "SECRETMARKER\n", "\u{feff}SECRETMARKER"] {
        let error = Secret::new(text).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("SECRETMARKER"));
    }
}

/// It has the name of the type, and the length of the part that is not shown.
#[test]
fn debug_of_an_event_says_how_long_it_is() {
    let body = r#"{"type":"session.forked","data":{"a":1}}"#;
    let secret = Secret::new(KEY).unwrap();
    let request = SignedRequest::new::<Massu>(&secret, body);
    let verifier = Verifier::<Massu>::new(secret).unwrap();
    let raw = verifier.verify::<Raw<Massu>>(request.headers(), body).unwrap().into_inner();
    assert_eq!(format!("{raw:?}"), "Raw(40 bytes)");
    assert_eq!(
        format!("{request:?}"),
        r#"SignedRequest { headers: ["content-type", "x-massu-signature-256"], bytes: 40, .. }"#
    );
    let verified = verifier.verify::<massu::Event>(request.headers(), body).unwrap();
    assert_eq!(
        format!("{verified:?}"),
        r#"Verified { provider: "massu", secret_label: "current", bytes: 40, .. }"#
    );
    let event = verifier.verify::<massu::Event>(request.headers(), body).unwrap().into_inner();
    let massu::Event::Unknown(unknown) = event else { panic!("another event") };
    assert_eq!(format!("{unknown:?}"), "Unknown { payload: Payload(7 bytes), mismatch: None, .. }");
}

#[test]
fn no_payload_shows_its_json() {
    let body = format!(r#"{{"type":"session.completed","data":{{"{BODY}":"{BODY}"}}}}"#);
    let secret = Secret::new(KEY).unwrap();
    let request = SignedRequest::new::<Massu>(&secret, body);
    let event: Verified<massu::Event> =
        Verifier::new(secret).unwrap().verify(request.headers(), request.body().clone()).unwrap();
    let massu::Event::SessionCompleted(payload) = event.into_inner() else { panic!("another event") };
    assert_silent("Payload", &payload, &"0".repeat(64));
    let nested: Payload = payload.parse().unwrap();
    assert_silent("Payload of Payload", &nested, &"0".repeat(64));
}

/// An event type of a user that logs the message it is decoded from.
struct Nosy(String);

impl Event for Nosy {
    type Provider = Massu;

    fn decode(message: Message<'_>) -> Result<Self, DecodeError> {
        Ok(Self(format!("{message:?}")))
    }
}

#[test]
fn a_message_under_decoding_does_not_show_its_body() {
    let secret = Secret::new(KEY).unwrap();
    for (body, fault) in [
        (format!(r#"{{"type":"a","data":"{BODY}"}}"#), "None"),
        (format!(r#"{{"data":"{BODY}"}}"#), "Some(MissingType { key: \"type\" })"),
    ] {
        let request = SignedRequest::new::<Massu>(&secret, body.clone());
        let nosy: Verified<Nosy> =
            Verifier::new(secret.clone()).unwrap().verify(request.headers(), body.clone()).unwrap();
        assert!(
            nosy.0.starts_with(&format!("Message {{ bytes: {}, fault: {fault}, .. }}", body.len())),
            "{}",
            nosy.0
        );
        assert!(!nosy.0.contains(BODY), "{}", nosy.0);
        assert_eq!(Event::event_type(&*nosy), None, "it does not say so");
    }
}
