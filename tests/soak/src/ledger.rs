//! The provider's list of deliveries, with the attempts and the time of the first 2xx of each.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::time::{Duration, Instant};

use crate::delivery::Number;
use crate::outages::{Moment, now};

/// The deliveries of all providers.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    deliveries: Mutex<Vec<Delivery>>,
    unacknowledged: AtomicUsize,
    retries: Mutex<VecDeque<(Instant, Number)>>,
}

/// A delivery. Its number is its place in the list.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Delivery {
    /// The attempts that were begun.
    pub(crate) attempts: u16,
    /// The attempts that have not ended.
    pub(crate) under_way: u16,
    /// The end of the last attempt that may have held the claim. An attempt that was told to wait held none.
    pub(crate) left: Option<Moment>,
    /// The end of the last attempt before that one during which something failed. Its claim may hold until the end of its lease.
    pub(crate) left_behind: Option<Moment>,
    /// The time at which the client had read the first 2xx.
    pub(crate) acknowledged: Option<Moment>,
    /// Whether an answer said, after the acknowledgement, that another attempt is in progress. Only a success that was not recorded
    /// explains such an answer.
    pub(crate) stuck: bool,
}

/// A provider waits longer. The soak waits less, so that more attempts meet each fault.
const RETRY_AFTER: Duration = Duration::from_millis(250);

/// While so many deliveries wait for their retry, no new one begins.
const MOST_RETRIES: usize = 1000;

impl Ledger {
    /// A delivery to send now: one whose retry is due, or else a new one. `None` if too many wait.
    pub(crate) fn next(&self) -> Option<Number> {
        self.due().or_else(|| (self.retries.lock().unwrap().len() < MOST_RETRIES).then(|| self.add()))
    }

    /// A delivery whose retry is due.
    pub(crate) fn due(&self) -> Option<Number> {
        let mut retries = self.retries.lock().unwrap();
        let (due, number) = *retries.front()?;
        (due <= Instant::now()).then(|| {
            retries.pop_front();
            number
        })
    }

    /// A new delivery.
    pub(crate) fn add(&self) -> Number {
        let mut deliveries = self.deliveries.lock().unwrap();
        deliveries.push(Delivery::default());
        self.unacknowledged.fetch_add(1, Ordering::Relaxed);
        Number::try_from(deliveries.len() - 1).unwrap()
    }

    /// Some delivery that was acknowledged before, if chance finds one.
    pub(crate) fn acknowledged(&self, chance: usize) -> Option<Number> {
        let deliveries = self.deliveries.lock().unwrap();
        let place = chance.checked_rem(deliveries.len())?;
        deliveries[place].acknowledged.and_then(|_| Number::try_from(place).ok())
    }

    /// Begins an attempt, and returns the delivery as it was before.
    pub(crate) fn begin(&self, number: Number) -> Delivery {
        self.change(number, |delivery| {
            delivery.attempts = delivery.attempts.saturating_add(1);
            delivery.under_way += 1;
        })
    }

    /// Ends an attempt. `held` tells whether it may have held the claim, and `left_behind` is the end of an earlier attempt during which
    /// something failed.
    pub(crate) fn end(&self, number: Number, held: bool, left_behind: Option<Moment>) {
        self.change(number, |delivery| {
            delivery.under_way -= 1;
            delivery.left_behind = delivery.left_behind.max(left_behind);
            delivery.left = held.then(now).or(delivery.left);
        });
    }

    pub(crate) fn acknowledge(&self, number: Number) {
        self.change(number, |delivery| {
            delivery.acknowledged.get_or_insert_with(|| {
                self.unacknowledged.fetch_sub(1, Ordering::Relaxed);
                now()
            });
        });
    }

    pub(crate) fn stick(&self, number: Number) {
        self.change(number, |delivery| delivery.stuck = true);
    }

    /// Sends it again later.
    pub(crate) fn retry(&self, number: Number) {
        if self.get(number).acknowledged.is_none() {
            self.retries.lock().unwrap().push_back((Instant::now() + RETRY_AFTER, number));
        }
    }

    pub(crate) fn get(&self, number: Number) -> Delivery {
        self.change(number, |_| {})
    }

    pub(crate) fn unacknowledged(&self) -> usize {
        self.unacknowledged.load(Ordering::Relaxed)
    }

    pub(crate) fn all(&self) -> Vec<Delivery> {
        self.deliveries.lock().unwrap().clone()
    }

    fn change(&self, number: Number, change: impl FnOnce(&mut Delivery)) -> Delivery {
        let delivery = &mut self.deliveries.lock().unwrap()[number as usize];
        let before = *delivery;
        change(delivery);
        before
    }
}
