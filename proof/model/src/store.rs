//! The three verbs of the store. They follow the contract in the library's `dedupe/store.rs`.

use crate::dedupe::Claim;
use crate::dedupe::machine::{Input, State};
use crate::protocol::{Mistake, Protocol, TICK};
use crate::world::{Call, Doing, Entry, Ticks, Verb, World, number, token};

impl World {
    /// The store executes a call whose caller waits for the answer.
    pub(crate) fn execute(&mut self, protocol: &Protocol, index: usize, left: Ticks) {
        let call = self.attempts[index].call(protocol);
        let key = usize::from(call.key);
        let (before, was_recorded) = (self.store[key], self.recorded[key]);
        let input = self.apply(protocol, call);
        if call.verb == Verb::Claim {
            let behind_worker = matches!(before, Entry::InFlight(owner, _) if self.is_at_work(owner));
            let attempt = &mut self.attempts[index];
            attempt.recorded_before = was_recorded;
            attempt.behind_worker = behind_worker;
        }
        self.attempts[index].doing = Doing::Answered(input, left);
        if is_granted(input) && self.is_frozen(&self.attempts[index]) {
            self.disturb();
        }
    }

    /// The store executes a call whose caller has gone.
    pub(crate) fn execute_late(&mut self, protocol: &Protocol, index: usize) {
        let call = self.late.remove(index);
        if is_granted(self.apply(protocol, call)) {
            self.disturb();
        }
    }

    fn apply(&mut self, protocol: &Protocol, call: Call) -> Input {
        let entry = &mut self.store[usize::from(call.key)];
        match (call.verb, *entry) {
            (Verb::Claim, Entry::Free) => {
                *entry = Entry::InFlight(call.caller, protocol.lease());
                return Input::Claim(Claim::Claimed(token(call.caller)));
            }
            (Verb::Claim, Entry::InFlight(..)) => {
                // The provider of the model ignores `Retry-After`, so one time stands for all.
                return Input::Claim(Claim::InFlight { retry_after: TICK });
            }
            (Verb::Claim, Entry::Done) => return Input::Claim(Claim::Done),
            (Verb::Complete, _) => {
                *entry = Entry::Done;
                self.recorded[usize::from(call.key)] = true;
            }
            (Verb::Release, Entry::InFlight(owner, _)) if owner == call.caller => *entry = Entry::Free,
            (Verb::Release, Entry::Done) if protocol.makes(Mistake::ReleaseDeletesARecord) => {
                *entry = Entry::Free;
            }
            (Verb::Release, _) => {}
        }
        Input::Stored
    }

    /// Whether the attempt that holds a claim will release or complete it.
    fn is_at_work(&self, owner: u8) -> bool {
        self.attempts.iter().filter(|attempt| attempt.number == owner).any(|attempt| match attempt.state {
            State::Claiming(_) => matches!(attempt.doing, Doing::Answered(input, _) if is_granted(input)),
            State::Handling(claim) => claim.map(number) == Some(owner),
            State::Completing | State::Releasing(..) => true,
            State::Over(_) => false,
        })
    }
}

fn is_granted(input: Input) -> bool {
    matches!(input, Input::Claim(Claim::Claimed(_)))
}
