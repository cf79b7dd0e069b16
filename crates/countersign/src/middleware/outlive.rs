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
pub(crate) async fn outlive_client<A: Future>(
    attempt: A,
    spawn: impl FnOnce(Instrumented<Pin<Box<A>>>) -> JoinHandle<A::Output>,
) -> Option<A::Output> {
    let mut attempt = Box::pin(attempt);
    match poll_fn(|cx| Poll::Ready(contained(|| attempt.as_mut().poll(cx)))).await? {
        Poll::Ready(ended) => contained(|| drop(attempt)).map(|()| ended),
        Poll::Pending => spawn(attempt.in_current_span()).await.ok(),
    }
}

/// Contains a panic, as a task does.
fn contained<T>(run: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).ok()
}
