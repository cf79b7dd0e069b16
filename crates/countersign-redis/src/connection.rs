//! The one connection that all verbs share.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionInfo, ErrorKind, FromRedisValue, IntoConnectionInfo,
    Pipeline, RedisError, RedisFuture, RedisResult, ServerErrorKind, Value,
};
use tokio::sync::watch;
use tokio::time::{self, Instant};

use crate::ConfigError;
use crate::script::Question;

/// Holds the connection of now. It is made when it is first needed, and another once it is spent.
#[derive(Default)]
pub(crate) struct Slot(Mutex<State>);

#[derive(Default)]
struct State {
    current: Option<Made>,
    /// The next: being made, or made and not current before it has answered.
    next: Option<Next>,
}

pub(crate) type Made = Arc<Connection>;

/// Of any number who wait for a connection, none makes another. A task of its own does, since each of them gives up in time:
/// else a server that is slow to reach would never be reached by many.
type Next = watch::Receiver<Option<RedisResult<Made>>>;

/// Where to connect to.
#[derive(Clone)]
pub(crate) enum Address {
    Server(Box<ConnectionInfo>),
    #[cfg(feature = "cluster")]
    Cluster(Vec<ConnectionInfo>),
}

#[derive(Clone)]
pub(crate) enum Connection {
    Server(MultiplexedConnection),
    #[cfg(feature = "cluster")]
    Cluster(redis::cluster_async::ClusterConnection),
}

impl Slot {
    /// One attempt, connecting included. It does not go by the connection that was `spent` by the attempt before, and tells the next of
    /// its own.
    pub(crate) async fn ask<T: FromRedisValue>(
        self: &Arc<Self>,
        question: &Question,
        address: &Address,
        timeout: Duration,
        spent: &mut Option<Made>,
    ) -> RedisResult<T> {
        let mut by = None;
        let attempt = async {
            let made = self.connection(address, timeout, spent.as_ref()).await?;
            let (made, _) = by.insert((made, Instant::now()));
            question.ask(&mut Connection::clone(made)).await
        };
        let answer = within(timeout, attempt).await;
        if let Some((made, since)) = by {
            match &answer {
                Ok(_) => self.keep(&made),
                // Who had to wait for a connection gave it little time to answer.
                Err(error) if error.is_timeout() && since.elapsed().saturating_mul(2) < timeout => {}
                Err(error) if made.is_spent(error) => {
                    self.leave(&made, error);
                    *spent = Some(made);
                }
                Err(_) => {}
            }
        }
        answer
    }

    async fn connection(
        self: &Arc<Self>,
        address: &Address,
        timeout: Duration,
        spent: Option<&Made>,
    ) -> RedisResult<Made> {
        let mut next = {
            let mut state = self.state();
            if let Some(current) = &state.current
                && !spent.is_some_and(|spent| Arc::ptr_eq(spent, current))
            {
                return Ok(Arc::clone(current));
            }
            // The runtime that was making it has ended.
            state.next.take_if(|next| next.has_changed().is_err() && next.borrow().is_none());
            state.next.get_or_insert_with(|| self.make(address.clone(), timeout)).clone()
        };
        let made = next.wait_for(Option::is_some).await.ok().and_then(|made| made.clone());
        made.unwrap_or_else(|| Err(io::Error::from(io::ErrorKind::BrokenPipe).into()))
    }

    fn make(self: &Arc<Self>, address: Address, timeout: Duration) -> Next {
        let (sender, next) = watch::channel(None);
        let slot = Arc::clone(self);
        tokio::spawn(async move {
            // Each step has its own limit; this is for all that there may be of them.
            let made = within(timeout.saturating_mul(20), address.connect(timeout)).await.map(Arc::new);
            if made.is_err() {
                slot.state().next = None;
            }
            sender.send_replace(Some(made));
        });
        next
    }

    /// It has answered.
    fn keep(&self, made: &Made) {
        let mut state = self.state();
        if state.next.take_if(|next| has_made(next, made)).is_some() {
            state.current = Some(Arc::clone(made));
        }
    }

    fn leave(&self, spent: &Made, error: &RedisError) {
        let mut state = self.state();
        state.next.take_if(|next| has_made(next, spent));
        if !spent.serves_others(error) {
            state.current.take_if(|current| Arc::ptr_eq(current, spent));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// Takes longer than a verb may: a few round trips, of a cluster to every node.
    async fn connect(&self, timeout: Duration) -> RedisResult<Connection> {
        install_cryptography();
        let patience = timeout.saturating_mul(2);
        match self {
            Self::Server(info) => {
                let info = (**info).clone().set_tcp_settings(tcp_settings(timeout));
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(patience))
                    .set_response_timeout(Some(timeout));
                let client = Client::open(info)?;
                client.get_multiplexed_async_connection_with_config(&config).await.map(Connection::Server)
            }
            #[cfg(feature = "cluster")]
            Self::Cluster(nodes) => {
                let client = redis::cluster::ClusterClient::builder(nodes.clone())
                    .connection_timeout(patience)
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
            Self::Server(_) => error.is_unrecoverable_error() || error.is_timeout() || is_of_replica(error),
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

fn has_made(next: &Next, made: &Made) -> bool {
    next.borrow().as_ref().is_some_and(|next| next.as_ref().is_ok_and(|next| Arc::ptr_eq(next, made)))
}

/// A replica refuses to write, and to read too where it has lost its master.
fn is_of_replica(error: &RedisError) -> bool {
    matches!(error.kind(), ErrorKind::Server(ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown))
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
