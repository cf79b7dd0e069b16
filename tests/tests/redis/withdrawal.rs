//! The store withdraws a claim that got no answer, on a scripted server and on a real one.

use std::time::{Duration, Instant};

use countersign::dedupe::{Claim, ClaimToken, DedupeStore, DeliveryKey};
use countersign_redis::{RedisStore, StoreError};
use countersign_tests::redis_server::Server;
use tokio::task::JoinHandle;

use super::fake::{CLAIMED, Clock, Command, Fake, IS_DONE, SetUp, soon};

const TIMEOUT: Duration = Duration::from_millis(500);
/// A lease that is longer than any test.
const LEASE: Duration = Duration::from_secs(60 * 60);

fn key(n: usize) -> DeliveryKey {
    DeliveryKey::of_event("hook", "hook", &n.to_string())
}

async fn start() -> (Fake, RedisStore, Clock) {
    let fake = Fake::start().await;
    let store = RedisStore::new(&fake.url(), "billing").unwrap().timeout(TIMEOUT);
    (fake, store, Clock::stop())
}

type Claiming = JoinHandle<Result<Claim, StoreError>>;

fn claim(store: &RedisStore, key: DeliveryKey) -> Claiming {
    let store = store.clone();
    tokio::spawn(async move { store.claim(&key, LEASE).await })
}

/// Opens the first connection.
async fn warm_up(fake: &mut Fake, store: &RedisStore) {
    let pinged = tokio::spawn({
        let store = store.clone();
        async move { store.ping().await }
    });
    fake.next().await.answer(":1");
    assert_eq!(soon(pinged).await.unwrap(), Ok(()));
}

async fn next_claim(fake: &mut Fake, connection: usize) -> Command {
    let claim = fake.next().await;
    assert!(claim.is_claim() && claim.connection == connection, "{claim:?}");
    claim
}

/// The next command, which must release this claim on the same connection.
async fn release_of(fake: &mut Fake, claim: &Command) -> Command {
    let release = fake.next().await;
    assert!(release.is_release(), "{release:?}");
    assert_eq!((release.token(), &release.words[3]), (claim.token(), &claim.words[3]));
    assert_eq!(release.connection, claim.connection);
    release
}

/// Gives all tasks time for everything that needs no move of the clock.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    // Tokio's clock does not stop the network. A command that was sent in error arrives within this time.
    std::thread::sleep(Duration::from_millis(20));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn each_attempt_without_an_answer_is_followed_by_its_release_on_its_connection() {
    let (mut fake, store, clock) = start().await;
    warm_up(&mut fake, &store).await;
    let claiming = claim(&store, key(1));
    let first = next_claim(&mut fake, 0).await;
    assert_eq!(first.previous(), first.token());
    clock.advance(TIMEOUT).await;
    let first_release = release_of(&mut fake, &first).await;

    let second = next_claim(&mut fake, 1).await;
    assert_eq!(second.previous(), first.token());
    assert_ne!(second.token(), first.token());
    clock.advance(TIMEOUT).await;
    let second_release = release_of(&mut fake, &second).await;
    assert_eq!(soon(claiming).await.unwrap(), Err(StoreError::Timeout { timeout: TIMEOUT }));

    // The server goes on, and both connections are still open.
    for late in [first, second] {
        late.answer(CLAIMED);
    }
    for release in [first_release, second_release] {
        release.answer(":1");
    }
    settle().await;
    assert!(fake.already_there().is_none());
}

#[tokio::test]
async fn a_claim_whose_second_attempt_succeeds_is_not_withdrawn_but_its_first_attempt_is() {
    for answer in [CLAIMED, IS_DONE, ":1000"] {
        let fake = Fake::start().await;
        succeeds_late(fake, answer).await;
    }
}

