//! What a delivery costs in a `MemoryStore` that already holds many: `cargo bench -p countersign --bench dedupe`.
//!
//! A round is what a delivery makes: its key, a claim and a completion, and the key and the claim of a repeat of one a minute ago; the
//! oldest expires along the way, so that the size stays. Sizes take turns, and the median of their rounds counts, so that what else the machine does hits all alike.
//!
//! No verb does more with a million than with a thousand, but a million do not fit into a processor's cache, and every table pays
//! for that. How much, on this machine and at this moment, a bare `HashMap` shows in the same rounds: one insertion, one look-up
//! and one removal. The benchmark fails where a verb grows by more than half and also by more than twice the nanoseconds by
//! which an operation of that map grows.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and may fail loudly")]
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "a benchmark may fail loudly")]

use std::collections::HashMap;
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use countersign::{Claim, DedupeStore as _, DeliveryKey, MemoryStore};

const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];
const TURNS: usize = 30;
const ROUNDS: usize = 20_000;
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

/// A store that stays at one size: each delivery is a nanosecond after the one before, and lives for `size` of them.
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
        let store = MemoryStore::new(size + 10).clock(move || {
            // A real clock is asked too, since a real store asks it.
            black_box(Instant::now());
            Duration::from_nanos(now.load(Ordering::Relaxed))
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
        Duration::from_nanos(self.size as u64)
    }

    fn key(&mut self) -> DeliveryKey {
        self.next += 1;
        self.clock.fetch_add(1, Ordering::Relaxed);
        key(self.next)
    }

    async fn turn(&mut self) {
        let life = self.life();
        let new = self.next + 1..=self.next + ROUNDS;
        let begun = Instant::now();
        for n in new.clone() {
            self.clock.fetch_add(1, Ordering::Relaxed);
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
        assert!(self.store.len().abs_diff(self.size) <= 2, "{} of {}", self.store.len(), self.size);
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
    let mut first = None;
    let mut within = true;
    println!(
        "{:>9}  {:>8}  {:>10}  {:>9}  {:>5}  {:>8}",
        "live", "per verb", "verbs/s", "p99 claim", "ratio", "HashMap"
    );
    for store in filled {
        let [verb, map] = [&mut store.turns, &mut store.map_turns]
            .map(|turns| percentile(turns, 50).as_nanos() as f64 / (3 * ROUNDS) as f64);
        let p99 = percentile(&mut store.verbs, 99);
        let (first_verb, first_map) = *first.get_or_insert((verb, map));
        let ratio = verb / first_verb;
        within &= ratio <= 1.5 || verb - first_verb <= 2.0 * (map - first_map);
        let rate = 1e9 / verb;
        println!("{:>9}  {verb:>5.0} ns  {rate:>10.0}  {p99:>9.0?}  {ratio:>5.2}  {map:>5.0} ns", store.size);
    }
    if within { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn percentile(values: &mut [Duration], percent: usize) -> Duration {
    values.sort_unstable();
    values[values.len() * percent / 100]
}
