//! The commands and connections that a scripted server sees from the store.
//!
//! Tokio's clock stands still, and a test moves it, so that no test depends on the speed of the machine. A command that arrives before the
//! clock is moved took no time.

use std::time::Duration;

use countersign::dedupe::{Claim, DedupeStore, DeliveryKey};
use countersign_redis::{RedisStore, StoreError};
use tokio::task::JoinHandle;

use super::fake::{CLAIMED, Clock, Command, Fake, IS_DONE, SetUp, soon};

const TIMEOUT: Duration = Duration::from_millis(500);
const LEASE: Duration = Duration::from_secs(30);
/// A time that is short compared with the timeout.
const MOMENT: Duration = Duration::from_millis(10);

fn key() -> DeliveryKey {
    DeliveryKey::of_event("hook", "hook", "evt_1")
}

/// A scripted server, a store on it, and the clock of both.
async fn start() -> (Fake, RedisStore, Clock) {
    let fake = Fake::start().await;
    let store = RedisStore::new(&fake.url(), "billing").unwrap().timeout(TIMEOUT);
    (fake, store, Clock::stop())
}

type Completion = JoinHandle<Result<(), StoreError>>;

fn complete(store: &RedisStore) -> Completion {
    let store = store.clone();
    tokio::spawn(async move { store.complete(&key(), LEASE).await })
}

fn claim(store: &RedisStore) -> JoinHandle<Result<Claim, StoreError>> {
    let store = store.clone();
    tokio::spawn(async move { store.claim(&key(), LEASE).await })
}

/// The next command, which must be a completion on this connection.
async fn completion_on(fake: &mut Fake, connection: usize) -> Command {
    let command = fake.next().await;
    assert_eq!((command.words[0].as_str(), command.connection), ("SET", connection));
    command
}

/// Opens the first connection.
async fn warm_up(fake: &mut Fake, store: &RedisStore) {
    let completed = complete(store);
    completion_on(fake, 0).await.answer("+OK");
    assert_eq!(soon(completed).await.unwrap(), Ok(()));
}

#[tokio::test]
async fn verbs_after_a_silence_go_by_the_new_connection_at_once() {
    let (mut fake, store, clock) = start().await;
    warm_up(&mut fake, &store).await;
    let first = complete(&store);
    let _silent = completion_on(&mut fake, 0).await;
    clock.advance(TIMEOUT).await;
    completion_on(&mut fake, 1).await.answer("+OK");
    assert_eq!(soon(first).await.unwrap(), Ok(()));
    for _ in 0..3 {
        let next = complete(&store);
        completion_on(&mut fake, 1).await.answer("+OK");
        assert_eq!(soon(next).await.unwrap(), Ok(()));
    }
    assert_eq!(fake.connections(), 2);
}

#[tokio::test]
async fn verbs_during_a_silence_wait_for_the_new_connection() {
    let (mut fake, store, clock) = start().await;
    warm_up(&mut fake, &store).await;
    fake.set_up(SetUp::Silent);
    let first = complete(&store);
    let _silent = completion_on(&mut fake, 0).await;
    clock.advance(TIMEOUT).await;
    let others: Vec<_> = (0..5).map(|_| complete(&store)).collect();
    tokio::task::yield_now().await;
    fake.set_up(SetUp::Answered);
    for _ in 0..6 {
        completion_on(&mut fake, 1).await.answer("+OK");
    }
    for completed in [first].into_iter().chain(others) {
        assert_eq!(soon(completed).await.unwrap(), Ok(()));
    }
    assert_eq!(fake.connections(), 2);
}

#[tokio::test]
async fn a_verb_fails_after_two_attempts_without_an_answer() {
    let (mut fake, store, clock) = start().await;
    warm_up(&mut fake, &store).await;
    let completed = complete(&store);
    let _silent = completion_on(&mut fake, 0).await;
    clock.advance(TIMEOUT).await;
    let _silent = completion_on(&mut fake, 1).await;
    assert!(!completed.is_finished());
    clock.advance(TIMEOUT).await;
    assert_eq!(soon(completed).await.unwrap(), Err(StoreError::Timeout { timeout: TIMEOUT }));
    assert!(fake.already_there().is_none());
}

