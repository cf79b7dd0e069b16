//! The contract of a store of deliveries, as a test.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a check fails as tests do"
)]

use std::collections::HashMap;
use std::time::Duration;

use crate::dedupe::{Claim, ClaimToken, DedupeStore, DeliveryKey};

/// All times are whole steps. So the small passage of a real clock does not change a result.
const STEP: Duration = Duration::from_secs(20);

/// Checks that a [`DedupeStore`] keeps its contract. Use it in the tests of your own store.
///
/// First it tries the cases that are easy to get wrong. Then it compares some thousand random claims, completions and releases, by
/// present and by late owners, with a simple model. It makes one call after the other. Calls at the same time are for the tests of the
/// store itself.
///
/// `advance` moves the store's clock. It is called with 20 seconds or more. In each minute of that clock, less than 20 seconds may pass by
/// themselves. The store must have room for a hundred deliveries, and have none of the provider `check_store`.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use std::time::Duration;
/// use countersign::dedupe::MemoryStore;
/// use countersign::testing::check_store;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let now = Arc::new(Mutex::new(Duration::ZERO));
/// let clock = Arc::clone(&now);
/// let store = MemoryStore::new(100).clock(move || *clock.lock().unwrap());
/// check_store(&store, async |time| *now.lock().unwrap() += time).await;
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Panics
///
/// The store breaks the contract, or fails.
pub async fn check_store<S: DedupeStore>(store: &S, advance: impl AsyncFn(Duration)) {
    one_has_it_until_it_is_given_back(store).await;
    what_is_done_stays_done(store, &advance).await;
    a_lease_ends(store, &advance).await;
    a_late_owner_gives_nothing_back(store, &advance).await;
    a_late_success_counts(store, &advance).await;
    for seed in 1..=8 {
        against_a_model(store, &advance, seed).await;
    }
}

async fn one_has_it_until_it_is_given_back(store: &impl DedupeStore) {
    let (mine, other) = (key("given back"), key("another"));
    let token = claimed(store, &mine).await;
    in_flight(store, &mine, 3).await;
    claimed(store, &other).await;
    release(store, &mine, &ClaimToken::new([0xa5; 16])).await;
    in_flight(store, &mine, 3).await;
    release(store, &other, &token).await;
    in_flight(store, &other, 3).await;
    release(store, &mine, &token).await;
    let second = claimed(store, &mine).await;
    assert_ne!(token, second, "two claims share a token");
}

async fn what_is_done_stays_done(store: &impl DedupeStore, advance: &impl AsyncFn(Duration)) {
    let (claimed_before, never_claimed) = (key("done"), key("done unclaimed"));
    let token = claimed(store, &claimed_before).await;
    for key in [&claimed_before, &never_claimed] {
        complete(store, key).await;
        complete(store, key).await;
        release(store, key, &token).await;
        done(store, key).await;
    }
    advance(STEP * 8).await;
    done(store, &never_claimed).await;
    advance(STEP).await;
    claimed(store, &claimed_before).await;
    claimed(store, &never_claimed).await;
}

async fn a_lease_ends(store: &impl DedupeStore, advance: &impl AsyncFn(Duration)) {
    let key = key("lease");
    claimed(store, &key).await;
    advance(STEP * 2).await;
    in_flight(store, &key, 1).await;
    advance(STEP).await;
    claimed(store, &key).await;
    in_flight(store, &key, 3).await;
}

async fn a_late_owner_gives_nothing_back(store: &impl DedupeStore, advance: &impl AsyncFn(Duration)) {
    let key = key("late owner");
    let late = claimed(store, &key).await;
    advance(STEP * 3).await;
    let successor = claimed(store, &key).await;
    release(store, &key, &late).await;
    in_flight(store, &key, 3).await;
    release(store, &key, &successor).await;
    claimed(store, &key).await;
}

async fn a_late_success_counts(store: &impl DedupeStore, advance: &impl AsyncFn(Duration)) {
    let (gone, taken) = (key("late success"), key("late success, taken"));
    claimed(store, &gone).await;
    claimed(store, &taken).await;
    advance(STEP * 3).await;
    complete(store, &gone).await;
    done(store, &gone).await;
    let successor = claimed(store, &taken).await;
    complete(store, &taken).await;
    release(store, &taken, &successor).await;
    done(store, &taken).await;
}

