//! The commands that the store sends, and the scripts among them.

use redis::{Cmd, ErrorKind, FromRedisValue, RedisResult, ServerErrorKind};

use crate::link::Link;

/// The value of a delivery's key after the delivery was handled. It is never a token: tokens are 32 hex digits.
pub(crate) const DONE: &str = "done";

/// The answers of [`claim`] that are no time.
pub(crate) const CLAIMED: i64 = -1;
pub(crate) const IS_DONE: i64 = -2;

/// A script, and the hash by which the server knows it after its first run.
pub(crate) struct Script {
    code: &'static str,
    hash: String,
}

/// Arguments: token, lease in milliseconds, token of the attempt before. Answers `CLAIMED`, `IS_DONE` or the milliseconds that are left
/// of another owner's lease.
///
/// A key with one of the two tokens belongs to the caller, whose answer was lost. The new token takes its place, so that the
/// withdrawal of the attempt before cannot end this claim.
pub(crate) fn claim() -> Script {
    Script::new(
        "local held = redis.call('GET', KEYS[1])
         if not held or held == ARGV[1] or held == ARGV[3] then
             redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
             return -1
         elseif held == 'done' then
             return -2
         end
         return math.max(redis.call('PTTL', KEYS[1]), 0)",
    )
}

/// Argument: token. Answers the number of keys that it deleted.
pub(crate) fn release() -> Script {
    Script::new("return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0")
}

/// Runs every command that the verbs need, and leaves no key behind. Answers 1.
pub(crate) fn ping() -> Script {
    Script::new(
        "redis.call('SET', KEYS[1], 'ping', 'PX', 1000)
         redis.call('GET', KEYS[1])
         redis.call('PTTL', KEYS[1])
         return redis.call('DEL', KEYS[1])",
    )
}

impl Script {
    fn new(code: &'static str) -> Self {
        Self { code, hash: redis::Script::new(code).get_hash().to_owned() }
    }

    /// A request to run the script.
    pub(crate) fn request(&self, key: &str, arguments: &[&str]) -> Request {
        let command = |name, script: &str| {
            let mut command = redis::cmd(name);
            command.arg(script).arg(1).arg(key).arg(arguments);
            command
        };
        Request { command: command("EVALSHA", &self.hash), with_code: Some(command("EVAL", self.code)) }
    }
}

/// A command. For a script, also the command that carries its code.
pub(crate) struct Request {
    command: Cmd,
    with_code: Option<Cmd>,
}

impl From<Cmd> for Request {
    fn from(command: Cmd) -> Self {
        Self { command, with_code: None }
    }
}

impl Request {
    /// Sends the command: one round trip. A server that does not know the script yet is sent its code too, and keeps it.
    pub(crate) async fn send<T: FromRedisValue>(&self, link: &Link) -> RedisResult<T> {
        match (link.query(&self.command).await, &self.with_code) {
            (Err(error), Some(with_code)) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                link.query(with_code).await
            }
            (answer, _) => answer,
        }
    }
}

/// Whether the server has answered, be it with an error. Otherwise nobody knows whether it has got the command, or will yet get it.
pub(crate) fn is_answered<T>(result: &RedisResult<T>) -> bool {
    match result {
        Ok(_) => true,
        Err(error) => error.code().is_some(),
    }
}