/// A server that is overloaded would get slower if each late answer made a new connection.
#[tokio::test]
async fn a_slow_connection_that_answers_others_is_kept() {
    let (mut fake, store, clock) = start().await;
    warm_up(&mut fake, &store).await;
    let first = complete(&store);
    let first_command = completion_on(&mut fake, 0).await;
    let second = complete(&store);
    let _late = completion_on(&mut fake, 0).await;
    clock.advance(MOMENT).await;
    first_command.answer("+OK");
    assert_eq!(soon(first).await.unwrap(), Ok(()));
    // Both attempts of the second verb time out. Nothing was answered since the second attempt began, so that the connection is left.
    clock.advance(TIMEOUT).await;
    let _late = completion_on(&mut fake, 0).await;
    assert_eq!(fake.connections(), 1);
    clock.advance(TIMEOUT).await;
    assert!(soon(second).await.unwrap().is_err());
}

#[tokio::test]
async fn a_connection_that_opened_late_is_kept() {
    let (mut fake, store, clock) = start().await;
    fake.set_up(SetUp::Silent);
    let completed = complete(&store);
    fake.opens(1).await;
    clock.advance(TIMEOUT - MOMENT * 2).await;
    fake.set_up(SetUp::Answered);
    let _late = completion_on(&mut fake, 0).await;
    clock.advance(MOMENT * 2).await;
    let second = completion_on(&mut fake, 0).await;
    assert_eq!(fake.connections(), 1);
    // Answers are in the order of the commands, and the first answer is missing.
    drop(second);
    clock.advance(TIMEOUT).await;
    assert!(soon(completed).await.unwrap().is_err());
}

/// Each attempt is too short for the opening. The attempts share one opening, which succeeds in the end.
#[tokio::test]
async fn attempts_that_time_out_share_the_opening() {
    let (mut fake, store, clock) = start().await;
    fake.set_up(SetUp::Silent);
    let mut waiting = Vec::new();
    for _ in 0..3 {
        waiting.push(complete(&store));
        fake.opens(1).await;
        tokio::task::yield_now().await;
        clock.advance(TIMEOUT).await;
    }
    let last = complete(&store);
    tokio::task::yield_now().await;
    fake.set_up(SetUp::Answered);
    assert_eq!(soon(waiting.remove(0)).await.unwrap(), Err(StoreError::Timeout { timeout: TIMEOUT }));
    // The last verb is answered, and so are the verbs whose second attempt is under way.
    let answering = async {
        loop {
            let command = fake.next().await;
            assert_eq!(command.connection, 0);
            command.answer("+OK");
        }
    };
    tokio::select! {
        last = soon(last) => assert_eq!(last.unwrap(), Ok(())),
        () = answering => {}
    }
    assert_eq!(fake.connections(), 1);
}

#[tokio::test]
async fn an_opening_that_takes_too_long_is_given_up() {
    let (mut fake, store, clock) = start().await;
    fake.set_up(SetUp::Silent);
    for connections in 1..=2 {
        // An opening may take as long as two verbs with two attempts each.
        for _ in 0..2 {
            let completed = complete(&store);
            fake.opens(connections).await;
            for _ in 0..2 {
                tokio::task::yield_now().await;
                clock.advance(TIMEOUT).await;
            }
            assert!(soon(completed).await.unwrap().is_err());
        }
        assert_eq!(fake.connections(), connections);
    }
    fake.set_up(SetUp::Answered);
    let completed = complete(&store);
    completion_on(&mut fake, 2).await.answer("+OK");
    assert_eq!(soon(completed).await.unwrap(), Ok(()));
}

#[tokio::test]
async fn an_error_is_an_answer() {
    let (mut fake, store, _clock) = start().await;
    warm_up(&mut fake, &store).await;
    for code in ["OOM", "ERR", "NOPERM", "MISCONF"] {
        let completed = complete(&store);
        completion_on(&mut fake, 0).await.answer(&format!("-{code} no"));
        assert_eq!(soon(completed).await.unwrap(), Err(StoreError::Refused { code: code.to_owned() }));
    }
    // The code of a script that the server knows is not sent again either.
    let claimed = claim(&store);
    fake.next().await.answer("-OOM no");
    assert_eq!(soon(claimed).await.unwrap(), Err(StoreError::Refused { code: "OOM".to_owned() }));
    warm_up(&mut fake, &store).await;
    assert_eq!(fake.connections(), 1);
    assert!(fake.already_there().is_none());
}

