//! Runs a handler once for each delivery: does what the [state machine](super::machine) asks for.

#[cfg(test)]
mod tests;

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, timeout_at};

use super::erased::{Answer, StoreError};
use super::machine::{Failure, Input, State};
use super::settings::Limits;
use super::{ClaimToken, Dedupe, DeliveryKey, Handled};
use crate::{Event, Provider, Rejection, Verified, report};

/// The facts of a delivery that dedupe needs. The delivery itself can go to the handler.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delivery {
    provider: &'static str,
    /// `None` if repeats cannot be told from new events. Then the handler runs each time, and the store is not asked.
    key: Option<DeliveryKey>,
    retention: Duration,
    limits: Limits,
}

impl Dedupe {
    /// Runs `handler`, unless the delivery was handled before or is being handled now.
    ///
    /// The store claims the delivery before the handler is first polled. If `succeeded` holds for the handler's answer, the store
    /// records the success, and no later attempt is handled. Otherwise the claim is given back, and the next attempt is handled.
    ///
    /// A caller who drops this future drops the handler with it and leaves the claim to its lease. Nothing is lost, but the next
    /// attempt has to wait. A server that drops its futures when a client hangs up should spawn this one.
    ///
    /// Without a route pattern, which only the adapters know, the [endpoint](Self::endpoint) needs a name.
    ///
    /// ```
    /// use countersign::dedupe::{Dedupe, Handled};
    /// use countersign::{Verified, hook};
    ///
    /// async fn once(dedupe: &Dedupe, event: Verified<hook::Event>) -> Handled<u16> {
    ///     let handler = async {
    ///         println!("{:?}", event.event_id());
    ///         204
    ///     };
    ///     dedupe.handle(&event, handler, |status| (200..300).contains(status)).await
    /// }
    /// ```
    ///
    /// Does not compile for a provider whose [`DEDUPE_BY`](Provider::DEDUPE_BY) is [`Nothing`](crate::DedupeBy::Nothing), because two
    /// of its honest events may be equal. [`handle_equal_bodies`](Self::handle_equal_bodies) is for these.
    pub async fn handle<E: Event, R>(
        &self,
        verified: &Verified<E>,
        handler: impl Future<Output = R>,
        succeeded: impl FnOnce(&R) -> bool,
    ) -> Handled<R> {
        const { super::settings::assert_told_apart::<E>() };
        self.attempt(self.delivery(verified), handler, succeeded).await
    }

    /// Runs `handler` as [`handle`](Self::handle) does, for a provider whose deliveries nothing but their bodies tells apart.
    ///
    /// Two honest events with equal bodies are handled as one, and the second is lost. Use it only if equal bodies ask for the same
    /// thing.
    pub async fn handle_equal_bodies<E: Event, R>(
        &self,
        verified: &Verified<E>,
        handler: impl Future<Output = R>,
        succeeded: impl FnOnce(&R) -> bool,
    ) -> Handled<R> {
        let dedupe = self.clone().equal_bodies();
        dedupe.attempt(dedupe.delivery(verified), handler, succeeded).await
    }

    /// The facts of a delivery.
    ///
    /// # Errors
    ///
    /// Neither the route's pattern nor the endpoint's name is known, so that two endpoints could share a key.
    pub(crate) fn delivery<E: Event>(&self, verified: &Verified<E>) -> Result<Delivery, Rejection> {
        let provider = E::Provider::NAME;
        let key = self.key(verified).map_err(|rejection| report::refused(provider, rejection))?;
        let (retention, limits) = (self.retention::<E::Provider>(), self.limits::<E::Provider>());
        Ok(Delivery { provider, key, retention, limits })
    }

    /// One attempt at a delivery.
    pub(crate) async fn attempt<R>(
        &self,
        delivery: Result<Delivery, Rejection>,
        handler: impl Future<Output = R>,
        succeeded: impl FnOnce(&R) -> bool,
    ) -> Handled<R> {
        let delivery = match delivery {
            Ok(delivery) => delivery,
            Err(rejection) => return Handled::Refused(rejection),
        };
        // The handler's time begins before the lease does: however slow the store is, the handler's time ends first.
        let mut limit = TimeLimit::after(delivery.limits.handler);
        let mut state = State::begin(delivery.key.is_some(), self.on_store_error);
        if let State::Claiming(_) = state {
            state = state.next(self.claim(delivery).await);
        }
        let mut answer = None;
        if let State::Handling(claim) = state {
            if claim.is_none() {
                // Without a claim there is no lease to keep within.
                limit = TimeLimit::after(delivery.limits.handler);
            }
            let ended = run(handler, limit).await.and_then(|given| judge(succeeded, answer.insert(given)));
            state = state.next(Input::Handled(ended));
        }
        if let State::Completing = state {
            state = state.next(self.complete(delivery).await);
        }
        if let State::Releasing(token, _) = state {
            state = state.next(self.release(delivery, token).await);
        }
        let handled = Handled::new(state, answer, delivery.limits.handler);
        report::outcome(delivery.provider, delivery.key.as_ref(), handled.outcome());
        handled
    }

