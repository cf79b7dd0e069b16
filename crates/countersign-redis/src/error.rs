//! The errors of the settings and of the server. None of them shows a URL, because URLs have passwords in them.

use std::time::Duration;

use redis::{ErrorKind, RedisError};
use thiserror::Error;

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The URL cannot be parsed, or it needs a feature that this build does not have: `rediss://` needs the feature `tls`.
    #[error("redis url is not valid, or needs a feature that is off")]
    UnusableUrl,
    /// People could not read keys with this prefix.
    #[error("key prefix is longer than {max} bytes or has control characters", max = crate::RedisStore::MAX_PREFIX)]
    UnusablePrefix,
    /// People could not read keys with this name, or the keys could be those of another service.
    #[error(
        "service name is empty, longer than {max} bytes or has control characters or a colon",
        max = crate::RedisStore::MAX_SERVICE
    )]
    UnusableService,
}

/// The reason why a verb failed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The server did not answer either of the two attempts.
    #[error("no answer from redis within {timeout:?}")]
    Timeout {
        /// The time limit of each attempt.
        timeout: Duration,
    },
    /// The server is not there, or the connection broke. For a cluster: none of its nodes is there, or none accepts the password.
    #[error("redis cannot be reached")]
    Unreachable,
    /// The server refuses the user or the password of the URL. A cluster of such servers is [`Unreachable`](Self::Unreachable).
    #[error("redis refuses the user or the password")]
    WrongPassword,
    /// The server answered with an error: `OOM` if its memory is full, `NOAUTH` if the URL lacks the password, `NOPERM` if the user may
    /// not run a command, `MOVED` if the server is part of a cluster.
    #[error("redis refused with {code}")]
    Refused {
        /// The first word of the error.
        code: String,
    },
    /// The server's answer does not fit the request.
    #[error("redis gave an unexpected answer")]
    UnexpectedAnswer,
    /// The operating system gave no random bytes for a token.
    #[error("the operating system gave no random bytes")]
    NoRandomness,
}

impl StoreError {
    pub(crate) fn of(error: &RedisError, timeout: Duration) -> Self {
        if error.is_timeout() {
            Self::Timeout { timeout }
        } else if error.is_io_error() || error.kind() == ErrorKind::ClusterConnectionNotFound {
            Self::Unreachable
        } else if error.kind() == ErrorKind::AuthenticationFailed {
            Self::WrongPassword
        } else if let Some(code) = error.code() {
            Self::Refused { code: code.to_owned() }
        } else {
            Self::UnexpectedAnswer
        }
    }

    /// Whether a second attempt may do better: by another connection, or at the server that has taken over.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Timeout { .. } | Self::Unreachable => true,
            Self::Refused { code } => is_replica(code),
            _ => false,
        }
    }
}

/// Whether the code is a replica's. A replica refuses to write, and also to read while it has no master.
pub(crate) fn is_replica(code: &str) -> bool {
    matches!(code, "READONLY" | "MASTERDOWN")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages() {
        let second = Duration::from_secs(1);
        let cases = [
            (ConfigError::UnusableUrl.to_string(), "redis url is not valid, or needs a feature that is off"),
            (
                ConfigError::UnusablePrefix.to_string(),
                "key prefix is longer than 128 bytes or has control characters",
            ),
            (
                ConfigError::UnusableService.to_string(),
                "service name is empty, longer than 64 bytes or has control characters or a colon",
            ),
            (StoreError::Timeout { timeout: second }.to_string(), "no answer from redis within 1s"),
            (StoreError::Unreachable.to_string(), "redis cannot be reached"),
            (StoreError::WrongPassword.to_string(), "redis refuses the user or the password"),
            (StoreError::Refused { code: "OOM".to_owned() }.to_string(), "redis refused with OOM"),
            (StoreError::UnexpectedAnswer.to_string(), "redis gave an unexpected answer"),
            (StoreError::NoRandomness.to_string(), "the operating system gave no random bytes"),
        ];
        for (message, expected) in cases {
            assert_eq!(message, expected);
        }
    }
}
