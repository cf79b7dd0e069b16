//! `sha256=<hex>` over the body.

use std::hint::black_box;

use countersign::{Provider as _, Verifier};
use webhook_verify::Provider::GitHub;

use super::by_hand::{aws_lc, bare, naive, ring, ring_key};
use super::{BARE, RING, VERIFIER, WEBHOOK_VERIFY, marks, ours};
use crate::event::{Acme, Delivery, HEADER, Opaque, SECRET, body, clock, secret};
use crate::measure::{Candidate, Effort, candidate, times};
use crate::report::Report;

const VERIFY: &str = "verify()";

pub(super) fn run(effort: Effort, report: &mut Report, at: &str, size: usize) {
    let delivery = Delivery::new(Opaque::SCHEME, body(1, size), clock());
    let (body, value) = (&delivery.body, delivery.header(HEADER));
    let secret = secret();
    let verifier = Verifier::<Opaque>::new(secret.clone()).unwrap();
    let with_envelope = Verifier::<Acme>::new(secret.clone()).unwrap();
    let mut candidates = vec![
        candidate(BARE, bare(size)),
        candidate(VERIFY, || countersign::verify(&secret, black_box(body), black_box(value)).unwrap()),
        ours(VERIFIER, &verifier, &delivery),
        ours("Verifier::verify, and the envelope", &with_envelope, &delivery),
    ];
    candidates.extend(others(&delivery));
    let times = times(effort, candidates);
    report.table("sha256=", at, BARE, &times);
    let rows = [
        (VERIFY, BARE, [1.18, 1.07]),
        (VERIFY, RING, [0.90, 0.96]),
        (VERIFIER, BARE, [1.40, 1.15]),
        (VERIFIER, WEBHOOK_VERIFY, [0.60, 0.78]),
    ];
    marks(report, "sha256=", at, &times, &rows);
}

fn others(delivery: &Delivery) -> [Candidate<'_>; 4] {
    let (body, value) = (&delivery.body, delivery.header(HEADER));
    let ring_key = ring_key(SECRET.as_bytes());
    let aws_lc_key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, SECRET.as_bytes());
    let secret = webhook_verify::Secret::new(SECRET);
    [
        candidate(RING, move || ring(&ring_key, black_box(body), black_box(value))),
        candidate("by hand: aws-lc-rs, key kept", move || {
            aws_lc(&aws_lc_key, black_box(body), black_box(value));
        }),
        candidate("naive: hmac, hex and subtle", || {
            naive(black_box(body), black_box(value));
        }),
        candidate(WEBHOOK_VERIFY, move || {
            let headers = black_box(&delivery.headers);
            webhook_verify::verify(GitHub, headers, black_box(body), &secret, Default::default()).unwrap();
        }),
    ]
}
