//! The state machine: claim, handle, complete or release. Once, for every adapter.

use std::future::{Future, poll_fn};
use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use super::erased::{Answer, StoreError};
use super::settings::Limits;
use crate::{
    Claim, ClaimToken, Dedupe, DeliveryKey, Event, Outage, Outcome, Provider, Rejection, Verified, report,
};

/// What the state machine needs of a delivery, so that the delivery itself can go to the handler.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delivery {
    sender: &'static str,
    /// `None` where repeats are not told apart: it is handled each time, in the same way but for the store.
    key: Option<DeliveryKey>,
    retention: Duration,
    limits: Limits,
}

/// What became of a delivery that was not refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ran<R> {
    /// The handler's answer, be it a success or not.
    Answer(R),
    /// It has been handled before: 200, empty.
    Repeat,
}

/// Whether a handler may run.
enum Admitted {
    /// Under this claim; `None` where there is nothing to claim, or no store to ask.
    Yes(Option<ClaimToken>),
    Repeat,
}

/// How a handler ended.
enum End<R> {
    Answer(R),
    Panicked,
    Overrun,
}

impl Dedupe {
    /// To be asked before the delivery goes to the handler.
    ///
    /// # Errors
    ///
    /// Neither the route's pattern nor the endpoint's name is known, so that two endpoints could share a key.
    pub(crate) fn delivery<E: Event>(
        &self,
        verified: &Verified<E>,
        route: Option<&str>,
    ) -> Result<Delivery, Rejection> {
        let (retention, limits) = (self.retention::<E::Provider>(), self.limits::<E::Provider>());
        let key =
            self.key(verified, route).map_err(|rejection| report::refused(E::Provider::NAME, rejection));
        Ok(Delivery { sender: E::Provider::NAME, key: key?, retention, limits })
    }

    /// Runs the handler, unless the delivery has been handled or is being handled.
    ///
    /// `handler` is not polled before the delivery is claimed, and is dropped before the claim is given back. Who drops this
    /// future drops the handler with it, and leaves the claim to its lease: nothing is lost, but the next attempt has to
    /// wait. An adapter whose clients can hang up spawns it.
    pub(crate) async fn run<R>(
        &self,
        delivery: Delivery,
        handler: impl Future<Output = R>,
        succeeded: impl FnOnce(&R) -> bool,
    ) -> Result<Ran<R>, Rejection> {
        // The handler's time begins before the lease does: however slow the store is, it is over before the lease.
        let with_claim = TimeLimit::after(delivery.limits.handler);
        let Admitted::Yes(token) = self.admit(delivery).await? else { return Ok(Ran::Repeat) };

        // Without a claim there is no lease to keep within.
        let limit = if token.is_some() { with_claim } else { TimeLimit::after(delivery.limits.handler) };
        let end = handled(handler, limit).await;
        let succeeded = |answer: &R| caught(|| succeeded(answer)).unwrap_or(false);
        let outcome = if matches!(&end, End::Answer(answer) if succeeded(answer)) {
            self.complete(delivery).await
        } else {
            self.release(delivery, token).await;
            end.failure()
        };
        self.note(delivery, outcome);
        match end {
            End::Answer(answer) => Ok(Ran::Answer(answer)),
            End::Panicked => Err(Rejection::HandlerPanicked),
            End::Overrun => Err(Rejection::HandlerOverrun { deadline: delivery.limits.handler }),
        }
    }

    /// What came of a [`run`](Self::run) that was spawned, so that a client that hangs up does not cut it.
    pub(crate) async fn joined<R>(run: JoinHandle<Result<Ran<R>, Rejection>>) -> Result<Ran<R>, Rejection> {
        // An error means that the runtime is shutting down, or that something panicked as it was dropped. The lease ends what was
        // begun.
        run.await.unwrap_or(Err(Rejection::HandlerPanicked))
    }

    async fn admit(&self, delivery: Delivery) -> Result<Admitted, Rejection> {
        let Some(key) = delivery.key else { return Ok(Admitted::Yes(None)) };
        let (outcome, answer) = match answered(self.store.claim(&key, delivery.limits.lease), delivery).await
        {
            Ok(Claim::Claimed(token)) => return Ok(Admitted::Yes(Some(token))),
            Ok(Claim::Done) => (Outcome::Repeat, Ok(Admitted::Repeat)),
            Ok(Claim::InFlight { retry_after }) => {
                (Outcome::InProgress, Err(Rejection::InProgress { retry_after }))
            }
            Err(error) => {
                store_failed(delivery, "claim", error);
                match self.on_outage {
                    Outage::ProcessAnyway => return Ok(Admitted::Yes(None)),
                    Outage::Refuse => {
                        let refusal = Rejection::StoreUnavailable;
                        (Outcome::Refused { reason: refusal.label() }, Err(refusal))
                    }
                }
            }
        };
        self.note(delivery, outcome);
        answer
    }

