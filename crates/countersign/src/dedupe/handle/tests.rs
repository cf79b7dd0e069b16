use std::cell::Cell;
use std::future::{pending, ready};
use std::io;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Waker};

use bytes::Bytes;

use super::super::key::Place;
use super::*;
use crate::dedupe::{Claim, DedupeStore, MemoryStore, MemoryStoreFull, OnStoreError, Outcome};
use crate::keys::Label;
use crate::scheme::Text;
use crate::verified::Delivery;
use crate::{Hook, Massu, Mutx, Raw, Unsigned, Workspace};

const ROUTE: &str = "/hooks";

/// A store that can be switched off. Its clock is tokio's, which the tests pause.
#[derive(Clone)]
struct Switched {
    store: MemoryStore,
    fault: Arc<Mutex<Option<Fault>>>,
    delay: Duration,
    /// The number of verbs that have begun.
    verbs: Arc<AtomicUsize>,
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    Error,
    Hang,
    Panic,
}

impl Switched {
    fn new() -> Self {
        let epoch = Instant::now();
        let store = MemoryStore::new(100).clock(move || epoch.elapsed());
        Self { store, fault: Arc::default(), delay: Duration::ZERO, verbs: Arc::default() }
    }

    fn switch(&self, on: bool) {
        *self.fault.lock().unwrap() = (!on).then_some(Fault::Error);
    }

    fn fail_with(&self, fault: Fault) {
        *self.fault.lock().unwrap() = Some(fault);
    }

