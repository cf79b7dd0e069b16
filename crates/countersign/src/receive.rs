//! The flow of a request that arrives over time, once for every adapter.

use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokio::task::coop::consume_budget;
use tokio::time::timeout;

use crate::{Event, Headers, Provider, Rejection, Verified, Verifier, report};

/// Refuses any method but `POST`: no other one carries a delivery, and a 2xx to it must not use one up.
pub(crate) fn only_post<P: Provider>(method: &str, advice: &'static str) -> Result<(), Rejection> {
    if method == "POST" {
        return Ok(());
    }
    Err(report::refused(P::NAME, Rejection::MethodNotAllowed { advice }))
}

/// At most so many bytes of a refused body are read and discarded.
const DISCARDED_BYTES: usize = 8 * 1024 * 1024;
/// And for so long.
pub(crate) const DISCARDING_TIME: Duration = Duration::from_secs(2);

/// A request's body, chunk by chunk, and how far it has been read.
pub(crate) struct Chunks<F> {
    /// Polled for the next chunk. Its errors are not told apart: whatever broke the body, it is not whole.
    poll: F,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Its sender waits for `100 Continue`, which the first poll sends.
    Unasked,
    /// Its sender sends it.
    Sent,
    /// It has not come in its time.
    Late,
    /// It has ended, or has broken off. A stream must not be polled again then.
    Ended,
}

impl<F, X> Chunks<F>
where
    F: FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, X>>>,
{
    /// A body that has not been read. `asked` is false where its sender waits to be asked for it.
    pub(crate) const fn new(asked: bool, poll: F) -> Self {
        Self { poll, state: if asked { State::Sent } else { State::Unasked } }
    }

    async fn next(&mut self) -> Option<Result<Bytes, X>> {
        if self.state == State::Ended {
            return None;
        }
        // A body that is always ready, of empty chunks even, must let timeouts have their turn.
        consume_budget().await;
        self.state = State::Sent;
        let chunk = poll_fn(&mut self.poll).await;
        if !matches!(chunk, Some(Ok(_))) {
            self.state = State::Ended;
        }
        chunk
    }

    /// Whether its sender may be sending it still.
    pub(crate) const fn is_under_way(&self) -> bool {
        matches!(self.state, State::Sent | State::Late)
    }

    /// Reads the rest of a refused body and keeps nothing of it, up to 8 MiB and for 2 seconds. A body that is late has had its time.
    ///
    /// A connection that is closed with bytes unread is reset, and then a client that sends its whole body before it reads sees a
    /// network fault in place of the answer.
    pub(crate) async fn discard(&mut self) {
        if self.state != State::Sent {
            return;
        }
        let rest = async {
            let mut bytes = DISCARDED_BYTES;
            while let Some(Ok(chunk)) = self.next().await
                && let Some(left) = bytes.checked_sub(chunk.len())
            {
                bytes = left;
            }
        };
        // A sender that takes longer is not waited for: its connection is closed.
        timeout(DISCARDING_TIME, rest).await.unwrap_or_default();
    }
}

/// Whether a client waits with its body until it is asked for it (RFC 9110, section 10.1.1).
pub(crate) fn expects_continue(headers: &(impl Headers + ?Sized)) -> bool {
    headers.values("expect").any(|value| value.trim_ascii().eq_ignore_ascii_case(b"100-continue"))
}

/// Judges the headers, reads the body with the verifier's limit and timeout, and gives the verdict.
///
/// The body is not polled before the headers are in order. After a refusal, the adapter has the rest of it [discarded](Chunks::discard).
pub(crate) async fn receive<E, F, X>(
    verifier: &Verifier<E::Provider>,
    headers: &(impl Headers + ?Sized),
    chunks: &mut Chunks<F>,
) -> Result<Verified<E>, Rejection>
where
    E: Event,
    F: FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, X>>>,
{
    let mut incoming = verifier.begin(headers)?;
    let limit = verifier.settings.read_timeout;
    let body = async {
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| report::refused(E::Provider::NAME, Rejection::BodyIncomplete))?;
            incoming.push(chunk)?;
        }
        Ok(())
    };
    let Ok(read) = timeout(limit, body).await else {
        chunks.state = State::Late;
        return Err(report::refused(E::Provider::NAME, Rejection::BodyTimeout { timeout: limit }));
    };
    read?;
    incoming.finish()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::convert::Infallible;

    use tokio::time::{Instant, sleep};

    use super::*;

    /// Polls of a body that is read by `discard`, the time that it took, and the bytes that came.
    async fn discarded(
        asked: bool,
        mut chunk: impl FnMut(usize) -> Option<Result<Bytes, &'static str>>,
    ) -> (usize, usize, Duration) {
        let (polls, bytes) = (Cell::new(0), Cell::new(0));
        let begun = Instant::now();
        let body = |_: &mut Context<'_>| {
            polls.set(polls.get() + 1);
            let chunk = chunk(polls.get());
            bytes.set(bytes.get() + chunk.iter().flatten().map(Bytes::len).sum::<usize>());
            Poll::Ready(chunk)
        };
        let mut chunks = Chunks::new(asked, body);
        chunks.discard().await;
        (polls.get(), bytes.get(), begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_is_discarded_to_its_end() {
        let mebibyte = Bytes::from(vec![b'a'; 1024 * 1024]);
        let five = |number| (number <= 5).then(|| Ok(mebibyte.clone()));
        assert_eq!(discarded(true, five).await, (6, 5 * 1024 * 1024, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn an_endless_body_is_cut_after_8_mebibytes() {
        let mebibyte = Bytes::from(vec![b'a'; 1024 * 1024]);
        let (polls, bytes, time) = discarded(true, |_| Some(Ok(mebibyte.clone()))).await;
        assert_eq!((polls, bytes, time), (9, 9 * 1024 * 1024, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_breaks_off_is_not_read_on() {
        let breaks = |number| (number <= 1).then_some(Err("reset"));
        assert_eq!(discarded(true, breaks).await, (1, 0, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_nobody_asked_for_is_not_polled() {
        assert_eq!(discarded(false, |_| None).await, (0, 0, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_is_cut_after_2_seconds() {
        let begun = Instant::now();
        let mut pause = Box::pin(sleep(Duration::ZERO));
        let slow = move |cx: &mut Context<'_>| {
            std::task::ready!(pause.as_mut().poll(cx));
            pause.as_mut().reset(Instant::now() + Duration::from_millis(300));
            Poll::Ready(Some(Ok::<_, Infallible>(Bytes::from_static(b"a"))))
        };
        Chunks::new(true, slow).discard().await;
        assert_eq!(begun.elapsed(), Duration::from_secs(2));
    }

    /// On the real clock: a paused one does not move while something is ready.
    #[tokio::test]
    async fn endless_empty_chunks_are_cut_too() {
        let empty = |_: &mut Context<'_>| Poll::Ready(Some(Ok::<_, Infallible>(Bytes::new())));
        let begun = Instant::now();
        Chunks::new(true, empty).discard().await;
        assert!(begun.elapsed() >= DISCARDING_TIME);
    }

    #[test]
    fn only_100_continue_is_waited_for() {
        assert!(expects_continue(&[("Expect", "100-Continue ")]));
        for others in [&[][..], &[("expect", "")], &[("expect", "200-ok")]] {
            assert!(!expects_continue(others));
        }
    }
}
