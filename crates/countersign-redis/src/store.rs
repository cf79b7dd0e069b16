//! The store.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use countersign::{Claim, ClaimToken, DedupeStore, DeliveryKey};
use redis::FromRedisValue;

use crate::connection::{Address, Made, Slot};
use crate::script::{self, CLAIMED, DONE, IS_DONE, Question, Script};
use crate::{ConfigError, StoreError};

/// Remembers deliveries on a Redis server, or a cluster. Clones share the connection.
///
/// See the [crate's documentation](crate) for what the server must be set to.
#[derive(Clone)]
pub struct RedisStore {
    shared: Arc<Shared>,
    prefix: Arc<str>,
    service: Arc<str>,
    timeout: Duration,
}

struct Shared {
    address: Address,
    connection: Slot,
    claim: Script,
    release: Script,
}

/// Below, a busy network would look like an outage; above, a sender would not wait for the answer.
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
    /// The store connects when it is first asked, so that a service starts while the server is away. To find out at once,
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
                address,
                connection: Slot::default(),
                claim: script::claim(),
                release: script::release(),
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
    /// Refuses one that is longer than [`MAX_PREFIX`](Self::MAX_PREFIX) bytes or has control characters.
    pub fn prefix(self, prefix: &str) -> Result<Self, ConfigError> {
        if prefix.len() > Self::MAX_PREFIX || prefix.contains(char::is_control) {
            return Err(ConfigError::UnusablePrefix);
        }
        Ok(Self { prefix: prefix.into(), ..self })
    }

    /// How long an attempt may take, the wait for a connection included; there are two. Default: 500 milliseconds. Taken as 10 milliseconds where it
    /// is less, and as 5 seconds where it is more. Set it before the store is first asked, and give a verb of your own at least twice
    /// as long: the store does not learn from attempts that are dropped.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: timeout.clamp(TIMEOUTS.0, TIMEOUTS.1), ..self }
    }

    /// Asks the server whether it is there and takes claims: for a service that rather does not start without it.
    ///
    /// A server that belongs to a cluster may take this one and refuse others with `MOVED`, where the store is not a
    /// [`cluster`](crate#features).
    ///
    /// # Errors
    ///
    /// It is not there, it does not take the password, or it refuses to write.
    pub async fn ping(&self) -> Result<(), StoreError> {
        // A claim, so that a server that would refuse one refuses this; of no delivery, always its own, and over at once.
        let question = self.shared.claim.question(&self.name("ping"), &["ping", &millis(Duration::ZERO)]);
        self.ask::<i64>(question).await.map(drop)
    }

    /// Forgets a delivery, in flight or done, so that the next attempt is handled. For operators. Tells whether it was there.
    ///
    /// # Errors
    ///
    /// The server could not be asked.
    pub async fn forget(&self, key: &DeliveryKey) -> Result<bool, StoreError> {
        // Finds a connection that works. Then once: what got no answer may still arrive, after the delivery has been handled again.
        self.ping().await?;
        self.attempt(&command("DEL", &[&self.name(key)]), &mut None).await
    }

    /// A key on the server. The part before the last colon is the service, and the part before that is the prefix, so that no two
    /// pairs of a prefix and a service make the same key.
    fn name(&self, key: impl fmt::Display) -> String {
        format!("{}:{}:{key}", self.prefix, self.service)
    }

    /// Asks, and asks a second time where there was no answer, or where another server may have taken over.
    async fn ask<T: FromRedisValue>(&self, question: Question) -> Result<T, StoreError> {
        let mut spent = None;
        match self.attempt(&question, &mut spent).await {
            Err(error) if error.is_transient() => self.attempt(&question, &mut spent).await,
            answer => answer,
        }
    }

    async fn attempt<T: FromRedisValue>(
        &self,
        question: &Question,
        spent: &mut Option<Arc<Made>>,
    ) -> Result<T, StoreError> {
        let answer = self.shared.connection.ask(question, &self.shared.address, self.timeout, spent);
        answer.await.map_err(|error| StoreError::of(&error, self.timeout))
    }
}

impl DedupeStore for RedisStore {
    type Error = StoreError;

    async fn claim(&self, key: &DeliveryKey, lease: Duration) -> Result<Claim, StoreError> {
        let token = new_token()?;
        let question = self.shared.claim.question(&self.name(key), &[&hex(&token), &millis(lease)]);
        match self.ask::<i64>(question).await? {
            CLAIMED => Ok(Claim::Claimed(token)),
            IS_DONE => Ok(Claim::Done),
            left => u64::try_from(left)
                .map(|left| Claim::InFlight { retry_after: Duration::from_millis(left) })
                .map_err(|_| StoreError::UnexpectedAnswer),
        }
    }

    async fn complete(&self, key: &DeliveryKey, retention: Duration) -> Result<(), StoreError> {
        self.ask(command("SET", &[&self.name(key), DONE, "PX", &millis(retention)])).await
    }

    async fn release(&self, key: &DeliveryKey, token: &ClaimToken) -> Result<(), StoreError> {
        let question = self.shared.release.question(&self.name(key), &[&hex(token)]);
        self.ask::<i64>(question).await.map(drop)
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

fn command(name: &str, arguments: &[&str]) -> Question {
    let mut command = redis::cmd(name);
    command.arg(arguments);
    command.into()
}

/// 128 random bits: no two claims in the world share them, whatever machine they are made on.
fn new_token() -> Result<ClaimToken, StoreError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| StoreError::NoRandomness)?;
    Ok(ClaimToken::new(bytes))
}

fn hex(token: &ClaimToken) -> String {
    format!("{:032x}", u128::from_be_bytes(*token.as_bytes()))
}

/// Whole milliseconds, as the server counts: rounded up, since less would let a claim go early, and never zero nor more than the
/// server takes, which would be an error.
fn millis(time: Duration) -> String {
    const LONGEST: u128 = 1 << 52;
    time.as_nanos().div_ceil(1_000_000).clamp(1, LONGEST).to_string()
}
