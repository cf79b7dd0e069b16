//! Settings from the environment.

use std::env;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::time::Duration;

use countersign::dedupe::Dedupe;
use countersign_redis::{ConfigError, RedisStore};

use crate::{ServiceError, Verifiers};

/// All settings of a service. A provider without a secret has no route.
#[derive(Debug)]
pub struct Settings {
    /// `LISTEN`. Default: `127.0.0.1:3000`; port 0 takes a free one.
    pub listen: SocketAddr,
    /// `METRICS_LISTEN`: the address at which Prometheus reads the counter of outcomes. If it is not set, nothing is counted.
    pub metrics: Option<SocketAddr>,
    /// The limits for clients.
    pub limits: Limits,
    /// The store that remembers deliveries: the Redis of `REDIS_URL`, under the name of `SERVICE_NAME`. `REDIS_TIMEOUT_MS` is the time
    /// limit of one attempt at it. If `REDIS_URL` is not set, the memory of this process is the store.
    pub dedupe: Dedupe,
    /// The verifiers of the providers that have a secret.
    pub verifiers: Verifiers,
}

/// The limits of a server for clients that are not verified yet.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// `HEAD_TIMEOUT_MS`: how long the head of a request may take. Default: 10 seconds.
    pub head_timeout: Duration,
    /// `READ_TIMEOUT_MS`: how long a body may take. Default: 10 seconds.
    pub read_timeout: Duration,
    /// `MAX_CONNECTIONS`: how many are served at once; further ones wait. Default: 900, since a process may open 1024 files unless it
    /// is told otherwise.
    pub connections: usize,
}

impl Settings {
    /// Reads the settings.
    ///
    /// Each secret may also come from a file, named by the same variable with `_FILE`. While a provider's secret is
    /// rotated, the old one stands in the variable with `_PREVIOUS` (or `_PREVIOUS_FILE`).
    ///
    /// # Errors
    ///
    /// A variable has a value that cannot be used, or no provider has a secret.
    pub fn from_env() -> Result<Self, ServiceError> {
        let limits = Limits {
            head_timeout: milliseconds("HEAD_TIMEOUT_MS")?.unwrap_or(TIMEOUT),
            read_timeout: milliseconds("READ_TIMEOUT_MS")?.unwrap_or(TIMEOUT),
            connections: positive("MAX_CONNECTIONS")?.unwrap_or(900),
        };
        let verifiers = Verifiers::from_env(limits.read_timeout, positive("TOTAL_BODY_LIMIT_BYTES")?)?;
        let listen = address("LISTEN")?.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 3000)));
        let metrics = address("METRICS_LISTEN")?;
        Ok(Self { listen, metrics, limits, dedupe: crate::dedupe::dedupe(redis()?), verifiers })
    }

    /// Binds [`listen`](Self::listen), ready for an asynchronous runtime.
    ///
    /// # Errors
    ///
    /// The address is in use, or is not an address of this machine.
    pub fn bind(&self) -> Result<TcpListener, ServiceError> {
        TcpListener::bind(self.listen)
            .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
            .map_err(|fault| ServiceError::Bind { address: self.listen, fault })
    }
}

/// The time for heads and the time for bodies, unless the environment sets another one.
const TIMEOUT: Duration = Duration::from_secs(10);

fn address(name: &'static str) -> Result<Option<SocketAddr>, ServiceError> {
    parsed(name, ServiceError::NotAnAddress { name })
}

fn milliseconds(name: &'static str) -> Result<Option<Duration>, ServiceError> {
    let milliseconds = parsed(name, ServiceError::NotMilliseconds { name })?;
    Ok(milliseconds.map(Duration::from_millis))
}

fn positive(name: &'static str) -> Result<Option<usize>, ServiceError> {
    let number = parsed::<NonZeroUsize>(name, ServiceError::NotPositive { name })?;
    Ok(number.map(NonZeroUsize::get))
}

fn parsed<T: FromStr>(name: &str, fault: ServiceError) -> Result<Option<T>, ServiceError> {
    match env::var(name) {
        Ok(text) => text.parse().map(Some).map_err(|_| fault),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(fault),
    }
}

fn redis() -> Result<Option<RedisStore>, ServiceError> {
    let url = match env::var("REDIS_URL") {
        Ok(url) => url,
        Err(env::VarError::NotPresent) => return Ok(None),
        Err(env::VarError::NotUnicode(_)) => return Err(ServiceError::RedisNotUnicode),
    };
    let service = env::var("SERVICE_NAME").map_err(|error| match error {
        env::VarError::NotPresent => ServiceError::NoServiceName,
        env::VarError::NotUnicode(_) => ServiceError::ServiceNameNotUnicode,
    })?;
    let store = RedisStore::new(&url, &service).map_err(|error| match error {
        ConfigError::UnusableService => ServiceError::ServiceName(error),
        _ => ServiceError::Redis(error),
    })?;
    let timeout = milliseconds("REDIS_TIMEOUT_MS")?;
    Ok(Some(match timeout {
        Some(timeout) => store.timeout(timeout),
        None => store,
    }))
}
