//! The driver: it feeds a body that arrives over time to the core. Every adapter uses it.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
#[cfg(any(feature = "actix", feature = "axum"))]
use std::task::{Context, ready};
use std::time::Duration;

use bytes::Bytes;
#[cfg(any(feature = "actix", feature = "axum"))]
use futures_core::Stream;
use futures_core::TryStream;
use futures_core::stream::FusedStream;
use tokio::task::coop::{consume_budget, unconstrained};
use tokio::time::{sleep, timeout};

use crate::{Event, Headers, Provider, Rejection, Verified, Verifier};

impl<P: Provider> Verifier<P> {
    /// Verifies and decodes a request whose body arrives over time. It is for servers without an adapter, and needs the feature `async`.
    ///
    /// The body is a stream of chunks. It is not polled before the headers are accepted. Each chunk is hashed as it arrives. The body
    /// limits and the read timeout apply. The timeout needs a tokio runtime with its timer.
    ///
    /// The rest of a refused body stays unread. If the server then closes the connection, the connection is reset. A client that sends
    /// its whole body before it reads gets a network error in place of the answer. [`discard`](Self::discard) prevents that.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use countersign::{Massu, Rejection, Verified, Verifier, massu};
    /// use futures_util::Stream;
    ///
    /// type Headers = Vec<(String, String)>;
    ///
    /// async fn receive(
    ///     verifier: &Verifier<Massu>,
    ///     headers: &Headers,
    ///     mut body: impl Stream<Item = Result<Bytes, std::io::Error>> + Unpin,
    /// ) -> Result<Verified<massu::Event>, Rejection> {
    ///     verifier.receive::<massu::Event, _>(headers, &mut body).await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// A [`Rejection`], which knows its HTTP [answer](Rejection::answer). Every error of the stream is a
    /// [`BodyIncomplete`](Rejection::BodyIncomplete).
    pub async fn receive<E, S>(
        &self,
        headers: &(impl Headers + ?Sized),
        body: &mut S,
    ) -> Result<Verified<E>, Rejection>
    where
        E: Event<Provider = P>,
        S: TryStream<Ok = Bytes> + Unpin,
    {
        let mut incoming = self.begin(headers)?;
        let limit = self.settings().read_timeout;
        let read = async {
            while let Some(chunk) = next(body).await {
                let chunk = chunk.map_err(|_| self.refused(Rejection::BodyIncomplete))?;
                incoming.update(chunk)?;
            }
            Ok(())
        };
        let in_time = in_time(|| limit, read).await;
        in_time.unwrap_or_else(|| Err(self.refused(Rejection::BodyTimeout { timeout: limit })))?;
        incoming.verify()
    }

    /// Reads the rest of a refused body and drops it, up to 8 MiB and for 2 seconds. Needs the feature `async`.
    ///
    /// A server that can answer while the body still arrives, such as hyper, spawns this as a task and answers at once.
    ///
    /// The body of a request with a wrong signature has ended, and many streams panic if they are polled after their end. So the stream
    /// has to be fused before it is given to [`receive`](Self::receive):
    ///
    /// ```
    /// # use bytes::Bytes;
    /// # use countersign::{Massu, Rejection, Verified, Verifier, massu};
    /// use futures_util::{Stream, StreamExt};
    ///
    /// # async fn receive(
    /// #     verifier: &Verifier<Massu>,
    /// #     headers: &Vec<(String, String)>,
    /// #     body: impl Stream<Item = Result<Bytes, std::io::Error>> + Send + Unpin + 'static,
    /// # ) -> Result<Verified<massu::Event>, Rejection> {
    /// let mut body = body.fuse();
    /// let verdict = verifier.receive::<massu::Event, _>(headers, &mut body).await;
    /// if verdict.is_err() {
    ///     tokio::spawn(async move { Verifier::<Massu>::discard(&mut body).await });
    /// }
    /// # verdict }
    /// ```
    pub async fn discard<S>(body: &mut S)
    where
        S: TryStream<Ok = Bytes> + FusedStream + Unpin,
    {
        if !body.is_terminated() {
            discard(body).await;
        }
    }
}

