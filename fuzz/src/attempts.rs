//! Attempts at deliveries that run at the same time, on a store with faults.
//!
//! Input: a byte for the decision if the store fails, then events. An event is a byte for its kind and a byte for its argument.

use std::future::poll_fn;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::task::Poll;
use std::time::Duration;

use countersign::dedupe::{Dedupe, Handled, OnStoreError};
use countersign::testing::SignedRequest;
use countersign::{Hook, Secret, Verified, Verifier, hook};
use tokio::runtime::{Builder, Runtime};
use tokio::time::advance;

use crate::input::Input;
use crate::world::{Ending, FaultyStore, World};

/// Two deliveries.
static DELIVERIES: LazyLock<[Verified<hook::Event>; 2]> = LazyLock::new(|| {
    let secret = Secret::new(crate::SECRET).expect("a secret");
    let verifier = Verifier::<Hook>::new(secret.clone()).expect("a key");
    ["evt_1", "evt_2"].map(|id| {
        let body = format!(
            r#"{{"id":"{id}","type":"user.deleted","created_at":"2026-01-15T12:30:00Z","data":{{}}}}"#
        );
        let request = SignedRequest::new::<Hook>(&secret, body);
        verifier.verify(request.headers(), request.body().clone()).expect("a genuine delivery")
    })
});

/// Times in milliseconds: some around the timeout of a handler (20 s), a lease (30 s), a call of the store (10 s) and the retention.
const TIMES: [u64; 12] =
    [1, 999, 5_000, 9_999, 10_000, 15_000, 19_999, 20_000, 30_000, 60_000, 86_399_999, 86_400_000];

/// The most attempts of an input.
const MOST: usize = 12;

thread_local! {
    static RUNTIME: Runtime =
        Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
}

/// Each attempt ends as its store and its handler say. Unless the service fails open, no two handlers of a delivery overlap, and none
/// begins after the delivery was recorded.
pub fn run(input: &[u8]) {
    RUNTIME.with(|runtime| runtime.block_on(explore(Input::new(input))));
}

type Attempt = Pin<Box<dyn Future<Output = Handled<u16>>>>;

async fn explore(mut input: Input<'_>) {
    let fails_open = input.flag();
    let decision = if fails_open { OnStoreError::FailOpen } else { OnStoreError::FailClosed };
    let world = Arc::new(Mutex::new(World::new(fails_open)));
    let dedupe = Dedupe::new(FaultyStore::new(Arc::clone(&world))).on_store_error(decision);
    let dedupe = dedupe.endpoint("fuzz").expect("a name");
    let mut attempts: Vec<Option<Attempt>> = Vec::new();
    while !input.is_empty() {
        let (event, argument) = (input.below(8), input.byte());
        let place = usize::from(argument) % MOST;
        match event {
            0 if attempts.len() < MOST => {
                let delivery = usize::from(argument & 1);
                lock(&world).begin(delivery);
                attempts.push(Some(attempt(&dedupe, &world, attempts.len(), delivery, argument >> 1)));
            }
            1 => {
                // The process or its task has died.
                if let Some(attempt) = attempts.get_mut(place) {
                    *attempt = None;
                    lock(&world).crash(place);
                }
            }
            2 => lock(&world).fault(argument),
            3 => advance(Duration::from_millis(TIMES[usize::from(argument) % TIMES.len()])).await,
            _ => poll(&world, &mut attempts, place).await,
        }
    }
}

/// Polls an attempt once.
async fn poll(world: &Mutex<World>, attempts: &mut [Option<Attempt>], place: usize) {
    let Some(Some(attempt)) = attempts.get_mut(place) else { return };
    lock(world).current = place;
    let ended = poll_fn(|cx| Poll::Ready(attempt.as_mut().poll(cx))).await;
    if let Poll::Ready(handled) = ended {
        lock(world).assert_end(place, handled);
        attempts[place] = None;
    }
}

/// An attempt whose handler does as `plan` says: the number of times that it waits, and its end.
fn attempt(dedupe: &Dedupe, world: &Arc<Mutex<World>>, place: usize, delivery: usize, plan: u8) -> Attempt {
    let (dedupe, world) = (dedupe.clone(), Arc::clone(world));
    let ending = [Ending::Success, Ending::Failure, Ending::Panic, Ending::Misjudged][usize::from(plan & 3)];
    let mut waits = plan >> 2 & 3;
    // Three waits are a handler that never ends.
    let never_ends = waits == 3;
    Box::pin(async move {
        let handler = poll_fn(|_| {
            lock(&world).poll_handler(place);
            if never_ends || waits > 0 {
                waits -= u8::from(!never_ends);
                return Poll::Pending;
            }
            lock(&world).end_handler(place, ending);
            match ending {
                Ending::Success => Poll::Ready(204),
                Ending::Failure => Poll::Ready(500),
                Ending::Misjudged => Poll::Ready(0),
                // No hook for panics is called, because libFuzzer's own would end the process.
                Ending::Panic => resume_unwind(Box::new("on purpose")),
            }
        });
        let judge = |status: &u16| match status {
            0 => resume_unwind(Box::new("on purpose")),
            status => *status == 204,
        };
        dedupe.handle(&DELIVERIES[delivery], handler, judge).await
    })
}

fn lock(world: &Mutex<World>) -> MutexGuard<'_, World> {
    world.lock().expect("no panic while it is locked")
}
