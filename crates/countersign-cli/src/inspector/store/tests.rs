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
        outcome: Ok(Got { status: 200, reason: "OK".to_owned(), body }),
    }
}

fn provider() -> &'static ProviderInfo {
    ProviderInfo::find("hook").unwrap()
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
    let update = store.since(0);
    assert_eq!((numbers(&update), update.oldest, update.dropped), (vec![3, 4, 5], 3, 2));
    store.add(provider(), received(vec![b' '; 7_000]));
    assert_eq!(numbers(&store.since(0)), [5, 6]);
    store.add(provider(), received(vec![b' '; 20_000]));
    let update = store.since(0);
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
    let kept: Vec<_> =
        delivery.answers.iter().map(|answer| answer.outcome.as_ref().unwrap().body.as_str()).collect();
    assert_eq!((kept.len(), kept[0], kept[1], kept[19]), (20, "0", "31", "49"));
    assert_eq!(store.lock().bytes, empty + delivery.answer_bytes());
    store.answer(99, answered(String::new()));
    store.answer(number, answered("x".repeat(200_000)));
    assert!(store.get(number).is_none());
    assert_eq!(store.lock().bytes, 0);
}

#[test]
fn an_update_has_what_changed_since_a_version() {
    let store = Store::new(10, 1 << 20);
    let (first, second) = (store.add(provider(), received("1")), store.add(provider(), received("2")));
    let all = store.since(0);
    assert_eq!(numbers(&all), [first, second]);
    assert!(store.since(all.version).deliveries.is_empty());
    store.answer(first, answered(String::new()));
    assert_eq!(numbers(&store.since(all.version)), [first]);
    store.clear();
    let none = store.since(all.version);
    assert_eq!((numbers(&none), none.oldest, none.dropped), (vec![], 3, 0));
    assert_eq!(*store.watch().borrow(), none.version);
    assert_eq!(store.add(provider(), received("3")), 3);
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