    async fn ask<T>(&self, answer: impl Future<Output = Result<T, MemoryStoreFull>>) -> io::Result<T> {
        self.verbs.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(self.delay).await;
        let fault = *self.fault.lock().unwrap();
        match fault {
            None => answer.await.map_err(io::Error::other),
            Some(Fault::Error) => Err(io::Error::other("nobody\nthere")),
            Some(Fault::Hang) => pending().await,
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

fn verified<P: Provider>(body: &str) -> Verified<Raw<P>> {
    let body = Bytes::copy_from_slice(body.as_bytes());
    Verified {
        event: Raw::new(body.clone()),
        delivery: Delivery {
            body,
            envelope: const { &P::ENVELOPE }.as_ref(),
            signed_id: None,
            facts: OnceLock::new(),
            sent_at: None,
            secret_label: Label::new(Text::new("current").unwrap()),
            tenant: None,
            route: Some(ROUTE.into()),
            unsigned: Unsigned::read::<P>(&[("", ""); 0]),
        },
    }
}

/// A service with a store and dedupe.
struct Service {
    store: Switched,
    dedupe: Dedupe,
}

const EVENT: &str = r#"{"id":"evt_1","type":"user.deleted","created_at":"2026-01-15T12:30:00Z","data":{}}"#;

const TIMED_OUT: Handled<u16> = Handled::TimedOut { timeout: Duration::from_secs(20) };

impl Service {
    fn new() -> Self {
        Self::with(|dedupe| dedupe)
    }

    fn with(set: impl FnOnce(Dedupe) -> Dedupe) -> Self {
        Self::on(Switched::new(), set)
    }

    fn on(store: Switched, set: impl FnOnce(Dedupe) -> Dedupe) -> Self {
        let dedupe = set(Dedupe::new(store.clone()));
        Self { store, dedupe }
    }

    /// Receives the delivery [`EVENT`]. Success is a status from 200 to 299.
    async fn receive(&self, handler: impl Future<Output = u16>) -> Handled<u16> {
        self.dedupe.handle(&verified::<Hook>(EVENT), handler, is_success).await
    }
}

const fn is_success(status: &u16) -> bool {
    matches!(*status, 200..=299)
}

fn unreached() -> impl Future<Output = u16> {
    poll_fn(|_| panic!("handled twice"))
}

fn answer<R: std::fmt::Debug>(handled: Handled<R>) -> (u16, &'static str, Option<Duration>) {
    let answer = handled.into_answer().unwrap_err();
    (answer.status(), answer.body(), answer.retry_after())
}

const UNAVAILABLE: (u16, &str, Option<Duration>) =
    (503, r#"{"error":"temporarily unavailable"}"#, Some(Duration::from_secs(5)));

#[tokio::test(start_paused = true)]
async fn a_success_is_handled_once() {
    let service = Service::new();
    assert_eq!(service.receive(ready(204)).await, Handled::Accepted(204));
    assert_eq!(service.receive(unreached()).await, Handled::Repeat);
    assert_eq!(answer(Handled::<u16>::Repeat), (200, "", None));
}

#[tokio::test(start_paused = true)]
async fn a_delivery_is_handled_again_after_its_retention() {
    // The retention is at least as long as Hook retries.
    let service = Service::with(|dedupe| dedupe.retain(Duration::from_secs(1)));
    assert_eq!(service.receive(ready(200)).await, Handled::Accepted(200));
    let horizon = Hook::RETRY_HORIZON.unwrap();
    tokio::time::advance(horizon - Duration::from_secs(1)).await;
    assert_eq!(service.receive(unreached()).await, Handled::Repeat);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(service.receive(ready(200)).await, Handled::Accepted(200));
}

#[tokio::test(start_paused = true)]
async fn a_failed_delivery_is_handled_again() {
    for status in [100, 199, 300, 302, 400, 404, 409, 500, 503] {
        let service = Service::new();
        assert_eq!(service.receive(ready(status)).await, Handled::Failed(status));
        assert_eq!(service.receive(ready(200)).await, Handled::Accepted(200), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_is_a_500_and_runs_again() {
    let service = Service::new();
    let panics = async {
        tokio::task::yield_now().await;
        panic!("on purpose")
    };
    let handled = service.receive(panics).await;
    assert_eq!(handled, Handled::Panicked);
    assert_eq!(answer(handled), (500, r#"{"error":"handler failed"}"#, None));
    assert_eq!(service.receive(ready(200)).await, Handled::Accepted(200));
}

/// Counts how many times it was dropped.
struct OnDrop(Arc<AtomicUsize>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_times_out_is_a_503_and_runs_again() {
    let service = Service::new();
    let dropped = Arc::new(AtomicUsize::new(0));
    let guard = OnDrop(Arc::clone(&dropped));
    let begun = Instant::now();
    let hangs = async move {
        let _guard = guard;
        pending().await
    };
    assert_eq!(service.receive(hangs).await, TIMED_OUT);
    assert_eq!(begun.elapsed().as_secs(), 20);
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
    assert_eq!(answer(TIMED_OUT), UNAVAILABLE);
    assert_eq!(service.receive(ready(200)).await, Handled::Accepted(200));
}

/// The thread, the process or the machine pauses between two polls of the handler.
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
    assert_eq!(service.receive(ready(200)).await, Handled::Accepted(200), "the lease is over");
    assert_eq!(first.await, TIMED_OUT);
    assert_eq!(effects.load(Ordering::SeqCst), 0);
    assert_eq!(service.receive(unreached()).await, Handled::Repeat);
}

/// On some systems, the monotonic clock stands still while the machine sleeps.
#[test]
fn either_clock_ends_the_time_of_a_handler() {
    let (now, system) = (Instant::now(), SystemTime::now());
    let limit = TimeLimit::after(Duration::from_secs(20));
    let in_seconds = |monotonic, by_system| {
        limit.is_over(now + Duration::from_secs(monotonic), system + Duration::from_secs(by_system))
    };
    assert!(!in_seconds(19, 19));
    assert!(in_seconds(3600, 19));
    assert!(in_seconds(0, 3600));
    assert!(TimeLimit::after(Duration::MAX).is_over(Instant::now(), system));
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_the_store_that_arrived_during_a_pause_counts() {
    let store = Switched { delay: Duration::from_millis(1), ..Switched::new() };
    let service = Service::on(store, |dedupe| dedupe);
    let mut first = pin!(service.receive(ready(200)));
    // The claim is taken, the handler is done, and the record has begun.
    let handled = loop {
        if let Poll::Ready(handled) = first.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            break handled;
        }
        tokio::time::advance(Duration::from_millis(1)).await;
        if service.store.verbs.load(Ordering::SeqCst) == 2 {
            tokio::time::advance(Duration::from_secs(60)).await;
        }
    };
    assert_eq!(handled, Handled::Accepted(200));
}

#[tokio::test(start_paused = true)]
async fn a_repeat_is_told_when_to_come_back_while_the_handler_runs() {
    let service = Service::new();
    let slow = service.receive(async {
        tokio::time::sleep(Duration::from_secs(15)).await;
        200
    });
    let meanwhile = async {
        tokio::time::sleep(Duration::from_millis(10_500)).await;
        service.receive(unreached()).await
    };
    let (first, meanwhile) = tokio::join!(slow, meanwhile);
    assert_eq!(first, Handled::Accepted(200));
    // 10.5 of the 30 seconds of the lease are over. `Retry-After` is rounded up.
    assert_eq!(meanwhile, Handled::InProgress { retry_after: Duration::from_millis(19_500) });
    let in_progress = (503, r#"{"error":"delivery in progress"}"#, Some(Duration::from_secs(20)));
    assert_eq!(answer(meanwhile), in_progress);
    assert_eq!(service.receive(unreached()).await, Handled::Repeat);
}

#[tokio::test(start_paused = true)]
async fn one_of_a_hundred_attempts_at_once_is_handled() {
    let service = Arc::new(Service::new());
    let runs = Arc::new(AtomicUsize::new(0));
    // The clock of the machine goes on, and Miri is slow: the time for a claim would be over.
    let attempts = if cfg!(miri) { 10 } else { 100 };
    let all: Vec<_> = (0..attempts)
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
    let mut handled = Vec::new();
    for one in all {
        handled.push(one.await.unwrap());
    }
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    assert_eq!(handled.iter().filter(|one| **one == Handled::Accepted(200)).count(), 1);
    let waiting = |one: &&_| matches!(one, Handled::InProgress { .. });
    assert_eq!(handled.iter().filter(waiting).count(), attempts - 1);
    assert_eq!(service.receive(unreached()).await, Handled::Repeat);
}

#[tokio::test(start_paused = true)]
async fn the_claim_of_a_handler_that_was_dropped_ends_with_its_lease() {
    let service = Service::new();
    let cut_off = service.receive(pending());
    assert!(tokio::time::timeout(Duration::from_secs(1), cut_off).await.is_err());
    let left = Duration::from_secs(29);
    assert_eq!(service.receive(unreached()).await, Handled::InProgress { retry_after: left });
    tokio::time::advance(left).await;
    assert_eq!(service.receive(ready(200)).await, Handled::Accepted(200));
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_slow_store_counts_as_time_of_the_handler() {
    let store = Switched { delay: Duration::from_secs(8), ..Switched::new() };
    let service = Service::on(store, |dedupe| dedupe);
    let begun = Instant::now();
    assert_eq!(service.receive(pending()).await, TIMED_OUT);
    // The claim took 8 of the 20 seconds, and the release 8 more.
    assert_eq!(begun.elapsed().as_secs(), 28);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_handled_if_the_store_fails_at_the_claim() {
    let service = Service::new();
    service.store.switch(false);
    let handled = service.receive(unreached()).await;
    assert_eq!(handled, Handled::StoreUnavailable);
    assert_eq!(handled.outcome(), Outcome::Refused { reason: "store_unavailable" });
    assert_eq!(answer(handled), UNAVAILABLE);
    service.store.switch(true);
    assert_eq!(service.receive(ready(200)).await, Handled::Accepted(200));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_or_panics_has_failed() {
    for fault in [Fault::Hang, Fault::Panic] {
        let service = Service::new();
        service.store.fail_with(fault);
        let begun = Instant::now();
        assert_eq!(service.receive(unreached()).await, Handled::StoreUnavailable);
        assert!(begun.elapsed() <= Duration::from_secs(10), "{fault:?}: {:?}", begun.elapsed());
        service.store.switch(true);
        for (status, handled) in [(500, Handled::Failed(500)), (204, Handled::Unrecorded(204))] {
            let handler = async {
                service.store.fail_with(fault);
                status
            };
            assert_eq!(service.receive(handler).await, handled, "{fault:?}");
            service.store.switch(true);
            tokio::time::advance(Duration::from_secs(30)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_came_too_late_is_released_without_a_run() {
    let store = Switched { delay: Duration::from_secs(2), ..Switched::new() };
    let timeout = Duration::from_secs(1);
    let service = Service::on(store, |dedupe| dedupe.handler_timeout(timeout));
    assert_eq!(service.receive(unreached()).await, Handled::TimedOut { timeout });
    assert!(service.store.store.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_handler_without_a_claim_has_all_of_its_time() {
    let store = Switched { delay: Duration::from_secs(2), ..Switched::new() };
    let service = Service::on(store, |dedupe| {
        dedupe.handler_timeout(Duration::from_secs(1)).on_store_error(OnStoreError::FailOpen)
    });
    service.store.switch(false);
    assert_eq!(service.receive(ready(200)).await, Handled::Unrecorded(200));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_fails_open_handles_a_delivery_without_a_claim() {
    let service = Service::with(|dedupe| dedupe.on_store_error(OnStoreError::FailOpen));
    service.store.switch(false);
    assert_eq!(service.receive(ready(200)).await, Handled::Unrecorded(200));
    assert_eq!(service.receive(ready(500)).await, Handled::Failed(500));
    // The store comes back while the handler runs, and its success is recorded.
    let handler = async {
        service.store.switch(true);
        200
    };
    assert_eq!(service.receive(handler).await, Handled::Accepted(200));
    assert_eq!(service.receive(unreached()).await, Handled::Repeat);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_after_the_handler_changes_no_answer() {
    for (status, handled) in [(200, Handled::Unrecorded(200)), (500, Handled::Failed(500))] {
        let service = Service::new();
        let handler = async {
            service.store.switch(false);
            status
        };
        assert_eq!(service.receive(handler).await, handled);
        service.store.switch(true);
        // The claim stays until its lease ends.
        assert!(matches!(service.receive(unreached()).await, Handled::InProgress { .. }));
        tokio::time::advance(Duration::from_secs(30)).await;
        assert_eq!(service.receive(ready(200)).await, Handled::Accepted(200));
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_store_refuses() {
    let store = Switched { store: MemoryStore::new(0), ..Switched::new() };
    let service = Service::on(store, |dedupe| dedupe);
    assert_eq!(service.receive(unreached()).await, Handled::StoreUnavailable);
}

#[tokio::test(start_paused = true)]
async fn equal_bodies_without_id_or_time_are_repeats_only_on_request() {
    let heartbeat = verified::<Mutx>(r#"{"event":"agent.heartbeat","data":{}}"#);
    let service = Service::new();
    let plan = || service.dedupe.plan(&heartbeat);
    for _ in 0..2 {
        let handled = service.dedupe.attempt(plan(), ready(200), is_success).await;
        assert_eq!(handled, Handled::Accepted(200));
    }
    assert!(service.store.store.is_empty());
    // A handler of such a delivery may time out or panic like any other.
    assert_eq!(service.dedupe.attempt(plan(), pending(), is_success).await, TIMED_OUT);
    let panics = poll_fn(|_| panic!("on purpose"));
    assert_eq!(service.dedupe.attempt(plan(), panics, is_success).await, Handled::Panicked);

    let handle =
        async |status| service.dedupe.handle_equal_bodies(&heartbeat, ready(status), is_success).await;
    assert_eq!(handle(200).await, Handled::Accepted(200));
    assert_eq!(handle(500).await, Handled::Repeat);
}

fn key<P: Provider>(dedupe: &Dedupe, body: &str) -> Option<DeliveryKey> {
    dedupe.key(&verified::<P>(body)).unwrap()
}

const fn place(provider: &'static str) -> Place<'static> {
    Place { provider, tenant: None, endpoint: None, route: Some(ROUTE) }
}

#[test]
fn a_key_is_made_of_a_signed_id_or_a_body_with_a_time() {
    let dedupe = Dedupe::new(MemoryStore::new(1));
    let timed = r#"{"type":"user.deleted","timestamp":"2026-01-15T12:30:00Z","data":{}}"#;
    let untimed = r#"{"type":"user.deleted","timestamp":"just now","data":{}}"#;
    let without_id = r#"{"type":"user.deleted","created_at":"2026-01-15T12:30:00Z","data":{}}"#;
    let body = |provider, body: &str| Some(place(provider).body(body.as_bytes()));

    assert_eq!(key::<Hook>(&dedupe, EVENT), Some(place("hook").event("evt_1")));
    // A body with other white space and the same id is the same delivery.
    let spaced = EVENT.replace(',', ", ");
    assert_eq!(key::<Hook>(&dedupe, &spaced), Some(place("hook").event("evt_1")));
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
fn endpoints_routes_and_tenants_have_separate_deliveries() {
    let dedupe = Dedupe::new(MemoryStore::new(1));
    let named = dedupe.clone().endpoint("billing").unwrap();
    let billing = Place { endpoint: Some("billing"), ..place("hook") };
    assert_eq!(key::<Hook>(&named, EVENT), Some(billing.event("evt_1")));
    let mut event = verified::<Hook>(EVENT);
    event.delivery.tenant = Some("b".into());
    let tenant = Place { tenant: Some("b"), ..place("hook") };
    assert_eq!(dedupe.key(&event), Ok(Some(tenant.event("evt_1"))));
    event.delivery.route = None;
    let unrouted = Place { tenant: Some("b"), route: None, ..billing };
    assert_eq!(named.key(&event), Ok(Some(unrouted.event("evt_1"))));
}

#[tokio::test]
async fn an_endpoint_without_a_name_or_a_pattern_is_a_500_that_says_what_to_add() {
    let dedupe = Dedupe::new(MemoryStore::new(1));
    let mut event = verified::<Hook>(EVENT);
    event.delivery.route = None;
    let Handled::Refused(rejection) = dedupe.handle(&event, unreached(), is_success).await else {
        panic!("handled without a place");
    };
    assert_eq!(rejection.status(), 500);
    let advice =
        "name the endpoint: the router matched no pattern here, so the dedupe needs .endpoint(\"…\")";
    assert_eq!(rejection.to_string(), format!("receiver of hook is misconfigured: {advice}"));
}

#[test]
fn another_secret_and_other_headers_are_the_same_delivery() {
    let dedupe = Dedupe::new(MemoryStore::new(1));
    let body = r#"{"type":"user.deleted","timestamp":"2026-01-15T12:30:00Z","data":{}}"#;
    let mut replayed = verified::<Massu>(body);
    replayed.delivery.secret_label = Label::new(Text::new("2026-11").unwrap());
    replayed.delivery.unsigned =
        Unsigned::read::<Massu>(&[("x-massu-delivery", "another"), ("x-massu-event", "x")]);
    assert_eq!(replayed.unsigned().delivery(), Some("another"));
    assert_eq!(dedupe.key(&replayed), Ok(key::<Massu>(&dedupe, body)));
}

#[tokio::test]
async fn the_future_is_send_if_its_parts_are() {
    fn send<T: Send>(future: T) -> T {
        future
    }
    let service = Service::new();
    let event = verified::<Hook>(EVENT);
    // `Cell` is `Send` and not `Sync`, as axum's response is.
    let handled = send(service.dedupe.handle(&event, async { Cell::new(1) }, |_| false)).await;
    assert_eq!(handled, Handled::Failed(Cell::new(1)));
    let handled = service.dedupe.handle(&event, async { Rc::new(1) }, |_| true).await;
    assert_eq!(handled, Handled::Accepted(Rc::new(1)));
}

#[test]
fn each_outcome_has_a_machine_name() {
    let handled = [
        Handled::Accepted(1),
        Handled::Unrecorded(1),
        Handled::Repeat,
        Handled::InProgress { retry_after: Duration::ZERO },
        Handled::StoreUnavailable,
        Handled::Failed(1),
        Handled::Panicked,
        TIMED_OUT,
    ];
    let names = handled.map(|one| one.outcome().as_str());
    let expected =
        ["accepted", "unrecorded", "repeat", "in_progress", "refused", "failed", "panicked", "timed_out"];
    assert_eq!(names, expected);
}

/// Panics as it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("on purpose");
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_in_drop_is_a_failure() {
    let service = Service::new();
    let bomb = Bomb;
    let hangs = async move {
        let _bomb = bomb;
        pending().await
    };
    assert_eq!(service.receive(hangs).await, Handled::Panicked);
    let bomb = Bomb;
    let answers = poll_fn(move |_| {
        let _bomb = &bomb;
        Poll::Ready(200)
    });
    assert_eq!(service.receive(answers).await, Handled::Panicked);
    assert_eq!(service.receive(ready(200)).await, Handled::Accepted(200));
}

#[tokio::test(start_paused = true)]
async fn a_panic_while_the_answer_is_judged_is_a_failure() {
    let service = Service::new();
    let judge = |_: &u16| panic!("on purpose");
    let handled = service.dedupe.handle(&verified::<Hook>(EVENT), ready(200), judge).await;
    assert_eq!(handled, Handled::Panicked);
    assert_eq!(service.receive(ready(200)).await, Handled::Accepted(200));
}
