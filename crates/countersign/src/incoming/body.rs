//! The bytes of an unfinished body, and the memory that all unfinished bodies share.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

use crate::Rejection;
use crate::verifier::Settings;

/// Bytes of each body that do not count. A small delivery passes even if large ones have taken the whole total.
const FREE: usize = 64 * 1024;

/// Number of bytes that the unfinished bodies of a verifier and its clones hold beyond their free parts.
///
/// The counter is an atomic with relaxed order. It guards no other memory, so only the number itself must be right.
#[derive(Clone, Debug, Default)]
pub(crate) struct Total(Arc<AtomicUsize>);

impl Total {
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// A body that is arriving. The limits are checked before a chunk is kept.
pub(super) struct Body {
    bytes: Kept,
    /// The memory that the body has been granted, in bytes. At most the limit.
    capacity: usize,
    limit: usize,
    share: Share,
}

/// The chunks so far.
enum Kept {
    Nothing,
    /// The only chunk. Most bodies arrive as one chunk, which is never copied.
    Whole(Bytes),
    /// Two or more chunks, copied into one buffer. It grows with the bytes that arrive, and never with a declared length.
    Assembled(Vec<u8>),
}

impl Body {
    pub(super) fn new(settings: &Settings, total: Total) -> Self {
        let share = Share { total, most: settings.total_body_limit(), counted: 0 };
        Self { bytes: Kept::Nothing, capacity: 0, limit: settings.body_limit, share }
    }

    pub(super) fn len(&self) -> usize {
        match &self.bytes {
            Kept::Nothing => 0,
            Kept::Whole(bytes) => bytes.len(),
            Kept::Assembled(buffer) => buffer.len(),
        }
    }

    /// Grants room for `more` bytes, or refuses them. It allocates nothing.
    pub(super) fn make_room(&mut self, more: usize) -> Result<(), Rejection> {
        let needed = self.len().saturating_add(more);
        if needed > self.limit {
            return Err(Rejection::BodyTooLarge { limit: self.limit });
        }
        let capacity = grown(self.capacity, needed, self.limit);
        self.share.grow_to(capacity)?;
        self.capacity = capacity;
        Ok(())
    }

    /// Keeps a chunk. [`make_room`](Self::make_room) must have granted its room.
    pub(super) fn append(&mut self, chunk: Bytes) {
        if chunk.is_empty() {
            return;
        }
        self.bytes = match mem::replace(&mut self.bytes, Kept::Nothing) {
            Kept::Nothing => Kept::Whole(chunk),
            Kept::Whole(first) => {
                let mut buffer = Vec::with_capacity(self.capacity);
                buffer.extend_from_slice(&first);
                buffer.extend_from_slice(&chunk);
                Kept::Assembled(buffer)
            }
            Kept::Assembled(mut buffer) => {
                // `reserve` would round up, and the buffer would be larger than what was counted.
                buffer.reserve_exact(self.capacity.saturating_sub(buffer.len()));
                buffer.extend_from_slice(&chunk);
                Kept::Assembled(buffer)
            }
        };
    }

    /// Drops the bytes, and gives their share of the total back.
    pub(super) fn clear(&mut self) {
        self.bytes = Kept::Nothing;
        self.capacity = 0;
        self.share.give_back();
    }

    /// Takes the bytes out. A buffer is cut to its length first, because a handler may keep it for long. The share of the total is given
    /// back when the body is dropped.
    pub(super) fn take(&mut self) -> Bytes {
        match mem::replace(&mut self.bytes, Kept::Nothing) {
            Kept::Nothing => Bytes::new(),
            Kept::Whole(bytes) => bytes,
            Kept::Assembled(buffer) => buffer.into_boxed_slice().into(),
        }
    }
}

/// The capacity for `needed` bytes.
///
/// It grows by a factor, so that a body is copied only a few times: by 4 in the free part and by 2 beyond it. If the bytes fit into the
/// free part, the capacity does too, so a small delivery is never counted.
fn grown(capacity: usize, needed: usize, limit: usize) -> usize {
    let step = if needed <= FREE {
        capacity.saturating_mul(4).min(FREE).min(limit)
    } else {
        capacity.saturating_mul(2).min(limit)
    };
    // The first chunk is not copied, so its capacity is its length.
    if needed <= capacity { capacity } else { step.max(needed) }
}

/// The share of the total that one body has taken. It is given back on drop, so no way of ending a request can leak it.
struct Share {
    total: Total,
    /// The limit of the total, in bytes.
    most: usize,
    counted: usize,
}

impl Share {
    /// Takes as many bytes from the total as a body of this capacity lacks.
    ///
    /// `fetch_update` compares and adds in one atomic step. If it were two steps, two bodies could both see the last free bytes and both
    /// take them.
    fn grow_to(&mut self, capacity: usize) -> Result<(), Rejection> {
        let more = capacity.saturating_sub(FREE).saturating_sub(self.counted);
        if more == 0 {
            return Ok(());
        }
        let within = |held: usize| held.checked_add(more).filter(|sum| *sum <= self.most);
        match self.total.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, within) {
            Ok(_) => {
                self.counted = self.counted.saturating_add(more);
                Ok(())
            }
            Err(_) => Err(Rejection::BodiesExceedTotalLimit { limit: self.most }),
        }
    }

