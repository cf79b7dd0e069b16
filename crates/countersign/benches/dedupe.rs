//! What a delivery costs in a `MemoryStore` that already holds many: `cargo bench -p countersign --bench dedupe`.
//!
//! A round is what a delivery makes: its key, a claim and a completion, and the key and the claim of a repeat of one that came
//! 600 before. They come ten milliseconds apart and are remembered for as long as `live` of them take to come, so that the
//! oldest are let go along the way and the size stays. Sizes take turns, each is compared with the turn of the thousand right
//! before it, and the median counts, so that what else the machine does hits all alike.
//!
//! They expire in the order in which they came, as they do unless routes of different retentions share a store.
//!
//! It fails where a verb with its key, a third of a round, costs more than 1.5 times of what it costs with a thousand. No verb does
//! more with a million, but a million do not fit into a processor's cache. What a table pays for that on this machine, a bare `HashMap`
//! shows in the same rounds: one insertion, one look-up and one removal.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and may fail loudly")]
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "a benchmark may fail loudly")]

use std::cmp::Ordering;
use std::collections::HashMap;
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use countersign::{Claim, DedupeStore as _, DeliveryKey, MemoryStore};

const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];
const TURNS: usize = 100;
const ROUNDS: usize = 10_000;
/// A retry comes so many deliveries after the first try: a minute, at ten a second.
const RETRY: usize = 600;
const LEASE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut filled = Vec::new();
        for size in SIZES {
            filled.push(Filled::new(size).await);
        }
        for _ in 0..TURNS {
            for store in &mut filled {
                store.turn().await;
            }
        }
        report(&mut filled)
    })
}

/// A store that stays at one size, but for those that wait for the end of their second.
struct Filled {
    size: usize,
    store: MemoryStore,
    clock: Arc<AtomicU64>,
    next: usize,
    map: HashMap<DeliveryKey, u64>,
    turns: Vec<Duration>,
    map_turns: Vec<Duration>,
    verbs: Vec<Duration>,
}

impl Filled {
    async fn new(size: usize) -> Self {
        let clock = Arc::new(AtomicU64::new(0));
        let now = Arc::clone(&clock);
        let store = MemoryStore::new(size + 200).clock(move || {
            // A real clock is asked too, since a real store asks it.
            black_box(Instant::now());
            Duration::from_millis(10 * now.load(Relaxed))
        });
        let map = (1..=size).map(|n| (key(n), 0)).collect();
        let (turns, map_turns, verbs) = Default::default();
        let mut filled = Self { size, store, clock, next: 0, map, turns, map_turns, verbs };
        for _ in 0..size {
            let key = filled.key();
            filled.store.complete(&key, filled.life()).await.unwrap();
        }
        filled
    }

    fn life(&self) -> Duration {
        Duration::from_millis(10 * self.size as u64)
    }

    fn key(&mut self) -> DeliveryKey {
        self.next += 1;
        self.clock.fetch_add(1, Relaxed);
        key(self.next)
    }

    async fn turn(&mut self) {
        let life = self.life();
        let new = self.next + 1..=self.next + ROUNDS;
        let begun = Instant::now();
        for n in new.clone() {
            self.clock.fetch_add(1, Relaxed);
            let key = key(n);
            assert!(matches!(self.store.claim(&key, LEASE).await, Ok(Claim::Claimed(_))));
            self.store.complete(&key, life).await.unwrap();
            assert_eq!(self.store.claim(&self::key(n - RETRY), LEASE).await, Ok(Claim::Done));
        }
        self.turns.push(begun.elapsed());

        let oldest: Vec<_> = new.clone().map(|n| key(n - self.size)).collect();
        let begun = Instant::now();
        for (n, oldest) in new.zip(&oldest) {
            self.map.insert(key(n), 0);
            assert!(self.map.contains_key(&key(n - RETRY)));
            assert!(self.map.remove(oldest).is_some());
        }
        self.map_turns.push(begun.elapsed());
        self.next += ROUNDS;
        assert!(self.store.len().abs_diff(self.size) <= 200, "{} of {}", self.store.len(), self.size);
        self.single_verbs().await;
    }

    /// Each on its own, for the 99th percentile; the clock's own cost is in it.
    async fn single_verbs(&mut self) {
        for _ in 0..ROUNDS / 10 {
            let key = self.key();
            self.map.insert(key, 0);
            self.map.remove(&self::key(self.next - self.size));
            let begun = Instant::now();
            let claim = self.store.claim(&key, LEASE).await;
            self.verbs.push(begun.elapsed());
            assert!(matches!(claim, Ok(Claim::Claimed(_))));
            self.store.complete(&key, self.life()).await.unwrap();
        }
    }
}

fn key(n: usize) -> DeliveryKey {
    DeliveryKey::of_event("bench", "bench", &n.to_string())
}

fn report(filled: &mut [Filled]) -> ExitCode {
    let thousand: Vec<_> = filled.iter().take(1).flat_map(|store| store.turns.clone()).collect();
    let mut within = true;
    println!(
        "{:>9}  {:>8}  {:>10}  {:>9}  {:>5}  {:>8}",
        "live", "per verb", "verbs/s", "p99 claim", "ratio", "HashMap"
    );
    for store in filled {
        let ratios =
            store.turns.iter().zip(&thousand).map(|(turn, thousand)| turn.div_duration_f64(*thousand));
        let ratio = percentile(ratios, 50, f64::total_cmp);
        let [verb, map] = [&store.turns, &store.map_turns].map(|turns| {
            percentile(turns.iter().copied(), 50, Ord::cmp).as_nanos() as f64 / (3 * ROUNDS) as f64
        });
        let p99 = percentile(store.verbs.iter().copied(), 99, Ord::cmp);
        let rate = 1e9 / verb;
        println!("{:>9}  {verb:>5.0} ns  {rate:>10.0}  {p99:>9.0?}  {ratio:>5.2}  {map:>5.0} ns", store.size);
        within &= ratio <= 1.5;
    }
    if within { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn percentile<T: Copy>(values: impl Iterator<Item = T>, percent: usize, by: fn(&T, &T) -> Ordering) -> T {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable_by(by);
    values[values.len() * percent / 100]
}
