//! `check_store` finds each way to break the contract of a store.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use countersign::dedupe::{Claim, ClaimToken, DedupeStore, DeliveryKey, MemoryStore, MemoryStoreFull};
use countersign::testing::check_store;

const STEP: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    /// A delivery that somebody has is claimed once more.
    TwoOwners,
    /// A claim is given back by a token that belongs to no claim.
    AnybodyReleases,
    /// A claim is given back by the token of another delivery.
    OwnerOfAnotherReleases,
    OneTokenForAll,
    /// A completed delivery that nobody claimed is not recorded.
    ForgetsUnclaimedSuccess,
    /// The time until a lease ends is always the whole lease.
    WholeLeaseIsLeft,
    /// A claim is given back by the token of an earlier claim of the same delivery.
    LateOwnerReleases,
    /// A success after the end of the lease is not recorded.
    ForgetsLateSuccess,
    /// A lease of 6 steps ends after 5.
    ShortLongLease,
    /// A retention of 2 steps ends after 9.
    LongShortRetention,
    /// A lease other than 3 steps cannot be given back.
    KeepsOtherLeases,
}

/// All tokens of a delivery with their leases, and the end of the last lease.
type Claims = (Vec<(ClaimToken, Duration)>, Duration);

/// A [`MemoryStore`] with a fault, and the calls that the fault depends on.
struct Faulty {
    store: MemoryStore,
    now: Arc<Mutex<Duration>>,
    fault: Fault,
    claims: Mutex<HashMap<DeliveryKey, Claims>>,
}

impl Faulty {
    fn new(fault: Fault) -> Self {
        let now = Arc::new(Mutex::new(Duration::ZERO));
        let clock = Arc::clone(&now);
        let store = MemoryStore::new(100).clock(move || *clock.lock().unwrap());
        Self { store, now, fault, claims: Mutex::default() }
    }

    fn now(&self) -> Duration {
        *self.now.lock().unwrap()
    }
}

impl DedupeStore for Faulty {
    type Error = MemoryStoreFull;

    async fn claim(&self, key: &DeliveryKey, lease: Duration) -> Result<Claim, MemoryStoreFull> {
        let given = if self.fault == Fault::ShortLongLease && lease == STEP * 6 { STEP * 5 } else { lease };
        let claim = self.store.claim(key, given).await?;
        let mut claims = self.claims.lock().unwrap();
        let (tokens, until) = claims.entry(*key).or_default();
        Ok(match (self.fault, claim) {
            (Fault::TwoOwners, Claim::InFlight { .. }) => Claim::Claimed(ClaimToken::new([7; 16])),
            (Fault::WholeLeaseIsLeft, Claim::InFlight { .. }) => {
                Claim::InFlight { retry_after: tokens.last().unwrap().1 }
            }
            (fault, Claim::Claimed(token)) => {
                tokens.push((token, lease));
                *until = self.now() + lease;
                Claim::Claimed(if fault == Fault::OneTokenForAll { ClaimToken::new([7; 16]) } else { token })
            }
            (_, other) => other,
        })
    }

    async fn complete(&self, key: &DeliveryKey, retention: Duration) -> Result<(), MemoryStoreFull> {
        let until = self.claims.lock().unwrap().get(key).map(|(_, until)| *until);
        let is_forgotten = match self.fault {
            Fault::ForgetsUnclaimedSuccess => until.is_none(),
            Fault::ForgetsLateSuccess => until.is_some_and(|until| until <= self.now()),
            _ => false,
        };
        if is_forgotten {
            return Ok(());
        }
        let is_long = self.fault == Fault::LongShortRetention && retention == STEP * 2;
        self.store.complete(key, if is_long { STEP * 9 } else { retention }).await
    }

    async fn release(&self, key: &DeliveryKey, by: &ClaimToken) -> Result<(), MemoryStoreFull> {
        let tokens = self.claims.lock().unwrap().get(key).map_or_else(Vec::new, |(tokens, _)| tokens.clone());
        let lease = tokens.iter().find(|(token, _)| token == by).map(|(_, lease)| *lease);
        let is_of_another = lease.is_none()
            && self
                .claims
                .lock()
                .unwrap()
                .values()
                .any(|(tokens, _)| tokens.iter().any(|(token, _)| token == by));
        let in_flight = tokens.last().map(|(token, _)| *token);
        let by = match (self.fault, in_flight) {
            (Fault::AnybodyReleases, Some(owner)) => owner,
            (Fault::OwnerOfAnotherReleases, Some(owner)) if is_of_another => owner,
            (Fault::OneTokenForAll, Some(owner)) if *by == ClaimToken::new([7; 16]) => owner,
            (Fault::LateOwnerReleases, Some(owner)) if lease.is_some() => owner,
            (Fault::KeepsOtherLeases, _) if lease != Some(STEP * 3) => return Ok(()),
            _ => *by,
        };
        self.store.release(key, &by).await
    }
}

/// The panic of `check_store`. Empty if there was none.
fn found(fault: Fault) -> String {
    let checked = thread::spawn(move || {
        let store = Faulty::new(fault);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(check_store(&store, async |time| *store.now.lock().unwrap() += time));
    });
    checked.join().err().map_or_else(String::new, |panic| panic.downcast_ref::<String>().unwrap().clone())
}

/// The cases that are easy to get wrong come before the random calls, because their failures are easy to read.
#[test]
fn the_usual_faults_are_found_by_a_case_of_their_own() {
    assert_eq!(found(Fault::None), "");
    for (fault, expected) in [
        (Fault::TwoOwners, "where another has it"),
        (Fault::AnybodyReleases, "where another has it"),
        (Fault::OwnerOfAnotherReleases, "where another has it"),
        (Fault::OneTokenForAll, "where another has it"),
        (Fault::ForgetsUnclaimedSuccess, "left == right"),
        (Fault::WholeLeaseIsLeft, "in flight: 60s, where 20s are left"),
        (Fault::LateOwnerReleases, "where another has it"),
        (Fault::ForgetsLateSuccess, "left == right"),
    ] {
        let found = found(fault);
        assert!(found.contains(expected) && !found.contains("seed"), "{fault:?}: {found:?}");
    }
}

#[test]
fn the_other_faults_are_found_by_random_calls() {
    for (fault, expected) in [
        (Fault::ShortLongLease, "are left"),
        (Fault::LongShortRetention, "Done, where the model has None"),
        (Fault::KeepsOtherLeases, "where the model has None"),
    ] {
        let found = found(fault);
        assert!(found.starts_with("seed ") && found.contains(expected), "{fault:?}: {found:?}");
    }
}
