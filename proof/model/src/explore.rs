//! The steps that may come next, and the promises that hold after each step.

use stateright::{Model, Property};

use crate::dedupe::Claim;
use crate::dedupe::machine::{Failure, Input, State};
use crate::protocol::Protocol;
use crate::world::{ATTEMPTS, Attempt, Doing, Entry, REPLICAS, ROUTES, Ticks, World};

/// One step. The attempts under way and the late calls are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The clock moves on.
    Tick,
    /// The provider makes its next attempt, at a route and a replica.
    Send(u8, u8),
    /// The driver of an attempt calls the store.
    Call(usize),
    /// The store executes the call of an attempt.
    Execute(usize),
    /// The answer of the store reaches the driver.
    Hear(usize),
    /// The handler is polled for the first time.
    Begin(usize),
    /// The handler is polled again and succeeds.
    Succeed(usize),
    /// The handler is polled again and fails.
    Fail(usize),
    /// The driver drops the handler.
    TimeOut(usize),
    /// The store executes a late call.
    ExecuteLate(usize),
    /// A fault: the store fails at the call of an attempt.
    FailCall(usize),
    /// A fault: a replica dies.
    Crash(u8),
    /// A fault: a replica stands still.
    Freeze(u8),
    /// The replica goes on.
    Thaw(u8),
}

impl Model for Protocol {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::default()]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        if world.is_over() {
            return;
        }
        let at_once = world.attempts.iter().position(|attempt| world.acts_at_once(attempt));
        if let Some(index) = at_once {
            // The driver does not wait here, so only a fault of its replica can come between.
            let attempt = &world.attempts[index];
            self.steps(world, index, attempt, actions);
            self.faults(world, &[attempt.replica], actions);
            return;
        }
        self.provider(world, actions);
        for (index, attempt) in world.attempts.iter().enumerate() {
            self.steps(world, index, attempt, actions);
        }
        actions.extend((0..world.late.len()).map(Action::ExecuteLate));
        self.faults(world, &REPLICAS, actions);
        self.lost_answers(world, actions);
    }

    fn next_state(&self, before: &World, action: Action) -> Option<World> {
        let mut world = before.clone();
        match action {
            Action::Tick => world.tick(),
            Action::Send(route, replica) => world.send(self, route, replica),
            Action::Call(index) => world.call(self, index),
            Action::Execute(index) => world.execute(self, index, left(before, index)),
            Action::Hear(index) => match before.attempts[index].doing {
                Doing::Answered(input, _) => world.hear(self, index, input),
                _ => return None,
            },
            Action::Begin(index) => world.begin(index),
            Action::Succeed(index) => world.finish(self, index, Ok(())),
            Action::Fail(index) => world.finish(self, index, Err(Failure::Answered)),
            Action::TimeOut(index) => world.time_out(self, index),
            Action::ExecuteLate(index) => world.execute_late(self, index),
            Action::FailCall(index) => world.fail_call(self, index, left(before, index)),
            Action::Crash(replica) => world.crash(self, replica),
            Action::Freeze(replica) => world.freeze(replica),
            Action::Thaw(replica) => world.thaw(replica),
        }
        world.forget_vain_calls();
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        [promises(), sights()].concat()
    }
}

impl Protocol {
    /// The clock and the provider. An attempt may begin at any time, beside others or long after them.
    fn provider(&self, world: &World, actions: &mut Vec<Action>) {
        if !world.attempts.iter().any(|attempt| world.is_due(attempt)) {
            actions.push(Action::Tick);
        }
        if world.sent == ATTEMPTS {
            return;
        }
        // The replicas are alike, and so are the routes. An attempt that may choose between equal ones takes the first.
        let replicas = if world.is_idle() { &REPLICAS[..1] } else { &REPLICAS };
        let routes = if world.sent == 0 { &ROUTES[..1] } else { &ROUTES };
        for replica in replicas.iter().filter(|replica| !world.frozen[usize::from(**replica)]) {
            actions.extend(routes.iter().map(|route| Action::Send(*route, *replica)));
        }
    }

