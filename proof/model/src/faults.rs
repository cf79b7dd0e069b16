//! The faults. Each of them may happen at every step.

use crate::dedupe::machine::Input;
use crate::protocol::Protocol;
use crate::world::{Attempt, Doing, Ticks, World};

impl World {
    /// A replica dies, with all its attempts. It is back at once. A call that the store has not executed stays on its way.
    pub(crate) fn crash(&mut self, protocol: &Protocol, replica: u8) {
        let dead = |attempt: &Attempt| attempt.replica == replica;
        let called = self.attempts.iter().filter(|attempt| dead(attempt));
        let called = called.filter(|attempt| matches!(attempt.doing, Doing::Called(_)));
        self.late.extend(called.map(|attempt| attempt.call(protocol)));
        self.late.sort_unstable();
        self.attempts.retain(|attempt| !dead(attempt));
        self.frozen[usize::from(replica)] = false;
        self.fault();
    }

    /// A replica stands still, for example because its virtual machine is paused.
    pub(crate) fn freeze(&mut self, replica: u8) {
        self.frozen[usize::from(replica)] = true;
        self.fault();
    }

    /// The replica goes on.
    pub(crate) fn thaw(&mut self, replica: u8) {
        self.frozen[usize::from(replica)] = false;
    }

    /// The store fails at a call, for its caller. It may have executed the call already, or do so later, or never.
    pub(crate) fn fail_call(&mut self, protocol: &Protocol, index: usize, left: Ticks) {
        let attempt = &mut self.attempts[index];
        if let Doing::Called(_) = attempt.doing {
            let call = attempt.call(protocol);
            self.late.push(call);
            self.late.sort_unstable();
        }
        self.attempts[index].doing = Doing::Answered(Input::StoreFailed, left);
        self.fault();
    }

    fn fault(&mut self) {
        self.faults += 1;
        self.disturb();
    }

    /// A fault, or a late effect of one. The attempts that are under way did not begin after it.
    pub(crate) fn disturb(&mut self) {
        self.aftermath = Protocol::aftermath();
        self.wronged = [false; 2];
        self.attempts.iter_mut().for_each(|attempt| attempt.calm = false);
    }
}
