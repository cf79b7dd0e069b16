//! How long a verdict takes, for three schemes and bodies of seven sizes.

mod by_hand;
mod prefixed;
mod special;
mod standard;
mod stripe;

use std::hint::black_box;

use countersign::{Provider, Raw, Verifier};

use crate::event::Delivery;
use crate::measure::{Candidate, Effort, Times, candidate};
use crate::report::Report;

const SIZES: [(&str, usize); 7] = [
    ("0 B", 0),
    ("64 B", 64),
    ("256 B", 256),
    ("1 KiB", 1 << 10),
    ("4 KiB", 4 << 10),
    ("64 KiB", 64 << 10),
    ("1 MiB", 1 << 20),
];
/// The sizes that have marks.
const MARKED: [(&str, usize); 2] = [("256 B", 256), ("1 KiB", 1 << 10)];

const BARE: &str = "bare compressions";
const VERIFIER: &str = "Verifier::verify";
const RING: &str = "by hand: ring, key kept";
const HMAC: &str = "by hand: hmac, key kept";
const WEBHOOK_VERIFY: &str = "crate webhook-verify";

pub fn run(effort: Effort, report: &mut Report) {
    for (at, size) in SIZES {
        prefixed::run(effort, report, at, size);
    }
    for (at, size) in SIZES {
        stripe::run(effort, report, at, size);
    }
    for (at, size) in SIZES {
        standard::run(effort, report, at, size);
    }
    for (at, size) in MARKED {
        special::malformed(effort, report, at, size);
        special::two_secrets(effort, report, at, size);
    }
    special::chunks(effort, report);
}

/// The marks of a table: a candidate, the one that it is compared with, and the limits for 256 bytes and for 1 KiB.
type Limits<'a> = [(&'a str, &'a str, [f64; 2])];

fn marks(report: &mut Report, title: &str, at: &str, times: &Times, rows: &Limits<'_>) {
    let Some(column) = MARKED.iter().position(|(marked, _)| *marked == at) else { return };
    for (name, to, limits) in rows {
        report.mark(&format!("{title}: {name} ÷ {to}"), at, limits[column], times.ratio(name, to));
    }
}

/// `Verifier::verify` of the undecoded event.
fn ours<'a, P: Provider>(
    name: &'static str,
    verifier: &'a Verifier<P>,
    delivery: &'a Delivery,
) -> Candidate<'a> {
    candidate(name, move || {
        let (headers, body) = (black_box(&delivery.headers), black_box(&delivery.body).clone());
        black_box(verifier.verify::<Raw<P>>(headers, body).unwrap());
    })
}
