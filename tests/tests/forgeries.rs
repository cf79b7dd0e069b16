//! No forgery gets in, and what is genuine does: whatever the provider, the secret and the body.
#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]

use std::collections::HashSet;

use countersign::testing::{Forgery, SignedRequest, forgeries};
use countersign::{
    Hook, Massu, Provider, Raw, Rejection, Scheme, Secret, Verified, Verifier, for_each_provider,
};
use proptest::prelude::*;

struct Acme;

impl Provider for Acme {
    const NAME: &'static str = "acme";
    const SCHEME: Scheme = Scheme::hex("x-hub-signature-256");
}

/// The name of the first forgery that was accepted, or `genuine` if the genuine delivery was refused.
fn fault<P: Provider>(secret: &Secret, body: &[u8]) -> Option<&'static str> {
    let verifier = Verifier::<P>::new(secret.clone()).unwrap();
    let answer = |request: &SignedRequest| -> Result<Verified<Raw<P>>, Rejection> {
        verifier.verify(request.headers(), request.body().clone())
    };
    if answer(&SignedRequest::new::<P>(secret, body.to_vec())).is_err() {
        return Some("genuine");
    }
    let let_in =
        |forgery: &Forgery| !matches!(answer(forgery.request()), Err(refusal) if refusal.status() == 401);
    forgeries::<P>(secret, body.to_vec()).iter().find(|forgery| let_in(forgery)).map(Forgery::name)
}

macro_rules! faults {
    ({} $($provider:ident $module:ident,)+) => {
        [fault::<Acme>, $(fault::<countersign::$provider>),+]
    };
}

proptest! {
    #[test]
    fn every_forgery_is_refused(
        secret in prop_oneof![
            proptest::collection::vec(any::<u8>(), 1..200),
            "whsec_[A-Za-z0-9]{0,40}".prop_map(String::into_bytes),
            Just(b"\0k".to_vec()),
            Just(b"secret\0".to_vec()),
        ],
        body in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let secret = Secret::from_bytes(secret).unwrap();
        for fault in for_each_provider!(faults) {
            prop_assert_eq!(fault(&secret, &body), None);
        }
    }
}

#[test]
fn a_forgery_has_a_name_of_its_own_and_one_line() {
    let secret = Secret::new("whsec_abc123").unwrap();
    for list in [forgeries::<Massu>(&secret, "{}"), forgeries::<Hook>(&secret, "{}")] {
        assert!(list.len() >= 25, "{}", list.len());
        let names: HashSet<_> = list.iter().map(Forgery::name).collect();
        assert_eq!(names.len(), list.len());
        for forgery in &list {
            let kebab =
                |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            assert!(kebab(forgery.name()), "{forgery}");
            assert_eq!(forgery.to_string(), format!("{}: {}", forgery.name(), forgery.description()));
            assert!(!forgery.description().contains('\n') && !forgery.description().is_empty());
        }
    }
}

#[test]
fn both_formats_have_the_same_list() {
    let secret = Secret::new("whsec_abc123").unwrap();
    let names = |list: Vec<Forgery>| list.iter().map(Forgery::name).collect::<Vec<_>>();
    assert_eq!(names(forgeries::<Massu>(&secret, "{}")), names(forgeries::<Hook>(&secret, "{}")));
}

#[test]
fn a_request_goes_into_axum_unchanged() {
    let secret = Secret::new("whsec_abc123").unwrap();
    let request = SignedRequest::new::<Hook>(&secret, "{}").header("x-raw", [0xe9]).header("x-raw", [0xe8]);
    let headers = request.headers().len();
    let http = request.into_axum("/webhooks/hook?x=1").unwrap();
    assert_eq!(http.uri(), "/webhooks/hook?x=1");
    assert_eq!(http.headers().len(), headers);
    assert!(SignedRequest::new::<Hook>(&secret, "{}").header("no name", "").into_axum("/").is_err());
}

#[test]
fn a_request_goes_into_actix_unchanged() {
    let secret = Secret::new("whsec_abc123").unwrap();
    let request = SignedRequest::new::<Hook>(&secret, "{}").header("x-raw", [0xe9]).header("x-raw", [0xe8]);
    let headers = request.headers().len();
    let actix = request.into_actix().uri("/webhooks/hook").to_request();
    // The length of the body is added, as on the wire.
    assert_eq!(actix.head().headers().len(), headers + 1);
    assert_eq!(actix.head().headers().get_all("x-raw").count(), 2);
}
