//! How long it takes to open an envelope and to decode a typed event. Nothing is verified here.

use std::hint::black_box;

use countersign::{Envelope, Event as _, Provider, Raw, Scheme};
use serde::Deserialize;
use serde_json::Value;

use crate::event::{Acme, Event, HEADER, Order, Tagged, body};
use crate::measure::{Effort, candidate, times};
use crate::report::Report;

const TYPED: &str = "typed event";
const KNOWN: &str = "serde_json: a struct of known type";

const SIZES: [(&str, usize, f64); 3] =
    [("256 B", 256, 1.15), ("1 KiB", 1 << 10, 1.10), ("16 KiB", 16 << 10, f64::NAN)];

/// The same events without an id and a time.
struct Short;

impl Provider for Short {
    const NAME: &'static str = "short";
    const SCHEME: Scheme = Scheme::sha256(HEADER);
    const ENVELOPE: Option<Envelope> = Some(Envelope::new("type", "data"));
}

countersign::events! {
    enum ShortEvent for Short {
        "order.created" => OrderCreated(Order),
    }
}

countersign::events! {
    /// The payload stays JSON, so only the envelope is opened.
    enum EnvelopeAlone for Acme {
        "order.created" => OrderCreated,
    }
}

/// A program that receives one event type only.
#[derive(Deserialize)]
#[allow(dead_code, reason = "it is parsed, and nobody reads it")]
struct Known {
    id: String,
    created_at: String,
    data: Order,
}

pub fn run(effort: Effort, report: &mut Report) {
    for (at, size, limit) in SIZES {
        let raw = Raw::<Acme>::new(body(1, size));
        let short = Raw::<Short>::new(body(1, size));
        assert!(matches!(Event::decode(raw.message()), Ok(Event::OrderCreated(_))), "the payload fits");
        let json = raw.as_bytes();
        let times = times(
            effort,
            vec![
                candidate(KNOWN, || {
                    black_box(serde_json::from_slice::<Known>(black_box(json)).unwrap());
                }),
                candidate(TYPED, || {
                    black_box(Event::decode(black_box(&raw).message()).unwrap());
                }),
                candidate("typed event, no id and no time", || {
                    black_box(ShortEvent::decode(black_box(&short).message()).unwrap());
                }),
                candidate("envelope alone", || {
                    black_box(EnvelopeAlone::decode(black_box(&raw).message()).unwrap());
                }),
                candidate("serde_json: adjacently tagged enum", || {
                    black_box(serde_json::from_slice::<Tagged>(black_box(json)).unwrap());
                }),
                candidate("serde_json: Value", || {
                    black_box(serde_json::from_slice::<Value>(black_box(json)).unwrap());
                }),
            ],
        );
        report.table("decode", at, KNOWN, &times);
        if !limit.is_nan() {
            report.mark(&format!("{TYPED} ÷ {KNOWN}"), at, limit, times.ratio(TYPED, KNOWN));
        }
    }
}
