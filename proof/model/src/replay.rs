//! The library's driver takes the steps that the model's driver takes.
//!
//! The model's driver is a second version of `Dedupe::attempt`. So every way of one attempt through the model is made once more, with the
//! library's `Dedupe::handle`, on a clock that stands still. Both must call the same verbs, poll the handler at the same moments, and come
//! to the same end.

mod stage;

use std::task::{Context, Poll, Waker};

use countersign::dedupe::Outcome;
use stateright::Model;

use self::stage::{LibraryAttempt, Stage};
use crate::dedupe::machine::{End, Failure, Input, State};
use crate::protocol::{Protocol, TICK};
use crate::world::{Doing, Entry, Verb, World};
use crate::{Action, OnStoreError};

/// The most ticks on one way. An attempt takes fewer, unless its replica stands still.
const TICKS: usize = 5;

/// Replays every way of one attempt. Returns the number of ways.
///
/// # Panics
///
/// The library takes another step than the model.
#[must_use]
pub fn replay(on_store_error: OnStoreError, faults: u8) -> usize {
    let protocol = Protocol::new(on_store_error, faults);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let another = Entry::InFlight(9, 2);
    let firsts = [Entry::Free, another, Entry::Done]
        .map(|entry| World { store: [entry, Entry::Free], ..World::default() });
    runtime.expect("a runtime").block_on(async {
        let mut ways = 0;
        for first in firsts {
            for way in ways_from(&protocol, first.clone()) {
                Replay::new(protocol, first.clone()).run(&way).await;
                ways += 1;
            }
        }
        ways
    })
}

/// Every way from this world until its only attempt is over.
fn ways_from(protocol: &Protocol, first: World) -> Vec<Vec<Action>> {
    let (mut unfinished, mut finished) = (vec![(first, Vec::new())], Vec::new());
    while let Some((world, way)) = unfinished.pop() {
        if world.sent == 1 && world.attempts.is_empty() {
            finished.push(way);
            continue;
        }
        let mut actions = Vec::new();
        protocol.actions(&world, &mut actions);
        for action in actions.into_iter().filter(|action| is_replayed(&world, &way, *action)) {
            let next = protocol.next_state(&world, action).expect("an action of this world");
            unfinished.push((next, [&way[..], &[action]].concat()));
        }
    }
    finished
}

/// Whether the replay takes this step. It cannot stop the library's driver where that does not wait, and a crash needs no replay.
fn is_replayed(world: &World, way: &[Action], action: Action) -> bool {
    let waits =
        world.attempts.iter().all(|attempt| !matches!(attempt.doing, Doing::Calling | Doing::Waiting));
    match action {
        Action::Send(route, replica) => (world.sent, route, replica) == (0, 0, 0),
        Action::Crash(_) | Action::ExecuteLate(_) => false,
        Action::Tick => {
            world.sent == 1 && waits && way.iter().filter(|action| **action == Action::Tick).count() < TICKS
        }
        Action::Freeze(_) | Action::Thaw(_) => waits,
        _ => true,
    }
}

/// One attempt in both worlds.
struct Replay {
    protocol: Protocol,
    world: World,
    stage: Stage,
    attempt: Option<LibraryAttempt>,
    outcome: Option<Outcome>,
}

impl Replay {
    fn new(protocol: Protocol, world: World) -> Self {
        Self { protocol, world, stage: Stage::default(), attempt: None, outcome: None }
    }

    async fn run(mut self, way: &[Action]) {
        let mut end = None;
        for action in way {
            // Tokio lets a task poll only so many timers at a time.
            tokio::task::yield_now().await;
            end = self.end_after(*action);
            self.step(*action).await;
            self.world = self.protocol.next_state(&self.world, *action).expect("an action of this world");
            assert_eq!(self.outcome.map(Outcome::as_str), end.map(name), "{action:?} in {way:?}");
        }
        assert!(end.is_some(), "{way:?} does not end");
    }

    /// Takes one step with the library.
    async fn step(&mut self, action: Action) {
        let polls = self.stage.lock().polls;
        let (expected, begins) = (self.polls_after(action), matches!(action, Action::Begin(_)));
        match action {
            Action::Tick => tokio::time::advance(TICK).await,
            Action::Send(..) => self.attempt = Some(self.stage.attempt(self.protocol.on_store_error)),
            Action::Call(index) => {
                let verb = self.world.attempts[index].call(&self.protocol).verb;
                if verb == Verb::Claim {
                    self.poll();
                }
                assert_eq!(self.stage.lock().called.take(), Some(verb));
            }
            Action::Hear(index) => {
                if let Doing::Answered(input, _) = self.world.attempts[index].doing {
                    self.stage.lock().answer = Some(input);
                }
                self.poll();
            }
            Action::Succeed(_) => self.finish(Ok(())),
            Action::Fail(_) => self.finish(Err(Failure::Answered)),
            Action::TimeOut(index) if self.world.attempts[index].doing == Doing::Running => self.poll(),
            _ => {}
        }
        // The library polls the handler for the first time while it hears the answer to its claim.
        let polled = self.stage.lock().polls - if begins { polls - 1 } else { polls };
        assert_eq!(polled, expected, "polls of the handler by {action:?}");
    }

    fn finish(&mut self, result: Result<(), Failure>) {
        self.stage.lock().result = Some(result);
        self.poll();
    }

    fn poll(&mut self) {
        let attempt = self.attempt.as_mut().expect("an attempt");
        if let Poll::Ready(handled) = attempt.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            self.outcome = Some(handled.outcome());
        }
    }

    /// How often the model's driver has the handler polled in this step.
    fn polls_after(&self, action: Action) -> usize {
        match action {
            Action::Begin(_) | Action::Succeed(_) | Action::Fail(_) => 1,
            Action::Hear(index) => {
                let attempt = &self.world.attempts[index];
                let Doing::Answered(input, _) = attempt.doing else { return 0 };
                match attempt.state.next(input) {
                    State::Handling(None) => 1,
                    State::Handling(Some(_)) => usize::from(attempt.time > 0),
                    _ => 0,
                }
            }
            _ => 0,
        }
    }

    /// The end of the attempt, if this step leads to it.
    fn end_after(&self, action: Action) -> Option<End> {
        let (index, input) = match action {
            Action::Hear(index) => match self.world.attempts[index].doing {
                Doing::Answered(input, _) => (index, input),
                _ => return None,
            },
            Action::Fail(index) => (index, Input::Handled(Err(Failure::Answered))),
            Action::TimeOut(index) => (index, Input::Handled(Err(Failure::TimedOut))),
            _ => return None,
        };
        match self.world.attempts[index].state.next(input) {
            State::Over(end) => Some(end),
            _ => None,
        }
    }
}

/// The machine name of the outcome.
const fn name(end: End) -> &'static str {
    match end {
        End::Accepted => "accepted",
        End::Unrecorded => "unrecorded",
        End::Repeat => "repeat",
        End::InProgress(_) => "in_progress",
        End::StoreUnavailable => "refused",
        End::Failed(Failure::Answered) => "failed",
        End::Failed(Failure::Panicked) => "panicked",
        End::Failed(Failure::TimedOut) => "timed_out",
    }
}
