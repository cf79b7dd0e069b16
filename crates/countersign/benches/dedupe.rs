//! The costs of a delivery in a `MemoryStore` that already holds many: `cargo bench -p countersign --bench dedupe`.
//!
//! A round is three verbs, each with its key: a claim and a completion of a new delivery, and the claim of a repeat of a delivery
//! that came 300 rounds before. A delivery comes every 10 milliseconds of the store's clock and is remembered until `live` more
//! have come, so the store keeps its size. In the rows with mixed lives, a retention is between half and one and a half times as
//! long, so deliveries do not expire in the order in which they came.
//!
//! Each batch of 100 rounds is timed, and the median batch counts, so that other load on the machine counts little. The 99th
//! percentile is that of claims of new deliveries, timed one by one. Bytes are those that the store asked its allocator for: the
//! first figure after all batches, the second at the worst moment while the store was filled. They are counted in every batch,
//! which makes a verb a little slower than it is in a service.
//!
//! A million entries do not fit the CPU cache: a verb waits for memory there, and takes three to five times as long as in a store
//! of a thousand.
//!
//! The benchmark fails if a mark is missed: 1.5 µs for a verb with its key, 20 µs for the 99th percentile, 300 bytes for an entry.
//! On a machine that is busy with other programs, they share the cache and the memory, and the marks may be missed.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and may fail loudly")]
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "a benchmark may fail loudly")]

use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use allocation_counter::measure;
use countersign::dedupe::DedupeStore as _;
use countersign::dedupe::{Claim, DeliveryKey, MemoryStore};

const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];
const TURNS: usize = 50;
const BATCHES: usize = 100;
const ROUNDS: usize = 100;
/// A retry comes so many deliveries after the first attempt.
const RETRY: usize = 300;
const LEASE: Duration = Duration::from_secs(60);
/// The time between two deliveries, in milliseconds.
const PAUSE: u64 = 10;

const MOST_PER_VERB: Duration = Duration::from_nanos(1_500);
const MOST_P99: Duration = Duration::from_micros(20);
const MOST_BYTES: u64 = 300;

fn main() -> ExitCode {
    let mut stores: Vec<_> =
        SIZES.into_iter().flat_map(|size| [false, true].map(|mixed| Filled::new(size, mixed))).collect();
    for _ in 0..TURNS {
        for store in &mut stores {
            store.turn();
        }
    }
    println!(
        "{:>9}  {:>8}  {:>8}  {:>9}  {:>10}  {:>12}",
        "live", "lives", "verb", "p99 claim", "bytes each", "bytes, worst"
    );
    let within: Vec<_> = stores.iter_mut().map(Filled::report).collect();
    println!("{:>9}  {:>8}  {:>8?}  {:>9?}  {:>10}", "mark", "", MOST_PER_VERB, MOST_P99, MOST_BYTES);
    if within.contains(&false) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// A store that keeps its size.
struct Filled {
    size: usize,
    mixed: bool,
    store: MemoryStore,
    clock: Arc<AtomicU64>,
    /// The number of deliveries so far.
    count: usize,
    bytes: i64,
    worst_bytes: u64,
    batches: Vec<Duration>,
    claims: Vec<Duration>,
}

impl Filled {
    fn new(size: usize, mixed: bool) -> Self {
        let clock = Arc::new(AtomicU64::new(0));
        let now = Arc::clone(&clock);
        // The clock of a real store reads `Instant::now`, so this one does too.
        let store = MemoryStore::new(size * 2).clock(move || {
            black_box(Instant::now());
            Duration::from_millis(now.load(Relaxed))
        });
        let (bytes, worst_bytes, batches, claims) = Default::default();
        let mut filled = Self { size, mixed, store, clock, count: 0, bytes, worst_bytes, batches, claims };
        let taken = measure(|| block_on(filled.fill()));
        (filled.bytes, filled.worst_bytes) = (taken.bytes_current, taken.bytes_max);
        filled
    }

    async fn fill(&mut self) {
        // Twice, because deliveries with mixed lives come to their number after the longest life.
        for _ in 0..self.size * 2 {
            let key = self.next();
            self.store.complete(&key, self.life()).await.unwrap();
        }
    }

    /// The key of the next delivery, which comes now.
    fn next(&mut self) -> DeliveryKey {
        self.count += 1;
        self.clock.fetch_add(PAUSE, Relaxed);
        key(self.count)
    }

    /// The retention of the last delivery.
    fn life(&self) -> Duration {
        let (size, count) = (self.size as u64, self.count as u64);
        // An odd multiplier spreads the numbers of the deliveries over all 64 bits.
        let spread = count.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        Duration::from_millis(PAUSE * if self.mixed { size / 2 + spread % size } else { size })
    }

    fn turn(&mut self) {
        for _ in 0..BATCHES {
            let begun = Instant::now();
            self.bytes += measure(|| block_on(self.rounds())).bytes_current;
            self.batches.push(begun.elapsed());
        }
        let (len, size) = (self.store.len(), self.size);
        assert!(len.abs_diff(size) <= size / 10, "{len} of {size}");
        block_on(self.single_claims());
    }

    async fn rounds(&mut self) {
        for _ in 0..ROUNDS {
            let key = self.next();
            assert!(matches!(self.store.claim(&key, LEASE).await, Ok(Claim::Claimed(_))));
            self.store.complete(&key, self.life()).await.unwrap();
            assert_eq!(self.store.claim(&self::key(self.count - RETRY), LEASE).await, Ok(Claim::Done));
        }
    }

    /// Times each claim on its own. The time of reading the clock is in it.
    async fn single_claims(&mut self) {
        for _ in 0..1_000 {
            let key = self.next();
            let begun = Instant::now();
            let claim = self.store.claim(&key, LEASE).await;
            self.claims.push(begun.elapsed());
            assert!(matches!(claim, Ok(Claim::Claimed(_))));
            self.store.complete(&key, self.life()).await.unwrap();
        }
    }

    /// Whether the store keeps the marks.
    fn report(&mut self) -> bool {
        let verb = percentile(&mut self.batches, 50).div_f64((3 * ROUNDS) as f64);
        let p99 = percentile(&mut self.claims, 99);
        let size = self.size as u64;
        let (bytes, worst) = (u64::try_from(self.bytes).unwrap() / size, self.worst_bytes / size);
        let lives = if self.mixed { "mixed" } else { "in order" };
        println!("{size:>9}  {lives:>8}  {verb:>8?}  {p99:>9.1?}  {bytes:>10}  {worst:>12}");
        verb <= MOST_PER_VERB && p99 <= MOST_P99 && bytes.max(worst) <= MOST_BYTES
    }
}

fn key(n: usize) -> DeliveryKey {
    DeliveryKey::of_event("bench", "bench", &n.to_string())
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[times.len() * percent / 100]
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
