//! The store on Redis, at a server that answers anything.
//!
//! Input: calls. A call is a byte for the verb, and then up to three replies. A reply has a byte for its kind, and perhaps a text.

use std::cell::Cell;
use std::time::Duration;

use countersign::dedupe::{Claim, ClaimToken, DedupeStore, DeliveryKey};
use countersign_redis::{RedisStore, StoreError};
use tokio::runtime::{Builder, Runtime};

use crate::input::Input;
use crate::redis_server::{Reply, Server};

/// The most calls of an input.
const MOST: usize = 6;

struct Setting {
    runtime: Runtime,
    server: Server,
    store: RedisStore,
    calls: Cell<u64>,
}

thread_local! {
    static SETTING: Setting = {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let server = runtime.block_on(async { Server::start() });
        let store = RedisStore::new(&server.url(), "fuzz").expect("a URL").timeout(Duration::from_secs(5));
        Setting { runtime, server, store, calls: Cell::new(0) }
    };
}

/// The store says that a delivery is claimed or done only if the server has said so, and hides no error.
pub fn run(input: &[u8]) {
    let mut input = Input::new(input);
    SETTING.with(|setting| {
        for _ in 0..MOST {
            if input.is_empty() {
                return;
            }
            setting.runtime.block_on(setting.call(&mut input));
        }
    });
}

impl Setting {
    async fn call(&self, input: &mut Input<'_>) {
        let verb = input.below(3);
        let replies = (0..input.below(4)).map(|_| reply(input)).collect();
        // Withdrawals of earlier calls may still be under way, so each call has a key of its own.
        let call = self.calls.replace(self.calls.get() + 1);
        let key = DeliveryKey::of_event("fuzz", "fuzz", &format!("evt_{call}"));
        self.server.expect(&key, verb == 0, replies);
        match verb {
            0 => {
                let answer = self.store.claim(&key, Duration::from_secs(30)).await;
                assert_claim(&last(&self.server.sent()), answer);
            }
            1 => {
                let answer = self.store.complete(&key, Duration::from_secs(60)).await;
                assert_done(&last(&self.server.sent()), answer);
            }
            _ => {
                let answer = self.store.release(&key, &ClaimToken::new([7; 16])).await;
                // The withdrawal of a release that got no answer is a release too, so any reply may be the one.
                let sent = self.server.sent();
                let is_good = |reply: &Reply| matches!(reply, Reply::Number(_));
                assert!(answer.is_err() || sent.iter().any(is_good), "{sent:?}");
            }
        }
    }
}

fn last(sent: &[Reply]) -> Reply {
    sent.last().cloned().unwrap_or(Reply::Broken)
}

/// A reply of the usual form, or any bytes.
fn reply(input: &mut Input<'_>) -> Vec<u8> {
    let error = |text: &str| format!("-{text}\r\n").into_bytes();
    match input.below(12) {
        0 => b":-1\r\n".to_vec(),
        1 => b":-2\r\n".to_vec(),
        2 => format!(":{}\r\n", input.short()).into_bytes(),
        3 => format!(":-{}\r\n", input.byte()).into_bytes(),
        4 => b"+OK\r\n".to_vec(),
        5 => error("NOSCRIPT No matching script."),
        6 => error("READONLY You can't write against a read only replica."),
        7 => error("OOM command not allowed"),
        8 => error(&input.text()),
        9 => format!("${}\r\n{}\r\n", input.byte(), input.text()).into_bytes(),
        10 => Vec::new(),
        _ => input.bytes().to_vec(),
    }
}

fn assert_claim(last: &Reply, answer: Result<Claim, StoreError>) {
    match answer {
        Ok(Claim::Claimed(_)) => assert_eq!(last, &Reply::Number(-1)),
        Ok(Claim::Done) => assert_eq!(last, &Reply::Number(-2)),
        Ok(Claim::InFlight { retry_after }) => {
            let left = i64::try_from(retry_after.as_millis()).expect("a reply has as many bits");
            assert_eq!(last, &Reply::Number(left));
        }
        Ok(other) => panic!("{other:?}"),
        Err(error) => {
            assert!(!matches!(last, Reply::Number(-2..)), "{last:?}: {error}");
            assert_error(last, &error);
        }
    }
}

fn assert_done(last: &Reply, answer: Result<(), StoreError>) {
    match answer {
        Ok(()) => assert!(is_ok(last), "{last:?}"),
        Err(error) => {
            assert!(!is_ok(last), "{last:?}: {error}");
            assert_error(last, &error);
        }
    }
}

fn is_ok(reply: &Reply) -> bool {
    matches!(reply, Reply::Text(text) if text == "OK")
}

/// An error names the first word of the server's error and nothing more.
fn assert_error(last: &Reply, error: &StoreError) {
    if let StoreError::Refused { code } = error {
        let Reply::Error(text) = last else { panic!("{last:?}: {error}") };
        assert!(text.starts_with(code) && !code.contains(' '), "{text:?}: {error}");
    }
    assert!(!matches!(error, StoreError::Timeout { .. }), "{last:?}: {error}");
}
