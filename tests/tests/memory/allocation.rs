//! The number and the size of the allocations that one call makes.

use std::sync::Arc;
use std::time::SystemTime;

use allocation_counter::measure;
use bytes::Bytes;
use countersign::testing::{SignedRequest, sign};
use countersign::{
    Envelope, KeyEncoding, Massu, Part, Provider, Raw, Scheme, Secret, Timestamp, Verified, Verifier,
    Workspace, massu, workspace,
};
use countersign_diagnose::{Diagnose, SecretBytes};

const MIB: usize = 1024 * 1024;
/// The bytes that a request may allocate besides its body, for labels, ids and an `Arc`.
const SMALL: u64 = 1024;

fn secret() -> Secret {
    Secret::new("s").unwrap()
}

#[test]
fn verify_allocates_nothing() {
    let (secret, body) = (secret(), vec![b'a'; 10_000]);
    // A secret may prepare its key in the first call.
    countersign::verify(&secret, "", sign(Scheme::sha256("h"), &secret, "")).unwrap();
    for scheme in [Scheme::sha256("h"), Scheme::hex("h")] {
        let genuine = sign(scheme, &secret, &body);
        let forged = sign(scheme, &secret, "another body");
        for (value, good) in [
            (genuine.as_str(), true),
            (&forged, false),
            ("", false),
            (&genuine[..70.min(genuine.len() - 1)], false),
        ] {
            let mut verdict = None;
            let allocated = measure(|| verdict = Some(scheme.verify(&secret, &body, value).is_ok()));
            assert_eq!((verdict, allocated.count_total), (Some(good), 0), "{scheme:?} {value}");
        }
    }
    let value = sign(Scheme::sha256("h"), &secret, &body);
    let allocated = measure(|| countersign::verify(&secret, &body, &value).unwrap());
    assert_eq!(allocated.count_total, 0);
}

#[test]
fn a_scheme_with_a_single_entry_and_a_signed_time_allocates_nothing() {
    let time = Timestamp::header("x-time");
    let text = [Part::Text("v0:"), Part::Timestamp, Part::Text(":"), Part::Body];
    let (secret, now) = (secret(), SystemTime::now());
    for scheme in [Scheme::hex("x-signature").prefix("v0="), Scheme::base64("h"), Scheme::base64url("h")] {
        let scheme = scheme.timestamp(time).signed(&text);
        let request = SignedRequest::with_scheme_at(scheme, &secret, "{}", now, None);
        scheme.verify_request(&secret, request.headers(), "{}", now).unwrap();
        let mut verdict = None;
        let allocated =
            measure(|| verdict = Some(scheme.verify_request(&secret, request.headers(), "{}", now)));
        assert_eq!((verdict, allocated.count_total), (Some(Ok(())), 0), "{scheme:?}");
    }
}

/// A buffer that grows leaves copies of the key in freed memory, and nothing wipes them.
#[test]
fn an_encoded_key_is_decoded_into_one_buffer() {
    let encodings = [
        (KeyEncoding::Hex { strip: "hex_" }, format!("hex_{}", "5a".repeat(64))),
        (KeyEncoding::Base64 { strip: "whsec_" }, format!("whsec_{}", "Wlpa".repeat(22))),
    ];
    for (encoding, text) in encodings {
        let (scheme, secret) = (Scheme::hex("h").key(encoding), Secret::new(text).unwrap());
        let value = sign(scheme, &secret, "{}");
        let allocated = measure(|| scheme.verify(&secret, "{}", &value).unwrap());
        assert_eq!(allocated.count_total, 1, "{encoding:?}");
    }
}

/// A provider without header hints and without a signed id in a header. The id is one of its body.
struct Acme;

impl Provider for Acme {
    const NAME: &'static str = "acme";
    const SCHEME: Scheme = Scheme::sha256("x-acme-signature-256");
    const ENVELOPE: Option<Envelope> = Some(Envelope::new("type", "data").id("id").time("created_at"));
}