/// Refuses every method but `POST`. No other method carries a delivery, and a 2xx to it must not complete one.
#[cfg(any(feature = "actix", feature = "axum"))]
pub(crate) fn only_post<P: Provider>(method: &str, advice: &'static str) -> Result<(), Rejection> {
    if method == "POST" {
        return Ok(());
    }
    Err(crate::report::refused(P::NAME, None, Rejection::MethodNotAllowed { advice }))
}

/// The most bytes of a refused body that are read and discarded.
const DISCARDED_BYTES: usize = 8 * 1024 * 1024;
/// The longest time for which a refused body is read and discarded.
pub(crate) const DISCARDING_TIME: Duration = Duration::from_secs(2);

async fn discard<S: TryStream<Ok = Bytes> + Unpin>(body: &mut S) {
    let rest = async {
        let mut bytes = DISCARDED_BYTES;
        while let Some(Ok(chunk)) = next(body).await
            && let Some(left) = bytes.checked_sub(chunk.len())
        {
            bytes = left;
        }
    };
    // A client that takes longer loses its connection.
    timeout(DISCARDING_TIME, rest).await.unwrap_or_default();
}

/// Runs a future for this time at most. The usual body, store and handler are done at once, so the timer is made only for a future that has
/// to wait.
pub(crate) async fn in_time<T>(limit: impl Fn() -> Duration, future: impl Future<Output = T>) -> Option<T> {
    let (mut future, mut timer) = (pin!(future), pin!(None));
    poll_fn(|cx| {
        if let Poll::Ready(value) = future.as_mut().poll(cx) {
            return Poll::Ready(Some(value));
        }
        if timer.is_none() {
            // The future may have spent the budget of the task. The timer ends all the same.
            timer.set(Some(unconstrained(sleep(limit()))));
        }
        timer.as_mut().as_pin_mut().map_or(Poll::Ready(None), |timer| timer.poll(cx).map(|()| None))
    })
    .await
}

async fn next<S: TryStream + Unpin>(body: &mut S) -> Option<Result<S::Ok, S::Error>> {
    // A body may always be ready, even with empty chunks. The timeout around this loop is only looked at when the loop yields. So the
    // loop spends tokio's budget, which makes it yield from time to time.
    consume_budget().await;
    poll_fn(|cx| Pin::new(&mut *body).try_poll_next(cx)).await
}

/// The body of a request, with a note of how far it was read. An adapter needs the note to discard the rest.
#[cfg(any(feature = "actix", feature = "axum"))]
pub(crate) struct Unread<S> {
    body: S,
    state: State,
}

#[cfg(any(feature = "actix", feature = "axum"))]
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The client waits for `100 Continue`. The first poll sends it.
    Unasked,
    /// The client sends the body.
    Sent,
    /// The body exceeded its read timeout.
    Late,
    /// The body has ended or broken off. Its stream must not be polled again.
    Ended,
}

#[cfg(any(feature = "actix", feature = "axum"))]
impl<S: TryStream<Ok = Bytes> + Unpin> Unread<S> {
    /// A body that has not been read. `asked` is false if the client waits for `100 Continue`.
    pub(crate) const fn new(asked: bool, body: S) -> Self {
        Self { body, state: if asked { State::Sent } else { State::Unasked } }
    }

    /// Verifies the request, if a verifier was found for it. Returns that verifier too, because a proof names it.
    pub(crate) async fn receive<E: Event>(
        &mut self,
        found: Result<Verifier<E::Provider>, Rejection>,
        headers: &(impl Headers + ?Sized),
    ) -> Result<(Verified<E>, Verifier<E::Provider>), Rejection> {
        let verifier = found?;
        let verdict = verifier.receive(headers, self).await;
        if let Err(Rejection::BodyTimeout { .. }) = verdict {
            self.state = State::Late;
        }
        Ok((verdict?, verifier))
    }

