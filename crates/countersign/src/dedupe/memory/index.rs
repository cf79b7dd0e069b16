//! Places by hash.

use std::hint::black_box;
use std::num::NonZeroU32;

/// Where an entry is, counted from one: four bytes, in an `Option` too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place(NonZeroU32);

impl Place {
    /// `None` beyond four thousand million.
    pub(super) fn new(index: usize) -> Option<Self> {
        u32::try_from(index).ok().and_then(|index| NonZeroU32::MIN.checked_add(index)).map(Self)
    }

    pub(super) fn index(self) -> usize {
        // Where a `usize` is smaller than four bytes, no place was made that is larger.
        usize::try_from(self.0.get()).map_or(usize::MAX, |place| place.saturating_sub(1))
    }
}

/// Finds places by hash, in a table of eight-byte slots with linear probing. A look-up, an insertion and a removal all touch the
/// same line of the processor's cache, and hardly ever another: with a million entries, that is what they cost.
///
/// A slot holds half a hash, its tag, and a place; it is zero while it is free. Each tag has a home, as far into the table as the
/// tag is into all tags. Those that are taken ascend, and none is free between a slot and its home.
#[derive(Default)]
pub(super) struct Index {
    /// The homes, and behind the last of them room for what is pushed beyond it.
    slots: Vec<u64>,
    homes: u32,
    pub(super) len: usize,
}

const TAG: u64 = !PLACE;
const PLACE: u64 = 0xffff_ffff;

impl Index {
    const FEWEST: u32 = 16;
    /// Room behind the last home: far more than is ever taken, since to add to it would move the whole table.
    const BEHIND: usize = 64;

    pub(super) fn find(&self, hash: u64, is_it: impl FnMut(Place) -> bool) -> Option<Place> {
        self.position(hash, is_it).map(|(_, place)| place)
    }

    /// Adds a place that is not there yet.
    pub(super) fn insert(&mut self, hash: u64, place: Place) {
        // At most five of eight are taken.
        if self.len.saturating_mul(8) >= to_usize(self.homes).saturating_mul(5) {
            self.grow();
        }
        self.len = self.len.saturating_add(1);
        self.insert_slot((hash & TAG) | u64::from(place.0.get()));
    }

    pub(super) fn remove(&mut self, hash: u64, place: Place) {
        let Some((at, _)) = self.position(hash, |other| other == place) else { return };
        self.len = self.len.saturating_sub(1);
        // Those behind it that are not at home move up.
        let away = |&(i, slot): &(usize, &u64)| *slot != 0 && self.home(*slot) < i;
        let pushed = self.slots.iter().enumerate().skip(at).skip(1).take_while(away).count();
        if let Some(run) = self.slots.get_mut(at..=at.saturating_add(pushed)) {
            run.rotate_left(1);
            if let Some(last) = run.last_mut() {
                *last = 0;
            }
        }
    }

    /// Reads where such hashes would be, so that the processor waits for all of that memory at once, and not for each in turn
    /// when they are looked up.
    pub(super) fn fetch(&self, hashes: impl Iterator<Item = u64>) {
        black_box(hashes.fold(0, |all, hash| all ^ self.slots.get(self.home(hash)).copied().unwrap_or(0)));
    }

    fn position(&self, hash: u64, mut is_it: impl FnMut(Place) -> bool) -> Option<(usize, Place)> {
        let tag = hash & TAG;
        let slots = self.slots.iter().enumerate().skip(self.home(hash));
        slots
            .take_while(|(_, slot)| **slot != 0 && **slot & TAG <= tag)
            .filter(|(_, slot)| **slot & TAG == tag)
            .filter_map(|(at, slot)| Some((at, place_in(*slot)?)))
            .find(|(_, place)| is_it(*place))
    }

    fn insert_slot(&mut self, new: u64) {
        let home = self.home(new);
        let from = |at| self.slots.iter().skip(at);
        let at = home.saturating_add(from(home).take_while(|slot| **slot != 0 && **slot < new).count());
        let free = at.saturating_add(from(at).take_while(|slot| **slot != 0).count());
        if free == self.slots.len() {
            self.slots.push(0);
        }
        if let Some(run) = self.slots.get_mut(at..=free) {
            run.rotate_right(1);
            if let Some(first) = run.first_mut() {
                *first = new;
            }
        }
    }