async fn succeeds_late(mut fake: Fake, answer: &str) {
    let clock = Clock::stop();
    let store = RedisStore::new(&fake.url(), "billing").unwrap().timeout(TIMEOUT);
    warm_up(&mut fake, &store).await;
    let claiming = claim(&store, key(1));
    let first = next_claim(&mut fake, 0).await;
    clock.advance(TIMEOUT).await;
    let _silent = release_of(&mut fake, &first).await;
    let second = next_claim(&mut fake, 1).await;
    let token = second.token().to_owned();
    second.answer(answer);
    match soon(claiming).await.unwrap().unwrap() {
        Claim::Claimed(claimed) => assert_eq!(format!("{claimed:?}"), format!("ClaimToken({token})")),
        Claim::Done => assert_eq!(answer, IS_DONE),
        Claim::InFlight { retry_after } => assert_eq!(retry_after, Duration::from_secs(1)),
        other => panic!("{other:?}"),
    }
    settle().await;
    assert!(fake.already_there().is_none());
    drop(clock);
    tokio::time::resume();
}

#[tokio::test]
async fn an_answered_claim_is_not_withdrawn() {
    let (mut fake, store, _clock) = start().await;
    for answer in [CLAIMED, IS_DONE, ":1000", "-OOM no", "-ERR no"] {
        let claiming = claim(&store, key(1));
        next_claim(&mut fake, 0).await.answer(answer);
        assert_eq!(soon(claiming).await.unwrap().is_err(), answer.starts_with('-'));
    }
    settle().await;
    assert!(fake.already_there().is_none());
}

#[tokio::test]
async fn a_claim_that_its_caller_no_longer_waits_for_is_withdrawn() {
    let (mut fake, store, _clock) = start().await;
    warm_up(&mut fake, &store).await;
    let claiming = claim(&store, key(1));
    let claim = next_claim(&mut fake, 0).await;
    claiming.abort();
    release_of(&mut fake, &claim).await;
}

#[tokio::test]
async fn a_claim_that_was_never_sent_is_not_withdrawn() {
    let (mut fake, store, clock) = start().await;
    fake.set_up(SetUp::Silent);
    let claiming = claim(&store, key(1));
    fake.opens(1).await;
    for _ in 0..2 {
        clock.advance(TIMEOUT).await;
        tokio::task::yield_now().await;
    }
    assert!(soon(claiming).await.unwrap().is_err());
    fake.set_up(SetUp::Answered);
    settle().await;
    assert!(fake.already_there().is_none());
}

#[tokio::test]
async fn a_claim_whose_connection_breaks_is_withdrawn_by_another() {
    let (mut fake, store, _clock) = start().await;
    warm_up(&mut fake, &store).await;
    let claiming = claim(&store, key(1));
    let first = next_claim(&mut fake, 0).await;
    let token = first.token().to_owned();
    first.hang_up();
    // The second attempt and the withdrawal of the first share the new connection, in any order.
    let mut seen = [false; 2];
    for _ in 0..2 {
        let command = fake.next().await;
        assert_eq!(command.connection, 1);
        if command.is_release() {
            assert_eq!(command.token(), token);
            command.answer(":1");
            seen[0] = true;
        } else {
            assert_eq!(command.previous(), token);
            command.answer(CLAIMED);
            seen[1] = true;
        }
    }
    assert_eq!(seen, [true; 2]);
    assert!(matches!(soon(claiming).await.unwrap(), Ok(Claim::Claimed(_))));
}

#[tokio::test]
async fn a_withdrawal_is_tried_until_the_server_is_back() {
    let (mut fake, store, clock) = start().await;
    warm_up(&mut fake, &store).await;
    let claiming = claim(&store, key(1));
    let first = next_claim(&mut fake, 0).await;
    let token = first.token().to_owned();
    claiming.abort();
    let release = release_of(&mut fake, &first).await;
    fake.set_up(SetUp::Silent);
    first.answer(CLAIMED);
    release.hang_up();
    for _ in 0..20 {
        settle().await;
        clock.advance(TIMEOUT).await;
    }
    fake.set_up(SetUp::Answered);
    let mut release = None;
    for _ in 0..100 {
        release = release.or_else(|| fake.already_there());
        settle().await;
        clock.advance(TIMEOUT / 2).await;
    }
    assert_eq!(release.unwrap().token(), token);
}

#[tokio::test]
async fn a_withdrawal_pauses_between_its_tries() {
    let (mut fake, store, clock) = start().await;
    warm_up(&mut fake, &store).await;
    let claiming = claim(&store, key(1));
    let first = next_claim(&mut fake, 0).await;
    claiming.abort();
    let release = release_of(&mut fake, &first).await;
    fake.set_up(SetUp::HungUp);
    first.answer(CLAIMED);
    release.hang_up();
    // Each try is a verb with two attempts. The first attempt of the first try still has the broken connection.
    for connections in [2, 4, 6] {
        fake.opens(connections).await;
        settle().await;
        assert_eq!(fake.connections(), connections);
        clock.advance(TIMEOUT).await;
    }
}

