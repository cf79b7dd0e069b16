//! Sequences of calls of the store in memory.
//!
//! Input: a byte for the capacity, then calls. A call is a byte for the verb, a byte for the delivery, and a byte for a time or a token.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use countersign::dedupe::{Claim, ClaimToken, DedupeStore, DeliveryKey, MemoryStore, MemoryStoreFull};

use crate::input::Input;

static KEYS: LazyLock<[DeliveryKey; 8]> = LazyLock::new(|| {
    [0, 1, 2, 3, 4, 5, 6, 7].map(|n| DeliveryKey::of_event("fuzz", "fuzz", &format!("evt_{n}")))
});

/// Times in milliseconds. The longest ones leave the range of the clock.
const TIMES: [u64; 8] = [0, 1, 2, 5, 20, 1000, u64::MAX / 2, u64::MAX];

/// The store answers as a plain map with an end for each entry does.
pub fn run(input: &[u8]) {
    let mut input = Input::new(input);
    let mut model = Model { capacity: input.below(6), ..Model::default() };
    let clock = Arc::<AtomicU64>::default();
    let store = MemoryStore::new(model.capacity).clock({
        let clock = Arc::clone(&clock);
        move || Duration::from_millis(clock.load(Ordering::Relaxed))
    });
    while !input.is_empty() {
        let (verb, place, argument) = (input.below(8), input.below(KEYS.len()), input.byte());
        let key = &KEYS[place];
        let millis = TIMES[usize::from(argument) % TIMES.len()];
        let time = Duration::from_millis(millis);
        match verb {
            0..=2 => model.claim(place, time, now(store.claim(key, time))),
            3 => assert_eq!(now(store.complete(key, time)), model.complete(place, time)),
            4 | 5 => {
                let token = model.token(argument);
                assert_eq!(now(store.release(key, &token)), Ok(()));
                model.release(place, token);
            }
            6 => {
                let was_there = store.forget(key);
                assert!(was_there || !model.is_live(place));
                assert!(!was_there || model.held.contains_key(&place));
                model.held.remove(&place);
            }
            _ => {
                let later = clock.load(Ordering::Relaxed).saturating_add(millis);
                clock.store(later, Ordering::Relaxed);
                model.now = Duration::from_millis(later);
            }
        }
        assert!((model.live()..=model.capacity).contains(&store.len()), "{store:?}");
    }
}

/// The result of a verb, which never waits.
fn now<T>(verb: impl Future<Output = T>) -> T {
    match pin!(verb).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("the store waits"),
    }
}

/// The entries with the time of their end, and their owner. A handled delivery has no owner.
#[derive(Default)]
struct Model {
    capacity: usize,
    now: Duration,
    held: BTreeMap<usize, (Duration, Option<ClaimToken>)>,
    tokens: Vec<ClaimToken>,
}

impl Model {
    fn is_live(&self, place: usize) -> bool {
        self.held.get(&place).is_some_and(|(end, _)| *end > self.now)
    }

    fn live(&self) -> usize {
        self.held.keys().filter(|place| self.is_live(**place)).count()
    }

    fn claim(&mut self, place: usize, lease: Duration, answer: Result<Claim, MemoryStoreFull>) {
        let live = self.held.get(&place).filter(|_| self.is_live(place));
        match (live, answer) {
            (Some((_, None)), Ok(Claim::Done)) => {}
            (Some((end, Some(_))), Ok(Claim::InFlight { retry_after })) => {
                assert_eq!(retry_after, *end - self.now);
            }
            (None, Ok(Claim::Claimed(token))) => {
                assert!(!self.tokens.contains(&token), "two claims share a token");
                self.tokens.push(token);
                assert_eq!(self.insert(place, lease, Some(token)), Ok(()));
            }
            (None, Err(full)) => assert_eq!(self.insert(place, lease, None), Err(full)),
            (live, answer) => panic!("{answer:?}, but the model has {live:?}"),
        }
    }

    fn complete(&mut self, place: usize, retention: Duration) -> Result<(), MemoryStoreFull> {
        self.insert(place, retention, None)
    }

    fn insert(
        &mut self,
        place: usize,
        time: Duration,
        owner: Option<ClaimToken>,
    ) -> Result<(), MemoryStoreFull> {
        if !self.is_live(place) && self.live() >= self.capacity {
            return Err(MemoryStoreFull { capacity: self.capacity });
        }
        self.held.insert(place, (self.now + time, owner));
        Ok(())
    }

    /// An earlier token of any delivery, or one that no claim had.
    fn token(&self, argument: u8) -> ClaimToken {
        self.tokens.get(usize::from(argument)).copied().unwrap_or(ClaimToken::new([argument; 16]))
    }

    fn release(&mut self, place: usize, token: ClaimToken) {
        if self.held.get(&place).is_some_and(|(_, owner)| *owner == Some(token)) {
            self.held.remove(&place);
        }
    }
}