#[test]
fn a_raw_event_allocates_nothing() {
    fn allocated<P: Provider>(body: &'static str) -> u64 {
        let body = Bytes::from(body.as_bytes().to_vec());
        // A clone makes the buffer of `Bytes` shared, which allocates once. A framework's body is shared from the start.
        let kept = body.clone();
        let request = SignedRequest::new::<P>(&secret(), body.clone());
        let verifier = Verifier::<P>::new(secret()).unwrap();
        // The first verification of a thread allocates the place where the thread marks the keys that it reads.
        verifier.verify::<Raw<P>>(request.headers(), body.clone()).unwrap();
        let mut verified = None;
        let allocated = measure(|| {
            verified = Some(verifier.verify::<Raw<P>>(request.headers(), body).unwrap());
        });
        assert_eq!(verified.unwrap().body(), &kept);
        allocated.count_total
    }

    let event =
        r#"{"id":"evt_1","type":"order.created","created_at":"2026-01-15T12:30:00Z","data":{"a":[1]}}"#;
    assert_eq!(allocated::<Workspace>(event), 0, "no envelope");
    assert_eq!(allocated::<Acme>(event), 0, "an envelope with an id and a time");
    assert_eq!(allocated::<Acme>("no JSON"), 0, "a body outside the envelope");
}

#[test]
fn a_declared_length_allocates_nothing() {
    let verifier = Verifier::<Workspace>::new(secret()).unwrap().body_limit(usize::MAX);
    for declared in ["1", "1048576", "70368744177664", "18446744073709551615", &"9".repeat(400)] {
        let request = SignedRequest::new::<Workspace>(&secret(), "{}").header("content-length", declared);
        let allocated = measure(|| {
            let mut incoming = verifier.begin(request.headers()).unwrap();
            incoming.update("{").unwrap();
            incoming.update("}").unwrap();
            incoming.verify::<workspace::Event>().unwrap();
        });
        assert!(allocated.bytes_max < SMALL, "{declared}: {allocated:?}");
    }
}

#[test]
fn a_body_in_one_chunk_is_not_copied() {
    let body = Bytes::from(vec![b'a'; MIB]);
    let request = SignedRequest::new::<Workspace>(&secret(), body.clone());
    let verifier = Verifier::<Workspace>::new(secret()).unwrap();
    let mut verified = None;
    let allocated = measure(|| {
        verified = Some(verifier.verify::<workspace::Event>(request.headers(), body.clone()).unwrap());
    });
    let verified = verified.unwrap();
    assert!(allocated.bytes_max < SMALL, "{allocated:?}");
    assert_eq!(verified.body().as_ptr(), body.as_ptr());
    assert_eq!(verified.as_bytes().as_ptr(), body.as_ptr());
}

/// A read buffer of a connection.
struct Buffer(Arc<Vec<u8>>);

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// A proof shares the buffer, as [`Verified::body`] says. A worker that keeps the body for later copies it.
#[test]
fn a_copy_of_a_body_does_not_keep_the_read_buffer_of_its_connection() {
    let content = Arc::new(vec![b'a'; MIB]);
    let buffer = || Bytes::from_owner(Buffer(Arc::clone(&content)));
    let is_kept = || Arc::strong_count(&content) > 1;
    let request = SignedRequest::new::<Workspace>(&secret(), vec![b'a'; 20]);
    let verifier = Verifier::<Workspace>::new(secret()).unwrap();

    let chunk = buffer().slice(..20);
    let verified = verifier.verify::<workspace::Event>(request.headers(), chunk).unwrap();
    let copy = Bytes::copy_from_slice(verified.body());
    assert!(is_kept());
    drop(verified);
    assert_eq!((is_kept(), copy.len()), (false, 20));

    // A body in several chunks is copied anyway.
    let mut incoming = verifier.begin(request.headers()).unwrap();
    incoming.update(buffer().slice(..10)).unwrap();
    incoming.update(buffer().slice(..10)).unwrap();
    assert!(!is_kept());
    assert_eq!(incoming.verify::<workspace::Event>().unwrap().body().len(), 20);
}