    /// Whether the client may still be sending the body.
    pub(crate) const fn is_under_way(&self) -> bool {
        matches!(self.state, State::Sent | State::Late)
    }

    /// Discards the rest of a refused body. A late body gets no further time.
    pub(crate) async fn discard(&mut self) {
        if self.state == State::Sent {
            discard(self).await;
        }
    }
}

#[cfg(any(feature = "actix", feature = "axum"))]
impl<S: TryStream + Unpin> Stream for Unread<S> {
    type Item = Result<S::Ok, S::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.state == State::Ended {
            return Poll::Ready(None);
        }
        self.state = State::Sent;
        let chunk = ready!(Pin::new(&mut self.body).try_poll_next(cx));
        if !matches!(chunk, Some(Ok(_))) {
            self.state = State::Ended;
        }
        Poll::Ready(chunk)
    }
}

/// Whether the client sends its body only after a `100 Continue` (RFC 9110, section 10.1.1), by the values of `expect`.
#[cfg(any(feature = "actix", feature = "axum"))]
pub(crate) fn expects_continue(mut expect: impl Iterator<Item: AsRef<[u8]>>) -> bool {
    expect.any(|value| value.as_ref().trim_ascii().eq_ignore_ascii_case(b"100-continue"))
}

#[cfg(test)]
#[cfg(any(feature = "actix", feature = "axum"))]
mod tests {
    use std::cell::Cell;
    use std::convert::Infallible;

    use tokio::time::{Instant, sleep};

    use super::*;

    /// A stream from a function, like `poll_fn` for futures.
    struct PollWith<F>(F);

    fn poll_with<F, X>(poll: F) -> PollWith<F>
    where
        F: FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, X>>> + Unpin,
    {
        PollWith(poll)
    }

    impl<F, X> Stream for PollWith<F>
    where
        F: FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, X>>> + Unpin,
    {
        type Item = Result<Bytes, X>;

        fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            (self.0)(cx)
        }
    }

    /// Discards a body. Returns the number of polls, the number of bytes, and the time that it took.
    async fn discarded(
        asked: bool,
        mut chunk: impl FnMut(usize) -> Option<Result<Bytes, &'static str>>,
    ) -> (usize, usize, Duration) {
        let (polls, bytes) = (Cell::new(0_usize), Cell::new(0_usize));
        let begun = Instant::now();
        let body = poll_with(|_| {
            polls.set(polls.get().saturating_add(1));
            let chunk = chunk(polls.get());
            bytes.set(bytes.get().saturating_add(chunk.iter().flatten().map(Bytes::len).sum::<usize>()));
            Poll::Ready(chunk)
        });
        let mut body = Unread::new(asked, body);
        body.discard().await;
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
    async fn a_body_that_broke_off_is_not_polled_again() {
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
        Unread::new(true, poll_with(slow)).discard().await;
        assert_eq!(begun.elapsed(), Duration::from_secs(2));
    }

    /// This test runs on the real clock, because tokio's paused clock stands still while a task is ready.
    #[tokio::test]
    async fn endless_empty_chunks_are_cut_after_2_seconds() {
        let empty = |_: &mut Context<'_>| Poll::Ready(Some(Ok::<_, Infallible>(Bytes::new())));
        let begun = Instant::now();
        Unread::new(true, poll_with(empty)).discard().await;
        assert!(begun.elapsed() >= DISCARDING_TIME);
    }

    #[test]
    fn only_100_continue_is_an_expectation() {
        let expects = |values: &[&'static str]| expects_continue(values.iter());
        assert!(expects(&["100-Continue "]));
        for others in [&[][..], &[""], &["200-ok"]] {
            assert!(!expects(others));
        }
    }
}
