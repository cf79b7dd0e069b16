//! Deliveries by key, and by the second in which they expire.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::iter::successors;
use std::num::NonZeroU64;

use slab::Slab;

use super::index::{Index, Place};
use crate::DeliveryKey;

/// A delivery that is in flight or done, until it expires.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// In nanoseconds of the store's clock.
    pub(super) expires: u64,
    /// The claim that holds it; `None` once it is done.
    pub(super) owner: Option<NonZeroU64>,
}

/// With a million deliveries, nearly all of the time goes into waiting for memory. So the entries lie side by side, in the order
/// in which they came while nothing is released; those that expire in the same second form a list, so that the tree of
/// seconds is small; and what has expired is let go in batches.
pub(super) struct Table<S = RandomState> {
    entries: Slab<Held>,
    index: Index,
    /// The first of each list.
    by_second: BTreeMap<u64, Place>,
    // Seeded at random, so that whoever chooses event ids cannot choose where they meet.
    hasher: S,
    last_owner: NonZeroU64,
    purges: usize,
}

/// An entry in its list.
struct Held {
    key: DeliveryKey,
    entry: Entry,
    before: Option<Place>,
    after: Option<Place>,
}

/// Where a key is, or would be: valid until it is added or removed.
pub(super) struct Spot {
    hash: u64,
    place: Option<Place>,
}

const SECOND: u64 = 1_000_000_000;
/// How many are let go at once.
const BATCH: usize = 16;

impl<S: Default> Default for Table<S> {
    fn default() -> Self {
        Self {
            entries: Slab::new(),
            index: Index::default(),
            by_second: BTreeMap::new(),
            hasher: S::default(),
            last_owner: NonZeroU64::MIN,
            purges: 0,
        }
    }
}

impl<S: BuildHasher> Table<S> {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn spot(&self, key: &DeliveryKey) -> Spot {
        let hash = self.hasher.hash_one(key);
        let is_it = |place| self.held(place).is_some_and(|held| held.key == *key);
        Spot { hash, place: self.index.find(hash, is_it) }
    }

    pub(super) fn get(&self, spot: &Spot) -> Option<Entry> {
        spot.place.and_then(|place| self.held(place)).map(|held| held.entry)
    }

    /// Whether there was room for it.
    pub(super) fn put(&mut self, spot: &Spot, key: &DeliveryKey, entry: Entry, capacity: usize) -> bool {
        let place = if let Some(place) = spot.place {
            self.unlink(place);
            if let Some(held) = self.held_mut(place) {
                held.entry = entry;
            }
            place
        } else {
            let full = self.len() >= capacity;
            let vacant = self.entries.vacant_entry();
            let Some(place) = Place::new(vacant.key()).filter(|_| !full) else { return false };
            vacant.insert(Held { key: *key, entry, before: None, after: None });
            self.index.insert(spot.hash, place);
            place
        };
        self.link(place);
        true
    }

    /// Whether it was there.
    pub(super) fn remove(&mut self, spot: &Spot) -> bool {
        let Some(place) = spot.place else { return false };
        self.unlink(place);
        self.index.remove(spot.hash, place);
        self.entries.try_remove(place.index()).is_some()
    }

    /// Lets go of what has expired, some at a time: for each that is added, up to two, so that none is left over in the long run
    /// and no claim pays for many. A full table does so at once. Each goes at the end of the second in which it expired.
    pub(super) fn purge(&mut self, now: u64, capacity: usize) {
        self.purges = self.purges.wrapping_add(1);
        if !self.purges.is_multiple_of(BATCH / 2) && self.len() < capacity {
            return;
        }
        let mut batch = [const { None }; BATCH];
        for (spot, (place, held)) in batch.iter_mut().zip(self.expired(now)) {
            *spot = Some(Spot { hash: self.hasher.hash_one(held.key), place: Some(place) });
        }
        self.index.fetch(batch.iter().flatten().map(|spot| spot.hash));
        for spot in batch.iter().flatten() {
            self.remove(spot);
        }
    }

    pub(super) fn next_owner(&mut self) -> NonZeroU64 {
        self.last_owner = self.last_owner.saturating_add(1);
        self.last_owner
    }

    fn expired(&self, now: u64) -> impl Iterator<Item = (Place, &Held)> {
        let with_held = |place: Place| self.held(place).map(|held| (place, held));
        let lists = self.by_second.range(..=now / SECOND);
        lists.flat_map(move |(_, first)| {
            successors(with_held(*first), move |(_, held)| held.after.and_then(with_held))
        })
    }

