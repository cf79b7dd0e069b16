//! A store with faults, and all that happens around it.

use std::future::{pending, poll_fn};
use std::io;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use countersign::dedupe::{Claim, ClaimToken, DedupeStore, DeliveryKey, Handled, MemoryStore};
use tokio::time::Instant;

/// The answer to a claim, as its attempt has got it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Claimed(ClaimToken),
    InFlight(Duration),
    Done,
}

/// How a handler ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It answers 204.
    Success,
    /// It answers 500.
    Failure,
    /// It panics.
    Panic,
    /// The function that judges its answer panics.
    Misjudged,
}

/// How a verb of the store fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Not at all.
    Nothing,
    /// It is not executed.
    Refused,
    /// It is executed, and the answer is an error.
    LostAnswer,
    /// It is not executed, and there is no answer.
    Silent,
    /// It is executed, and there is no answer.
    ExecutedSilent,
    /// It is executed when it is polled for the second time.
    Late,
    /// It panics.
    Panic,
}

/// One attempt.
struct Attempt {
    delivery: usize,
    begun: Option<Instant>,
    claim: Option<Seen>,
    is_handling: bool,
    ending: Option<Ending>,
    /// The store was asked to record or to release.
    has_settled: bool,
    stored: bool,
}

/// All that happened, and the rules that hold.
pub struct World {
    fails_open: bool,
    /// The attempt that is being polled.
    pub current: usize,
    attempts: Vec<Attempt>,
    /// The fault of the next verb.
    fault: Fault,
    /// The time at which a delivery was recorded.
    recorded: [Option<Instant>; 2],
}

const HANDLER_TIMEOUT: Duration = Duration::from_secs(20);
const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

impl World {
    /// A world in which nothing has happened.
    pub const fn new(fails_open: bool) -> Self {
        Self { fails_open, current: 0, attempts: Vec::new(), fault: Fault::Nothing, recorded: [None; 2] }
    }

    /// An attempt is about to begin.
    pub fn begin(&mut self, delivery: usize) {
        let (begun, claim, ending) = (None, None, None);
        let (is_handling, has_settled, stored) = (false, false, false);
        self.attempts.push(Attempt { delivery, begun, claim, is_handling, ending, has_settled, stored });
    }

    /// Sets the fault of the next verb.
    pub fn fault(&mut self, number: u8) {
        self.fault = match number % 6 {
            0 => Fault::Refused,
            1 => Fault::LostAnswer,
            2 => Fault::Silent,
            3 => Fault::ExecutedSilent,
            4 => Fault::Late,
            _ => Fault::Panic,
        };
    }

    /// The attempt ends without a word.
    pub fn crash(&mut self, place: usize) {
        self.attempts[place].is_handling = false;
    }

    /// A handler is polled.
    ///
    /// # Panics
    ///
    /// It must not be.
    pub fn poll_handler(&mut self, place: usize) {
        let now = Instant::now();
        let attempt = &self.attempts[place];
        let time_is_over = |attempt: &Attempt| {
            attempt.begun.is_some_and(|begun| now.duration_since(begun) >= HANDLER_TIMEOUT)
        };
        assert!(attempt.ending.is_none(), "a handler is polled after its end");
        let has_claim = matches!(attempt.claim, Some(Seen::Claimed(_)));
        assert!(has_claim || self.fails_open, "a handler runs without a claim");
        assert!(!has_claim || !time_is_over(attempt), "a handler is polled after its time");
        if !attempt.is_handling && !self.fails_open {
            let others = self.attempts.iter().filter(|other| other.delivery == attempt.delivery);
            assert!(others.filter(|other| other.is_handling).all(time_is_over), "two handlers overlap");
            let recorded = self.recorded[attempt.delivery];
            let is_forgotten = recorded.is_none_or(|recorded| now.duration_since(recorded) >= RETENTION);
            assert!(is_forgotten, "a handler begins after the delivery was recorded");
        }
        self.attempts[place].is_handling = true;
    }

    /// A handler has ended.
    pub fn end_handler(&mut self, place: usize, ending: Ending) {
        let attempt = &mut self.attempts[place];
        (attempt.is_handling, attempt.ending) = (false, Some(ending));
    }