#[test]
fn a_payload_is_a_slice_of_the_body() {
    let text = format!(r#"{{"data":"{}","type":"session.completed"}}"#, "a".repeat(MIB - 100));
    let body = Bytes::from(text);
    let request = SignedRequest::new::<Massu>(&secret(), body.clone());
    let verifier = Verifier::<Massu>::new(secret()).unwrap();
    let mut verified: Option<Verified<massu::Event>> = None;
    let allocated = measure(|| verified = Some(verifier.verify(request.headers(), body.clone()).unwrap()));
    assert!(allocated.bytes_max < SMALL, "{allocated:?}");
    let massu::Event::SessionCompleted(data) = verified.unwrap().into_inner() else {
        panic!("another event")
    };
    let offset = data.as_bytes().as_ptr().addr() - body.as_ptr().addr();
    assert_eq!((offset, data.as_bytes().len()), (8, MIB - 98));
}

#[test]
fn the_payload_of_an_unknown_event_is_a_slice_of_the_body() {
    let body = Bytes::from(format!(r#"{{"type":"new","data":["{}"]}}"#, "a".repeat(MIB / 2)));
    let request = SignedRequest::new::<Massu>(&secret(), body.clone());
    let verified = Verifier::<Massu>::new(secret()).unwrap();
    let event = verified.verify::<massu::Event>(request.headers(), body.clone()).unwrap().into_inner();
    let massu::Event::Unknown(unknown) = event else { panic!("a known event") };
    assert!(body.as_ptr_range().contains(&unknown.payload().as_bytes().as_ptr()));
}

#[test]
fn a_body_takes_at_most_the_limit_and_the_old_buffer_while_it_grows() {
    let limit = 64 * 1024;
    let request = SignedRequest::new::<Workspace>(&secret(), "");
    let verifier = Verifier::<Workspace>::new(secret()).unwrap().body_limit(limit);
    let chunk = Bytes::from(vec![b'a'; 1000]);
    let allocated = measure(|| {
        let mut incoming = verifier.begin(request.headers()).unwrap();
        let refused = (0..200).filter(|_| incoming.update(chunk.clone()).is_err()).count();
        assert_eq!(refused, 200 - limit / 1000);
        assert!(incoming.verify::<workspace::Event>().is_err());
    });
    // The old and the new buffer exist together while the bytes are moved.
    assert!(allocated.bytes_max < 4 * u64::try_from(limit).unwrap(), "{allocated:?}");
}

#[test]
fn a_refused_header_of_any_length_allocates_nothing() {
    let verifier = Verifier::<Massu>::new(secret()).unwrap();
    let long = "sha256=".to_owned() + &"a".repeat(MIB);
    let headers = [("x-massu-signature-256", long.as_str())];
    let allocated = measure(|| assert!(verifier.begin(&headers).is_err()));
    assert!(allocated.bytes_max < SMALL, "{allocated:?}");
}

#[test]
fn a_diagnosis_does_not_copy_each_level_of_nested_objects() {
    let numbers = "1,".repeat(16 * 1024);
    let body = |levels| format!("{}[{numbers}1]{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    let headers = [("x-signature", "0".repeat(64))];
    let allocated = |levels| {
        let body = body(levels);
        let diagnose = Diagnose::new(&Scheme::hex("x-signature"), [SecretBytes::new("s").unwrap()]);
        measure(|| assert!(!diagnose.run(&headers, body.as_bytes()).is_explained()))
    };
    let (flat, nested) = (allocated(1), allocated(60));
    assert!(nested.bytes_total < 2 * flat.bytes_total, "{flat:?} {nested:?}");
}