    /// Puts an entry at the head of its list.
    fn link(&mut self, place: Place) {
        let Some(second) = self.held(place).map(Held::second) else { return };
        let after = self.by_second.insert(second, place);
        if let Some(held) = self.held_mut(place) {
            (held.before, held.after) = (None, after);
        }
        if let Some(held) = after.and_then(|after| self.held_mut(after)) {
            held.before = Some(place);
        }
    }

    fn unlink(&mut self, place: Place) {
        let Some(held) = self.held(place) else { return };
        let (second, before, after) = (held.second(), held.before, held.after);
        if let Some(held) = before.and_then(|before| self.held_mut(before)) {
            held.after = after;
        } else if let Some(after) = after {
            self.by_second.insert(second, after);
        } else {
            self.by_second.remove(&second);
        }
        if let Some(held) = after.and_then(|after| self.held_mut(after)) {
            held.before = before;
        }
    }

    fn held(&self, place: Place) -> Option<&Held> {
        self.entries.get(place.index())
    }

    fn held_mut(&mut self, place: Place) -> Option<&mut Held> {
        self.entries.get_mut(place.index())
    }
}

impl Held {
    /// The seconds after which it has expired, rounded up.
    fn second(&self) -> u64 {
        self.entry.expires.div_ceil(SECOND)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, reason = "tests may fail loudly")]

    use std::array::from_fn;
    use std::collections::HashMap;
    use std::hash::{BuildHasherDefault, DefaultHasher, Hasher};

    use proptest::prelude::*;

    use super::*;

    const CAPACITY: usize = 40;

    /// Eight hashes in all, so that what a table looks for is often not what it finds first.
    #[derive(Default)]
    struct Few(DefaultHasher);

    impl Hasher for Few {
        fn write(&mut self, bytes: &[u8]) {
            self.0.write(bytes);
        }

        fn finish(&self) -> u64 {
            self.0.finish() & (7 << 32)
        }
    }

    type Crowded = Table<BuildHasherDefault<Few>>;

    /// Every entry stands in the list of its second, once, and is found by its key.
    fn check(table: &Crowded, keys: &[DeliveryKey; 60], model: &HashMap<usize, u64>) {
        let mut listed = 0;
        for (second, first) in &table.by_second {
            let (mut before, mut next) = (None, Some(*first));
            while let Some(place) = next {
                let held = table.held(place).unwrap();
                assert_eq!((held.second(), held.before), (*second, before));
                (before, next) = (next, held.after);
                listed += 1;
            }
        }
        let there = model.len();
        assert_eq!((listed, table.len(), table.index.len), (there, there, there));
        for (n, key) in keys.iter().enumerate() {
            assert_eq!(table.get(&table.spot(key)).map(|entry| entry.expires), model.get(&n).copied());
        }
    }

    proptest! {
        #[test]
        fn it_lets_go_of_what_has_expired_and_of_nothing_else(
            steps in proptest::collection::vec((0..8_u8, 0..60_usize, 0..12_u64), 0..300),
        ) {
            let keys = from_fn(|n| DeliveryKey::of_event("a", "b", &n.to_string()));
            let (mut table, mut model, mut now) = (Crowded::default(), HashMap::new(), 0);
            for (what, n, time) in steps {
                // Quarters of seconds, so that some expire within one and some at its end.
                let time = time * SECOND / 4;
                let spot = table.spot(&keys[n]);
                match what {
                    0 => now += time,
                    1 => prop_assert_eq!(table.remove(&spot), model.remove(&n).is_some()),
                    2 => {
                        let past = |expires: u64| expires.div_ceil(SECOND) <= now / SECOND;
                        let expired = model.values().filter(|expires| past(**expires)).count();
                        let full = model.len() >= CAPACITY;
                        table.purge(now, CAPACITY);
                        let gone = model.len() - table.len();
                        model.retain(|n, expires| !past(*expires) || table.spot(&keys[*n]).place.is_some());
                        prop_assert!(gone == expired.min(BATCH) || (gone == 0 && !full), "{} of {}", gone, expired);
                    }
                    _ => {
                        let entry = Entry { expires: now + time, owner: None };
                        let room = model.contains_key(&n) || model.len() < CAPACITY;
                        prop_assert_eq!(table.put(&spot, &keys[n], entry, CAPACITY), room);
                        if room {
                            model.insert(n, entry.expires);
                        }
                    }
                }
                check(&table, &keys, &model);
            }
        }
    }
}
