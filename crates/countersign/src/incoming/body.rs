//! The bytes of a body so far, and their share of what all unfinished bodies may hold together.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

use crate::Rejection;
use crate::verifier::Settings;

/// Each body may hold so many bytes without being counted, so that a small delivery passes however many large ones are under way.
const FREE: usize = 64 * 1024;

/// How many bytes all unfinished bodies of a verifier and its clones hold beyond their free parts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Total(Arc<AtomicUsize>);

impl Total {
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// A body that is arriving. Room for a chunk is made, and refused, before the chunk is kept.
pub(super) struct Body {
    bytes: Kept,
    /// What `bytes` may take before more room has to be made. Never more than the limit.
    capacity: usize,
    limit: usize,
    share: Share,
}

/// The first chunk is kept as it is; a second one starts a buffer that grows with the bytes that really came.
enum Kept {
    Nothing,
    Whole(Bytes),
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

    /// Makes room for so many bytes more. Nothing is allocated yet.
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

    /// Keeps a chunk for which there is room.
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
                // To the byte what was counted: a vector left to itself would round up.
                buffer.reserve_exact(self.capacity.saturating_sub(buffer.len()));
                buffer.extend_from_slice(&chunk);
                Kept::Assembled(buffer)
            }
        };
    }

    /// Forgets all, and gives its share back.
    pub(super) fn clear(&mut self) {
        self.bytes = Kept::Nothing;
        self.capacity = 0;
        self.share.give_back();
    }

    /// Takes the bytes, in no more memory than they need: they may be kept for long. The share stays until the body is dropped.
    pub(super) fn take(&mut self) -> Bytes {
        match mem::replace(&mut self.bytes, Kept::Nothing) {
            Kept::Nothing => Bytes::new(),
            Kept::Whole(bytes) => bytes,
            Kept::Assembled(buffer) => buffer.into_boxed_slice().into(),
        }
    }
}

/// The next capacity. It grows in steps, so that a body is moved a few times only: fourfold in the free part, where what is not touched
/// costs nothing, and twofold beyond. As long as the bytes fit into the free part, so does the capacity: a small delivery is never
/// counted.
fn grown(capacity: usize, needed: usize, limit: usize) -> usize {
    let step = if needed <= FREE {
        capacity.saturating_mul(4).min(FREE).min(limit)
    } else {
        capacity.saturating_mul(2).min(limit)
    };
    // The first chunk is not copied, and takes what it is long.
    if needed <= capacity { capacity } else { step.max(needed) }
}

/// What one body has taken of the total. Given back on drop, however the body ends.
struct Share {
    total: Total,
    most: usize,
    counted: usize,
}

impl Share {
    /// Takes what a body of this capacity lacks. The total is compared and taken in one step: no two bodies take the same bytes.
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

    /// A body with this limit, and that for the sum.
    fn body(limit: usize, sum: usize, total: &Total) -> Body {
        let verifier = Verifier::<Massu>::new(Secret::new("s").unwrap())
            .unwrap()
            .body_limit(limit)
            .total_body_limit(sum);
        Body::new(&verifier.settings, total.clone())
    }

    fn push(body: &mut Body, size: usize) -> Result<(), Rejection> {
        body.make_room(size)?;
        body.append(Bytes::from(vec![b'a'; size]));
        Ok(())
    }

    #[test]
    fn a_small_body_counts_nothing_in_chunks_of_any_size() {
        for size in [1, 7, 1000, 40_000, FREE] {
            let total = Total::default();
            let mut body = body(MIB, 0, &total);
            for left in (0..FREE).rev().step_by(size) {
                push(&mut body, size.min(left + 1)).unwrap();
            }
            assert_eq!((body.len(), total.held()), (FREE, 0), "{size}");
        }
    }

    #[test]
    fn what_is_allocated_beyond_the_free_part_is_what_counts() {
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
    fn two_whole_bodies_always_fit_and_give_back_what_they_took() {
        let total = Total::default();
        let mut bodies = [body(MIB, 0, &total), body(MIB, 0, &total), body(MIB, 0, &total)];
        let [first, second, third] = &mut bodies;
        for body in [first, second] {
            for _ in 0..16 {
                push(body, FREE).unwrap();
            }
        }
        // Both free parts of the two are left.
        assert_eq!(total.held(), 2 * (MIB - FREE));
        let refused = (0..16).map(|_| push(third, FREE)).find_map(Result::err);
        assert_eq!(refused, Some(Rejection::BodiesExceedTotalLimit { limit: 2 * MIB }));
        third.clear();
        assert_eq!(total.held(), 2 * (MIB - FREE));
        drop(bodies);
        assert_eq!(total.held(), 0);
    }

    #[test]
    fn bodies_that_race_never_exceed_the_total_and_leave_nothing() {
        let (total, start) = (Total::default(), Barrier::new(4));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    start.wait();
                    for _ in 0..50 {
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
