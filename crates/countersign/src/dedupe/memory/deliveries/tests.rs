#![allow(clippy::arithmetic_side_effects, reason = "tests may fail loudly")]

use std::array::from_fn;
use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

const CAPACITY: usize = 8;

#[track_caller]
fn check(deliveries: &Deliveries, keys: &[DeliveryKey; 12], model: &HashMap<usize, Duration>) {
    let mut expected: Vec<_> = model.iter().map(|(n, expires)| (*expires, keys[*n])).collect();
    expected.sort_unstable();
    assert!(deliveries.by_expiry.iter().eq(&expected));
    let mut by_key: Vec<_> = deliveries.by_key.iter().map(|(key, entry)| (entry.expires, *key)).collect();
    by_key.sort_unstable();
    assert_eq!(by_key, expected);
}

proptest! {
    #[test]
    fn both_trees_hold_what_was_added_and_has_not_been_removed(
        steps in proptest::collection::vec((0..8_u8, 0..12_usize, 0..6_u64), 0..300),
    ) {
        let keys = from_fn(|n| DeliveryKey::of_event("a", "b", &n.to_string()));
        let (mut deliveries, mut model) = (Deliveries::default(), HashMap::new());
        let mut now = Duration::ZERO;
        for (step, n, seconds) in steps {
            match step {
                0 => now += Duration::from_secs(seconds),
                1 => prop_assert_eq!(deliveries.remove(&keys[n]), model.remove(&n).is_some()),
                2 | 3 => {
                    let expired = model.values().filter(|expires| **expires <= now).count();
                    deliveries.remove_expired(now);
                    let there = |n: &usize| deliveries.by_key.contains_key(&keys[*n]);
                    let before = model.len();
                    model.retain(|n, expires| *expires > now || there(n));
                    prop_assert_eq!(before - model.len(), expired.min(2));
                }
                _ => {
                    let entry = Entry { expires: now + Duration::from_secs(seconds), owner: None };
                    let room = model.contains_key(&n) || model.len() < CAPACITY;
                    prop_assert_eq!(deliveries.insert(&keys[n], entry, CAPACITY).is_ok(), room);
                    if room {
                        model.insert(n, entry.expires);
                    }
                }
            }
            check(&deliveries, &keys, &model);
        }
    }
}