    /// An attempt has ended.
    ///
    /// # Panics
    ///
    /// It must not have ended so.
    pub fn assert_end(&mut self, place: usize, handled: Handled<u16>) {
        let fails_open = self.fails_open;
        let attempt = &mut self.attempts[place];
        assert_eq!(handled, expected(attempt.claim, fails_open, attempt.ending, attempt.stored));
        let has_claim = matches!(attempt.claim, Some(Seen::Claimed(_)));
        assert!(attempt.has_settled || !has_claim, "a claim was neither recorded nor released");
        assert!(handled != Handled::Repeat || self.recorded[attempt.delivery].is_some());
        attempt.is_handling = false;
    }

    fn attempt(&mut self) -> &mut Attempt {
        &mut self.attempts[self.current]
    }
}

/// The end of an attempt for which the store and the handler answered so.
fn expected(claim: Option<Seen>, fails_open: bool, ending: Option<Ending>, stored: bool) -> Handled<u16> {
    match claim {
        Some(Seen::Done) => return Handled::Repeat,
        Some(Seen::InFlight(retry_after)) => return Handled::InProgress { retry_after },
        None if !fails_open => return Handled::StoreUnavailable,
        None | Some(Seen::Claimed(_)) => {}
    }
    match ending {
        Some(Ending::Success) if stored => Handled::Accepted(204),
        Some(Ending::Success) => Handled::Unrecorded(204),
        Some(Ending::Failure) => Handled::Failed(500),
        Some(Ending::Panic | Ending::Misjudged) => Handled::Panicked,
        None => Handled::TimedOut { timeout: HANDLER_TIMEOUT },
    }
}

/// A store in memory. The world decides about its faults.
pub struct FaultyStore {
    world: Arc<Mutex<World>>,
    store: MemoryStore,
}

impl FaultyStore {
    /// An empty store.
    pub fn new(world: Arc<Mutex<World>>) -> Self {
        let epoch = Instant::now();
        Self { world, store: MemoryStore::new(10).clock(move || epoch.elapsed()) }
    }

    fn with<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut self.world.lock().expect("no panic while it is locked"))
    }

    /// Executes a verb, as the next fault lets it.
    async fn execute<T>(&self, verb: impl Future<Output = T>) -> io::Result<T> {
        let lost = || io::Error::other("on purpose");
        match self.with(|world| std::mem::replace(&mut world.fault, Fault::Nothing)) {
            Fault::Nothing => Ok(verb.await),
            Fault::Refused => Err(lost()),
            Fault::LostAnswer => {
                verb.await;
                Err(lost())
            }
            Fault::Silent => pending().await,
            Fault::ExecutedSilent => {
                verb.await;
                pending().await
            }
            Fault::Late => {
                let mut is_second = false;
                poll_fn(move |_| {
                    if std::mem::replace(&mut is_second, true) { Poll::Ready(()) } else { Poll::Pending }
                })
                .await;
                Ok(verb.await)
            }
            Fault::Panic => resume_unwind(Box::new("on purpose")),
        }
    }
}

impl DedupeStore for FaultyStore {
    type Error = io::Error;

    async fn claim(&self, key: &DeliveryKey, lease: Duration) -> io::Result<Claim> {
        // The time of a handler begins when the store is asked.
        self.with(|world| world.attempt().begun = Some(Instant::now()));
        let claim = self.execute(self.store.claim(key, lease)).await?.map_err(io::Error::other)?;
        self.with(|world| {
            world.attempt().claim = match claim {
                Claim::Claimed(token) => Some(Seen::Claimed(token)),
                Claim::InFlight { retry_after } => Some(Seen::InFlight(retry_after)),
                Claim::Done => Some(Seen::Done),
                other => panic!("{other:?}"),
            };
        });
        Ok(claim)
    }

    async fn complete(&self, key: &DeliveryKey, retention: Duration) -> io::Result<()> {
        self.with(|world| {
            assert_eq!(world.attempt().ending, Some(Ending::Success), "recorded without a success");
            world.attempt().has_settled = true;
        });
        let complete = async {
            let completed = self.store.complete(key, retention).await;
            self.with(|world| {
                let delivery = world.attempt().delivery;
                world.recorded[delivery] = Some(Instant::now());
            });
            completed
        };
        self.execute(complete).await?.map_err(io::Error::other)?;
        self.with(|world| world.attempt().stored = true);
        Ok(())
    }

    async fn release(&self, key: &DeliveryKey, token: &ClaimToken) -> io::Result<()> {
        self.with(|world| {
            assert_eq!(world.attempt().claim, Some(Seen::Claimed(*token)), "another's claim is released");
            assert_ne!(world.attempt().ending, Some(Ending::Success), "a success is released");
            world.attempt().has_settled = true;
        });
        self.execute(self.store.release(key, token)).await?.map_err(io::Error::other)
    }
}
