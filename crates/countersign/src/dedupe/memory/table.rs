//! Deliveries by key, and in the order in which they expire.
//!
//! With a million of them, nearly all of the time goes into waiting for memory. So the entries lie side by side, in the order in
//! which they came while nothing is released; a table of four-byte places finds them by key, and a tree of places tells
//! which is next to expire, of which only the two ends and the spot of the leases are ever touched.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::num::NonZeroU64;

use hashbrown::HashTable;
use slab::Slab;

use crate::DeliveryKey;

/// A delivery that is in flight or done, until it expires.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// In nanoseconds of the store's clock.
    pub(super) expires: u64,
    /// The claim that holds it; `None` once it is done.
    pub(super) owner: Option<NonZeroU64>,
}

pub(super) struct Table {
    entries: Entries,
    places: HashTable<u32>,
    by_expiry: BTreeSet<(u64, u32)>,
    // Seeded at random, so that whoever chooses event ids cannot choose where they meet.
    hasher: RandomState,
    last_owner: NonZeroU64,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            entries: Slab::new(),
            places: HashTable::new(),
            by_expiry: BTreeSet::new(),
            hasher: RandomState::new(),
            last_owner: NonZeroU64::MIN,
        }
    }
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn get(&self, key: &DeliveryKey) -> Option<Entry> {
        self.place(key).and_then(|place| entry_at(&self.entries, place)).map(|(_, entry)| *entry)
    }

    /// Whether there was room for it.
    pub(super) fn put(&mut self, key: &DeliveryKey, entry: Entry, capacity: usize) -> bool {
        if let Some(place) = self.place(key) {
            if let Some((_, held)) = self.entries.get_mut(index(place)) {
                self.by_expiry.remove(&(held.expires, place));
                *held = entry;
            }
            return self.by_expiry.insert((entry.expires, place));
        }
        // Places are four bytes: there is no room beyond four thousand million.
        let Ok(place) = u32::try_from(self.entries.vacant_key()) else { return false };
        if self.entries.len() >= capacity {
            return false;
        }
        self.entries.insert((*key, entry));
        let Self { entries, hasher, .. } = self;
        let rehash = |place: &u32| hasher.hash_one(entry_at(entries, *place).map(|(key, _)| key));
        self.places.insert_unique(hasher.hash_one(Some(key)), place, rehash);
        self.by_expiry.insert((entry.expires, place))
    }

    /// Whether it was there.
    pub(super) fn remove(&mut self, key: &DeliveryKey) -> bool {
        let Self { entries, places, hasher, .. } = self;
        let found = places.find_entry(hasher.hash_one(Some(key)), |place| holds(entries, *place, key));
        let Ok(found) = found else { return false };
        let (place, _) = found.remove();
        let removed = entries.try_remove(index(place));
        removed.is_some_and(|(_, entry)| self.by_expiry.remove(&(entry.expires, place)))
    }

    /// Lets go of what has expired: two at most, one more than a claim adds, so that no claim pays for many and none is left
    /// over in the long run. After it, a full table is full of live deliveries.
    pub(super) fn purge(&mut self, now: u64) {
        for _ in 0..2 {
            let Some((_, place)) = self.by_expiry.first().filter(|(expires, _)| *expires <= now) else {
                return;
            };
            let Some((key, _)) = entry_at(&self.entries, *place).copied() else { return };
            self.remove(&key);
        }
    }

    pub(super) fn next_owner(&mut self) -> NonZeroU64 {
        self.last_owner = self.last_owner.saturating_add(1);
        self.last_owner
    }

    fn place(&self, key: &DeliveryKey) -> Option<u32> {
        let hash = self.hasher.hash_one(Some(key));
        self.places.find(hash, |place| holds(&self.entries, *place, key)).copied()
    }
}

type Entries = Slab<(DeliveryKey, Entry)>;

fn holds(entries: &Entries, place: u32, key: &DeliveryKey) -> bool {
    entry_at(entries, place).is_some_and(|(other, _)| other == key)
}

fn entry_at(entries: &Entries, place: u32) -> Option<&(DeliveryKey, Entry)> {
    entries.get(index(place))
}

/// Where a `usize` is smaller than a place, no place is larger than it.
fn index(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}
