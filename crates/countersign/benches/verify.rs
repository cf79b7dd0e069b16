//! How long a verdict takes, as a ratio to another implementation of HMAC-SHA256 in the same run.
//!
//! A time alone says more of the machine than of the code. Both sides are measured in turns, and the fastest run of each
//! counts: what else the machine does only ever adds.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a table is what a bench is for, and it may fail loudly"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use bytes::Bytes;
use countersign::testing::SignedRequest;
use countersign::{Secret, Verified, Verifier, hook};
use ring::hmac;

const SECRET: &str = "whsec_abc123";
const ROUNDS: usize = 200;
const ROUND: Duration = Duration::from_millis(2);

fn main() {
    println!("{:<28} {:>12} {:>12} {:>7}", "", "countersign", "ring", "ratio");
    for (name, size) in [("256 B", 256), ("4 KiB", 4 << 10), ("64 KiB", 64 << 10), ("1 MiB", 1 << 20)] {
        let request = request(size);
        compare(&format!("verify, {name}"), signature_alone(&request), ring_alone(&request));
        compare(&format!("verify and decode, {name}"), whole_request(&request), ring_and_value(&request));
    }
}

/// A delivery of Hook whose body is of about this size.
fn request(size: usize) -> SignedRequest {
    let filler = "x".repeat(size.saturating_sub(110));
    let body = format!(
        r#"{{"id":"evt_1","type":"user.deleted","created_at":"2026-01-15T12:30:00Z","data":{{"filler":"{filler}"}}}}"#
    );
    SignedRequest::new::<hook::Hook>(&Secret::new(SECRET).unwrap(), body)
}

fn signature(request: &SignedRequest) -> String {
    let (_, value) = request.headers().iter().find(|(name, _)| name == "x-webhook-signature").unwrap();
    String::from_utf8(value.clone()).unwrap()
}

fn signature_alone(request: &SignedRequest) -> impl Fn() {
    let (secret, body, signature) =
        (Secret::new(SECRET).unwrap(), request.body().clone(), signature(request));
    let scheme = countersign::Scheme::hex("x-webhook-signature");
    move || scheme.verify(&secret, black_box(&body), black_box(&signature)).unwrap()
}

fn ring_alone(request: &SignedRequest) -> impl Fn() {
    let (key, body, signature) = (key(), request.body().clone(), signature(request));
    move || ring_verify(&key, black_box(&body), black_box(&signature))
}

fn whole_request(request: &SignedRequest) -> impl Fn() {
    let (verifier, request) = (Verifier::new(Secret::new(SECRET).unwrap()).unwrap(), request.clone());
    move || {
        let verified: Verified<hook::Event> =
            verifier.verify(black_box(request.headers()), black_box(request.body().clone())).unwrap();
        black_box(verified);
    }
}

/// What one writes by hand: the HMAC, and then a tree of the whole body.
fn ring_and_value(request: &SignedRequest) -> impl Fn() {
    let (key, body, signature) = (key(), request.body().clone(), signature(request));
    move || {
        ring_verify(&key, black_box(&body), black_box(&signature));
        black_box(serde_json::from_slice::<serde_json::Value>(black_box(&body)).unwrap());
    }
}

fn key() -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes())
}

fn ring_verify(key: &hmac::Key, body: &Bytes, signature: &str) {
    let mut tag = [0; 32];
    hex::decode_to_slice(signature, &mut tag).unwrap();
    hmac::verify(key, body, &tag).unwrap();
}

fn compare(name: &str, ours: impl Fn(), theirs: impl Fn()) {
    let mut best = [f64::INFINITY; 2];
    for _ in 0..ROUNDS {
        best = [best[0].min(nanoseconds(&ours)), best[1].min(nanoseconds(&theirs))];
    }
    println!("{name:<28} {:>9.0} ns {:>9.0} ns {:>7.2}", best[0], best[1], best[0] / best[1]);
}

/// Of one call, as the mean of a round.
fn nanoseconds(call: &impl Fn()) -> f64 {
    let (start, mut calls) = (Instant::now(), 0_u32);
    loop {
        call();
        calls += 1;
        let elapsed = start.elapsed();
        if elapsed >= ROUND {
            return elapsed.as_secs_f64() * 1e9 / f64::from(calls);
        }
    }
}
