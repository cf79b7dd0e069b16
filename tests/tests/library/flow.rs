//! Requests under way: rotation of secrets, interleaving and limits.

use bytes::Bytes;
use countersign::testing::{Samples, SignedRequest, sign};
use countersign::{
    Massu, Provider, Raw, Rejection, Scheme, Secret, Secrets, Verified, Verifier, Workspace, massu, workspace,
};

fn secret(text: &str) -> Secret {
    Secret::new(text).unwrap()
}

fn label<P: Provider>(verifier: &Verifier<P>, signed_with: &str) -> Option<String> {
    let request = SignedRequest::new::<P>(&secret(signed_with), "{}");
    let verified = verifier.verify::<Raw<P>>(request.headers(), request.body().clone()).ok()?;
    Some(verified.secret_label().to_owned())
}

#[test]
fn every_clone_sees_new_secrets_and_a_request_under_way_does_not() {
    let verifier = Verifier::<Workspace>::new(Secrets::new("old", secret("one")).unwrap()).unwrap();
    let clone = verifier.clone();
    let request = SignedRequest::new::<Workspace>(&secret("one"), "{}");
    let under_way = clone.begin(request.headers()).unwrap();

    verifier.replace_secrets(Secrets::new("new", secret("two")).unwrap()).unwrap();
    for either in [&verifier, &clone] {
        assert_eq!(label(either, "one"), None);
        assert_eq!(label(either, "two").as_deref(), Some("new"));
    }
    let mut under_way = under_way;
    under_way.update(request.body().clone()).unwrap();
    assert_eq!(under_way.verify::<workspace::Event>().unwrap().secret_label(), "old");
}

#[test]
fn a_request_that_began_before_is_not_verified_with_new_secrets() {
    let verifier = Verifier::<Workspace>::new(secret("one")).unwrap();
    let request = SignedRequest::new::<Workspace>(&secret("two"), "{}");
    let mut under_way = verifier.begin(request.headers()).unwrap();
    verifier.replace_secrets(secret("two")).unwrap();
    under_way.update("{}").unwrap();
    assert_eq!(under_way.verify::<workspace::Event>().unwrap_err().status(), 401);
}

