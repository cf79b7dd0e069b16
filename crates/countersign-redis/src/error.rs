//! What can go wrong: when the store is set up, and when it is asked. Neither shows a URL, since those have passwords in them.

use std::time::Duration;

use redis::{ErrorKind, RedisError};
use thiserror::Error;

/// What is wrong with a setting.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// It cannot be parsed, or it asks for what this build does not have: `rediss://` needs the feature `tls`.
    #[error("redis url is not valid, or needs a feature that is off")]
    UnusableUrl,
    /// Keys with it could not be read by people.
    #[error("key prefix is longer than {max} bytes or has control characters", max = crate::RedisStore::MAX_PREFIX)]
    UnusablePrefix,
    /// Keys with it could not be read by people, or could be those of another service.
    #[error(
        "service name is empty, longer than {max} bytes or has control characters or a colon",
        max = crate::RedisStore::MAX_SERVICE
    )]
    UnusableService,
}

/// Why the server did not do as it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It did not answer, the second time neither.
    #[error("no answer from redis within {timeout:?}")]
    Timeout {
        /// What each of the two attempts was given.
        timeout: Duration,
    },
    /// It is not there, or the connection broke; of a cluster, none of its nodes is there, or none takes the password.
    #[error("redis cannot be reached")]
    Unreachable,
    /// It does not take the user or the password of the URL. A cluster of such servers is [`Unreachable`](Self::Unreachable).
    #[error("redis does not take the user or the password")]
    WrongPassword,
    /// It answered with an error: `OOM` where its memory is full, `NOAUTH` where the URL lacks the password, `MOVED` where it is part
    /// of a cluster.
    #[error("redis refused with {code}")]
    Refused {
        /// The error's first word.
        code: String,
    },
    /// It answered with something that is no answer to the question.
    #[error("redis gave an answer that does not fit")]
    UnexpectedAnswer,
    /// The operating system has no random bytes to make a token of.
    #[error("no random bytes to be had")]
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

    /// Whether a second attempt may fare better: by another connection, or at the server that has taken over.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Timeout { .. } | Self::Unreachable => true,
            Self::Refused { code } => is_of_replica(code),
            _ => false,
        }
    }
}

/// A replica refuses to write, and to read too where it has lost its master.
pub(crate) fn is_of_replica(code: &str) -> bool {
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
            (StoreError::WrongPassword.to_string(), "redis does not take the user or the password"),
            (StoreError::Refused { code: "OOM".to_owned() }.to_string(), "redis refused with OOM"),
            (StoreError::UnexpectedAnswer.to_string(), "redis gave an answer that does not fit"),
            (StoreError::NoRandomness.to_string(), "no random bytes to be had"),
        ];
        for (message, expected) in cases {
            assert_eq!(message, expected);
        }
    }
}