    async fn claim(&self, delivery: Delivery) -> Input {
        let Some(key) = delivery.key else { return Input::StoreFailed };
        match ask(self.store.claim(&key, delivery.limits.lease), delivery).await {
            Ok(claim) => Input::Answered(claim),
            Err(error) => failed(delivery, "claim", &error),
        }
    }

    async fn complete(&self, delivery: Delivery) -> Input {
        let Some(key) = delivery.key else { return Input::Stored };
        match ask(self.store.complete(&key, delivery.retention), delivery).await {
            Ok(()) => Input::Stored,
            Err(error) => failed(delivery, "complete", &error),
        }
    }

    async fn release(&self, delivery: Delivery, token: ClaimToken) -> Input {
        let Some(key) = delivery.key else { return Input::Stored };
        match ask(self.store.release(&key, &token), delivery).await {
            Ok(()) => Input::Stored,
            Err(error) => failed(delivery, "release", &error),
        }
    }
}

/// Asks the store. A store that panics or keeps silent has failed, and no more than that: a handler's success stays one.
///
/// An answer that has arrived is heard, however late it is. A recorded success must not be lost.
async fn ask<T>(verb: Answer<'_, T>, delivery: Delivery) -> Result<T, StoreError> {
    match guarded(verb, from_now(delivery.limits.store), || false).await {
        Ok(answer) => answer,
        Err(Failure::TimedOut) => Err("it did not answer".into()),
        Err(_) => Err("it panicked".into()),
    }
}

fn failed(delivery: Delivery, verb: &'static str, error: &StoreError) -> Input {
    report::store_failed(delivery.provider, verb, &**error);
    Input::StoreFailed
}

/// Runs a handler, but does not poll it once its time is over.
async fn run<R>(handler: impl Future<Output = R>, limit: TimeLimit) -> Result<R, Failure> {
    guarded(handler, limit.monotonic, || limit.is_over(Instant::now(), SystemTime::now())).await
}

/// Whether the handler's answer is a success. If the function that tells it panics, the handler has failed.
fn judge<R>(succeeded: impl FnOnce(&R) -> bool, answer: &R) -> Result<(), Failure> {
    match catch_unwind(AssertUnwindSafe(|| succeeded(answer))) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::Answered),
        Err(_) => Err(Failure::Panicked),
    }
}

/// Polls a future until it ends, panics, or its time is over, and drops it.
///
/// `is_over` is asked before each poll. A timeout alone polls first and looks at the clock afterwards: after a pause of the process, an
/// overdue handler would have its effect while another attempt is handled elsewhere.
async fn guarded<R>(
    future: impl Future<Output = R>,
    until: Instant,
    is_over: impl Fn() -> bool,
) -> Result<R, Failure> {
    let mut future = pin!(Some(future));
    let polled = poll_fn(|cx| {
        let Some(future) = future.as_mut().as_pin_mut().filter(|_| !is_over()) else {
            return Poll::Ready(Err(Failure::TimedOut));
        };
        // A future that panicked is never polled again, so nobody sees what is broken in it.
        match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(_) => Poll::Ready(Err(Failure::Panicked)),
        }
    });
    let ended = timeout_at(until, polled).await.unwrap_or(Err(Failure::TimedOut));
    // The values that the future holds may panic as they are dropped.
    catch_unwind(AssertUnwindSafe(|| future.set(None))).map_or(Err(Failure::Panicked), |()| ended)
}

/// The moment at which a handler's time is over.
///
/// Two clocks tell it. The monotonic clock may stand still while the machine sleeps, and the system's clock may be set back. A system
/// clock that is set forward ends a handler too early, which costs one retry.
#[derive(Clone, Copy, Debug)]
struct TimeLimit {
    monotonic: Instant,
    /// `None` if the system's clock cannot count that far.
    system: Option<SystemTime>,
}

impl TimeLimit {
    fn after(time: Duration) -> Self {
        Self { monotonic: from_now(time), system: SystemTime::now().checked_add(time) }
    }

    fn is_over(self, monotonic: Instant, system: SystemTime) -> bool {
        monotonic >= self.monotonic || self.system.is_some_and(|end| system >= end)
    }
}

/// The clock cannot count to every time. One that is too far away is over at once.
fn from_now(time: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(time).unwrap_or(now)
}