#[test]
fn two_interleaved_requests_do_not_mix() {
    let verifier = Verifier::<Massu>::new(secret("s")).unwrap();
    let bodies = [r#"{"type":"security.alert","data":1}"#, r#"{"type":"session.completed","data":2}"#];
    let request = |body: &'static str| SignedRequest::new::<Massu>(&secret("s"), body);
    let requests = bodies.map(request);
    let mut under_way = [0, 1].map(|n: usize| verifier.begin(requests[n].headers()).unwrap());
    for at in 0..bodies[1].len() {
        for (incoming, body) in under_way.iter_mut().zip(bodies) {
            incoming.update(Bytes::from_static(body.as_bytes().get(at..=at).unwrap_or_default())).unwrap();
        }
    }
    for (incoming, body) in under_way.into_iter().zip(bodies) {
        let verified: Verified<massu::Event> = incoming.verify().unwrap();
        assert_eq!(verified.body(), body);
        assert!(body.contains(verified.event_type()));
    }
    // Each request is refused with the chunks of the other one.
    let mut swapped = verifier.begin(requests[0].headers()).unwrap();
    swapped.update(bodies[1]).unwrap();
    assert_eq!(swapped.verify::<massu::Event>().unwrap_err().status(), 401);
}

#[test]
fn a_request_over_the_limit_stays_refused() {
    let verifier = Verifier::<Workspace>::new(secret("s")).unwrap().body_limit(4);
    let too_large = Rejection::BodyTooLarge { limit: 4 };
    let request = SignedRequest::new::<Workspace>(&secret("s"), "1234");
    let mut incoming = verifier.begin(request.headers()).unwrap();
    incoming.update("1234").unwrap();
    assert_eq!(incoming.update("5"), Err(too_large.clone()));
    // Neither an empty chunk nor the right bytes change that.
    assert_eq!(incoming.update(""), Err(too_large.clone()));
    assert_eq!(incoming.update("1234"), Err(too_large.clone()));
    assert_eq!(incoming.verify::<workspace::Event>().unwrap_err(), too_large);
}

#[test]
fn a_limit_of_usize_max_does_not_overflow() {
    let verifier = Verifier::<Workspace>::new(secret("s")).unwrap().body_limit(usize::MAX);
    let request =
        SignedRequest::new::<Workspace>(&secret("s"), "{}").header("content-length", "9".repeat(99));
    assert!(verifier.verify::<workspace::Event>(request.headers(), "{}").is_ok());
}

#[test]
fn empty_chunks_change_nothing() {
    let request = SignedRequest::new::<Workspace>(&secret("s"), "ab");
    let mut incoming = Verifier::<Workspace>::new(secret("s")).unwrap().begin(request.headers()).unwrap();
    for chunk in ["", "a", "", "", "b", ""] {
        incoming.update(chunk).unwrap();
    }
    assert_eq!(incoming.verify::<workspace::Event>().unwrap().body(), "ab");
}

#[test]
fn every_byte_in_the_header_is_a_refusal_at_worst() {
    #[track_caller]
    fn refuses<P: Samples>() {
        let (key, name) = (secret("s"), P::SCHEME.header());
        let verifier = Verifier::<P>::new(key.clone()).unwrap();
        let genuine = sign(P::SCHEME, &key, "{}").into_bytes();
        for byte in 0..=255_u8 {
            for at in 0..=genuine.len() {
                let mut inserted = genuine.clone();
                inserted.insert(at, byte);
                let mut replaced = genuine.clone();
                if let Some(old) = replaced.get_mut(at) {
                    *old = byte;
                }
                let alone = vec![byte; at];
                for value in [inserted, replaced, alone] {
                    let verdict = verifier.verify::<Raw<P>>(&[(name, &value)], "{}");
                    let same_tag = value.eq_ignore_ascii_case(&genuine)
                        && value.starts_with(&genuine[..genuine.len() - 64]);
                    match verdict {
                        Ok(_) => assert!(same_tag, "{value:?}"),
                        Err(rejection) => assert!(!same_tag && rejection.status() == 401, "{value:?}"),
                    }
                }
            }
        }
    }
    refuses::<Massu>();
    refuses::<countersign::Hook>();
}

#[test]
fn a_declared_length_and_encoding_are_judged_before_the_body() {
    let key = secret("s");
    let verifier = Verifier::<Massu>::new(key.clone()).unwrap();
    let sent = |value: Option<&str>| {
        let request = SignedRequest::new::<Massu>(&key, "{}").without("X-Massu-Signature-256");
        value.into_iter().fold(request, |request, value| request.header("X-MASSU-Signature-256", value))
    };
    for (value, reason) in [
        (None, "no signature header"),
        (Some(""), "signature does not begin with the scheme's prefix"),
        (Some("sha256="), "signature has 0 bytes after its prefix, which is not the length of a tag"),
    ] {
        let refused = verifier.begin(sent(value).headers()).unwrap_err();
        assert_eq!(refused.to_string(), format!("x-massu-signature-256: {reason}"));
    }
}

#[test]
fn all_types_of_headers_are_read_alike() {
    use std::collections::{BTreeMap, HashMap};
    let key = secret("s");
    let verifier = Verifier::<Workspace>::new(key.clone()).unwrap();
    let value = sign(Scheme::sha256(""), &key, "{}");
    let pairs = [("X-Signature-256", value.as_str()), ("x-other", "")];
    let twice = [("X-Signature-256", value.as_str()), ("x-signature-256", value.as_str())];
    type Event = workspace::Event;
    assert!(verifier.verify::<Event>(&pairs, "{}").is_ok());
    assert!(verifier.verify::<Event>(pairs.as_slice(), "{}").is_ok());
    assert!(verifier.verify::<Event>(&pairs.to_vec(), "{}").is_ok());
    assert!(verifier.verify::<Event>(&HashMap::from(pairs), "{}").is_ok());
    assert!(verifier.verify::<Event>(&BTreeMap::from(pairs), "{}").is_ok());
    assert!(verifier.verify::<Event>(&&pairs, "{}").is_ok());
    assert!(verifier.verify::<Event>(&twice, "{}").is_err());
    assert!(verifier.verify::<Event>(&HashMap::from(twice), "{}").is_err());
    assert!(verifier.verify::<Event>(&BTreeMap::from(twice), "{}").is_err());
}
