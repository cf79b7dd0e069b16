//! Stripe's scheme: `t=<seconds>,v1=<hex>` over `<seconds>.<body>`.

use std::hint::black_box;
use std::time::SystemTime;

use countersign::providers::Stripe;
use countersign::{Provider, Scheme, Verifier};

use super::by_hand::{bare, hmac_key, hmac_matches, ring_key, ring_matches};
use super::{BARE, HMAC, RING, VERIFIER, WEBHOOK_VERIFY, ours};
use crate::event::{Delivery, NOW, SECRET, body, clock, secret};
use crate::measure::{Effort, candidate, times};
use crate::report::Report;

/// The scheme without the envelope of Stripe's events.
struct Opaque;

impl Provider for Opaque {
    const NAME: &'static str = "opaque";
    const SCHEME: Scheme = Stripe::SCHEME;
}

pub(super) fn run(effort: Effort, report: &mut Report, at: &str, size: usize) {
    // The other crate reads the clock of the machine, so the second delivery is of now.
    let delivery = Delivery::new(Stripe::SCHEME, body(1, size), clock());
    let recent = Delivery::new(Stripe::SCHEME, body(1, size), SystemTime::now());
    let verifier = Verifier::<Stripe>::new(secret()).unwrap();
    let system_clock = verifier.clone();
    let verifier = verifier.clock(clock);
    let opaque = Verifier::<Opaque>::new(secret()).unwrap().clock(clock);
    let (ring, hmac) = (ring_key(SECRET.as_bytes()), hmac_key(SECRET.as_bytes()));
    let other = webhook_verify::Secret::new(SECRET);
    let times = times(
        effort,
        vec![
            candidate(BARE, bare(size + "1768480200.".len())),
            ours(VERIFIER, &verifier, &delivery),
            ours("Verifier::verify, no envelope", &opaque, &delivery),
            ours("Verifier::verify, system clock", &system_clock, &recent),
            candidate(HMAC, || by_hand(black_box(&delivery), |parts, tag| hmac_matches(&hmac, parts, tag))),
            candidate(RING, || by_hand(black_box(&delivery), |parts, tag| ring_matches(&ring, parts, tag))),
            candidate(WEBHOOK_VERIFY, || {
                let (headers, body) = (black_box(&recent.headers), black_box(&recent.body));
                let provider = webhook_verify::Provider::Stripe;
                webhook_verify::verify(provider, headers, body, &other, Default::default()).unwrap();
            }),
        ],
    );
    report.table("Stripe", at, BARE, &times);
}

fn by_hand(delivery: &Delivery, matches: impl Fn(&[&[u8]], &[u8]) -> bool) {
    let (mut time, mut tag) = (None, None);
    for entry in delivery.header("stripe-signature").split(',') {
        match entry.split_once('=').unwrap() {
            ("t", text) => time = Some(text),
            ("v1", digits) => {
                let mut decoded = [0; 32];
                const_hex::decode_to_slice(digits, &mut decoded).unwrap();
                tag = Some(decoded);
            }
            _ => {}
        }
    }
    let time = time.unwrap();
    let seconds: u64 = time.parse().unwrap();
    assert!(seconds.abs_diff(black_box(NOW)) <= 300);
    assert!(matches(&[time.as_bytes(), b".", &delivery.body], &tag.unwrap()));
}
