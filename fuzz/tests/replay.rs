//! The corpus of every target, on a stable compiler.

use countersign_fuzz::{envelope, headers, incoming, replay, signature};

#[test]
fn signature_corpus() {
    replay("signature", signature::run);
}

#[test]
fn envelope_corpus() {
    replay("envelope", envelope::run);
}

#[test]
fn incoming_corpus() {
    replay("incoming", incoming::run);
}

#[test]
fn headers_corpus() {
    replay("headers", headers::run);
}