#[tokio::test]
async fn a_first_answer_that_is_an_error_makes_the_connection_the_current_one() {
    let (mut fake, store, clock) = start().await;
    let completed = complete(&store);
    completion_on(&mut fake, 0).await.answer("-OOM no");
    assert!(soon(completed).await.unwrap().is_err());
    // This is longer than an opening may take.
    clock.advance(TIMEOUT * 10).await;
    warm_up(&mut fake, &store).await;
    assert_eq!(fake.connections(), 1);
}

#[tokio::test]
async fn a_replica_is_left_for_a_new_connection_by_name() {
    let (mut fake, store, _clock) = start().await;
    warm_up(&mut fake, &store).await;
    for (connection, code) in ["READONLY", "MASTERDOWN"].into_iter().enumerate() {
        let completed = complete(&store);
        completion_on(&mut fake, connection).await.answer(&format!("-{code} no"));
        completion_on(&mut fake, connection + 1).await.answer("+OK");
        assert_eq!(soon(completed).await.unwrap(), Ok(()));
        let next = complete(&store);
        completion_on(&mut fake, connection + 1).await.answer("+OK");
        assert_eq!(soon(next).await.unwrap(), Ok(()));
    }
}

#[tokio::test]
async fn a_broken_connection_is_left_at_once() {
    let (mut fake, store, _clock) = start().await;
    warm_up(&mut fake, &store).await;
    let completed = complete(&store);
    completion_on(&mut fake, 0).await.hang_up();
    completion_on(&mut fake, 1).await.answer("+OK");
    assert_eq!(soon(completed).await.unwrap(), Ok(()));
    assert_eq!(fake.connections(), 2);
}

/// Time that an opening took excuses silence. It does not excuse a closed connection.
#[tokio::test]
async fn a_connection_that_breaks_as_soon_as_it_is_open_is_left() {
    let (mut fake, store, _clock) = start().await;
    let completed = complete(&store);
    completion_on(&mut fake, 0).await.hang_up();
    completion_on(&mut fake, 1).await.answer("+OK");
    assert_eq!(soon(completed).await.unwrap(), Ok(()));
}

#[tokio::test]
async fn an_answer_that_does_not_fit_is_an_error() {
    let (mut fake, store, _clock) = start().await;
    let others = ["+OK", "*0", "$2\r\n-1", "+-2", ",-1", ",-1.5", ",nan", ",2.0", "(1"];
    for (answer, is_known) in [(":-3", true)].into_iter().chain(others.map(|answer| (answer, false))) {
        let claimed = claim(&store);
        let command = fake.next().await;
        assert!(command.is_claim());
        command.answer(answer);
        assert_eq!(soon(claimed).await.unwrap(), Err(StoreError::UnexpectedAnswer), "{answer}");
        // It does not tell whether the claim was taken.
        if !is_known {
            let release = fake.next().await;
            assert!(release.is_release());
            release.answer(":1");
        }
    }
}

#[tokio::test]
async fn only_ok_says_that_a_success_is_recorded() {
    let (mut fake, store, _clock) = start().await;
    for answer in ["$-1", "$2\r\nOK", "=6\r\ntxt:OK", "+QUEUED", "+ok", ":1", ",1.0", "*0", "(1"] {
        let completed = complete(&store);
        fake.next().await.answer(answer);
        assert_eq!(soon(completed).await.unwrap(), Err(StoreError::UnexpectedAnswer), "{answer}");
    }
}

#[tokio::test]
async fn a_script_is_sent_whole_only_to_a_server_that_does_not_know_it() {
    let (mut fake, store, _clock) = start().await;
    let claimed = claim(&store);
    let by_hash = fake.next().await;
    assert_eq!((by_hash.words[0].as_str(), by_hash.words[1].len()), ("EVALSHA", 40));
    by_hash.answer("-NOSCRIPT no");
    let whole = fake.next().await;
    assert_eq!(whole.words[0], "EVAL");
    whole.answer(IS_DONE);
    assert_eq!(soon(claimed).await.unwrap(), Ok(Claim::Done));

    let claimed = claim(&store);
    fake.next().await.answer(":1500");
    let left = Duration::from_millis(1500);
    assert_eq!(soon(claimed).await.unwrap(), Ok(Claim::InFlight { retry_after: left }));
    assert!(fake.already_there().is_none());
}