    fn give_back(&mut self) {
        self.total.0.fetch_sub(mem::take(&mut self.counted), Ordering::Relaxed);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.give_back();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;
    use crate::{Massu, Secret, Verifier};

    const MIB: usize = 1024 * 1024;

    /// A body with a limit for itself and a limit for the total.
    fn body(limit: usize, total_limit: usize, total: &Total) -> Body {
        let verifier = Verifier::<Massu>::new(Secret::new("s").unwrap())
            .unwrap()
            .body_limit(limit)
            .total_body_limit(total_limit);
        Body::new(verifier.settings(), total.clone())
    }

    fn push(body: &mut Body, size: usize) -> Result<(), Rejection> {
        body.make_room(size)?;
        body.append(Bytes::from(vec![b'a'; size]));
        Ok(())
    }

    #[test]
    fn a_small_body_does_not_count_in_chunks_of_any_size() {
        // Miri takes a minute for all single bytes.
        let smallest = if cfg!(miri) { 700 } else { 1 };
        for size in [smallest, 7 * smallest, 1000, 40_000, FREE] {
            let total = Total::default();
            let mut body = body(MIB, 0, &total);
            for left in (0..FREE).rev().step_by(size) {
                push(&mut body, size.min(left + 1)).unwrap();
            }
            assert_eq!((body.len(), total.held()), (FREE, 0), "{size}");
        }
    }

    #[test]
    fn the_allocated_bytes_beyond_the_free_part_count() {
        let total = Total::default();
        let mut body = body(MIB, 4 * MIB, &total);
        for _ in 0..100 {
            push(&mut body, 10_000).unwrap();
            match &body.bytes {
                Kept::Nothing => panic!("nothing kept"),
                Kept::Whole(_) => assert_eq!(total.held(), 0),
                Kept::Assembled(buffer) => {
                    assert!(buffer.capacity() <= MIB);
                    assert_eq!(total.held(), buffer.capacity().saturating_sub(FREE));
                }
            }
        }
        assert_eq!(body.take().len(), 1_000_000);
        drop(body);
        assert_eq!(total.held(), 0);
    }

    #[test]
    fn a_first_chunk_counts_by_its_length() {
        let total = Total::default();
        let mut body = body(MIB, 4 * MIB, &total);
        push(&mut body, 100_000).unwrap();
        assert_eq!(total.held(), 100_000 - FREE);
    }

    #[test]
    fn two_whole_bodies_always_fit_and_give_their_bytes_back() {
        let total = Total::default();
        let mut bodies = [body(MIB, 0, &total), body(MIB, 0, &total), body(MIB, 0, &total)];
        let [first, second, third] = &mut bodies;
        for body in [first, second] {
            for _ in 0..16 {
                push(body, FREE).unwrap();
            }
        }
        // The free parts of the two bodies do not count.
        assert_eq!(total.held(), 2 * (MIB - FREE));
        let refused = (0..16).map(|_| push(third, FREE)).find_map(Result::err);
        assert_eq!(refused, Some(Rejection::BodiesExceedTotalLimit { limit: 2 * MIB }));
        third.clear();
        assert_eq!(total.held(), 2 * (MIB - FREE));
        drop(bodies);
        assert_eq!(total.held(), 0);
    }

    #[test]
    fn bodies_on_many_threads_never_exceed_the_total_and_leave_nothing() {
        let (total, start) = (Total::default(), Barrier::new(4));
        // Miri switches between the threads far more often than a processor does.
        let rounds = if cfg!(miri) { 2 } else { 50 };
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    start.wait();
                    for _ in 0..rounds {
                        let mut body = body(MIB, 0, &total);
                        while push(&mut body, 50_000).is_ok() {
                            assert!(total.held() <= 2 * MIB);
                        }
                    }
                });
            }
        });
        assert_eq!(total.held(), 0);
    }

    #[test]
    fn no_arithmetic_overflows() {
        let total = Total::default();
        let mut body = body(usize::MAX, usize::MAX, &total);
        push(&mut body, 10).unwrap();
        body.make_room(usize::MAX).unwrap();
        assert_eq!(total.held(), usize::MAX - FREE);
        body.clear();
        assert_eq!(total.held(), 0);
    }
}