/// Makes random calls, one after the other. The store must answer as the model does.
async fn against_a_model(store: &impl DedupeStore, advance: &impl AsyncFn(Duration), seed: u64) {
    let keys: [DeliveryKey; 4] = std::array::from_fn(|n| key(&format!("model {seed} {n}")));
    let mut random = Random(seed);
    let mut model = Model::default();
    for step in 0..500 {
        let at = format!("seed {seed}, step {step}");
        let key = *random.pick(&keys).expect("there are four");
        match random.below(10) {
            0..=3 => {
                let lease = STEP * *random.pick(&[1, 3, 6]).expect("there are three");
                let answer = store.claim(&key, lease).await.expect("claim");
                model.claim(key, lease, answer, &at);
            }
            4..=5 => {
                let retention = STEP * *random.pick(&[2, 9]).expect("there are two");
                store.complete(&key, retention).await.expect("complete");
                model.complete(key, retention);
            }
            // Any token from an earlier claim of any key. Most of them are late.
            6..=8 => {
                if let Some(token) = random.pick(&model.tokens).copied() {
                    release(store, &key, &token).await;
                    model.release(key, token);
                }
            }
            // An owner that crashes makes no further call.
            _ => {
                advance(STEP).await;
                model.now += STEP;
            }
        }
    }
}

/// The entries with their owner and the time of their end. A completed entry has no owner.
#[derive(Default)]
struct Model {
    now: Duration,
    held: HashMap<DeliveryKey, (Duration, Option<ClaimToken>)>,
    tokens: Vec<ClaimToken>,
}

impl Model {
    fn claim(&mut self, key: DeliveryKey, lease: Duration, answer: Claim, at: &str) {
        let now = self.now;
        match (self.held.get(&key).filter(|(until, _)| *until > now), answer) {
            (None, Claim::Claimed(token)) => {
                assert!(!self.tokens.contains(&token), "{at}: two claims share a token");
                self.tokens.push(token);
                self.held.insert(key, (now + lease, Some(token)));
            }
            (Some((_, None)), Claim::Done) => {}
            (Some((until, Some(_))), Claim::InFlight { retry_after }) => {
                assert_left(retry_after, *until - now, at);
            }
            (held, answer) => panic!("{at}: {answer:?}, where the model has {held:?}"),
        }
    }

    fn complete(&mut self, key: DeliveryKey, retention: Duration) {
        self.held.insert(key, (self.now + retention, None));
    }

    fn release(&mut self, key: DeliveryKey, token: ClaimToken) {
        if self.held.get(&key).is_some_and(|(_, owner)| *owner == Some(token)) {
            self.held.remove(&key);
        }
    }
}

/// `SplitMix64` (Steele, Lea and Flood, 2014). It is small and gives the same numbers on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    /// `None` for an empty slice.
    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let end = u64::try_from(from.len()).ok().filter(|end| *end > 0)?;
        from.get(usize::try_from(self.below(end)).ok()?)
    }
}

fn key(id: &str) -> DeliveryKey {
    DeliveryKey::of_event("check_store", "check_store", id)
}

/// Takes a claim with a lease of three steps.
async fn claimed(store: &impl DedupeStore, key: &DeliveryKey) -> ClaimToken {
    match store.claim(key, STEP * 3).await.expect("claim") {
        Claim::Claimed(token) => token,
        other => panic!("{other:?}, where the delivery is free"),
    }
}

async fn in_flight(store: &impl DedupeStore, key: &DeliveryKey, steps_left: u32) {
    match store.claim(key, STEP).await.expect("claim") {
        Claim::InFlight { retry_after } => assert_left(retry_after, STEP * steps_left, "in flight"),
        other => panic!("{other:?}, where another has it"),
    }
}

async fn done(store: &impl DedupeStore, key: &DeliveryKey) {
    let claim = store.claim(key, STEP).await.expect("claim");
    assert_eq!(claim, Claim::Done);
}

/// Completes a delivery and retains it for nine steps.
async fn complete(store: &impl DedupeStore, key: &DeliveryKey) {
    store.complete(key, STEP * 9).await.expect("complete");
}

async fn release(store: &impl DedupeStore, key: &DeliveryKey, token: &ClaimToken) {
    store.release(key, token).await.expect("release");
}

/// The time that is left is right, or smaller by the time that passed by itself.
#[track_caller]
fn assert_left(retry_after: Duration, left: Duration, at: &str) {
    let least = left.saturating_sub(STEP);
    assert!(least < retry_after && retry_after <= left, "{at}: {retry_after:?}, where {left:?} are left");
}

#[cfg(test)]
mod tests {
    use super::Random;

    /// The numbers of the authors' program for the seed 1234567.
    #[test]
    fn the_random_numbers_are_those_of_splitmix64() {
        let mut random = Random(1_234_567);
        let numbers = [(); 5].map(|()| random.below(u64::MAX));
        assert_eq!(
            numbers,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821
            ]
        );
    }
}
