use std::time::{Duration, SystemTime};

use countersign::{Rejection, VerifyError};

use super::super::delivery::{Answerer, Got};
use super::*;
use crate::commands::listen::judge::{Finding, Judged};
use crate::commands::verify::Report;
use crate::http1::{self, Request};
use crate::provider::Provider;

fn received(body: impl Into<Vec<u8>>) -> Arc<Received> {
    let missing = Rejection::InvalidSignature { header: "hook".into(), reason: VerifyError::Missing };
    let judged = Judged {
        at: SystemTime::UNIX_EPOCH,
        verdict: Report::new(&Provider::built_in(provider()), Err(missing)),
        event_is_known: None,
        finding: Finding::Nothing,
        answer: http1::Answer::new(401, "Unauthorized", ""),
    };
    let request =
        Request { method: "POST".to_owned(), path: "/".to_owned(), headers: Vec::new(), body: body.into() };
    Arc::new(Received { request, version: "HTTP/1.1", judged })
}

fn answered(body: String) -> Answered {
    Answered {
        time: SystemTime::UNIX_EPOCH,
        by: Answerer::Replay,
        elapsed: Duration::ZERO,
        outcome: Ok(Got { status: 200, reason: "OK".to_owned(), body: body.into() }),
    }
}

fn provider() -> &'static ProviderInfo {
    ProviderInfo::find("hook").unwrap()
}

/// All deliveries, for a new page.
fn all(store: &Store) -> Update {
    store.next(&mut Place::default())
}

fn numbers(update: &Update) -> Vec<u64> {
    update.deliveries.iter().map(|delivery| delivery.number).collect()
}

#[test]
fn the_oldest_deliveries_make_room_by_number_and_by_bytes() {
    let store = Store::new(3, 10_000);
    for number in 1..=5 {
        assert_eq!(store.add(provider(), received("{}")), number);
    }
    let update = all(&store);
    assert_eq!((numbers(&update), update.oldest, update.dropped), (vec![3, 4, 5], 3, 2));
    store.add(provider(), received(vec![b' '; 7_000]));
    assert_eq!(numbers(&all(&store)), [5, 6]);
    store.add(provider(), received(vec![b' '; 20_000]));
    let update = all(&store);
    assert_eq!((numbers(&update), update.oldest, update.dropped), (vec![], 8, 7));
    assert_eq!(store.lock().bytes, 0);
}

#[test]
fn answers_count_and_their_number_is_bounded() {
    let store = Store::new(3, 100_000);
    let number = store.add(provider(), received("{}"));
    let empty = store.lock().bytes;
    for place in 0..50 {
        store.answer(number, answered(place.to_string()));
    }
    let delivery = store.get(number).unwrap();
    let kept: Vec<_> = delivery
        .answers
        .iter()
        .map(|answer| std::str::from_utf8(&answer.outcome.as_ref().unwrap().body).unwrap())
        .collect();
    assert_eq!((kept.len(), kept[0], kept[1], kept[19]), (20, "0", "31", "49"));
    assert_eq!(store.lock().bytes, empty + delivery.answer_bytes());
    store.answer(99, answered(String::new()));
    store.answer(number, answered("x".repeat(200_000)));
    assert!(store.get(number).is_none());
    assert_eq!(store.lock().bytes, 0);
}

#[test]
fn an_update_has_what_changed_since_the_last_one() {
    let store = Store::new(10, 1 << 20);
    let (first, second) = (store.add(provider(), received("1")), store.add(provider(), received("2")));
    let mut place = Place::default();
    assert_eq!(numbers(&store.next(&mut place)), [first, second]);
    assert!(store.next(&mut place).deliveries.is_empty());
    store.answer(first, answered(String::new()));
    assert_eq!(numbers(&store.next(&mut place)), [first]);
    store.clear();
    let none = store.next(&mut place);
    assert_eq!((numbers(&none), none.oldest, none.dropped), (vec![], 3, 0));
    assert_eq!(*store.watch().borrow(), place.seen);
    assert_eq!(store.add(provider(), received("3")), 3);
}

#[test]
fn a_page_reads_many_changes_in_parts_and_misses_none() {
    let store = Store::default();
    let most = u64::try_from(PART).unwrap();
    for _ in 0..2 * most {
        store.add(provider(), received("{}"));
    }
    let mut place = Place::default();
    assert_eq!(numbers(&store.next(&mut place)), (1..=most).collect::<Vec<_>>());
    assert!(!place.is_at_end());
    // One behind the place, one in front of it, and a new one.
    for number in [1, most + 1] {
        store.answer(number, answered(String::new()));
    }
    store.add(provider(), received("{}"));
    assert_eq!(numbers(&store.next(&mut place)), (most + 1..=2 * most).collect::<Vec<_>>());
    assert_eq!(numbers(&store.next(&mut place)), [2 * most + 1]);
    assert!(place.is_at_end());
    let again = store.next(&mut place);
    assert_eq!(numbers(&again), [1, most + 1, 2 * most + 1]);
    assert_eq!(again.deliveries[0].answers.len(), 1);
    assert!(store.next(&mut place).deliveries.is_empty());
}

#[test]
fn many_small_headers_count() {
    let headers = |count| (0..count).map(|_| ("a".to_owned(), b"b".to_vec())).collect();
    let with = |count| {
        let mut received = Arc::into_inner(received("{}")).unwrap();
        received.request.headers = headers(count);
        bytes(&received)
    };
    let one = size_of::<(String, Vec<u8>)>();
    assert!(with(128) - with(0) >= 128 * (one + 2), "{}", with(128));
}

#[test]
fn attempts_have_the_same_id_or_else_the_same_body() {
    let store = Store::default();
    let of_body = |body: &str| store.get(store.add(provider(), received(body))).unwrap();
    let (first, again) = (of_body(r#"{"id":"evt_1"}"#), of_body(r#"{ "id":"evt_1"}"#));
    assert_eq!((first.attempt, again.attempt, of_body("{}").attempt, of_body("{}").attempt), (1, 2, 1, 2));
    assert_eq!(store.attempts(first.key).len(), 2);
    assert_ne!(first.key, of_body("x").key);
}
