//! What a delivery costs in a `MemoryStore` that already holds many: `cargo bench -p countersign --bench dedupe`.
//!
//! A round is what a delivery makes: a claim, a completion and a repeat of an older one; the oldest expires along the way, so that
//! the size stays. Sizes take turns, and the median of their rounds counts, so that what else the machine does hits all alike. It
//! fails where the cost grows by more than half from the smallest size to the largest.

use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use countersign::{Claim, DedupeStore as _, DeliveryKey, MemoryStore};

const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];
const TURNS: usize = 30;
const ROUNDS: usize = 20_000;
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
    turns: Vec<Duration>,
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
        let mut filled = Self { size, store, clock, next: 0, turns: Vec::new(), verbs: Vec::new() };
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
        let keys: Vec<_> =
            (0..ROUNDS).map(|n| (key(self.next + n + 1), key(self.next + n + 1 - self.size / 2))).collect();
        let begun = Instant::now();
        for (new, old) in &keys {
            self.clock.fetch_add(1, Ordering::Relaxed);
            assert!(matches!(self.store.claim(new, LEASE).await, Ok(Claim::Claimed(_))));
            self.store.complete(new, life).await.unwrap();
            assert_eq!(self.store.claim(old, LEASE).await, Ok(Claim::Done));
        }
        self.turns.push(begun.elapsed());
        self.next += ROUNDS;
        assert!(self.store.len().abs_diff(self.size) <= 2, "{} of {}", self.store.len(), self.size);
        self.single_verbs().await;
    }

    /// Each on its own, for the 99th percentile; the clock's own cost is in it.
    async fn single_verbs(&mut self) {
        for _ in 0..ROUNDS / 10 {
            let key = self.key();
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
    let mut ratio = 1.0;
    println!("{:>10}  {:>10}  {:>12}  {:>9}  {:>5}", "live", "per verb", "verbs/s", "p99 claim", "ratio");
    for store in filled {
        let per_verb = median(&mut store.turns, 0.5).as_nanos() as f64 / (3 * ROUNDS) as f64;
        let p99 = median(&mut store.verbs, 0.99);
        ratio = per_verb / *first.get_or_insert(per_verb);
        println!(
            "{:>10}  {per_verb:>7.0} ns  {:>12.0}  {p99:>9.0?}  {ratio:>5.2}",
            store.size,
            1e9 / per_verb
        );
    }
    if ratio <= 1.5 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The value below which so many of them lie.
fn median(values: &mut [Duration], share: f64) -> Duration {
    values.sort_unstable();
    values[(values.len() as f64 * share) as usize]
}
