//! Bodies in pieces.
//!
//! Input: one byte that selects the secret and the scheme, one byte for the limit relative to the body, six lengths of chunks, then the body.

use std::sync::LazyLock;

use bytes::Bytes;
use countersign::testing::SignedRequest;
use countersign::{Custom, Raw, Rejection, Scheme, Secret, Secrets, Verified, Verifier};

use crate::now;
use crate::schemes::SIGNERS;

const LABELS: [&str; 3] = ["new", "old", "older"];

/// A body in chunks gets the same verdict as the whole body, and the oracle agrees.
pub fn run(input: &[u8]) {
    let Some((&[signer, limit, ref lengths @ ..], body)) = input.split_first_chunk::<8>() else { return };
    let place = usize::from(signer / 4) % SIGNERS.len();
    let scheme = SIGNERS[place].scheme;
    let signer = usize::from(signer % 4); // the verifier does not have the fourth secret
    let limit = (body.len() + usize::from(limit)).saturating_sub(128);
    let body = Bytes::copy_from_slice(body);

    let request = SignedRequest::with_scheme_at(scheme, &SECRETS[signer], body.clone(), now(), Some("evt_1"));
    let verifier = VERIFIERS[place].clone().body_limit(limit);
    let whole = outcome(verifier.verify(request.headers(), body.clone()));
    assert_eq!(whole, expected(signer, limit, &body));
    assert_eq!(whole, outcome(in_chunks(&verifier, &request, lengths)));
}

fn in_chunks(
    verifier: &Verifier<Custom>,
    request: &SignedRequest,
    lengths: &[u8],
) -> Result<Verified<Raw<Custom>>, Rejection> {
    let mut rest = request.body().clone();
    let mut incoming = verifier.begin(request.headers())?;
    let mut refused = None;
    for &length in lengths.iter().cycle() {
        let chunk = rest.split_to(usize::from(length).min(rest.len()));
        let pushed = incoming.update(chunk);
        if let Some(refusal) = &refused {
            assert_eq!(pushed.as_ref().err(), Some(refusal), "refused once is refused for good");
        }
        refused = pushed.err();
        if length == 0 {
            // Lengths that are all zero would never end.
            refused = incoming.update(rest.split_to(rest.len().min(1))).err();
        }
        if rest.is_empty() {
            break;
        }
    }
    let verdict = incoming.verify();
    if let Some(refusal) = refused {
        assert_eq!(verdict.as_ref().err(), Some(&refusal));
    }
    verdict
}

/// A refusal is compared by its text.
type Outcome = Result<(String, Bytes), String>;

fn outcome(verdict: Result<Verified<Raw<Custom>>, Rejection>) -> Outcome {
    verdict
        .map(|verified| (verified.secret_label().to_owned(), verified.body().clone()))
        .map_err(|refusal| refusal.to_string())
}

fn expected(signer: usize, limit: usize, body: &Bytes) -> Outcome {
    if body.len() > limit {
        return Err(format!("body is over the limit of {limit} bytes"));
    }
    match LABELS.get(signer) {
        Some(label) => Ok(((*label).to_owned(), body.clone())),
        None => Err("x-signature: signature does not match the body".to_owned()),
    }
}

/// Secrets that are both text and base64.
static SECRETS: LazyLock<[Secret; 4]> =
    LazyLock::new(|| [0, 1, 2, 3].map(|number| Secret::new(format!("whsec_AAA{number}")).expect("a secret")));

/// A verifier for each scheme.
static VERIFIERS: LazyLock<Vec<Verifier<Custom>>> =
    LazyLock::new(|| SIGNERS.iter().map(|signer| verifier(signer.scheme)).collect());

fn verifier(scheme: Scheme) -> Verifier<Custom> {
    let mut secrets = Secrets::new(LABELS[0], SECRETS[0].clone()).expect("a label");
    for (label, secret) in LABELS.iter().zip(&*SECRETS).skip(1) {
        secrets = secrets.also(label, secret.clone()).expect("a label");
    }
    Verifier::<Custom>::for_scheme(scheme, secrets).expect("a scheme without a fault").clock(now)
}
