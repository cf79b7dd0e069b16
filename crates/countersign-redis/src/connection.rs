//! The one connection that all verbs share.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionInfo, FromRedisValue, IntoConnectionInfo, Pipeline,
    RedisError, RedisFuture, RedisResult, Value,
};
use tokio::sync::watch;
use tokio::time::{self, Instant};

use crate::script::Question;
use crate::{ConfigError, error};

/// Holds the connection of now. It is made when it is first needed, and another once it is spent.
#[derive(Default)]
pub(crate) struct Slot(Mutex<State>);

#[derive(Default)]
struct State {
    current: Option<Arc<Made>>,
    next: Option<Next>,
}

pub(crate) struct Made {
    connection: Connection,
    /// When it last did, or was made.
    answered: Mutex<Instant>,
}

/// Being made, or made and not current before it has answered. Of any number who wait for it, none makes another. A task of its own
/// does, since each of them gives up in time: else a server that is slow to reach would never be reached by many.
#[derive(Clone)]
struct Next {
    begun: Instant,
    made: watch::Receiver<Option<RedisResult<Arc<Made>>>>,
}

/// How many times a verb's time the making of a connection may take: that is a few round trips, and of a cluster to several nodes.
const PATIENCE: u32 = 4;

/// Where to connect to.
#[derive(Clone)]
pub(crate) enum Address {
    Server(Box<ConnectionInfo>),
    #[cfg(feature = "cluster")]
    Cluster(Vec<ConnectionInfo>),
}

#[derive(Clone)]
enum Connection {
    Server(MultiplexedConnection),
    #[cfg(feature = "cluster")]
    Cluster(redis::cluster_async::ClusterConnection),
}

impl Slot {
    /// One attempt, connecting included. It does not go by the connection that was `spent` by the attempt before, and tells the next of
    /// its own.
    pub(crate) async fn ask<T: FromRedisValue>(
        &self,
        question: &Question,
        address: &Address,
        timeout: Duration,
        spent: &mut Option<Arc<Made>>,
    ) -> RedisResult<T> {
        let begun = Instant::now();
        let mut by = None;
        let attempt = async {
            let (made, waited) = match self.at_hand(spent.as_ref(), address, timeout) {
                Ok(made) => (made, false),
                Err(next) => (next.wait().await?, true),
            };
            let (made, _) = by.insert((made, waited));
            question.ask(&mut made.connection.clone()).await
        };
        let answer = within(timeout, attempt).await;
        if let Some((made, waited)) = by {
            match &answer {
                Ok(_) => self.keep(&made),
                // It had no time to answer in, or had no answer to this alone.
                Err(error) if error.is_timeout() && (waited || made.has_answered_since(begun)) => {}
                Err(error) if made.connection.is_spent(error) => {
                    self.leave(&made, error);
                    *spent = Some(made);
                }
                Err(_) => {}
            }
        }
        answer
    }

    /// The next is to be waited for where there is none. It is begun if it is not.
    fn at_hand(
        &self,
        spent: Option<&Arc<Made>>,
        address: &Address,
        timeout: Duration,
    ) -> Result<Arc<Made>, Next> {
        let mut state = self.state();
        let current = state.current.as_ref();
        if let Some(current) = current.filter(|made| !spent.is_some_and(|spent| Arc::ptr_eq(spent, made))) {
            return Ok(Arc::clone(current));
        }
        state.next.take_if(|next| next.is_over(timeout));
        let next = state.next.get_or_insert_with(|| Next::begin(address.clone(), timeout));
        next.made().and_then(Result::ok).ok_or_else(|| next.clone())
    }

    /// It has answered.
    fn keep(&self, made: &Arc<Made>) {
        *made.answered.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        let mut state = self.state();
        if state.next.take_if(|next| next.is(made)).is_some() {
            state.current = Some(Arc::clone(made));
        }
    }

