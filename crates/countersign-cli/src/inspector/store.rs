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

/// Deliveries in one update, so that a page that stops reading holds little memory.
const PART: usize = 250;

/// The deliveries. A page waits for the next version, and then takes all that has changed since its own. So a burst is a few updates, and
/// a slow page needs no queue.
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

/// How far a page has read. It reads the deliveries in the order of their numbers, part by part, and begins again if some have changed
/// meanwhile.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// The page has seen all changes up to this version.
    seen: u64,
    /// The version at which it began to read.
    until: u64,
    /// The number of the next delivery. `None` if the page has read to the end.
    next: Option<u64>,
}

/// The changes since a version, or the next part of them.
#[derive(Debug)]
pub(super) struct Update {
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

    /// The next changes for a page. Its place moves behind them.
    pub(super) fn next(&self, place: &mut Place) -> Update {
        let inner = self.lock();
        let (from, seen) = (place.next.unwrap_or(0), place.seen);
        if place.next.is_none() {
            place.until = inner.version;
        }
        let mut changed = inner
            .deliveries
            .iter()
            .filter(|delivery| delivery.number >= from && delivery.changed > seen)
            .peekable();
        let deliveries = changed.by_ref().take(PART).cloned().collect();
        let next = changed.peek().map(|delivery| delivery.number);
        if next.is_none() {
            place.seen = place.until;
        }
        place.next = next;
        Update {
            oldest: inner
                .deliveries
                .front()
                .map_or(inner.newest.saturating_add(1), |delivery| delivery.number),
            dropped: inner.dropped,
            deliveries,
        }
    }

    /// The deliveries that came after the one with a number, the newest first.
    pub(super) fn behind(&self, number: u64) -> Vec<(u64, Arc<Received>)> {
        let inner = self.lock();
        let newer = inner.deliveries.iter().rev().take_while(|delivery| delivery.number > number);
        newer.map(|delivery| (delivery.number, Arc::clone(&delivery.received))).collect()
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

impl Place {
    /// Whether the page has read to the end.
    pub(super) const fn is_at_end(&self) -> bool {
        self.next.is_none()
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
