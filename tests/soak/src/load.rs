//! The load: providers that deliver, and clients that send forgeries and broken requests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Interval, interval, sleep};

use crate::client::{Line, Manner, Version};
use crate::delivery::{Deliveries, Number};
use crate::judge::Kind;
use crate::ledger::Ledger;
use crate::outages::Outages;
use crate::replica::{self, Replica};
use crate::tally::Tally;

/// Everything that the clients share.
pub(crate) struct Load {
    pub(crate) deliveries: Deliveries,
    pub(crate) ledger: Ledger,
    pub(crate) tally: Tally,
    pub(crate) targets: Vec<Target>,
    pub(crate) outages: Arc<Outages>,
    pace: Mutex<Interval>,
    stopped: AtomicBool,
}

/// A replica, as its clients see it.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    pub(crate) version: Version,
    pub(crate) kills: Arc<Outages>,
}

/// The most requests that begin in a second, except to make up for an outage.
const RATE: u32 = 2000;

/// The clients that send as fast as they are answered. Each has a connection to both replicas of its version of HTTP.
pub(crate) const BRISK: u64 = 32;

/// The clients that send slowly.
pub(crate) const SLOW: u64 = 8;

/// A body over the limit, which is 1 MiB.
const OVERSIZED: usize = 1024 * 1024 + 10_000;

impl Target {
    pub(crate) fn new(replica: &Replica) -> Self {
        let replica::Kind { name, version, .. } = *replica.kind;
        Self { name, version, address: replica.address(), kills: Arc::clone(&replica.kills) }
    }
}

impl Load {
    pub(crate) fn new(targets: Vec<Target>, outages: Arc<Outages>) -> Arc<Self> {
        Arc::new(Self {
            deliveries: Deliveries::new(),
            ledger: Ledger::default(),
            tally: Tally::default(),
            targets,
            outages,
            pace: Mutex::new(interval(Duration::from_secs(1) / RATE)),
            stopped: AtomicBool::new(false),
        })
    }

    /// Begins nothing new from now on. Deliveries that are not acknowledged are still retried.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

/// A client.
pub(crate) struct Client {
    load: Arc<Load>,
    lines: Vec<Line>,
    chance: Chance,
}

impl Client {
    pub(crate) fn new(load: &Arc<Load>, version: Version, seed: u64) -> Self {
        let targets = load.targets.iter().enumerate().filter(|(_, target)| target.version == version);
        let lines = targets.map(|(place, target)| Line::new(place, target)).collect();
        Self { load: Arc::clone(load), lines, chance: Chance(seed) }
    }

    /// Sends one request after the other, of all kinds but the slow ones.
    pub(crate) async fn be_brisk(mut self) {
        while !self.load.is_stopped() {
            self.load.pace.lock().await.tick().await;
            let replica = self.chance.below(2);
            match self.chance.below(1000) {
                0..500 => self.genuine(replica).await,
                500..550 => self.twins().await,
                550..780 => self.repeat(replica).await,
                780..960 => self.forged(replica).await,
                960..980 => self.cut(replica).await,
                980..995 => self.hang_up(replica).await,
                _ => self.oversized(replica).await,
            }
        }
        self.retry_the_rest().await;
    }

    /// Sends bodies that come slowly or do not end.
    pub(crate) async fn be_slow(mut self) {
        while !self.load.is_stopped() {
            let replica = self.chance.below(2);
            if self.chance.below(4) == 0 {
                self.unfit(replica, Kind::Stalled, Manner::Stalled, 1000).await;
            } else {
                let number = self.load.ledger.add();
                self.deliver(replica, number, Kind::Slow, Manner::Slow).await;
            }
        }
    }

    async fn retry_the_rest(&mut self) {
        while self.load.ledger.unacknowledged() > 0 {
            match self.load.ledger.due() {
                Some(number) => {
                    let replica = self.chance.below(2);
                    self.deliver(replica, number, Kind::Genuine, Manner::Whole).await;
                }
                None => sleep(Duration::from_millis(50)).await,
            }
        }
    }

    async fn genuine(&mut self, replica: usize) {
        if let Some(number) = self.load.ledger.next() {
            let manner = if self.chance.below(4) == 0 { Manner::Undeclared } else { Manner::Whole };
            self.deliver(replica, number, Kind::Genuine, manner).await;
        }
    }

    async fn repeat(&mut self, replica: usize) {
        if let Some(number) = self.load.ledger.acknowledged(self.chance.below(usize::MAX)) {
            self.deliver(replica, number, Kind::Repeated, Manner::Whole).await;
        }
    }

    /// Sends a delivery to both replicas at the same time.
    async fn twins(&mut self) {
        let Some(number) = self.load.ledger.next() else { return };
        let [one, other] = &mut self.lines[..] else { return };
        tokio::join!(
            self.load.deliver(one, number, Kind::Genuine, Manner::Whole),
            self.load.deliver(other, number, Kind::Genuine, Manner::Whole),
        );
    }

    async fn hang_up(&mut self, replica: usize) {
        let Some(number) = self.load.ledger.next() else { return };
        let time = Duration::from_micros(self.chance.next() % 10_000);
        self.deliver(replica, number, Kind::Aborted, Manner::HangUp(time)).await;
    }

    async fn cut(&mut self, replica: usize) {
        self.unfit(replica, Kind::Aborted, Manner::Cut, 2000).await;
    }

    async fn oversized(&mut self, replica: usize) {
        let manner = if self.chance.below(2) == 0 { Manner::Undeclared } else { Manner::Whole };
        self.unfit(replica, Kind::Oversized, manner, OVERSIZED).await;
    }

    async fn forged(&mut self, replica: usize) {
        let request = self.load.deliveries.forged(self.chance.below(usize::MAX));
        self.load.refuse(&mut self.lines[replica], request, Kind::Forged, Manner::Whole).await;
    }

    async fn deliver(&mut self, replica: usize, number: Number, kind: Kind, manner: Manner) {
        self.load.deliver(&mut self.lines[replica], number, kind, manner).await;
    }

    async fn unfit(&mut self, replica: usize, kind: Kind, manner: Manner, size: usize) {
        let number = self.chance.below(3);
        let request = self.load.deliveries.unfit(number, size);
        self.load.refuse(&mut self.lines[replica], &request, kind, manner).await;
    }
}

/// Numbers by chance, always the same ones for the same seed: `SplitMix64`.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }
}
