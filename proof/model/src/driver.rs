//! The steps of the code around the state machine. They follow `Dedupe::attempt` in the library's `dedupe/handle.rs`.

use crate::dedupe::OnStoreError;
use crate::dedupe::machine::{End, Failure, Input, State};
use crate::protocol::{Mistake, Protocol};
use crate::world::{Attempt, Doing, World};

impl World {
    /// The provider makes its next attempt.
    pub(crate) fn send(&mut self, protocol: &Protocol, route: u8, replica: u8) {
        self.attempts.push(Attempt {
            number: self.sent,
            route,
            replica,
            state: State::begin(true, protocol.on_store_error),
            doing: Doing::Calling,
            // The handler's time begins before its lease does.
            time: protocol.handler(),
            calm: self.aftermath == 0,
            recorded_before: false,
            behind_worker: false,
            unclaimed: false,
            overtaken: false,
            succeeded: false,
        });
        self.sent += 1;
    }

    /// The driver sends the call that the machine has asked for.
    pub(crate) fn call(&mut self, protocol: &Protocol, index: usize) {
        self.attempts[index].doing = Doing::Called(protocol.store());
    }

    /// The answer of the store arrives.
    pub(crate) fn hear(&mut self, protocol: &Protocol, index: usize, input: Input) {
        let attempt = &mut self.attempts[index];
        attempt.unclaimed |=
            matches!((attempt.state, input), (State::Claiming(OnStoreError::FailOpen), Input::StoreFailed));
        self.feed(protocol, index, input);
    }

    /// The handler is polled for the first time.
    pub(crate) fn begin(&mut self, index: usize) {
        let begun = self.attempts[index];
        self.broken.after_record |= begun.is_exclusive() && begun.recorded_before;
        for other in &mut self.attempts {
            let is_same = other.route == begun.route && other.number != begun.number;
            other.overtaken |=
                is_same && other.doing == Doing::Running && begun.is_exclusive() && other.is_exclusive();
        }
        self.attempts[index].doing = Doing::Running;
    }

    /// The handler is polled once more, has its effect and ends.
    pub(crate) fn finish(&mut self, protocol: &Protocol, index: usize, result: Result<(), Failure>) {
        let attempt = self.attempts[index];
        self.broken.overlap |= attempt.overtaken;
        if result.is_ok() {
            self.attempts[index].succeeded = true;
            let successes = &mut self.successes[usize::from(attempt.route)];
            *successes = 2.min(*successes + 1);
        }
        self.feed(protocol, index, Input::Handled(result));
    }

    /// The handler's time is over, and the driver drops it.
    pub(crate) fn time_out(&mut self, protocol: &Protocol, index: usize) {
        self.feed(protocol, index, Input::Handled(Err(Failure::TimedOut)));
    }

    /// Whether the driver polls the handler now.
    pub(crate) fn may_poll(protocol: &Protocol, attempt: &Attempt) -> bool {
        attempt.time > 0 || protocol.makes(Mistake::PollsBeforeTheClock)
    }

    /// Passes a result to the machine, and does what its next state asks for.
    fn feed(&mut self, protocol: &Protocol, index: usize, input: Input) {
        let attempt = &mut self.attempts[index];
        attempt.state = attempt.state.next(input);
        match attempt.state {
            State::Claiming(_) | State::Completing | State::Releasing(..) => {
                attempt.doing = Doing::Calling;
                // The handler is gone.
                attempt.time = 0;
            }
            State::Handling(claim) => {
                if claim.is_none() || protocol.makes(Mistake::TimeBeginsAfterTheClaim) {
                    attempt.time = protocol.handler();
                }
                attempt.doing = Doing::Waiting;
            }
            State::Over(end) => self.answer(protocol, index, end),
        }
    }

    /// The provider gets its answer.
    fn answer(&mut self, protocol: &Protocol, index: usize, end: End) {
        let attempt = self.attempts.remove(index);
        let route = usize::from(attempt.route);
        let is_2xx = match end {
            End::Accepted | End::Repeat => true,
            End::Unrecorded => !protocol.makes(Mistake::RefusesAnUnrecordedSuccess),
            End::InProgress(_) | End::StoreUnavailable | End::Failed(_) => false,
        };
        self.broken.unearned |= is_2xx && self.successes[route] == 0;
        self.broken.unanswered |= attempt.succeeded && !is_2xx;
        if let End::InProgress(_) | End::StoreUnavailable = end {
            self.wronged[route] |= attempt.calm && !attempt.behind_worker;
        }
    }
}
