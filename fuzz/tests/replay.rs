//! The corpus of every target, on a stable compiler.

use std::collections::BTreeSet;

use countersign_fuzz::schemes::SIGNERS;
use countersign_fuzz::{
    attempts, capture, corpus, dedupe, diagnose, envelope, genuine, headers, http, incoming, redis, replay,
    scheme, signature,
};

#[test]
fn signature_corpus() {
    replay("signature", signature::run);
}

#[test]
fn every_scheme_accepts_an_input_of_the_corpus() {
    let accepting: BTreeSet<_> =
        corpus("signature").iter().filter_map(|(_, input)| signature::accepting(input)).collect();
    assert_eq!(accepting.len(), SIGNERS.len(), "{accepting:?}");
}

#[test]
fn scheme_corpus() {
    replay("scheme", scheme::run);
}

#[test]
fn some_request_of_the_corpus_is_accepted_under_a_scheme_of_its_own() {
    assert!(corpus("scheme").iter().any(|(_, input)| scheme::judge(input)));
}

#[test]
fn genuine_corpus() {
    replay("genuine", genuine::run);
}

#[test]
fn a_tenth_of_the_corpus_are_genuine_deliveries() {
    let inputs = corpus("genuine");
    assert!(inputs.iter().filter(|(_, input)| genuine::judge(input)).count() * 10 >= inputs.len());
}

#[test]
fn headers_corpus() {
    replay("headers", headers::run);
}

#[test]
fn incoming_corpus() {
    replay("incoming", incoming::run);
}

#[test]
fn envelope_corpus() {
    replay("envelope", envelope::run);
}

#[test]
fn dedupe_corpus() {
    replay("dedupe", dedupe::run);
}

#[test]
fn attempts_corpus() {
    replay("attempts", attempts::run);
}

#[test]
fn diagnose_corpus() {
    replay("diagnose", diagnose::run);
}

#[test]
fn http_corpus() {
    replay("http", http::run);
}

#[test]
fn some_inputs_of_the_corpus_are_answers_and_some_are_requests() {
    let judged: Vec<_> = corpus("http").iter().map(|(_, input)| http::judge(input)).collect();
    let counts = [0, 1].map(|reader: usize| judged.iter().filter(|judged| judged[reader]).count());
    assert!(counts.iter().all(|count| *count > 0), "{counts:?} of {}", judged.len());
}

#[test]
fn redis_corpus() {
    replay("redis", redis::run);
}

#[test]
fn capture_corpus() {
    replay("capture", capture::run);
}
