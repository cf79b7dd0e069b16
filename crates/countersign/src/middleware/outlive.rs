//! An attempt that outlives its request.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use tokio::task::JoinHandle;
use tracing::Instrument as _;
use tracing::instrument::Instrumented;

/// Runs an attempt to its end. `None` if the runtime shuts down before, or if a value panics in its `Drop`. The claim then ends with its
/// lease.
///
/// The servers drop the future of a request when the client closes the connection, so an attempt that has to wait goes on in a task of its
/// own. The span of the request goes with it, so that the log lines of the handler keep their request. An attempt that ends at its first
/// poll needs no task, because nothing can drop it during that poll.
///
/// The attempt comes in a box, because it is large and the task would otherwise need a copy of it.
pub(crate) async fn outlive_client<A: Future>(
    mut attempt: Pin<Box<A>>,
    spawn: impl FnOnce(Instrumented<Pin<Box<A>>>) -> JoinHandle<A::Output>,
) -> Option<A::Output> {
    // Nothing is awaited between this poll and `spawn`, so the attempt is never left without an owner.
    let ended = match poll_fn(|cx| Poll::Ready(contained(|| attempt.as_mut().poll(cx)))).await {
        Some(Poll::Pending) => return spawn(attempt.in_current_span()).await.ok(),
        Some(Poll::Ready(ended)) => Some(ended),
        None => None,
    };
    contained(|| drop(attempt)).and(ended)
}

/// Contains a panic, as a task does.
fn contained<T>(run: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::Context;

    use tokio::task::yield_now;

    use super::*;

    #[tokio::test]
    async fn an_attempt_that_ends_at_its_first_poll_needs_no_task() {
        let ended = outlive_client(Box::pin(async { 7 }), |_| panic!("it is spawned")).await;
        assert_eq!(ended, Some(7));
    }

    #[tokio::test]
    async fn an_attempt_that_waits_ends_although_its_request_is_dropped() {
        let has_ended = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&has_ended);
        let attempt = async move {
            yield_now().await;
            ends.store(true, Ordering::SeqCst);
        };
        let mut request = Box::pin(outlive_client(Box::pin(attempt), tokio::spawn));
        assert!(poll_fn(|cx| Poll::Ready(request.as_mut().poll(cx))).await.is_pending());
        drop(request);
        for _ in 0..3 {
            yield_now().await;
        }
        assert!(has_ended.load(Ordering::SeqCst));
    }

    /// An attempt that is pending at its first poll if it `waits`. Then it ends, or panics if it `panics`. It always panics in its `Drop`.
    struct Bomb {
        waits: bool,
        panics: bool,
    }

    impl Future for Bomb {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            if std::mem::take(&mut self.waits) {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            assert!(!self.panics, "on purpose");
            Poll::Ready(())
        }
    }

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("on purpose");
        }
    }

    #[tokio::test]
    async fn a_panic_in_a_poll_or_in_drop_stays_inside() {
        // The task of tokio aborts the process after two panics, as any unwinding does.
        for (waits, panics) in [(false, false), (false, true), (true, false)] {
            let ended = outlive_client(Box::pin(Bomb { waits, panics }), tokio::spawn).await;
            assert_eq!(ended, None, "waits: {waits}, panics: {panics}");
        }
    }
}