#[tokio::test]
async fn times_are_whole_milliseconds_within_the_servers_range() {
    let (mut fake, store, _clock) = start().await;
    for (lease, milliseconds) in [
        (Duration::ZERO, "1"),
        (Duration::from_nanos(1), "1"),
        (Duration::from_micros(1500), "2"),
        (Duration::from_secs(30), "30000"),
        (Duration::MAX, "4503599627370496"),
    ] {
        let claimed = tokio::spawn({
            let store = store.clone();
            async move { store.claim(&key(), lease).await }
        });
        let command = fake.next().await;
        assert_eq!(command.words[5], milliseconds);
        command.answer(CLAIMED);
        assert!(matches!(soon(claimed).await.unwrap(), Ok(Claim::Claimed(_))));
    }
}

#[tokio::test]
async fn a_short_timeout_counts_as_10_milliseconds() {
    times_out(Duration::ZERO, Duration::from_millis(10)).await;
}

#[tokio::test]
async fn a_long_timeout_counts_as_5_seconds() {
    times_out(Duration::MAX, Duration::from_secs(5)).await;
}

async fn times_out(asked: Duration, taken: Duration) {
    let (mut fake, store, clock) = start().await;
    let store = store.timeout(asked);
    warm_up(&mut fake, &store).await;
    let completed = complete(&store);
    let _silent = completion_on(&mut fake, 0).await;
    clock.advance(taken / 2).await;
    tokio::task::yield_now().await;
    assert_eq!(fake.connections(), 1);
    clock.advance(taken / 2).await;
    let _silent = completion_on(&mut fake, 1).await;
    clock.advance(taken).await;
    assert_eq!(soon(completed).await.unwrap(), Err(StoreError::Timeout { timeout: taken }));
}

mod cluster {
    use super::*;

    async fn start() -> (Fake, RedisStore, Clock) {
        let fake = Fake::start().await;
        let store = RedisStore::cluster(&[&fake.url()], "billing").unwrap().timeout(TIMEOUT);
        (fake, store, Clock::stop())
    }

    /// Opens the first connection to the cluster, and returns the number of its socket.
    async fn warm_up(fake: &mut Fake, store: &RedisStore) -> usize {
        let completed = complete(store);
        let command = fake.next().await;
        let connection = command.connection;
        command.answer("+OK");
        assert_eq!(soon(completed).await.unwrap(), Ok(()));
        connection
    }

    #[tokio::test]
    async fn a_first_answer_that_is_an_error_makes_the_connection_the_one_for_all() {
        let (mut fake, store, _clock) = start().await;
        let completed = complete(&store);
        let command = fake.next().await;
        let socket = command.connection;
        command.answer("-OOM no");
        let refused = StoreError::Refused { code: "OOM".to_owned() };
        assert_eq!(soon(completed).await.unwrap(), Err(refused));
        let connections = fake.connections();
        let next = complete(&store);
        completion_on(&mut fake, socket).await.answer("+OK");
        assert_eq!(soon(next).await.unwrap(), Ok(()));
        assert_eq!(fake.connections(), connections);
    }

    /// Other nodes may still answer. Until the new connection has answered, only the command without an answer uses it.
    #[tokio::test]
    async fn a_silent_node_does_not_block_the_other_nodes() {
        let (mut fake, store, clock) = start().await;
        let socket = warm_up(&mut fake, &store).await;
        fake.set_up(SetUp::Silent);
        let first = complete(&store);
        let silent = completion_on(&mut fake, socket).await;
        clock.advance(TIMEOUT).await;
        let other = complete(&store);
        let command = completion_on(&mut fake, socket).await;
        silent.answer("+OK");
        command.answer("+OK");
        assert_eq!(soon(other).await.unwrap(), Ok(()));

        fake.set_up(SetUp::Answered);
        let command = fake.next().await;
        let replacement = command.connection;
        assert_ne!(replacement, socket);
        command.answer("+OK");
        assert_eq!(soon(first).await.unwrap(), Ok(()));
        // The new connection has answered, so that all commands use it.
        let next = complete(&store);
        completion_on(&mut fake, replacement).await.answer("+OK");
        assert_eq!(soon(next).await.unwrap(), Ok(()));
    }
}
