//! Runs a handler once for each delivery. The [state machine](super::machine) decides, and this file does what it asks for.

#[cfg(test)]
mod tests;

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::erased::{Answer, StoreError};
use super::machine::{Failure, Input, State};
use super::settings::Limits;
use super::{ClaimToken, Dedupe, DeliveryKey, Handled};
use crate::receive::in_time;
use crate::report::{self, Subject};
use crate::{Event, Provider, Rejection, Verified};

/// Everything that an attempt needs from its delivery. The adapters make it first and then move the delivery into the handler.
#[derive(Debug)]
pub(crate) struct Plan {
    provider: &'static str,
    /// The name of the delivery in the log. `None` if nobody reads the log.
    subject: Option<Subject>,
    /// `None` if a repeat cannot be told from a new event. The handler then runs each time, and the store is not asked.
    key: Option<DeliveryKey>,
    retention: Duration,
    limits: Limits,
}

impl Dedupe {
    /// Runs `handler`, unless the delivery was handled before or is being handled now.
    ///
    /// The store claims the delivery before the handler is first polled. If `succeeded` returns true for the handler's answer, the store
    /// records the delivery as handled, and no later attempt is handled. Otherwise the claim is released, and the next attempt is handled.
    ///
    /// Spawn this future as a task if your server drops its futures when a client closes the connection. Dropping this future drops the
    /// handler too. The claim then stays until its lease ends, and the next attempt has to wait for it.
    ///
    /// Give the [endpoint](Self::endpoint) a name. Only the adapters know a route pattern that could stand in for it.
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
    /// This does not compile for a provider whose [`DEDUPE_BY`](Provider::DEDUPE_BY) is [`Nothing`](crate::DedupeBy::Nothing), because two
    /// of its honest events may be equal. Use [`handle_equal_bodies`](Self::handle_equal_bodies) for such a provider.
    pub async fn handle<E: Event, R>(
        &self,
        verified: &Verified<E>,
        handler: impl Future<Output = R>,
        succeeded: impl FnOnce(&R) -> bool,
    ) -> Handled<R> {
        const { super::settings::assert_told_apart::<E>() };
        self.attempt_at(verified, handler, succeeded).await
    }

    /// Runs `handler` as [`handle`](Self::handle) does, for a provider whose deliveries have neither an id nor a time. The body tells a
    /// repeat. For [`Custom`](crate::Custom), the signed id tells it if the scheme has one.
    ///
    /// If two honest events have equal bodies, the second counts as a repeat and is lost. Use this only if equal bodies ask for the same
    /// thing.
    pub async fn handle_equal_bodies<E: Event, R>(
        &self,
        verified: &Verified<E>,
        handler: impl Future<Output = R>,
        succeeded: impl FnOnce(&R) -> bool,
    ) -> Handled<R> {
        self.clone().equal_bodies().attempt_at(verified, handler, succeeded).await
    }

    /// One attempt at a delivery that no middleware has prepared. A middleware logs at its start that the handler's timeout was cut.
    /// Nobody knows the provider here before a delivery comes, so it is logged with each handler that the cut has ended.
    async fn attempt_at<E: Event, R>(
        &self,
        verified: &Verified<E>,
        handler: impl Future<Output = R>,
        succeeded: impl FnOnce(&R) -> bool,
    ) -> Handled<R> {
        let handled = self.attempt(self.plan(verified), handler, succeeded).await;
        if let Handled::TimedOut { .. } = handled {
            self.report_cuts::<E::Provider>();
        }
        handled
    }

    /// The plan of an attempt at this delivery.
    ///
    /// # Errors
    ///
    /// Neither the route's pattern nor the endpoint's name is known. Two endpoints could then share a key.
    pub(crate) fn plan<E: Event>(&self, verified: &Verified<E>) -> Result<Plan, Rejection> {
        let (provider, tenant) = (E::Provider::NAME, verified.tenant());
        let key = self.key(verified).map_err(|rejection| report::refused(provider, tenant, rejection))?;
        let (retention, limits) = (self.retention::<E::Provider>(), self.limits::<E::Provider>());
        Ok(Plan { provider, subject: Subject::if_logged(verified), key, retention, limits })
    }

    /// Makes one attempt at a delivery. Each `if` is a state that asks for something. The states follow each other in this order, and
    /// none comes twice.
    pub(crate) async fn attempt<R>(
        &self,
        plan: Result<Plan, Rejection>,
        handler: impl Future<Output = R>,
        succeeded: impl FnOnce(&R) -> bool,
    ) -> Handled<R> {
        let plan = match &plan {
            Ok(plan) => plan,
            Err(rejection) => return Handled::Refused(rejection.clone()),
        };
        let begun = Instant::now();
        // The handler's time begins before its lease does. So it also ends before the lease, however slow the store is.
        let mut limit = TimeLimit::after(plan.limits.handler);
        let mut state = State::begin(plan.key.is_some(), self.on_store_error);
        if let State::Claiming(_) = state {
            state = state.next(self.claim(plan).await);
        }
        let mut answer = None;
        if let State::Handling(claim) = state {
            if claim.is_none() {
                // There is no lease, so the time that the store took does not count.
                limit = TimeLimit::after(plan.limits.handler);
            }
            let ended = run(handler, limit).await.and_then(|given| judge(succeeded, answer.insert(given)));
            state = state.next(Input::Handled(ended));
        }
        if let State::Completing = state {
            state = state.next(self.complete(plan).await);
        }
        if let State::Releasing(token, _) = state {
            state = state.next(self.release(plan, token).await);
        }
        let handled = Handled::new(state, answer, plan.limits.handler);
        if let Some(subject) = &plan.subject {
            report::outcome(subject, plan.key.as_ref(), handled.outcome(), begun.elapsed());
        }
        handled
    }

