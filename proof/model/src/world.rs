//! One moment of the model.

use crate::dedupe::ClaimToken;
use crate::dedupe::machine::{Input, State};
use crate::protocol::Protocol;

/// A time. The world knows no moments, only the times that are left until then. So two moments from which the same may follow are one
/// state, however late they are.
pub(crate) type Ticks = u16;

/// The number of attempts at the delivery.
pub(crate) const ATTEMPTS: u8 = 3;

/// The replicas, and the routes. Each of the two numbers is an index.
pub(crate) const REPLICAS: [u8; 2] = [0, 1];
pub(crate) const ROUTES: [u8; 2] = [0, 1];

/// One moment: everything that decides what may happen next, and what has happened to the promises.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct World {
    /// The number of attempts that the provider has made.
    pub(crate) sent: u8,
    /// The attempts that are under way.
    pub(crate) attempts: Vec<Attempt>,
    /// The store, by key.
    pub(crate) store: [Entry; 2],
    /// Whether a success was ever recorded, by key. The store must not forget it.
    pub(crate) recorded: [bool; 2],
    /// Calls whose callers have gone. The store may execute each of them at any later time, or never.
    pub(crate) late: Vec<Call>,
    /// Replicas that stand still.
    pub(crate) frozen: [bool; 2],
    /// The number of faults so far.
    pub(crate) faults: u8,
    /// The time until the last fault has no effect any more.
    pub(crate) aftermath: Ticks,
    /// Runs that ended with a success, by route. Two stand for more.
    pub(crate) successes: [u8; 2],
    /// An attempt after the last fault was turned away, although nobody worked on its delivery. By route.
    pub(crate) wronged: [bool; 2],
    pub(crate) broken: Broken,
}

/// The promises that were broken on the way to this moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Broken {
    /// The provider got a 2xx, and no handler run was completed.
    pub(crate) unearned: bool,
    /// A run was completed, and its attempt was not answered with a 2xx.
    pub(crate) unanswered: bool,
    /// A handler was polled after a later run of the same delivery had begun.
    pub(crate) overlap: bool,
    /// A run began whose claim came after a completion was recorded.
    pub(crate) after_record: bool,
}

/// An attempt that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Attempt {
    /// The number of the attempt. Its claim has the token of this number.
    pub(crate) number: u8,
    pub(crate) route: u8,
    pub(crate) replica: u8,
    /// The library's state machine.
    pub(crate) state: State,
    pub(crate) doing: Doing,
    /// The time that is left to the handler.
    pub(crate) time: Ticks,
    /// It began after the last fault, and after the aftermath of it.
    pub(crate) calm: bool,
    /// The completion was recorded before the store answered the claim.
    pub(crate) recorded_before: bool,
    /// An attempt that was at work held the claim when the store answered.
    pub(crate) behind_worker: bool,
    /// The store failed at the claim. A service that fails open accepts that such a run may overlap or repeat another.
    pub(crate) unclaimed: bool,
    /// A later run of the same delivery has begun.
    pub(crate) overtaken: bool,
    /// The run was completed.
    pub(crate) succeeded: bool,
}

/// The progress of the thing that the machine has asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Doing {
    /// The driver is about to call the store.
    Calling,
    /// The store has not executed the call. It does so within this time, or it is a fault.
    Called(Ticks),
    /// The answer is on its way. It arrives within this time.
    Answered(Input, Ticks),
    /// The handler has not been polled.
    Waiting,
    /// The handler has been polled and has not ended.
    Running,
}

/// A call of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Call {
    pub(crate) verb: Verb,
    pub(crate) key: u8,
    /// The number of the attempt.
    pub(crate) caller: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Verb {
    Claim,
    Complete,
    Release,
}

/// The memory of the store for one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Entry {
    #[default]
    Free,
    /// Claimed by this attempt, for this time.
    InFlight(u8, Ticks),
    /// Recorded. The retention is longer than the provider retries.
    Done,
}

impl Attempt {
    /// The call that the machine asks for.
    pub(crate) fn call(&self, protocol: &Protocol) -> Call {
        let verb = match self.state {
            State::Completing => Verb::Complete,
            State::Releasing(..) => Verb::Release,
            _ => Verb::Claim,
        };
        let caller = match self.state {
            State::Releasing(token, _) => number(token),
            _ => self.number,
        };
        Call { verb, key: protocol.key(self.route), caller }
    }

    /// Whether no other run of its delivery may overlap with its run.
    pub(crate) fn is_exclusive(&self) -> bool {
        !self.unclaimed
    }
}

impl World {
    /// Whether the provider has made its last attempt and all of them have ended.
    pub(crate) fn is_over(&self) -> bool {
        self.sent == ATTEMPTS && self.attempts.is_empty()
    }

    /// Whether nothing tells the replicas apart.
    pub(crate) fn is_idle(&self) -> bool {
        self.attempts.is_empty() && self.frozen == [false; 2]
    }

    pub(crate) fn is_frozen(&self, attempt: &Attempt) -> bool {
        self.frozen[usize::from(attempt.replica)]
    }

    /// Whether the driver does the next thing at once, because it waits for nothing.
    pub(crate) fn acts_at_once(&self, attempt: &Attempt) -> bool {
        !self.is_frozen(attempt) && matches!(attempt.doing, Doing::Calling | Doing::Waiting)
    }

    /// Whether something must happen before the clock moves on. A replica that stands still does nothing, however late it is.
    pub(crate) fn is_due(&self, attempt: &Attempt) -> bool {
        let acts = !self.is_frozen(attempt);
        match attempt.doing {
            Doing::Calling | Doing::Waiting => acts,
            Doing::Called(left) => left == 0,
            Doing::Answered(_, left) => acts && left == 0,
            Doing::Running => acts && attempt.time == 0,
        }
    }

    /// Moves the clock.
    pub(crate) fn tick(&mut self) {
        let pass = |time: &mut Ticks| *time = time.saturating_sub(1);
        pass(&mut self.aftermath);
        for attempt in &mut self.attempts {
            pass(&mut attempt.time);
            if let Doing::Called(left) | Doing::Answered(_, left) = &mut attempt.doing {
                pass(left);
            }
        }
        for entry in &mut self.store {
            if let Entry::InFlight(_, left) = entry {
                pass(left);
                if *left == 0 {
                    *entry = Entry::Free;
                }
            }
        }
    }

    /// Forgets late calls that can change nothing any more. They would only make more states.
    pub(crate) fn forget_vain_calls(&mut self) {
        let store = self.store;
        self.late.retain(|call| match (call.verb, store[usize::from(call.key)]) {
            (_, Entry::Done) => false,
            (Verb::Release, entry) => matches!(entry, Entry::InFlight(owner, _) if owner == call.caller),
            (Verb::Claim | Verb::Complete, _) => true,
        });
    }
}

/// The token of an attempt's claim.
pub(crate) const fn token(number: u8) -> ClaimToken {
    ClaimToken::new([number; 16])
}

/// The attempt whose claim has this token.
pub(crate) const fn number(token: ClaimToken) -> u8 {
    token.as_bytes()[0]
}
