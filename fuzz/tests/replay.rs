//! The corpus of every target, on a stable compiler.

use std::collections::BTreeSet;

use countersign_fuzz::schemes::SIGNERS;
use countersign_fuzz::{corpus, envelope, headers, incoming, replay, signature};

#[test]
fn signature_corpus() {
    replay("signature", signature::run);
}

#[test]
fn every_scheme_accepts_an_input_of_the_corpus() {
    let accepting: BTreeSet<_> =
        corpus("signature").iter().flat_map(|(_, value)| signature::accepting(value)).collect();
    assert_eq!(accepting.len(), SIGNERS.len(), "{accepting:?}");
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
