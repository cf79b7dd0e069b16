//! The deliveries in memory. Their number and their bytes are bounded: the oldest are dropped.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use countersign::dedupe::DeliveryKey;
use countersign::testing::ProviderInfo;
use tokio::sync::watch;

use super::claims::Claims;
use super::delivery::{Answered, Delivery, bytes};
use crate::commands::listen::Received;

/// Deliveries that are kept.
const MOST: usize = 10_000;

/// The memory of all deliveries together, in bytes.
const BYTES: usize = 128 * 1024 * 1024;

/// Attempts of one delivery that are shown together.
const ATTEMPTS: usize = 50;

/// The deliveries. A page waits for the next version, and then takes all that has changed since its own. So a burst is one update, and a
/// slow page needs no queue.
#[derive(Debug)]
pub(super) struct Store {
    inner: Mutex<Inner>,
    version: watch::Sender<u64>,
    most: usize,
    most_bytes: usize,
}

#[derive(Debug, Default)]
struct Inner {
    deliveries: VecDeque<Delivery>,
    /// The number of the newest delivery.
    newest: u64,
    version: u64,
    bytes: usize,
    dropped: u64,
}

/// The changes since a version.
#[derive(Debug)]
pub(super) struct Update {
    pub(super) version: u64,
    /// Deliveries with a smaller number are gone.
    pub(super) oldest: u64,
    pub(super) dropped: u64,
    pub(super) deliveries: Vec<Delivery>,
}

impl Default for Store {
    fn default() -> Self {
        Self::new(MOST, BYTES)
    }
}

impl Store {
    fn new(most: usize, most_bytes: usize) -> Self {
        Self { inner: Mutex::default(), version: watch::Sender::new(0), most, most_bytes }
    }

    /// Adds a delivery, and returns its number.
    pub(super) fn add(&self, provider: &ProviderInfo, received: Arc<Received>) -> u64 {
        let claims = Claims::of(provider, &received);
        let key = key(provider, &claims, &received);
        self.change(|inner| {
            inner.newest = inner.newest.saturating_add(1);
            let earlier = inner.deliveries.iter().filter(|delivery| delivery.key == key).count();
            inner.bytes = inner.bytes.saturating_add(bytes(&received));
            let delivery = Delivery {
                number: inner.newest,
                claims: Arc::new(claims),
                received,
                attempt: earlier.saturating_add(1),
                key,
                answers: Vec::new(),
                changed: inner.version,
            };
            inner.deliveries.push_back(delivery);
            inner.newest
        })
    }

    /// Adds an answer to a delivery, if it is still there.
    pub(super) fn answer(&self, number: u64, answered: Answered) {
        self.change(|inner| {
            let version = inner.version;
            let Some(delivery) = inner.find(number) else { return };
            let before = delivery.answer_bytes();
            delivery.answer(answered);
            delivery.changed = version;
            let after = delivery.answer_bytes();
            inner.bytes = inner.bytes.saturating_sub(before).saturating_add(after);
        });
    }

    /// Drops all deliveries. Their numbers are not used again.
    pub(super) fn clear(&self) {
        self.change(|inner| {
            inner.deliveries.clear();
            inner.bytes = 0;
            inner.dropped = 0;
        });
    }

    pub(super) fn get(&self, number: u64) -> Option<Delivery> {
        self.lock().find(number).cloned()
    }

    /// The newest deliveries with this key, newest first.
    pub(super) fn attempts(&self, key: DeliveryKey) -> Vec<Delivery> {
        let inner = self.lock();
        let same = inner.deliveries.iter().rev().filter(|delivery| delivery.key == key);
        same.take(ATTEMPTS).cloned().collect()
    }

    /// Tells when there is a new version.
    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// The changes after a version. Version 0 is the empty store.
    pub(super) fn since(&self, version: u64) -> Update {
        let inner = self.lock();
        let changed = inner.deliveries.iter().filter(|delivery| delivery.changed > version);
        Update {
            version: inner.version,
            oldest: inner
                .deliveries
                .front()
                .map_or(inner.newest.saturating_add(1), |delivery| delivery.number),
            dropped: inner.dropped,
            deliveries: changed.cloned().collect(),
        }
    }

    /// Makes a new version.
    fn change<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        let mut inner = self.lock();
        inner.version = inner.version.saturating_add(1);
        let result = change(&mut inner);
        while inner.deliveries.len() > self.most || inner.bytes > self.most_bytes {
            let Some(delivery) = inner.deliveries.pop_front() else { break };
            let freed = bytes(&delivery.received).saturating_add(delivery.answer_bytes());
            inner.bytes = inner.bytes.saturating_sub(freed);
            inner.dropped = inner.dropped.saturating_add(1);
        }
        self.version.send_replace(inner.version);
        result
    }

    /// Ignores a poisoned lock. A half-made change leaves a wrong number of bytes at worst.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn find(&mut self, number: u64) -> Option<&mut Delivery> {
        let place = self.deliveries.binary_search_by_key(&number, |delivery| delivery.number).ok()?;
        self.deliveries.get_mut(place)
    }
}

/// The dedupe key. The id of a refused delivery is only claimed, which is enough to show it beside the others.
fn key(provider: &ProviderInfo, claims: &Claims, received: &Received) -> DeliveryKey {
    match &claims.event_id {
        Some(id) => DeliveryKey::of_event(provider.name, "inspector", id),
        None => DeliveryKey::of_body(provider.name, "inspector", &received.request.body),
    }
}

#[cfg(test)]
mod tests;