#[tokio::test]
async fn a_withdrawal_ends_after_a_minute_and_closes_the_connection() {
    let (mut fake, store, clock) = start().await;
    warm_up(&mut fake, &store).await;
    let claiming = claim(&store, key(1));
    let first = next_claim(&mut fake, 0).await;
    clock.advance(TIMEOUT).await;
    let release = release_of(&mut fake, &first).await;
    next_claim(&mut fake, 1).await.answer(IS_DONE);
    assert_eq!(soon(claiming).await.unwrap(), Ok(Claim::Done));
    clock.advance(Duration::from_secs(59)).await;
    settle().await;
    assert!(!release.is_hung_up());
    clock.advance(Duration::from_secs(1)).await;
    soon(async {
        while !release.is_hung_up() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_release_without_an_answer_is_sent_again_too() {
    let (mut fake, store, clock) = start().await;
    warm_up(&mut fake, &store).await;
    let released = tokio::spawn({
        let store = store.clone();
        async move { store.release(&key(1), &ClaimToken::new([7; 16])).await }
    });
    let mut silent = vec![fake.next().await];
    clock.advance(TIMEOUT).await;
    // One release follows the first attempt, and the other one is the second attempt.
    silent.extend([fake.next().await, fake.next().await]);
    clock.advance(TIMEOUT).await;
    silent.push(fake.next().await);
    assert!(soon(released).await.unwrap().is_err());
    assert!(silent.iter().all(|release| release.is_release() && release.token() == "07".repeat(16)));
    let mut connections: Vec<_> = silent.iter().map(|release| release.connection).collect();
    connections.sort_unstable();
    assert_eq!(connections, [0, 0, 1, 1]);
}

#[tokio::test]
async fn the_number_of_withdrawals_is_bounded() {
    const LIMIT: usize = 10_000;
    let (mut fake, store, _clock) = start().await;
    warm_up(&mut fake, &store).await;
    let claims: Vec<_> = (0..LIMIT + 10).map(|n| claim(&store, key(n))).collect();
    // The command is kept, so that the server stays silent on this connection.
    let mut silent = Vec::new();
    for _ in 0..claims.len() {
        silent.push(next_claim(&mut fake, 0).await);
    }
    for claim in claims {
        claim.abort();
    }
    for _ in 0..LIMIT {
        silent.push(fake.next().await);
    }
    settle().await;
    assert!(fake.already_there().is_none());
    assert_eq!(silent.iter().filter(|command| command.is_release()).count(), LIMIT);
}

/// The server stops in the middle of claims, and goes on after all claims have timed out. No lease is left then.
#[tokio::test]
async fn deliveries_are_free_when_a_stopped_server_goes_on() {
    const DELIVERIES: usize = 20;
    let server = Server::start().await;
    let store = RedisStore::new(&server.url(), "billing").unwrap().timeout(TIMEOUT);
    // The server learns the scripts.
    let Ok(Claim::Claimed(token)) = store.claim(&key(0), LEASE).await else { panic!("nobody has it") };
    store.release(&key(0), &token).await.unwrap();
    server.run::<()>("CONFIG RESETSTAT");
    server.freeze(true);
    let claims: Vec<_> = (0..DELIVERIES).map(|n| claim(&store, key(n))).collect();
    for claim in claims {
        assert_eq!(claim.await.unwrap(), Err(StoreError::Timeout { timeout: TIMEOUT }));
    }
    server.freeze(false);
    let begun = Instant::now();
    // The server has executed each claim and its release.
    while server.calls("set") < DELIVERIES || server.calls("del") < DELIVERIES {
        assert!(begun.elapsed() < Duration::from_secs(60), "the claims are not withdrawn");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(server.run::<Vec<String>>("KEYS *"), [""; 0]);
    for n in 0..DELIVERIES {
        assert!(matches!(store.claim(&key(n), LEASE).await, Ok(Claim::Claimed(_))), "{n}");
    }
}
