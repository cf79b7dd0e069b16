//! The flow of a request that arrives over time, once for every adapter.

use std::future::poll_fn;
use std::task::{Context, Poll};

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

/// Judges the headers, reads the body with the verifier's limit and timeout, and gives the verdict.
///
/// `poll_chunk` is polled for the body, one chunk after the other, and not before the headers are in order. Its errors are
/// not told apart: whatever broke the body, it is not whole.
pub(crate) async fn receive<E: Event, X>(
    verifier: &Verifier<E::Provider>,
    headers: &(impl Headers + ?Sized),
    mut poll_chunk: impl FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, X>>>,
) -> Result<Verified<E>, Rejection> {
    let mut incoming = verifier.begin(headers)?;
    let limit = verifier.settings.read_timeout;
    let body = async {
        while let Some(chunk) = poll_fn(&mut poll_chunk).await {
            let chunk = chunk.map_err(|_| report::refused(E::Provider::NAME, Rejection::BodyIncomplete))?;
            incoming.push(chunk)?;
            // A body that is always ready, of empty chunks even, must let the timeout have its turn.
            consume_budget().await;
        }
        Ok(())
    };
    match timeout(limit, body).await {
        Ok(read) => read?,
        Err(_) => return Err(report::refused(E::Provider::NAME, Rejection::BodyTimeout { timeout: limit })),
    }
    incoming.finish()
}
