//! `Verifier::receive` and `Verifier::discard` as a server without an adapter drives them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may fail loudly")]

use std::convert::Infallible;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use countersign::testing::SignedRequest;
use countersign::{Massu, Rejection, Secret, Verifier, massu};
use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::time::Instant;

const EVENT: &str = r#"{"type":"session.completed","data":{},"timestamp":"2026-02-15T10:30:00.000Z"}"#;

fn verifier() -> Verifier<Massu> {
    Verifier::new(Secret::new("whsec_driver").unwrap()).unwrap()
}

fn signed(secret: &str) -> SignedRequest {
    SignedRequest::new::<Massu>(&Secret::new(secret).unwrap(), EVENT)
}

/// The event in chunks of 10 bytes, as a stream that panics if it is polled again after its end.
fn once() -> impl Stream<Item = Result<Bytes, Infallible>> + Unpin {
    Box::pin(stream::unfold(EVENT.as_bytes(), async |rest| {
        let (chunk, rest) = rest.split_at(rest.len().min(10));
        (!chunk.is_empty()).then(|| (Ok(Bytes::from_static(chunk)), rest))
    }))
}

#[tokio::test(start_paused = true)]
async fn a_refused_body_that_has_ended_is_not_polled_again() {
    let mut body = once().fuse();
    let verdict = verifier().receive::<massu::Event, _>(signed("another").headers(), &mut body).await;
    assert_eq!(verdict.unwrap_err().status(), 401);
    Verifier::<Massu>::discard(&mut body).await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_left_unread_is_discarded_to_its_end() {
    let mut body = once().fuse();
    let verdict = verifier().receive::<massu::Event, _>(&[("host", "localhost")], &mut body).await;
    assert_eq!(verdict.unwrap_err().status(), 401);
    Verifier::<Massu>::discard(&mut body).await;
    assert!(body.is_done());
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_never_ends_and_never_wakes_ends_with_its_time() {
    let begun = Instant::now();
    let mut body = stream::poll_fn(|_| Poll::<Option<Result<Bytes, Infallible>>>::Pending).fuse();
    let verdict = verifier().receive::<massu::Event, _>(signed("whsec_driver").headers(), &mut body).await;
    assert_eq!(verdict.err(), Some(Rejection::BodyTimeout { timeout: Duration::from_secs(10) }));
    Verifier::<Massu>::discard(&mut body).await;
    assert_eq!(begun.elapsed(), Duration::from_secs(12));
}

#[tokio::test(start_paused = true)]
async fn a_body_of_errors_is_read_once() {
    let mut body = stream::repeat(()).map(|()| Err::<Bytes, _>("broken"));
    let verdict = verifier().receive::<massu::Event, _>(signed("whsec_driver").headers(), &mut body).await;
    assert_eq!(verdict.err(), Some(Rejection::BodyIncomplete));
}

#[tokio::test(start_paused = true)]
async fn a_whole_body_is_taken_from_a_stream() {
    let verdict = verifier().receive::<massu::Event, _>(signed("whsec_driver").headers(), &mut once()).await;
    assert_eq!(verdict.unwrap().body(), EVENT);
}
