//! One verification, again and again, for a program that counts instructions: `scripts/deep instructions`.
//!
//! The counts of a program do not depend on the machine's load, so they show a change that times cannot show. The counter looks at the
//! function `counted` alone.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and may fail loudly")]

use std::hint::black_box;
use std::process::ExitCode;

use bytes::Bytes;
use countersign::testing::sign;
use countersign::{Provider, Raw, Scheme, Secret, Verifier};
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// The script divides by this number.
const CALLS: usize = 1000;
const SIGNATURE: HeaderName = HeaderName::from_static("x-acme-signature-256");

/// It has no envelope, so a `Raw` of it is the verification alone.
struct Acme;

impl Provider for Acme {
    const NAME: &'static str = "acme";
    const SCHEME: Scheme = Scheme::sha256("x-acme-signature-256");
}

fn main() -> ExitCode {
    let (secret, body) = (Secret::new("whsec_abc123").unwrap(), Bytes::from(vec![b'a'; 1024]));
    let value = sign(Acme::SCHEME, &secret, &body);
    match std::env::args().nth(1).as_deref() {
        Some("verify") => {
            repeat(|| countersign::verify(&secret, black_box(&body), black_box(&value)).unwrap());
        }
        Some("verifier") => {
            let (verifier, headers) = (Verifier::<Acme>::new(secret.clone()).unwrap(), headers(&value));
            repeat(|| {
                let body = black_box(&body).clone();
                // The verdict is borrowed, because a move of it would count as well.
                assert!(black_box(&verifier.verify::<Raw<Acme>>(black_box(&headers), body)).is_ok());
            });
        }
        // `cargo bench` runs every bench without an argument of ours.
        _ => println!("run scripts/deep instructions"),
    }
    ExitCode::SUCCESS
}

fn repeat(mut call: impl FnMut()) {
    // The first call may prepare a key.
    call();
    for _ in 0..CALLS {
        counted(&mut call);
    }
}

#[inline(never)]
fn counted(call: &mut impl FnMut()) {
    call();
    // Code behind the call keeps the compiler from jumping to it, which would leave this function before it is done.
    black_box(());
}

/// The headers of a usual request.
fn headers(value: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::HOST, HeaderValue::from_static("hooks.example.com"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static("Acme-Hooks/1.0"));
    headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(1024));
    headers.insert(SIGNATURE, HeaderValue::from_str(value).unwrap());
    headers
}
