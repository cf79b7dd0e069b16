//! The store.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use countersign::dedupe::{Claim, ClaimToken, DedupeStore, DeliveryKey};
use redis::FromRedisValue;

use crate::address::Address;
use crate::answer::{Integer, Okay};
use crate::connection::{Connection, SharedConnection, within};
use crate::request::{self, CLAIMED, DONE, IS_DONE, Request, Script, is_answered};
use crate::withdrawal::{Held, Unanswered, Withdrawals};
use crate::{ConfigError, StoreError};

/// Remembers deliveries on a Redis server, or on a cluster. Clones share the connection.
///
/// The [crate's documentation](crate) says how the server must be configured.
#[derive(Clone)]
pub struct RedisStore {
    shared: Arc<Shared>,
    prefix: Arc<str>,
    service: Arc<str>,
    timeout: Duration,
}

struct Shared {
    connection: SharedConnection,
    claim: Script,
    release: Script,
    ping: Script,
    withdrawals: Withdrawals,
}

/// With less, a busy network would look like an outage. With more, the provider would not wait for the answer.
const TIMEOUTS: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(5));

impl RedisStore {
    /// Longest key prefix, in bytes.
    pub const MAX_PREFIX: usize = 128;

    /// Longest name of a service, in bytes.
    pub const MAX_SERVICE: usize = DeliveryKey::MAX_ENDPOINT;

    /// A store on the server at this URL: `redis://user:password@host:port/database`, `rediss://…` with the feature `tls`, or
    /// `redis+unix:///path`.
    ///
    /// `service` is the name of the service that receives the deliveries. All its machines use the same name, and share their
    /// deliveries. Services with different names never share one, even if they receive the same event. Give staging a name of its
    /// own, too, if it uses the same server.
    ///
    /// The store connects when it is first asked, so that a service starts while the server is away. To find out at once, call
    /// [`ping`](Self::ping).
    ///
    /// # Errors
    ///
    /// The URL cannot be parsed, or needs a feature that is off. The name is empty, longer than
    /// [`MAX_SERVICE`](Self::MAX_SERVICE) bytes, or has control characters or a colon.
    pub fn new(url: &str, service: &str) -> Result<Self, ConfigError> {
        Self::at(Address::server(url)?, service)
    }

    /// A store on the cluster that has these nodes; some of them are enough. [`new`](Self::new) explains `service`.
    ///
    /// # Errors
    ///
    /// A URL cannot be parsed or needs a feature that is off. There is no URL, or they differ in more than the node. The name of the
    /// service is refused, as by [`new`](Self::new).
    #[cfg(feature = "cluster")]
    #[cfg_attr(docsrs, doc(cfg(feature = "cluster")))]
    pub fn cluster(urls: &[&str], service: &str) -> Result<Self, ConfigError> {
        Self::at(Address::cluster(urls)?, service)
    }

    fn at(address: Address, service: &str) -> Result<Self, ConfigError> {
        // The colon ends the name in a key. A name with a colon could make the keys of another service's prefix and name.
        let length = service.len();
        if !(1..=Self::MAX_SERVICE).contains(&length)
            || service.contains(|c: char| c == ':' || c.is_control())
        {
            return Err(ConfigError::UnusableService);
        }
        Ok(Self {
            shared: Arc::new(Shared {
                connection: SharedConnection::new(address),
                claim: request::claim(),
                release: request::release(),
                ping: request::ping(),
                withdrawals: Withdrawals::default(),
            }),
            prefix: "countersign".into(),
            service: service.into(),
            timeout: Duration::from_millis(500),
        })
    }

    /// The first part of each key, which the server's access rules may ask for. Default: `countersign`.
    ///
    /// # Errors
    ///
    /// Refuses a prefix that is longer than [`MAX_PREFIX`](Self::MAX_PREFIX) bytes or has control characters.
    pub fn prefix(self, prefix: &str) -> Result<Self, ConfigError> {
        if prefix.len() > Self::MAX_PREFIX || prefix.contains(char::is_control) {
            return Err(ConfigError::UnusablePrefix);
        }
        Ok(Self { prefix: prefix.into(), ..self })
    }

