//! What the server decides, in its own language.

use redis::aio::ConnectionLike;
use redis::{Cmd, ErrorKind, FromRedisValue, RedisResult, ServerErrorKind};

/// What a delivery's key holds once it is done. Never a token: those are 32 hex digits.
pub(crate) const DONE: &str = "done";

/// The answers of [`claim`] that are no time.
pub(crate) const CLAIMED: i64 = -1;
pub(crate) const IS_DONE: i64 = -2;

/// A script and its hash, by which the server knows it once it has run.
pub(crate) struct Script {
    code: &'static str,
    hash: String,
}

/// Arguments: token, lease in milliseconds. Answers `CLAIMED`, `IS_DONE` or the milliseconds that another's lease has left.
///
/// A token that is there already is the caller's own, from an attempt whose answer was lost: its lease begins anew.
pub(crate) fn claim() -> Script {
    Script::new(
        "local held = redis.call('GET', KEYS[1])
         if not held or held == ARGV[1] then
             redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
             return -1
         elseif held == 'done' then
             return -2
         end
         return math.max(redis.call('PTTL', KEYS[1]), 0)",
    )
}

/// Argument: token. Answers how many keys it deleted.
pub(crate) fn release() -> Script {
    Script::new("return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0")
}

impl Script {
    fn new(code: &'static str) -> Self {
        Self { code, hash: redis::Script::new(code).get_hash().to_owned() }
    }

    /// The question of running it.
    pub(crate) fn question(&self, key: &str, arguments: &[&str]) -> Question {
        let command = |name, script: &str| {
            let mut command = redis::cmd(name);
            command.arg(script).arg(1).arg(key).arg(arguments);
            command
        };
        Question { command: command("EVALSHA", &self.hash), whole: Some(command("EVAL", self.code)) }
    }
}

/// A command that may be asked twice.
pub(crate) struct Question {
    command: Cmd,
    whole: Option<Cmd>,
}

impl From<Cmd> for Question {
    fn from(command: Cmd) -> Self {
        Self { command, whole: None }
    }
}

impl Question {
    /// One round trip. A server that does not have a script yet, new or restarted, is sent the whole of it, which it keeps; in a
    /// cluster that is the very node that has the key.
    pub(crate) async fn ask<T: FromRedisValue>(
        &self,
        connection: &mut impl ConnectionLike,
    ) -> RedisResult<T> {
        match (self.command.query_async(connection).await, &self.whole) {
            (Err(error), Some(whole)) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                whole.query_async(connection).await
            }
            (answer, _) => answer,
        }
    }
}