    async fn claim(&self, plan: &Plan) -> Input {
        let Some(key) = plan.key else { return Input::StoreFailed };
        ask(plan, "claim", self.store.claim(&key, plan.limits.lease), Input::Claim).await
    }

    async fn complete(&self, plan: &Plan) -> Input {
        // A delivery without a key is not recorded, and that is no failure of the store.
        let Some(key) = plan.key else { return Input::Stored };
        ask(plan, "complete", self.store.complete(&key, plan.retention), |()| Input::Stored).await
    }

    async fn release(&self, plan: &Plan, token: ClaimToken) -> Input {
        let Some(key) = plan.key else { return Input::Stored };
        ask(plan, "release", self.store.release(&key, &token), |()| Input::Stored).await
    }
}

/// Calls the store and turns its answer into an input. A store that panics or does not answer in time has failed like one that returns an
/// error. Its failure is logged.
///
/// An answer that has arrived counts, however late it is, because a recorded success must not be lost.
async fn ask<T>(
    plan: &Plan,
    verb: &'static str,
    call: Answer<'_, T>,
    input: impl FnOnce(T) -> Input,
) -> Input {
    let error: StoreError = match guarded(call, || plan.limits.store, || false).await {
        Ok(Ok(answer)) => return input(answer),
        Ok(Err(error)) => error,
        Err(Failure::TimedOut) => "it did not answer".into(),
        Err(_) => "it panicked".into(),
    };
    report::store_failed(plan.provider, verb, plan.key.as_ref(), &*error);
    Input::StoreFailed
}

/// Runs a handler. It is not polled once its time is over.
async fn run<R>(handler: impl Future<Output = R>, limit: TimeLimit) -> Result<R, Failure> {
    let left = || limit.monotonic.saturating_duration_since(Instant::now());
    guarded(handler, left, || limit.is_over(Instant::now(), SystemTime::now())).await
}

/// Whether the handler's answer is a success. If the function that tells it panics, the handler has failed.
fn judge<R>(succeeded: impl FnOnce(&R) -> bool, answer: &R) -> Result<(), Failure> {
    match catch_unwind(AssertUnwindSafe(|| succeeded(answer))) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::Answered),
        Err(_) => Err(Failure::Panicked),
    }
}

/// Polls a future until it ends, panics or runs out of time, and then drops it.
///
/// `is_over` is called before each poll. `tokio::time::timeout` alone polls first and looks at the clock afterwards. After a pause of the
/// process, an overdue handler would then be polled once more and have its effect, while another attempt is handled elsewhere.
async fn guarded<R>(
    future: impl Future<Output = R>,
    left: impl Fn() -> Duration,
    is_over: impl Fn() -> bool,
) -> Result<R, Failure> {
    let mut future = pin!(Some(future));
    let polled = poll_fn(|cx| {
        let Some(future) = future.as_mut().as_pin_mut().filter(|_| !is_over()) else {
            return Poll::Ready(Err(Failure::TimedOut));
        };
        // A panic may leave the future in a broken state. That does no harm, because the future is never polled again.
        match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(_) => Poll::Ready(Err(Failure::Panicked)),
        }
    });
    let ended = in_time(left, polled).await.unwrap_or(Err(Failure::TimedOut));
    // The values that the future holds may panic as they are dropped.
    catch_unwind(AssertUnwindSafe(|| future.set(None))).map_or(Err(Failure::Panicked), |()| ended)
}

/// The moment at which a handler's time is over.
///
/// It is measured by two clocks, because each has a weakness. The monotonic clock may stand still while the machine sleeps. The system's
/// clock may be set back. A system clock that is set forward ends a handler too early, which costs one retry.
#[derive(Clone, Copy, Debug)]
struct TimeLimit {
    monotonic: Instant,
    /// `None` if the system's clock cannot count that far.
    system: Option<SystemTime>,
}

impl TimeLimit {
    fn after(time: Duration) -> Self {
        let now = Instant::now();
        // If the monotonic clock cannot count that far, the handler has no time.
        Self { monotonic: now.checked_add(time).unwrap_or(now), system: SystemTime::now().checked_add(time) }
    }

    fn is_over(self, monotonic: Instant, system: SystemTime) -> bool {
        monotonic >= self.monotonic || self.system.is_some_and(|end| system >= end)
    }
}
