//! Settings from the environment.

use std::env;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use countersign::{Dedupe, Hook, Massu, Muchaw, Mutx, Provider, Secret, Secrets, Verifier, Workspace};
use countersign_redis::{ConfigError, RedisStore};

use crate::ServiceError;

/// All that a service is told. A sender without a secret is not received.
#[derive(Debug)]
pub struct Settings {
    /// `LISTEN`. Default: `127.0.0.1:3000`; port 0 takes a free one.
    pub listen: SocketAddr,
    /// `READ_TIMEOUT_MS`: how long a body may take. Default: the library's 10 seconds.
    pub read_timeout: Option<Duration>,
    /// The store that remembers deliveries: the Redis of `REDIS_URL`, under the name of `SERVICE_NAME`. Default: the memory of this
    /// process.
    pub dedupe: Dedupe,
    /// `MASSU_WEBHOOK_SECRET`.
    pub massu: Option<Secrets>,
    /// `HOOK_WEBHOOK_SECRET`.
    pub hook: Option<Secrets>,
    /// `MUTX_WEBHOOK_SECRET`.
    pub mutx: Option<Secrets>,
    /// `MUCHAW_WEBHOOK_SECRET`.
    pub muchaw: Option<Secrets>,
    /// `WORKSPACE_WEBHOOK_SECRET`.
    pub workspace: Option<Secrets>,
}

impl Settings {
    /// Reads them.
    ///
    /// Each secret may also come from a file, named by the same variable with `_FILE`. While a sender's secret is
    /// rotated, the old one stands in the variable with `_PREVIOUS` (or `_PREVIOUS_FILE`).
    ///
    /// # Errors
    ///
    /// A variable is there and cannot be used, or no sender has a secret.
    pub fn from_env() -> Result<Self, ServiceError> {
        let settings = Self {
            listen: listen()?,
            read_timeout: read_timeout()?,
            dedupe: crate::dedupe::dedupe(redis()?),
            massu: secrets::<Massu>()?,
            hook: secrets::<Hook>()?,
            mutx: secrets::<Mutx>()?,
            muchaw: secrets::<Muchaw>()?,
            workspace: secrets::<Workspace>()?,
        };
        let Self { massu, hook, mutx, muchaw, workspace, .. } = &settings;
        if [massu, hook, mutx, muchaw, workspace].iter().all(|secrets| secrets.is_none()) {
            return Err(ServiceError::NoSecret);
        }
        Ok(settings)
    }

    /// A verifier for a sender with these secrets.
    #[must_use]
    pub fn verifier<P: Provider>(&self, secrets: Secrets) -> Verifier<P> {
        let verifier = Verifier::new(secrets);
        match self.read_timeout {
            Some(timeout) => verifier.read_timeout(timeout),
            None => verifier,
        }
    }

    /// Binds [`listen`](Self::listen), ready for an asynchronous runtime.
    ///
    /// # Errors
    ///
    /// The address is taken, or not ours.
    pub fn bind(&self) -> Result<TcpListener, ServiceError> {
        TcpListener::bind(self.listen)
            .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
            .map_err(|fault| ServiceError::Bind { address: self.listen, fault })
    }
}

fn listen() -> Result<SocketAddr, ServiceError> {
    match env::var("LISTEN") {
        Ok(text) => text.parse().map_err(|_| ServiceError::NotAnAddress),
        Err(env::VarError::NotPresent) => Ok(SocketAddr::from(([127, 0, 0, 1], 3000))),
        Err(env::VarError::NotUnicode(_)) => Err(ServiceError::NotAnAddress),
    }
}

fn read_timeout() -> Result<Option<Duration>, ServiceError> {
    match env::var("READ_TIMEOUT_MS") {
        Ok(text) => {
            text.parse().map(Duration::from_millis).map(Some).map_err(|_| ServiceError::NotMilliseconds)
        }
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(ServiceError::NotMilliseconds),
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
    RedisStore::new(&url, &service).map(Some).map_err(|error| match error {
        ConfigError::UnusableService => ServiceError::ServiceName(error),
        _ => ServiceError::Redis(error),
    })
}

/// The secrets of a sender, the current one first.
fn secrets<P: Provider>() -> Result<Option<Secrets>, ServiceError> {
    let name = format!("{}_WEBHOOK_SECRET", P::NAME.to_uppercase());
    match (secret(&name)?, secret(&format!("{name}_PREVIOUS"))?) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(ServiceError::PreviousAlone { name }),
        (Some(current), None) => Ok(Some(Secrets::new("current", current)?)),
        (Some(current), Some(previous)) => {
            Ok(Some(Secrets::new("current", current)?.also("previous", previous)?))
        }
    }
}

/// One secret, from the variable or from the file that the variable with `_FILE` names. Set, but blank, is an error.
fn secret(name: &str) -> Result<Option<Secret>, ServiceError> {
    let file_name = format!("{name}_FILE");
    match (env::var_os(name), env::var_os(&file_name)) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(ServiceError::SetTwice { name: name.to_owned() }),
        (Some(_), None) => Ok(Some(Secret::from_env(name)?)),
        (None, Some(path)) => Secret::from_file(path)
            .map(Some)
            .map_err(|fault| ServiceError::SecretFile { name: file_name, fault }),
    }
}
