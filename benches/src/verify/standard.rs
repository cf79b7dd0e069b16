//! Standard Webhooks: `v1,<base64>` over `<id>.<seconds>.<body>`, with a key in base64.

use std::hint::black_box;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::providers::StandardWebhooks;
use countersign::{Provider, Scheme, Verifier};
use http::HeaderMap;

use super::by_hand::{bare, hmac_key, hmac_matches, ring_key, ring_matches};
use super::{BARE, HMAC, RING, VERIFIER, WEBHOOK_VERIFY, marks, ours};
use crate::event::{Delivery, NOW, SECRET, body, clock, secret};
use crate::measure::{Candidate, Effort, candidate, times};
use crate::report::Report;

const SYSTEM_CLOCK: &str = "Verifier::verify, system clock";
const STANDARDWEBHOOKS: &str = "crate standardwebhooks";
const SVIX: &str = "crate svix";

/// The scheme without the envelope.
struct Opaque;

impl Provider for Opaque {
    const NAME: &'static str = "opaque";
    const SCHEME: Scheme = StandardWebhooks::SCHEME;
}

pub(super) fn run(effort: Effort, report: &mut Report, at: &str, size: usize) {
    // The other crates read the clock of the machine, so the second delivery is of now.
    let delivery = Delivery::new(StandardWebhooks::SCHEME, body(1, size), clock());
    let recent = Delivery::new(StandardWebhooks::SCHEME, body(1, size), SystemTime::now());
    let verifier = Verifier::<StandardWebhooks>::new(secret()).unwrap();
    let system_clock = verifier.clone();
    let verifier = verifier.clock(clock);
    let opaque = Verifier::<Opaque>::new(secret()).unwrap().clock(clock);
    let key = STANDARD.decode(SECRET.strip_prefix("whsec_").unwrap()).unwrap();
    let (ring, hmac) = (ring_key(&key), hmac_key(&key));
    let signed = delivery.header("webhook-id").len() + "..1768480200".len() + size;
    let mut candidates = vec![
        candidate(BARE, bare(signed)),
        ours(VERIFIER, &verifier, &delivery),
        ours("Verifier::verify, no envelope", &opaque, &delivery),
        ours(SYSTEM_CLOCK, &system_clock, &recent),
        candidate(HMAC, || by_hand(black_box(&delivery), |parts, tag| hmac_matches(&hmac, parts, tag))),
        candidate(RING, || by_hand(black_box(&delivery), |parts, tag| ring_matches(&ring, parts, tag))),
    ];
    candidates.extend(crates(&recent));
    let times = times(effort, candidates);
    report.table("Standard Webhooks", at, BARE, &times);
    marks(
        report,
        "Standard Webhooks",
        at,
        &times,
        &[
            (VERIFIER, HMAC, [1.10, 1.05]),
            (SYSTEM_CLOCK, STANDARDWEBHOOKS, [0.20, 0.19]),
            (SYSTEM_CLOCK, SVIX, [0.20, 0.19]),
            (SYSTEM_CLOCK, WEBHOOK_VERIFY, [0.60, 0.78]),
        ],
    );
}

/// The published crates. Each has its secret prepared as far as the crate allows.
fn crates(recent: &Delivery) -> [Candidate<'_>; 3] {
    let standard = standardwebhooks::Webhook::new(SECRET).unwrap();
    let svix = svix::webhooks::Webhook::new(SECRET).unwrap();
    let secret = webhook_verify::Secret::new(SECRET);
    [
        candidate(STANDARDWEBHOOKS, move || {
            standard.verify(black_box(&recent.body), black_box(&recent.headers)).unwrap();
        }),
        candidate(SVIX, move || {
            svix.verify(black_box(&recent.body), black_box(&recent.headers)).unwrap();
        }),
        candidate(WEBHOOK_VERIFY, move || {
            let (headers, body) = (black_box(&recent.headers), black_box(&recent.body));
            let provider = webhook_verify::Provider::StandardWebhooks;
            webhook_verify::verify(provider, headers, body, &secret, Default::default()).unwrap();
        }),
    ]
}

/// The key is prepared once, and the tag is decoded on the stack. `matches` compares it with the tag of the parts.
fn by_hand(delivery: &Delivery, matches: impl Fn(&[&[u8]], &[u8]) -> bool) {
    let one = |name| only_value(&delivery.headers, name);
    let (id, time, signature) = (one("webhook-id"), one("webhook-timestamp"), one("webhook-signature"));
    let seconds: u64 = time.parse().unwrap();
    assert!(seconds.abs_diff(black_box(NOW)) <= 300);
    let parts: [&[u8]; 5] = [id.as_bytes(), b".", time.as_bytes(), b".", &delivery.body];
    let is_genuine = signature.split(' ').filter_map(|entry| entry.strip_prefix("v1,")).any(|digits| {
        let mut tag = [0; 33];
        let length = STANDARD.decode_slice(digits, &mut tag).unwrap();
        matches(&parts, &tag[..length])
    });
    assert!(is_genuine);
}

fn only_value<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let mut values = headers.get_all(name).iter();
    let value = values.next().unwrap();
    assert!(values.next().is_none());
    value.to_str().unwrap()
}