    /// The time limit of an attempt, with the wait for a connection. A verb makes two attempts. Default: 500 milliseconds.
    ///
    /// Less than 10 milliseconds counts as 10 milliseconds, and more than 5 seconds as 5 seconds. Set it before the store is first
    /// asked. Wait for a verb at least twice as long: the store does not learn that a connection is silent from attempts that are
    /// dropped.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: timeout.clamp(TIMEOUTS.0, TIMEOUTS.1), ..self }
    }

    /// Asks the server whether it is there and lets this store claim, record and release deliveries: for a service that should not
    /// start without it.
    ///
    /// A server that belongs to a cluster may accept this, and refuse other keys with `MOVED`, if the store is not a
    /// [`cluster`](crate#features) one.
    ///
    /// # Errors
    ///
    /// The server is not there, it refuses the password, or it refuses a command that the verbs need.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.ask::<Integer>(&self.shared.ping.request(&self.name("ping"), &[])).await.map(drop)
    }

    /// Forgets a delivery, in flight or done, so that the next attempt is handled. For operators. Tells whether the delivery was
    /// there.
    ///
    /// The key stands in the log, as the field `key` of `webhook delivery`:
    ///
    /// ```
    /// use countersign_redis::RedisStore;
    ///
    /// async fn forget(store: &RedisStore, key: &str) -> Result<bool, Box<dyn std::error::Error>> {
    ///     Ok(store.forget(&key.parse()?).await?)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// The server could not be asked.
    pub async fn forget(&self, key: &DeliveryKey) -> Result<bool, StoreError> {
        // The ping finds a connection that works. The deletion itself is sent once: a second one could arrive after the delivery was
        // handled again.
        self.ping().await?;
        let Integer(deleted) = self.attempt(&command("DEL", &[&self.name(key)]), None, &mut None).await?;
        Ok(deleted > 0)
    }

    /// A key on the server. The part before the last colon is the service, and the part before that is the prefix, so that no two
    /// pairs of a prefix and a service make the same key.
    fn name(&self, key: impl fmt::Display) -> String {
        format!("{}:{}:{key}", self.prefix, self.service)
    }

    /// Claims once. `previous` is the token of the attempt before.
    async fn claim_once(
        &self,
        held: &Held,
        previous: &str,
        lease: Duration,
        failed: &mut Option<Arc<Connection>>,
    ) -> Result<Integer, StoreError> {
        let request = self.shared.claim.request(&held.name, &[&held.token, &millis(lease), previous]);
        self.attempt(&request, Some(held), failed).await
    }

    pub(crate) fn release_request(&self, held: &Held) -> Request {
        self.shared.release.request(&held.name, &[&held.token])
    }

    pub(crate) fn withdrawals(&self) -> &Withdrawals {
        &self.shared.withdrawals
    }

    pub(crate) const fn attempt_timeout(&self) -> Duration {
        self.timeout
    }

    /// Sends a request, and a second time if there was no answer or if another server may have taken over.
    pub(crate) async fn ask<T: FromRedisValue>(&self, request: &Request) -> Result<T, StoreError> {
        self.ask_and_withdraw(request, None).await
    }

    async fn ask_and_withdraw<T: FromRedisValue>(
        &self,
        request: &Request,
        held: Option<&Held>,
    ) -> Result<T, StoreError> {
        let mut failed = None;
        match self.attempt(request, held, &mut failed).await {
            Err(error) if error.is_transient() => self.attempt(request, held, &mut failed).await,
            answer => answer,
        }
    }

    /// Sends a request once. Skips the connection that `failed` in the previous attempt, and puts its own there if that fails too.
    ///
    /// If there is no answer, `held` is released behind it.
    async fn attempt<T: FromRedisValue>(
        &self,
        request: &Request,
        held: Option<&Held>,
        failed: &mut Option<Arc<Connection>>,
    ) -> Result<T, StoreError> {
        let mut used = None;
        let result = within(self.timeout, async {
            let used = used.insert(self.shared.connection.get(failed.as_ref(), self.timeout).await?);
            let unanswered = held.map(|held| Unanswered::new(self, &used.connection, held));
            let result = request.send(&used.connection.link).await;
            if let Some(unanswered) = unanswered
                && is_answered(&result)
            {
                unanswered.answered();
            }
            result
        })
        .await;
        if let Some(connection) = used.and_then(|used| self.shared.connection.learn(used, &result)) {
            *failed = Some(connection);
        }
        result.map_err(|error| StoreError::of(&error, self.timeout))
    }
}

impl DedupeStore for RedisStore {
    type Error = StoreError;

    async fn claim(&self, key: &DeliveryKey, lease: Duration) -> Result<Claim, StoreError> {
        let mut token = new_token()?;
        let mut held = Held { name: self.name(key), token: hex(&token) };
        let mut failed = None;
        let mut answer = self.claim_once(&held, &held.token, lease, &mut failed).await;
        if answer.as_ref().is_err_and(StoreError::is_transient) {
            // The first attempt is withdrawn by its own token, whenever the server gets to it. So this one needs another.
            token = new_token()?;
            let previous = std::mem::replace(&mut held.token, hex(&token));
            answer = self.claim_once(&held, &previous, lease, &mut failed).await;
        }
        match answer? {
            Integer(CLAIMED) => Ok(Claim::Claimed(token)),
            Integer(IS_DONE) => Ok(Claim::Done),
            Integer(left) => u64::try_from(left)
                .map(|left| Claim::InFlight { retry_after: Duration::from_millis(left) })
                .map_err(|_| StoreError::UnexpectedAnswer),
        }
    }

    async fn complete(&self, key: &DeliveryKey, retention: Duration) -> Result<(), StoreError> {
        let record = command("SET", &[&self.name(key), DONE, "PX", &millis(retention)]);
        self.ask(&record).await.map(|Okay| ())
    }

    async fn release(&self, key: &DeliveryKey, token: &ClaimToken) -> Result<(), StoreError> {
        let held = Held { name: self.name(key), token: hex(token) };
        self.ask_and_withdraw::<Integer>(&self.release_request(&held), Some(&held)).await.map(drop)
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("prefix", &self.prefix)
            .field("service", &self.service)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

fn command(name: &str, arguments: &[&str]) -> Request {
    let mut command = redis::cmd(name);
    command.arg(arguments);
    command.into()
}

/// 128 random bits: no two claims share them, whatever machine they are made on.
fn new_token() -> Result<ClaimToken, StoreError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| StoreError::NoRandomness)?;
    Ok(ClaimToken::new(bytes))
}

fn hex(token: &ClaimToken) -> String {
    format!("{:032x}", u128::from_be_bytes(*token.as_bytes()))
}

/// Whole milliseconds, as the server counts them. They are rounded up, because less would end a claim early. They are never zero nor
/// more than the server accepts, because either would be an error.
fn millis(time: Duration) -> String {
    const LONGEST: u128 = 1 << 52;
    time.as_nanos().div_ceil(1_000_000).clamp(1, LONGEST).to_string()
}
