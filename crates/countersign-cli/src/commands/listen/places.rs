//! A semaphore for threads: a number of places that are taken and given back.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The free places.
#[derive(Debug)]
pub(super) struct Places {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A taken place. It is given back on drop.
#[derive(Debug)]
pub(super) struct Place<'a>(&'a Places);

impl Places {
    pub(super) const fn new(free: usize) -> Self {
        Self { free: Mutex::new(free), freed: Condvar::new() }
    }

    /// Waits until a place is free, and takes it.
    pub(super) fn wait(&self) -> Place<'_> {
        let free = self.freed.wait_while(self.lock(), |free| *free == 0);
        take(&mut free.unwrap_or_else(PoisonError::into_inner));
        Place(self)
    }

    /// Takes a place if one is free now.
    pub(super) fn try_take(&self) -> Option<Place<'_>> {
        // `then` and not `then_some`: a `Place` that is made and dropped would give back a place that nobody took.
        take(&mut self.lock()).then(|| Place(self))
    }

    /// Ignores a poisoned lock. Nothing that happens under the lock can leave a wrong number.
    fn lock(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn take(free: &mut usize) -> bool {
    let left = free.checked_sub(1);
    *free = left.unwrap_or_default();
    left.is_some()
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut free = self.0.lock();
        *free = free.saturating_add(1);
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_place_is_taken_until_it_is_dropped() {
        let places = Places::new(2);
        let (first, second) = (places.try_take(), places.wait());
        assert!(first.is_some() && places.try_take().is_none());
        drop(second);
        assert!(places.try_take().is_some());
    }

    #[test]
    fn many_threads_never_take_more_places_than_there_are() {
        let (places, inside) = (Places::new(3), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        let place = places.wait();
                        assert!(inside.fetch_add(1, Ordering::SeqCst) < 3);
                        std::thread::yield_now();
                        inside.fetch_sub(1, Ordering::SeqCst);
                        drop(place);
                    }
                });
            }
        });
        assert_eq!(*places.lock(), 3);
    }
}