    fn leave(&self, spent: &Arc<Made>, error: &RedisError) {
        let mut state = self.state();
        state.next.take_if(|next| next.is(spent));
        if !spent.connection.serves_others(error) {
            state.current.take_if(|current| Arc::ptr_eq(current, spent));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Next {
    fn begin(address: Address, timeout: Duration) -> Self {
        let (sender, made) = watch::channel(None);
        tokio::spawn(async move {
            let connection = within(timeout.saturating_mul(PATIENCE), address.connect(timeout)).await;
            let made = connection
                .map(|connection| Arc::new(Made { connection, answered: Mutex::new(Instant::now()) }));
            sender.send_replace(Some(made));
        });
        Self { begun: Instant::now(), made }
    }

    async fn wait(mut self) -> RedisResult<Arc<Made>> {
        let made = self.made.wait_for(Option::is_some).await.ok().and_then(|made| made.clone());
        made.unwrap_or_else(|| Err(io::Error::from(io::ErrorKind::BrokenPipe).into()))
    }

    fn made(&self) -> Option<RedisResult<Arc<Made>>> {
        self.made.borrow().clone()
    }

    fn is(&self, made: &Arc<Made>) -> bool {
        self.made().is_some_and(|next| next.is_ok_and(|next| Arc::ptr_eq(&next, made)))
    }

    /// It has failed, or nothing will come of it: the runtime that was making it has ended, or stands still.
    fn is_over(&self, timeout: Duration) -> bool {
        match self.made() {
            Some(made) => made.is_err(),
            None => {
                self.made.has_changed().is_err()
                    || self.begun.elapsed() > timeout.saturating_mul(PATIENCE.saturating_add(1))
            }
        }
    }
}

impl Made {
    /// Of a cluster, that says nothing: another node may have.
    fn has_answered_since(&self, begun: Instant) -> bool {
        matches!(self.connection, Connection::Server(_))
            && *self.answered.lock().unwrap_or_else(PoisonError::into_inner) > begun
    }
}

async fn within<T>(time: Duration, what: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    let late = |_| Err(io::Error::from(io::ErrorKind::TimedOut).into());
    time::timeout(time, what).await.unwrap_or_else(late)
}

impl Address {
    pub(crate) fn server(url: &str) -> Result<Self, ConfigError> {
        parse(url).map(Box::new).map(Self::Server)
    }

    #[cfg(feature = "cluster")]
    pub(crate) fn cluster(urls: &[&str]) -> Result<Self, ConfigError> {
        let nodes = urls.iter().copied().map(parse).collect::<Result<Vec<_>, _>>()?;
        // Refuses what only shows when the nodes are looked at together: none at all, or different passwords.
        redis::cluster::ClusterClient::new(nodes.clone()).map_err(|_| ConfigError::UnusableUrl)?;
        Ok(Self::Cluster(nodes))
    }

    async fn connect(&self, timeout: Duration) -> RedisResult<Connection> {
        install_cryptography();
        match self {
            Self::Server(info) => {
                let info = (**info).clone().set_tcp_settings(tcp_settings(timeout));
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(None)
                    .set_response_timeout(Some(timeout));
                let client = Client::open(info)?;
                client.get_multiplexed_async_connection_with_config(&config).await.map(Connection::Server)
            }
            #[cfg(feature = "cluster")]
            Self::Cluster(nodes) => {
                let client = redis::cluster::ClusterClient::builder(nodes.clone())
                    // Of each node. The others wait meanwhile.
                    .connection_timeout(timeout)
                    .response_timeout(timeout)
                    .tcp_settings(tcp_settings(timeout))
                    .build()?;
                client.get_async_connection().await.map(Connection::Cluster)
            }
        }
    }
}

fn parse(url: &str) -> Result<ConnectionInfo, ConfigError> {
    let info = url.into_connection_info().map_err(|_| ConfigError::UnusableUrl)?;
    // Refuses what this build cannot do.
    Client::open(info.clone()).map_err(|_| ConfigError::UnusableUrl)?;
    Ok(info)
}

/// A server that vanished without a word is given up by the kernel as soon as two attempts could have failed; by default that
/// takes it a quarter of an hour.
fn tcp_settings(timeout: Duration) -> TcpSettings {
    let settings = TcpSettings::default().set_nodelay(true);
    #[cfg(target_os = "linux")]
    let settings = settings.set_user_timeout(timeout.saturating_mul(2));
    #[cfg(not(target_os = "linux"))]
    let _ = timeout;
    settings
}

/// Without a choice, rustls panics where a program has two to choose from.
fn install_cryptography() {
    #[cfg(feature = "tls")]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Fails where another thread was faster, and then there is one.
        drop(rustls::crypto::ring::default_provider().install_default());
    }
}

impl Connection {
    /// Whether another may fare better: this one is broken; or it is silent, as it stays for ever where something between here and
    /// the server has forgotten it; or it leads to a server that has become a replica, whose name may stand for another by now.
    fn is_spent(&self, error: &RedisError) -> bool {
        match self {
            Self::Server(_) => {
                error.is_unrecoverable_error()
                    || error.is_timeout()
                    || error.code().is_some_and(error::is_of_replica)
            }
            // It makes those to its nodes anew itself, unless they are silent, or the runtime that drives it has ended.
            #[cfg(feature = "cluster")]
            Self::Cluster(_) => {
                error.is_timeout() || (error.is_connection_dropped() && !error.is_connection_refusal())
            }
        }
    }

    /// Whether it is spent for one question alone: the other nodes of a cluster may still answer theirs.
    fn serves_others(&self, error: &RedisError) -> bool {
        !matches!(self, Self::Server(_)) && error.is_timeout()
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Server(connection) => connection.req_packed_command(command),
            #[cfg(feature = "cluster")]
            Self::Cluster(connection) => connection.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Server(connection) => connection.req_packed_commands(pipeline, offset, count),
            #[cfg(feature = "cluster")]
            Self::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Server(connection) => connection.get_db(),
            #[cfg(feature = "cluster")]
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}