    /// Twice as many homes. In order, so that each slot comes to stand behind those that are there.
    fn grow(&mut self) {
        let homes = self.homes.saturating_mul(2).max(Self::FEWEST);
        if homes == self.homes {
            return;
        }
        self.homes = homes;
        let slots = vec![0; to_usize(homes).saturating_add(Self::BEHIND)];
        for slot in std::mem::replace(&mut self.slots, slots).into_iter().filter(|slot| *slot != 0) {
            self.insert_slot(slot);
        }
    }

    /// The tag is to all tags as the home is to all homes. 32 bits times 32 bits; the upper half of it is the home.
    fn home(&self, hash: u64) -> usize {
        let home = (hash >> 32).wrapping_mul(u64::from(self.homes)) >> 32;
        usize::try_from(home).unwrap_or(usize::MAX)
    }
}

fn place_in(slot: u64) -> Option<Place> {
    u32::try_from(slot & PLACE).ok().and_then(NonZeroU32::new).map(Place)
}

fn to_usize(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// All that is there is found, and the slots are as they are said to be.
    fn check(index: &Index, there: &BTreeMap<usize, u64>) {
        let taken: Vec<_> = index.slots.iter().enumerate().filter(|(_, slot)| **slot != 0).collect();
        assert_eq!((taken.len(), index.len), (there.len(), there.len()));
        assert!(taken.is_sorted_by_key(|(_, slot)| **slot));
        for (at, slot) in taken {
            assert!(index.slots[index.home(*slot)..=at].iter().all(|slot| *slot != 0), "{at}");
        }
        for (place, hash) in there {
            let place = Place::new(*place).unwrap();
            assert_eq!(index.find(*hash, |other| other == place), Some(place));
        }
    }

    proptest! {
        /// Of few hashes, at both ends and in the middle, so that many share a tag or a home.
        #[test]
        fn it_has_what_was_added_and_not_removed(
            steps in proptest::collection::vec((0..40_u64, 0..60_usize), 0..400),
            spread in prop::sample::select(vec![1_u64, 1 << 20, 1 << 40, 1 << 58]),
        ) {
            let (mut index, mut there) = (Index::default(), BTreeMap::new());
            for (n, place) in steps {
                let up = spread.wrapping_mul(n);
                let hash = if n.is_multiple_of(2) { up } else { u64::MAX.wrapping_sub(up) };
                let at = Place::new(place).unwrap();
                if let Some(hash) = there.remove(&place) {
                    index.remove(hash, at);
                    prop_assert_eq!(index.find(hash, |other| other == at), None);
                    index.remove(hash, at);
                } else {
                    there.insert(place, hash);
                    index.insert(hash, at);
                }
                check(&index, &there);
            }
        }
    }

    /// Five of eight are taken at most: the longest way from home is then some tens of slots, whatever the number.
    #[test]
    fn none_is_far_from_home() {
        let mut index = Index::default();
        for n in 0..2_000 {
            let hash =
                u64::from_be_bytes(*crate::mac::sha256(&n.to_string().into_bytes()).first_chunk().unwrap());
            index.insert(hash, Place::new(n).unwrap());
        }
        let taken = index.slots.iter().enumerate().filter(|(_, slot)| **slot != 0);
        let farthest = taken.map(|(at, slot)| at - index.home(*slot)).max().unwrap();
        assert!((1..100).contains(&farthest), "{farthest}");
        assert!(index.slots.capacity() < 2_000 * 16 / 5 + 100, "{}", index.slots.capacity());
    }

    #[test]
    fn places_take_four_bytes() {
        let last = usize::try_from(u32::MAX).unwrap();
        assert_eq!(Place::new(0).map(Place::index), Some(0));
        assert_eq!(Place::new(last - 1).map(Place::index), Some(last - 1));
        assert_eq!(Place::new(last), None);
        assert_eq!(size_of::<Option<Place>>(), 4);
    }
}
