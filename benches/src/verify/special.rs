//! A malformed header, two secrets, and a body that arrives in chunks.

use std::hint::black_box;

use countersign::{Provider as _, Raw, Secrets, Verifier};
use http::HeaderValue;

use super::{VERIFIER, marks, ours};
use crate::event::{Delivery, HEADER, Opaque, body, clock, secret};
use crate::measure::{Effort, candidate, times};
use crate::report::Report;

/// A header whose last digit is wrong, which is seen last.
pub(super) fn malformed(effort: Effort, report: &mut Report, at: &str, size: usize) {
    const MALFORMED: &str = "Verifier::verify of a malformed header";
    const MALFORMED_VALUE: &str = "verify() of a malformed header";
    const VERIFY: &str = "verify()";

    let delivery = Delivery::new(Opaque::SCHEME, body(1, size), clock());
    let (body, value) = (&delivery.body, delivery.header(HEADER));
    let bad_value = format!("{}g", &value[..value.len() - 1]);
    let mut bad_headers = delivery.headers.clone();
    bad_headers.insert(HEADER, HeaderValue::from_str(&bad_value).unwrap());
    let (secret, verifier) = (secret(), Verifier::<Opaque>::new(secret()).unwrap());
    let times = times(
        effort,
        vec![
            ours(VERIFIER, &verifier, &delivery),
            candidate(MALFORMED, || {
                let (headers, body) = (black_box(&bad_headers), black_box(body).clone());
                black_box(verifier.verify::<Raw<Opaque>>(headers, body).unwrap_err());
            }),
            candidate(VERIFY, || countersign::verify(&secret, black_box(body), black_box(value)).unwrap()),
            candidate(MALFORMED_VALUE, || {
                black_box(countersign::verify(&secret, black_box(body), black_box(&bad_value)).unwrap_err());
            }),
        ],
    );
    report.table("malformed header", at, VERIFIER, &times);
    let limits = [0.10, 0.05];
    let rows = [(MALFORMED, VERIFIER, limits), (MALFORMED_VALUE, VERIFY, limits)];
    marks(report, "sha256=", at, &times, &rows);
}

/// A rotation: the old secret is accepted beside the current one, which matches.
pub(super) fn two_secrets(effort: Effort, report: &mut Report, at: &str, size: usize) {
    const TWO: &str = "Verifier::verify with two secrets";

    let delivery = Delivery::new(Opaque::SCHEME, body(1, size), clock());
    let one = Verifier::<Opaque>::new(secret()).unwrap();
    let old = countersign::Secret::new("the secret before").unwrap();
    let secrets = Secrets::new("new", secret()).unwrap().also("old", old).unwrap();
    let two = Verifier::<Opaque>::new(secrets).unwrap();
    let times = times(effort, vec![ours(VERIFIER, &one, &delivery), ours(TWO, &two, &delivery)]);
    report.table("two secrets", at, VERIFIER, &times);
    marks(report, "sha256=", at, &times, &[(TWO, VERIFIER, [1.03, 1.03])]);
}

/// The cost of a body grows with its length, and not faster, in chunks as well.
pub(super) fn chunks(effort: Effort, report: &mut Report) {
    const CHUNKS: &str = "Incoming, in chunks of 8 KiB";

    let delivery = Delivery::new(Opaque::SCHEME, body(1, 1 << 20), clock());
    let verifier = Verifier::<Opaque>::new(secret()).unwrap();
    let chunks: Vec<_> = delivery.body.chunks(8 << 10).map(|chunk| delivery.body.slice_ref(chunk)).collect();
    let times = times(
        effort,
        vec![
            ours(VERIFIER, &verifier, &delivery),
            candidate(CHUNKS, || {
                let mut incoming = verifier.begin(black_box(&delivery.headers)).unwrap();
                chunks.iter().for_each(|chunk| incoming.update(chunk.clone()).unwrap());
                black_box(incoming.verify::<Raw<Opaque>>().unwrap());
            }),
        ],
    );
    report.table("chunks", "1 MiB", VERIFIER, &times);
    report.mark(&format!("sha256=: {CHUNKS} ÷ {VERIFIER}"), "1 MiB", 1.02, times.ratio(CHUNKS, VERIFIER));
}