    /// Without a claim too: a store that could not be asked then may be there now. Where it fails, the handler's success
    /// stands: a 503 for what has been done would be a lie, and have it done again.
    async fn complete(&self, delivery: Delivery) -> Outcome {
        let Some(key) = delivery.key else { return Outcome::Accepted };
        match answered(self.store.complete(&key, delivery.retention), delivery).await {
            Ok(()) => Outcome::Accepted,
            Err(error) => {
                store_failed(delivery, "complete", error);
                Outcome::Unrecorded
            }
        }
    }

    /// Where it fails, the lease gives the delivery back.
    async fn release(&self, delivery: Delivery, token: Option<ClaimToken>) {
        if let (Some(key), Some(token)) = (delivery.key, token)
            && let Err(error) = answered(self.store.release(&key, &token), delivery).await
        {
            store_failed(delivery, "release", error);
        }
    }

    /// Counts what was refused before it was known to be a delivery. Its `tracing` event has been.
    pub(crate) fn note_refusal(&self, refusal: &Rejection) {
        self.count(Outcome::Refused { reason: refusal.label() });
    }

    fn note(&self, delivery: Delivery, outcome: Outcome) {
        caught(|| report::outcome(delivery.sender, delivery.key.as_ref(), outcome));
        self.count(outcome);
    }

    fn count(&self, outcome: Outcome) {
        if let Some(hook) = &self.on_outcome {
            // The answer is certain by now: a hook that panics makes no other of it.
            caught(|| hook(outcome));
        }
    }
}

impl<R> End<R> {
    /// The outcome of a handler that did not succeed.
    const fn failure(&self) -> Outcome {
        match self {
            Self::Answer(_) => Outcome::Failed,
            Self::Panicked => Outcome::Panicked,
            Self::Overrun => Outcome::Overrun,
        }
    }
}

/// What a store answers to a verb. One that panics or keeps silent has failed, and no more than that: whatever it does, a
/// handler's success stays one. An answer that has arrived is heard, however late it is: a recorded success must not be lost.
async fn answered<T>(verb: Answer<'_, T>, delivery: Delivery) -> Result<T, StoreError> {
    match supervise(verb, in_future(delivery.limits.store), || false).await {
        End::Answer(answer) => answer,
        End::Panicked => Err("it panicked".into()),
        End::Overrun => Err("it did not answer".into()),
    }
}

/// Its error is the store's own, and may panic as it is shown or dropped.
fn store_failed(delivery: Delivery, verb: &'static str, error: StoreError) {
    caught(move || report::store_failed(delivery.sender, verb, &*error));
}

/// The moment at which a handler's time is over.
///
/// Two clocks tell it. The monotonic clock may stand still while the machine sleeps, and the system's clock may be set back. A system clock
/// that is set forward ends a handler too early, which costs one retry.
#[derive(Clone, Copy, Debug)]
struct TimeLimit {
    monotonic: Instant,
    /// `None` if the system's clock cannot count that far.
    system: Option<SystemTime>,
}

impl TimeLimit {
    fn after(time: Duration) -> Self {
        Self { monotonic: in_future(time), system: SystemTime::now().checked_add(time) }
    }

    fn is_over(self, monotonic: Instant, system: SystemTime) -> bool {
        monotonic >= self.monotonic || self.system.is_some_and(|end| system >= end)
    }
}

/// A time that no clock can count to is as good as none: it is over at once.
fn in_future(time: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(time).unwrap_or(now)
}

/// Runs a handler, but does not poll it once its time is over.
///
/// The clocks are read before each poll. A timeout alone polls first and looks at the clock afterwards: after a pause of the
/// process, an overdue handler would have its effect while another attempt is handled elsewhere.
async fn handled<R>(handler: impl Future<Output = R>, limit: TimeLimit) -> End<R> {
    supervise(handler, limit.monotonic, || limit.is_over(Instant::now(), SystemTime::now())).await
}

/// Runs a future to its end, which is one of three, and drops it. It is not polled while `is_over` holds.
async fn supervise<R>(future: impl Future<Output = R>, until: Instant, is_over: impl Fn() -> bool) -> End<R> {
    let mut future = pin!(Some(future));
    let polled = poll_fn(|cx| {
        let Some(future) = future.as_mut().as_pin_mut().filter(|_| !is_over()) else {
            return Poll::Ready(End::Overrun);
        };
        // A future that panicked is never polled again, so that nothing broken in it is seen.
        caught(|| future.poll(cx)).map_or(Poll::Ready(End::Panicked), |poll| poll.map(End::Answer))
    });
    let end = timeout_at(until, polled).await.unwrap_or(End::Overrun);
    // Something in the future may panic as it is dropped.
    caught(|| future.set(None));
    end
}