    /// The next steps of one attempt.
    fn steps(&self, world: &World, index: usize, attempt: &Attempt, actions: &mut Vec<Action>) {
        if let Doing::Called(_) = attempt.doing {
            actions.push(Action::Execute(index));
        }
        if world.is_frozen(attempt) {
            return;
        }
        let polls = World::may_poll(self, attempt);
        match attempt.doing {
            Doing::Calling => actions.push(Action::Call(index)),
            Doing::Called(_) => {}
            Doing::Answered(..) => actions.push(Action::Hear(index)),
            Doing::Waiting if polls => actions.push(Action::Begin(index)),
            Doing::Running if polls => actions.extend([Action::Succeed(index), Action::Fail(index)]),
            Doing::Waiting | Doing::Running => {}
        }
        if matches!(attempt.doing, Doing::Waiting | Doing::Running) && attempt.time == 0 {
            actions.push(Action::TimeOut(index));
        }
    }

    /// The faults of these replicas.
    fn faults(&self, world: &World, replicas: &[u8], actions: &mut Vec<Action>) {
        for &replica in replicas {
            if world.frozen[usize::from(replica)] {
                actions.push(Action::Thaw(replica));
            }
            if world.faults < self.faults && world.attempts.iter().any(|attempt| attempt.replica == replica) {
                actions.push(Action::Crash(replica));
                if !world.frozen[usize::from(replica)] {
                    actions.push(Action::Freeze(replica));
                }
            }
        }
    }

    /// The faults of the store.
    fn lost_answers(&self, world: &World, actions: &mut Vec<Action>) {
        if world.faults == self.faults {
            return;
        }
        for (index, attempt) in world.attempts.iter().enumerate() {
            let fails = |input| input != Input::StoreFailed;
            match attempt.doing {
                Doing::Called(_) => actions.push(Action::FailCall(index)),
                Doing::Answered(input, _) if fails(input) => actions.push(Action::FailCall(index)),
                _ => {}
            }
        }
    }
}

/// The time for which the driver still waits for the store.
fn left(world: &World, index: usize) -> Ticks {
    match world.attempts[index].doing {
        Doing::Called(left) | Doing::Answered(_, left) => left,
        _ => 0,
    }
}

/// These hold at every moment.
fn promises() -> Vec<Property<Protocol>> {
    vec![
        Property::always("no 2xx without a completed run", |_, world: &World| !world.broken.unearned),
        Property::always("a 2xx for a completed run", |_, world: &World| !world.broken.unanswered),
        Property::always("no two runs overlap", |_, world: &World| !world.broken.overlap),
        Property::always("no run after a record", |_, world: &World| !world.broken.after_record),
        Property::always("one success without faults", |_, world: &World| {
            world.faults > 0 || world.successes.iter().all(|successes| *successes < 2)
        }),
        Property::always("handled after the last fault", |_, world: &World| {
            let handled = |route: usize| world.successes[route] > 0 || !world.wronged[route];
            !world.is_over() || ROUTES.into_iter().map(usize::from).all(handled)
        }),
    ]
}

/// The model must reach each of these moments. Otherwise the promises would hold because nothing happens.
fn sights() -> Vec<Property<Protocol>> {
    fn any(world: &World, sees: impl Fn(&Attempt) -> bool) -> bool {
        world.attempts.iter().any(sees)
    }
    fn hears(attempt: &Attempt, wanted: fn(&Claim) -> bool) -> bool {
        matches!(attempt.doing, Doing::Answered(Input::Claim(claim), _) if wanted(&claim))
    }
    vec![
        Property::sometimes("a repeat", |_, world: &World| {
            any(world, |attempt| hears(attempt, |claim| *claim == Claim::Done))
        }),
        Property::sometimes("an attempt behind another", |_, world: &World| {
            any(world, |attempt| attempt.behind_worker)
        }),
        Property::sometimes("a claim without an owner", |_, world: &World| {
            let owned = |owner| any(world, |attempt| attempt.number == owner);
            world.store.iter().any(|entry| matches!(entry, Entry::InFlight(owner, _) if !owned(*owner)))
        }),
        Property::sometimes("a release", |_, world: &World| {
            any(world, |attempt| matches!(attempt.state, State::Releasing(..)))
        }),
        Property::sometimes("a handler that is dropped in its replica's pause", |_, world: &World| {
            any(world, |attempt| attempt.overtaken)
        }),
        Property::sometimes("a second success after a fault", |_, world: &World| {
            world.successes.contains(&2)
        }),
        Property::sometimes("both routes handled in the end", |_, world: &World| {
            world.is_over() && world.successes == [1, 1]
        }),
        Property::sometimes("a late call", |_, world: &World| !world.late.is_empty()),
    ]
}
