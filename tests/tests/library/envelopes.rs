//! The places of an envelope: keys, paths, an unsigned header, and times in three units.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::testing::SignedRequest;
use countersign::{
    Custom, DecodeError, DedupeBy, Envelope, Event as _, Part, Provider, Raw, Rejection, Scheme, Secret,
    Verified, Verifier,
};

macro_rules! provider {
    ($name:ident, $envelope:expr) => {
        struct $name;

        impl Provider for $name {
            const NAME: &'static str = stringify!($name);
            const SCHEME: Scheme = Scheme::hex("x-signature");
            const ENVELOPE: Option<Envelope> = Some($envelope);
        }
    };
}

provider!(Nested, Envelope::new("event.event_type", "event.data").id("event.id").time("event.occurred_at"));
provider!(Around, Envelope::new("event.type", "event").id("event_id").unix_time("event_time"));
provider!(Flat, Envelope::flat("object").unix_millis("at"));
provider!(Forge, Envelope::unsigned_header("x-forge-event"));
provider!(Untyped, Envelope::untyped().id("id").unix_time("created"));

countersign::events! { enum NestedEvent for Nested { "a" => A(Named) } }
countersign::events! { enum AroundEvent for Around { "a" => A(Named) } }
countersign::events! { enum FlatEvent for Flat { "a" => A(Named) } }
countersign::events! { enum ForgeEvent for Forge { "push" => Push(Named), "ping" => Ping } }

#[derive(serde::Deserialize)]
struct Named {
    name: String,
}

fn secret() -> Secret {
    Secret::new("s").unwrap()
}

fn verify<E: countersign::Event>(
    body: &'static str,
    more: &[(&str, &str)],
) -> Result<Verified<E>, Rejection> {
    let request = SignedRequest::new::<E::Provider>(&secret(), body);
    let request = more.iter().fold(request, |request, (name, value)| request.header(name, *value));
    Verifier::new(secret()).unwrap().verify(request.headers(), request.body().clone())
}

fn seconds(time: Option<SystemTime>) -> Option<u64> {
    time.map(|time| time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs())
}

#[test]
fn a_path_leads_into_an_object() {
    let body =
        r#"{"event":{"id":"e1","event_type":"a","occurred_at":"2026-01-15T12:30:00Z","data":{"name":"n"}}}"#;
    let verified = verify::<NestedEvent>(body, &[]).unwrap();
    assert_eq!((verified.event_id(), seconds(verified.occurred_at())), (Some("e1"), Some(1_768_480_200)));
    assert!(matches!(verified.into_inner(), NestedEvent::A(Named { name }) if name == "n"));
}

#[test]
fn a_payload_may_be_the_object_around_its_type() {
    let body = r#"{"event_id":"e1","event":{"type":"a","name":"n"},"event_time":1768480200}"#;
    let verified = verify::<AroundEvent>(body, &[]).unwrap();
    assert_eq!((verified.event_id(), seconds(verified.occurred_at())), (Some("e1"), Some(1_768_480_200)));
    assert!(matches!(verified.into_inner(), AroundEvent::A(Named { name }) if name == "n"));
}