/// `None` where it panics. Whoever logs panics has seen it.
fn caught<T>(what: impl FnOnce() -> T) -> Option<T> {
    let drop_too = |payload| catch_unwind(AssertUnwindSafe(|| drop(payload)));
    // What it panics with may panic as it is dropped, and so on: the second is leaked.
    catch_unwind(AssertUnwindSafe(what)).map_err(|payload| drop_too(payload).map_err(forget)).ok()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::error::Error;
    use std::fmt;
    use std::future::{pending, ready};
    use std::io;
    use std::panic::panic_any;
    use std::rc::Rc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};
    use std::task::{Context, Waker};

    use bytes::Bytes;

    use super::super::key::Place;
    use super::*;
    use crate::verified::Facts;
    use crate::{DedupeStore, Hook, Massu, MemoryStore, Mutx, Raw, Unsigned, Workspace};

    const ROUTE: Option<&str> = Some("/hooks");

    const REFUSED: Outcome = Outcome::Refused { reason: "store_unavailable" };

    const OUTCOMES: [Outcome; 8] = [
        Outcome::Accepted,
        Outcome::Unrecorded,
        Outcome::Repeat,
        Outcome::InProgress,
        REFUSED,
        Outcome::Failed,
        Outcome::Panicked,
        Outcome::Overrun,
    ];

    /// A store that can be switched off, with tokio's clock, which the tests pause.
    #[derive(Clone)]
    struct Switched {
        store: MemoryStore,
        fault: Arc<Mutex<Option<Fault>>>,
        delay: Duration,
        /// How many verbs have begun.
        verbs: Arc<AtomicUsize>,
    }

    #[derive(Clone, Copy, Debug)]
    enum Fault {
        Error,
        Unprintable,
        Hang,
        HangAndPanic,
        Panic,
    }

    #[derive(Debug)]
    struct Unprintable;

    impl fmt::Display for Unprintable {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("on purpose")
        }
    }

    impl Error for Unprintable {}

    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("on purpose")
        }
    }

    impl Switched {
        fn new() -> Self {
            let epoch = Instant::now();
            let store = MemoryStore::new(100).clock(move || epoch.elapsed());
            Self { store, fault: Arc::default(), delay: Duration::ZERO, verbs: Arc::default() }
        }

        fn turn(&self, on: bool) {
            *self.fault.lock().unwrap() = (!on).then_some(Fault::Error);
        }

        fn fails_by(&self, fault: Fault) {
            *self.fault.lock().unwrap() = Some(fault);
        }

        async fn ask<T>(
            &self,
            answer: impl Future<Output = Result<T, crate::MemoryStoreFull>>,
        ) -> io::Result<T> {
            self.verbs.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(self.delay).await;
            let fault = *self.fault.lock().unwrap();
            match fault {
                None => answer.await.map_err(io::Error::other),
                Some(Fault::Error) => Err(io::Error::other("nobody\nthere")),
                Some(Fault::Unprintable) => Err(io::Error::other(Unprintable)),
                Some(Fault::Hang) => pending().await,
                Some(Fault::HangAndPanic) => {
                    let _bomb = Bomb;
                    pending().await
                }
                Some(Fault::Panic) => panic!("on purpose"),
            }
        }
    }

    impl DedupeStore for Switched {
        type Error = io::Error;

        async fn claim(&self, key: &DeliveryKey, lease: Duration) -> io::Result<Claim> {
            self.ask(self.store.claim(key, lease)).await
        }

        async fn complete(&self, key: &DeliveryKey, retention: Duration) -> io::Result<()> {
            self.ask(self.store.complete(key, retention)).await
        }

        async fn release(&self, key: &DeliveryKey, token: &ClaimToken) -> io::Result<()> {
            self.ask(self.store.release(key, token)).await
        }
    }

    fn verified<P: Provider>(body: &'static str) -> Verified<Raw<P>> {
        let body = Bytes::from_static(body.as_bytes());
        let message = crate::Message::new(P::ENVELOPE.as_ref(), &body);
        let (event_id, occurred_at) = (message.id(), message.time());
        Verified {
            event: Raw::decode(message).unwrap(),
            facts: Facts {
                body: body.clone(),
                event_id,
                occurred_at,
                secret_label: "current".into(),
                tenant: None,
                unsigned: Unsigned::read::<P>(&[("", ""); 0]),
            },
        }
    }

    /// A service: its store, its deduplication, and what has become of its deliveries.
    struct Service {
        store: Switched,
        dedupe: Dedupe,
        outcomes: Arc<Mutex<Vec<Outcome>>>,
    }

    const EVENT: &str =
        r#"{"id":"evt_1","type":"user.deleted","created_at":"2026-01-15T12:30:00Z","data":{}}"#;

    impl Service {
        fn new() -> Self {
            Self::with(|dedupe| dedupe)
        }

        fn with(set: impl FnOnce(Dedupe) -> Dedupe) -> Self {
            Self::on(Switched::new(), set)
        }

        fn on(store: Switched, set: impl FnOnce(Dedupe) -> Dedupe) -> Self {
            let outcomes = Arc::<Mutex<Vec<_>>>::default();
            let seen = Arc::clone(&outcomes);
            let dedupe =
                set(Dedupe::new(store.clone())).on_outcome(move |outcome| seen.lock().unwrap().push(outcome));
            Self { store, dedupe, outcomes }
        }

        /// Success is a status from 200 to 299.
        async fn receive(&self, handler: impl Future<Output = u16>) -> Result<Ran<u16>, Rejection> {
            self.receive_as(&verified::<Hook>(EVENT), handler).await
        }

        async fn receive_as<P: Provider>(
            &self,
            verified: &Verified<Raw<P>>,
            handler: impl Future<Output = u16>,
        ) -> Result<Ran<u16>, Rejection> {
            let delivery = self.dedupe.delivery(verified, ROUTE)?;
            self.dedupe.run(delivery, handler, |status| (200..300).contains(status)).await
        }

        fn outcomes(&self) -> Vec<Outcome> {
            std::mem::take(&mut self.outcomes.lock().unwrap())
        }
    }

    fn unreached() -> impl Future<Output = u16> {
        poll_fn(|_| panic!("handled twice"))
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_is_handled_once() {
        let service = Service::new();
        assert_eq!(service.receive(ready(204)).await, Ok(Ran::Answer(204)));
        assert_eq!(service.receive(unreached()).await, Ok(Ran::Repeat));
        assert_eq!(service.outcomes(), [Outcome::Accepted, Outcome::Repeat]);
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_retention_a_repeat_is_new() {
        // Less than Hook's last retry is not taken.
        let service = Service::with(|dedupe| dedupe.retain(Duration::from_secs(1)));
        assert_eq!(service.receive(ready(200)).await, Ok(Ran::Answer(200)));
        let horizon = Hook::RETRY_HORIZON.unwrap();
        tokio::time::advance(horizon - Duration::from_secs(1)).await;
        assert_eq!(service.receive(unreached()).await, Ok(Ran::Repeat));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(service.receive(ready(200)).await, Ok(Ran::Answer(200)));
    }

    #[tokio::test(start_paused = true)]
    async fn whatever_is_not_a_success_is_handled_again() {
        for status in [100, 199, 300, 302, 400, 404, 409, 500, 503] {
            let service = Service::new();
            assert_eq!(service.receive(ready(status)).await, Ok(Ran::Answer(status)));
            assert_eq!(service.receive(ready(200)).await, Ok(Ran::Answer(200)), "{status}");
            assert_eq!(service.outcomes(), [Outcome::Failed, Outcome::Accepted]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_is_a_500_and_handled_again() {
        let service = Service::new();
        let panics = async {
            tokio::task::yield_now().await;
            panic!("on purpose")
        };
        let rejection = service.receive(panics).await.unwrap_err();
        assert_eq!((rejection.status(), rejection.body()), (500, r#"{"error":"handler failed"}"#));
        assert_eq!(rejection.retry_after(), None);
        assert_eq!(rejection.to_string(), "handler panicked");
        assert_eq!(service.receive(ready(200)).await, Ok(Ran::Answer(200)));
        assert_eq!(service.outcomes(), [Outcome::Panicked, Outcome::Accepted]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_overrun_is_a_503_and_handled_again() {
        let service = Service::new();
        let dropped = Arc::new(AtomicUsize::new(0));
        let guard = OnDrop(Arc::clone(&dropped));
        let begun = Instant::now();
        let rejection = service
            .receive(async move {
                let _guard = guard;
                pending().await
            })
            .await
            .unwrap_err();
        assert_eq!(begun.elapsed().as_secs(), 20);
        assert_eq!(dropped.load(Ordering::SeqCst), 1);
        assert_eq!((rejection.status(), rejection.body()), (503, r#"{"error":"temporarily unavailable"}"#));
        assert_eq!(rejection.retry_after(), Some(Duration::from_secs(5)));
        assert_eq!(rejection.to_string(), "handler was not done after 20s");
        assert_eq!(service.receive(ready(200)).await, Ok(Ran::Answer(200)));
        assert_eq!(service.outcomes(), [Outcome::Overrun, Outcome::Accepted]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_panics_as_it_is_dropped_ends_as_any_other() {
        let service = Service::new();
        let overruns = async {
            let _bomb = Bomb;
            pending().await
        };
        assert!(matches!(service.receive(overruns).await, Err(Rejection::HandlerOverrun { .. })));
        let panics = async { panic_any(Bomb) };
        assert_eq!(service.receive(panics).await, Err(Rejection::HandlerPanicked));
        assert_eq!(service.receive(ready(200)).await, Ok(Ran::Answer(200)));
        assert_eq!(service.outcomes(), [Outcome::Overrun, Outcome::Panicked, Outcome::Accepted]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_cannot_be_judged_is_no_success() {
        let service = Service::new();
        let delivery = service.dedupe.delivery(&verified::<Hook>(EVENT), ROUTE).unwrap();
        let ran = service.dedupe.run(delivery, ready(409), |_| panic!("on purpose")).await;
        assert_eq!(ran, Ok(Ran::Answer(409)));
        assert_eq!(service.receive(ready(200)).await, Ok(Ran::Answer(200)));
        assert_eq!(service.outcomes(), [Outcome::Failed, Outcome::Accepted]);
    }

    /// A pause of the thread, the process or the machine, between two polls of the handler.
    #[tokio::test(start_paused = true)]
    async fn a_handler_is_not_polled_once_its_time_is_over() {
        let service = Service::new();
        let effects = AtomicUsize::new(0);
        let handler = async {
            tokio::task::yield_now().await;
            effects.fetch_add(1, Ordering::SeqCst);
            200
        };
        let mut first = pin!(service.receive(handler));
        let begun = poll_fn(|cx| Poll::Ready(first.as_mut().poll(cx))).await;
        assert!(begun.is_pending());

        tokio::time::advance(Duration::from_secs(31)).await;
        assert_eq!(service.receive(ready(200)).await, Ok(Ran::Answer(200)), "the lease is over");
        let timed_out = Err(Rejection::HandlerOverrun { deadline: Duration::from_secs(20) });
        assert_eq!(first.await, timed_out);
        assert_eq!(effects.load(Ordering::SeqCst), 0);
        assert_eq!(service.receive(unreached()).await, Ok(Ran::Repeat));
    }

    /// The monotonic clock of some systems stands still while the machine sleeps.
    #[test]
    fn either_clock_ends_the_time_of_a_handler() {
        let (now, system) = (Instant::now(), SystemTime::now());
        let limit = TimeLimit::after(Duration::from_secs(20));
        let in_seconds = |monotonic, by_system| {
            limit.is_over(now + Duration::from_secs(monotonic), system + Duration::from_secs(by_system))
        };
        assert!(!in_seconds(19, 19));
        assert!(in_seconds(21, 19));
        assert!(in_seconds(0, 21));
        assert!(TimeLimit::after(Duration::MAX).is_over(Instant::now(), system));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_of_the_store_that_has_arrived_is_heard_after_a_pause() {
        let store = Switched { delay: Duration::from_millis(1), ..Switched::new() };
        let service = Service::on(store, |dedupe| dedupe);
        let mut first = pin!(service.receive(ready(200)));
        // The claim is taken, the handler is done, and the record is under way.
        while first.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            tokio::time::advance(Duration::from_millis(1)).await;
            if service.store.verbs.load(Ordering::SeqCst) == 2 {
                tokio::time::advance(Duration::from_secs(60)).await;
            }
        }
        assert_eq!(service.outcomes(), [Outcome::Accepted]);
    }

    struct OnDrop(Arc<AtomicUsize>);

    impl Drop for OnDrop {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn while_it_runs_others_are_told_when_to_come_back() {
        let service = Service::new();
        let slow = service.receive(async {
            tokio::time::sleep(Duration::from_secs(15)).await;
            200
        });
        let meanwhile = async {
            tokio::time::sleep(Duration::from_millis(10_500)).await;
            service.receive(unreached()).await.unwrap_err()
        };
        let (first, rejection) = tokio::join!(slow, meanwhile);
        assert_eq!(first, Ok(Ran::Answer(200)));
        assert_eq!((rejection.status(), rejection.body()), (503, r#"{"error":"delivery in progress"}"#));
        // A lease of 30 seconds, of which 10.5 are over.
        assert_eq!(rejection.retry_after(), Some(Duration::from_secs(20)));
        assert_eq!(rejection.to_string(), "delivery is being handled, for 19.5s at most");
        assert_eq!(service.receive(unreached()).await, Ok(Ran::Repeat));
        assert_eq!(service.outcomes(), [Outcome::InProgress, Outcome::Accepted, Outcome::Repeat]);
    }

    #[test]
    fn retry_after_is_whole_and_never_zero() {
        let cases = [(0, 1), (1, 1), (999, 1), (1_000, 1), (1_001, 2), (59_999, 60)];
        for (millis, seconds) in cases {
            let rejection = Rejection::InProgress { retry_after: Duration::from_millis(millis) };
            assert_eq!(rejection.retry_after(), Some(Duration::from_secs(seconds)), "{millis}");
        }
        let endless = Rejection::InProgress { retry_after: Duration::MAX };
        assert_eq!(endless.retry_after(), Some(Duration::from_secs(u64::MAX)));
        assert_eq!(Rejection::ContentEncoding.retry_after(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_hundred_at_once_give_one_run() {
        let service = Arc::new(Service::new());
        let runs = Arc::new(AtomicUsize::new(0));
        let all: Vec<_> = (0..100)
            .map(|_| {
                let (service, runs) = (Arc::clone(&service), Arc::clone(&runs));
                tokio::spawn(async move {
                    let handler = async {
                        runs.fetch_add(1, Ordering::SeqCst);
                        tokio::time::sleep(Duration::from_secs(1)).await;
                        200
                    };
                    service.receive(handler).await
                })
            })
            .collect();
        let mut answers = Vec::new();
        for one in all {
            answers.push(one.await.unwrap());
        }
        assert_eq!(runs.load(Ordering::SeqCst), 1);
        assert_eq!(answers.iter().filter(|answer| **answer == Ok(Ran::Answer(200))).count(), 1);
        let waiting = |answer: &&_| matches!(answer, Err(Rejection::InProgress { .. }));
        assert_eq!(answers.iter().filter(waiting).count(), 99);
        assert_eq!(service.receive(unreached()).await, Ok(Ran::Repeat));
    }

    #[tokio::test(start_paused = true)]
    async fn a_crash_ends_with_the_lease() {
        let service = Service::new();
        let cut_off = service.receive(pending());
        assert!(tokio::time::timeout(Duration::from_secs(1), cut_off).await.is_err());
        let rejection = service.receive(unreached()).await.unwrap_err();
        assert_eq!(rejection.retry_after(), Some(Duration::from_secs(29)));
        tokio::time::advance(Duration::from_secs(29)).await;
        assert_eq!(service.receive(ready(200)).await, Ok(Ran::Answer(200)));
        assert_eq!(service.outcomes(), [Outcome::InProgress, Outcome::Accepted]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_store_takes_from_the_time_of_the_handler() {
        let store = Switched { delay: Duration::from_secs(8), ..Switched::new() };
        let service = Service::on(store, |dedupe| dedupe);
        let begun = Instant::now();
        let ended = Arc::new(Mutex::new(None));
        let end = AtEnd(Arc::clone(&ended));
        let answer = service.receive(async move {
            let _end = end;
            pending().await
        });
        assert!(matches!(answer.await, Err(Rejection::HandlerOverrun { .. })));
        assert_eq!(ended.lock().unwrap().unwrap().duration_since(begun).as_secs(), 20);
    }

    struct AtEnd(Arc<Mutex<Option<Instant>>>);

    impl Drop for AtEnd {
        fn drop(&mut self) {
            *self.0.lock().unwrap() = Some(Instant::now());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_at_the_claim_handles_nothing() {
        let service = Service::new();
        service.store.turn(false);
        let rejection = service.receive(unreached()).await.unwrap_err();
        assert_eq!((rejection.status(), rejection.body()), (503, r#"{"error":"temporarily unavailable"}"#));
        assert_eq!(rejection.retry_after(), Some(Duration::from_secs(5)));
        assert_eq!(rejection.to_string(), "dedupe store is unavailable");
        service.store.turn(true);
        assert_eq!(service.receive(ready(200)).await, Ok(Ran::Answer(200)));
        assert_eq!(service.outcomes(), [REFUSED, Outcome::Accepted]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_never_answers_or_panics_is_a_store_that_fails() {
        for fault in [Fault::Unprintable, Fault::Hang, Fault::HangAndPanic, Fault::Panic] {
            let service = Service::new();
            service.store.fails_by(fault);
            let begun = Instant::now();
            assert_eq!(service.receive(unreached()).await, Err(Rejection::StoreUnavailable));
            assert!(begun.elapsed() <= Duration::from_secs(10), "{fault:?}: {:?}", begun.elapsed());
            service.store.turn(true);
            for (status, outcome) in [(500, Outcome::Failed), (204, Outcome::Unrecorded)] {
                let handler = async {
                    service.store.fails_by(fault);
                    status
                };
                assert_eq!(service.receive(handler).await, Ok(Ran::Answer(status)), "{fault:?}");
                service.store.turn(true);
                tokio::time::advance(Duration::from_secs(60)).await;
                let first = if status == 500 { Some(REFUSED) } else { None };
                let expected: Vec<_> = first.into_iter().chain([outcome]).collect();
                assert_eq!(service.outcomes(), expected, "{fault:?}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_claim_that_came_too_late_is_given_back_unused() {
        let store = Switched { delay: Duration::from_secs(2), ..Switched::new() };
        let service = Service::on(store, |dedupe| dedupe.deadline(Duration::from_secs(1)));
        assert!(matches!(service.receive(unreached()).await, Err(Rejection::HandlerOverrun { .. })));
        assert!(service.store.store.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_handler_without_a_claim_has_all_of_its_time() {
        let store = Switched { delay: Duration::from_secs(2), ..Switched::new() };
        let service = Service::on(store, |dedupe| {
            dedupe.deadline(Duration::from_secs(1)).on_outage(Outage::ProcessAnyway)
        });
        service.store.turn(false);
        assert_eq!(service.receive(ready(200)).await, Ok(Ran::Answer(200)));
        assert_eq!(service.outcomes(), [Outcome::Unrecorded]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_hook_that_panics_changes_no_answer() {
        let service = Service::with(|dedupe| dedupe);
        let dedupe = service.dedupe.clone().on_outcome(|_| panic_any(Bomb));
        let service = Service { dedupe, ..service };
        assert_eq!(service.receive(ready(204)).await, Ok(Ran::Answer(204)));
        assert_eq!(service.receive(unreached()).await, Ok(Ran::Repeat));
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_can_be_told_to_handle_all_the_same() {
        let service = Service::with(|dedupe| dedupe.on_outage(Outage::ProcessAnyway));
        service.store.turn(false);
        assert_eq!(service.receive(ready(200)).await, Ok(Ran::Answer(200)));
        assert_eq!(service.receive(ready(500)).await, Ok(Ran::Answer(500)));
        // The store comes back while the handler runs: what it did is recorded.
        let handler = async {
            service.store.turn(true);
            200
        };
        assert_eq!(service.receive(handler).await, Ok(Ran::Answer(200)));
        assert_eq!(service.receive(unreached()).await, Ok(Ran::Repeat));
        let seen = [Outcome::Unrecorded, Outcome::Failed, Outcome::Accepted, Outcome::Repeat];
        assert_eq!(service.outcomes(), seen);
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_at_the_end_changes_no_answer() {
        for (status, outcome) in [(200, Outcome::Unrecorded), (500, Outcome::Failed)] {
            let service = Service::new();
            let handler = async {
                service.store.turn(false);
                status
            };
            assert_eq!(service.receive(handler).await, Ok(Ran::Answer(status)));
            service.store.turn(true);
            // The claim is there until its lease ends.
            assert!(matches!(service.receive(unreached()).await, Err(Rejection::InProgress { .. })));
            tokio::time::advance(Duration::from_secs(60)).await;
            assert_eq!(service.receive(ready(200)).await, Ok(Ran::Answer(200)));
            assert_eq!(service.outcomes(), [outcome, Outcome::InProgress, Outcome::Accepted]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_store_refuses() {
        let store = Switched { store: MemoryStore::new(0), ..Switched::new() };
        let service = Service::on(store, |dedupe| dedupe);
        assert_eq!(service.receive(unreached()).await, Err(Rejection::StoreUnavailable));
    }

    #[tokio::test(start_paused = true)]
    async fn equal_bodies_without_id_or_time_are_not_repeats_unless_asked_for() {
        let heartbeat = verified::<Mutx>(r#"{"event":"agent.heartbeat","data":{}}"#);
        let service = Service::new();
        assert_eq!(service.receive_as(&heartbeat, ready(200)).await, Ok(Ran::Answer(200)));
        assert_eq!(service.receive_as(&heartbeat, ready(200)).await, Ok(Ran::Answer(200)));
        assert!(service.store.store.is_empty());
        // Such handlers have a timeout and are watched for panics like any other.
        assert_eq!(service.receive_as(&heartbeat, pending()).await.unwrap_err().status(), 503);
        let panics = poll_fn(|_| panic!("on purpose"));
        assert_eq!(service.receive_as(&heartbeat, panics).await.unwrap_err().status(), 500);

        let service = Service::with(Dedupe::equal_bodies);
        assert_eq!(service.receive_as(&heartbeat, ready(200)).await, Ok(Ran::Answer(200)));
        assert_eq!(service.receive_as(&heartbeat, unreached()).await, Ok(Ran::Repeat));
    }

    fn key<P: Provider>(dedupe: &Dedupe, body: &'static str) -> Option<DeliveryKey> {
        dedupe.key(&verified::<P>(body), ROUTE).unwrap()
    }

    const fn place(provider: &'static str) -> Place<'static> {
        Place { provider, tenant: None, endpoint: None, route: ROUTE }
    }

    #[test]
    fn only_a_signed_id_or_time_makes_a_delivery_known() {
        let dedupe = Dedupe::new(MemoryStore::new(1));
        let timed = r#"{"type":"user.deleted","timestamp":"2026-01-15T12:30:00Z","data":{}}"#;
        let untimed = r#"{"type":"user.deleted","timestamp":"just now","data":{}}"#;
        let without_id = r#"{"type":"user.deleted","created_at":"2026-01-15T12:30:00Z","data":{}}"#;
        let body = |provider, body: &str| Some(place(provider).body(body.as_bytes()));

        assert_eq!(key::<Hook>(&dedupe, EVENT), Some(place("hook").event("evt_1")));
        // The provider wrote the same event in another way. It is still the same event.
        let spaced = EVENT.replace(',', ", ").leak();
        assert_eq!(key::<Hook>(&dedupe, spaced), Some(place("hook").event("evt_1")));
        assert_eq!(key::<Hook>(&dedupe, without_id), body("hook", without_id));
        assert_eq!(key::<Hook>(&dedupe, untimed), None);
        assert_eq!(key::<Massu>(&dedupe, timed), body("massu", timed));
        assert_eq!(key::<Massu>(&dedupe, untimed), None);
        assert_eq!(key::<Mutx>(&dedupe, timed), None);
        assert_eq!(key::<Workspace>(&dedupe, timed), None);

        let dedupe = dedupe.equal_bodies();
        assert_eq!(key::<Mutx>(&dedupe, timed), body("mutx", timed));
        assert_eq!(key::<Massu>(&dedupe, untimed), body("massu", untimed));
        assert_eq!(key::<Hook>(&dedupe, EVENT), Some(place("hook").event("evt_1")));
    }

    #[test]
    fn endpoints_routes_and_tenants_have_deliveries_of_their_own() {
        let dedupe = Dedupe::new(MemoryStore::new(1));
        let named = dedupe.clone().endpoint("billing").unwrap();
        let hook = place("hook");
        assert_eq!(
            key::<Hook>(&named, EVENT),
            Some(Place { endpoint: Some("billing"), ..hook }.event("evt_1"))
        );
        let mut event = verified::<Hook>(EVENT);
        let unrouted = Place { endpoint: Some("billing"), route: None, ..hook };
        assert_eq!(named.key(&event, None), Ok(Some(unrouted.event("evt_1"))));
        event.facts.tenant = Some("b".into());
        assert_eq!(dedupe.key(&event, ROUTE), Ok(Some(Place { tenant: Some("b"), ..hook }.event("evt_1"))));
    }

    #[test]
    fn an_endpoint_without_a_name_or_a_pattern_is_a_500_that_says_what_to_add() {
        let dedupe = Dedupe::new(MemoryStore::new(1));
        let refused = dedupe.key(&verified::<Hook>(EVENT), None).unwrap_err();
        assert_eq!(refused.status(), 500);
        assert_eq!(
            refused.to_string(),
            "receiver of hook is misconfigured: name the endpoint: the router matched no pattern here, so the dedupe needs .endpoint(\"…\")"
        );
    }

    #[test]
    fn another_secret_and_other_headers_make_no_new_delivery() {
        let dedupe = Dedupe::new(MemoryStore::new(1));
        let body = r#"{"type":"user.deleted","timestamp":"2026-01-15T12:30:00Z","data":{}}"#;
        let mut replayed = verified::<Massu>(body);
        replayed.facts.secret_label = "2026-11".into();
        replayed.facts.unsigned =
            Unsigned::read::<Massu>(&[("x-massu-delivery", "another"), ("x-massu-event", "x")]);
        assert_eq!(replayed.unsigned().delivery(), Some("another"));
        assert_eq!(dedupe.key(&replayed, ROUTE), Ok(key::<Massu>(&dedupe, body)));
    }

    #[tokio::test]
    async fn the_future_is_send_where_its_parts_are_and_takes_others() {
        fn send<T: Send>(future: T) -> T {
            future
        }
        let service = Service::new();
        let delivery = service.dedupe.delivery(&verified::<Hook>(EVENT), ROUTE).unwrap();
        // `Cell` is `Send` and not `Sync`, as axum's response is.
        let ran = send(service.dedupe.run(delivery, async { Cell::new(1) }, |_| false)).await;
        assert_eq!(ran, Ok(Ran::Answer(Cell::new(1))));
        let ran = service.dedupe.run(delivery, async { Rc::new(1) }, |_| true).await;
        assert_eq!(ran, Ok(Ran::Answer(Rc::new(1))));
    }

    #[test]
    fn outcomes_have_labels_of_their_own() {
        let labels = OUTCOMES.map(Outcome::as_str);
        let expected =
            ["accepted", "unrecorded", "repeat", "in_progress", "refused", "failed", "panicked", "overrun"];
        assert_eq!(labels, expected);
    }
}