#[test]
fn a_path_through_another_value_leads_nowhere() {
    for body in ["{}", r#"{"event":null}"#, r#"{"event":"a"}"#, r#"{"event":["type"]}"#, r#"{"event":{}}"#] {
        let refused = verify::<AroundEvent>(body, &[]).unwrap_err();
        let missing = DecodeError::MissingType { key: "event.type" };
        assert_eq!(refused, Rejection::MalformedEnvelope(missing), "{body}");
        assert_eq!(verify::<Raw<Around>>(body, &[]).unwrap().event_type(), None);
    }
    let number = verify::<AroundEvent>(r#"{"event":{"type":1}}"#, &[]).unwrap_err();
    let not_string = DecodeError::TypeNotString { key: "event.type" };
    assert_eq!(number, Rejection::MalformedEnvelope(not_string));
}

#[test]
fn a_key_of_a_path_is_there_once() {
    for (body, key) in [
        (r#"{"event":{"event_type":"a"},"event":{}}"#, "event"),
        (r#"{"event":{"event_type":"a","event_type":"a"}}"#, "event_type"),
        (r#"{"event":{"event_type":"a","\u0069d":"1","id":"2"}}"#, "id"),
    ] {
        let refused = verify::<NestedEvent>(body, &[]).unwrap_err();
        assert_eq!(refused, Rejection::MalformedEnvelope(DecodeError::DuplicateKey { key }), "{body}");
    }
    // A key that is on no path may be there twice.
    assert!(verify::<NestedEvent>(r#"{"id":1,"id":2,"event":{"event_type":"b","x":1,"x":2}}"#, &[]).is_ok());
}

#[test]
fn the_whole_body_is_the_payload_of_a_flat_envelope() {
    let body = r#"{"object":"a","name":"n","at":1768480200123}"#;
    let verified = verify::<FlatEvent>(body, &[]).unwrap();
    assert_eq!(
        verified.occurred_at(),
        Some(SystemTime::UNIX_EPOCH + Duration::from_millis(1_768_480_200_123))
    );
    assert!(matches!(verified.into_inner(), FlatEvent::A(Named { name }) if name == "n"));
    let unknown = verify::<FlatEvent>(r#"{"object":"b"}"#, &[]).unwrap().into_inner();
    let FlatEvent::Unknown(unknown) = unknown else { panic!("typed") };
    assert_eq!((unknown.event_type(), unknown.payload().as_str()), ("b", r#"{"object":"b"}"#));
}

#[test]
fn a_time_of_another_form_is_no_time() {
    for at in ["\"1768480200123\"", "1768480200.5", "-1", "1e12", "null", "18446744073709551616", "{}"] {
        let body: &'static str = format!(r#"{{"object":"a","name":"n","at":{at}}}"#).leak();
        assert_eq!(verify::<FlatEvent>(body, &[]).unwrap().occurred_at(), None, "{at}");
    }
}

#[test]
fn an_event_type_in_a_header_is_marked_as_unsigned() {
    let body = r#"{"name":"n"}"#;
    let verified = verify::<ForgeEvent>(body, &[("X-Forge-Event", "push")]).unwrap();
    assert_eq!(verified.unsigned().event(), Some("push"));
    assert!(matches!(verified.into_inner(), ForgeEvent::Push(Named { name }) if name == "n"));
    // The same body under another event type: a strict payload does not fit, and the event arrives as unknown.
    let replayed = verify::<ForgeEvent>(r#"{"zen":"z"}"#, &[("x-forge-event", "push")]).unwrap().into_inner();
    let ForgeEvent::Unknown(unknown) = replayed else { panic!("typed") };
    assert!(unknown.mismatch().is_some());

    let missing = Rejection::MalformedEnvelope(DecodeError::MissingType { key: "x-forge-event" });
    assert_eq!(verify::<ForgeEvent>(body, &[]).unwrap_err(), missing);
    let twice = [("x-forge-event", "push"), ("x-forge-event", "push")];
    assert_eq!(verify::<ForgeEvent>(body, &twice).unwrap_err(), missing);
    assert_eq!(verify::<ForgeEvent>("", &[("x-forge-event", "push")]).unwrap_err().status(), 400);
    assert_eq!(verify::<ForgeEvent>("name=n", &[("x-forge-event", "push")]).unwrap_err().status(), 400);
    let form = verify::<Raw<Forge>>("name=n", &[("x-forge-event", "push")]).unwrap();
    assert_eq!(Raw::event_type(&form), Some("push"));
}

#[test]
fn an_untyped_envelope_has_an_id_and_a_time() {
    let verified = verify::<Raw<Untyped>>(r#"{"id":"u1","created":1768480200}"#, &[]).unwrap();
    assert_eq!((verified.event_id(), seconds(verified.occurred_at())), (Some("u1"), Some(1_768_480_200)));
    assert_eq!(Raw::event_type(&verified), None);
}

#[test]
fn a_stored_body_is_decoded_later() {
    let flat = Raw::<Flat>::new(r#"{"object":"a","name":"n"}"#);
    assert_eq!(flat.event_type(), Some("a"));
    assert!(matches!(FlatEvent::decode(flat.message()), Ok(FlatEvent::A(_))));
    assert!(matches!(FlatEvent::decode(flat.message_as("b")), Ok(FlatEvent::A(_))));

    let forge = Raw::<Forge>::new(r#"{"name":"n"}"#);
    assert_eq!(forge.event_type(), None);
    assert!(matches!(ForgeEvent::decode(forge.message()), Err(DecodeError::MissingType { .. })));
    assert!(matches!(ForgeEvent::decode(forge.message_as("push")), Ok(ForgeEvent::Push(_))));
    let received =
        verify::<Raw<Forge>>(r#"{"name":"n"}"#, &[("x-forge-event", "push")]).unwrap().into_inner();
    assert_eq!(received.event_type(), Some("push"));
    assert!(matches!(ForgeEvent::decode(received.message()), Ok(ForgeEvent::Push(_))));
    assert!(matches!(ForgeEvent::decode(received.message_as("ping")), Ok(ForgeEvent::Ping(_))));
}

struct WithId;

impl Provider for WithId {
    const NAME: &'static str = "with-id";
    const SCHEME: Scheme =
        Scheme::hex("x-signature").signed(&[Part::Id("x-id"), Part::Text("."), Part::Body]);
    const ENVELOPE: Option<Envelope> = Some(Envelope::new("type", "data").id("id").time("at"));
}

#[test]
fn a_signed_header_id_is_the_event_id() {
    assert_eq!(WithId::DEDUPE_BY, DedupeBy::EventId);
    let request = SignedRequest::with_scheme_at(
        WithId::SCHEME,
        &secret(),
        r#"{"id":"in-body"}"#,
        SystemTime::now(),
        Some("msg_1"),
    );
    let verifier = Verifier::<WithId>::new(secret()).unwrap();
    let verified: Verified<Raw<WithId>> = verifier.verify(request.headers(), request.body().clone()).unwrap();
    assert_eq!(verified.event_id(), Some("msg_1"));
    let exchanged = request.with("x-id", "msg_2");
    assert_eq!(
        verifier.verify::<Raw<WithId>>(exchanged.headers(), Bytes::from("{}")).unwrap_err().status(),
        401
    );
}

#[test]
fn a_scheme_from_a_configuration_needs_no_type() {
    let (header, prefix) = (String::from("X-Acme"), String::from("v7="));
    let scheme = Scheme::base64(&header).prefix(&prefix);
    let request = SignedRequest::with_scheme(scheme, &secret(), "text");
    let verifier = Verifier::<Custom>::for_scheme(scheme, secret()).unwrap();
    let verified: Verified<Raw<Custom>> = verifier.verify(request.headers(), request.body().clone()).unwrap();
    assert_eq!(verified.body(), "text");
    let refused = verifier.verify::<Raw<Custom>>(&[("x-acme", "v6=")], "text").unwrap_err();
    assert_eq!(refused.to_string(), "X-Acme: signature does not begin with the scheme's prefix");
    let fault = Verifier::<Custom>::for_scheme(Scheme::hex("x y"), secret()).unwrap_err();
    assert!(fault.to_string().starts_with("scheme is unusable: the name of the signature header"));
}
