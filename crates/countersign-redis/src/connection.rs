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
use tokio::sync::OnceCell;
use tokio::time;

use crate::ConfigError;
use crate::script::Question;

/// Holds the connection of now: made when it is first needed, and anew once it is spent.
#[derive(Default)]
pub(crate) struct Slot(Mutex<Made>);

/// Empty until somebody has connected; of any number who need it, one does.
type Made = Arc<OnceCell<Connection>>;

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
    /// One attempt, connecting included. Where it finds the connection spent, the next makes another.
    pub(crate) async fn ask<T: FromRedisValue>(
        &self,
        question: &Question,
        address: &Address,
        timeout: Duration,
    ) -> RedisResult<T> {
        let made = Arc::clone(&self.made());
        let attempt = async {
            let mut connection = made.get_or_try_init(|| address.connect(timeout)).await?.clone();
            question.ask(&mut connection).await
        };
        let late = |_| Err(io::Error::from(io::ErrorKind::TimedOut).into());
        let answer = time::timeout(timeout, attempt).await.unwrap_or_else(late);
        // While it is being made, the others who wait for it go on.
        if answer.as_ref().is_err_and(is_spent) && made.initialized() {
            let mut current = self.made();
            // Another may have noticed before, and it is a new one by now.
            if Arc::ptr_eq(&current, &made) {
                *current = Made::default();
            }
        }
        answer
    }

    fn made(&self) -> MutexGuard<'_, Made> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
                    .set_connection_timeout(Some(timeout))
                    .set_response_timeout(Some(timeout));
                let client = Client::open(info)?;
                client.get_multiplexed_async_connection_with_config(&config).await.map(Connection::Server)
            }
            #[cfg(feature = "cluster")]
            Self::Cluster(nodes) => {
                let client = redis::cluster::ClusterClient::builder(nodes.clone())
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

/// Whether another connection may fare better: this one is broken; or it is silent, as it stays for ever where something between
/// here and the server has forgotten it; or it leads to a server that has become a replica, whose name may stand for another by
/// now.
fn is_spent(error: &RedisError) -> bool {
    let became_replica = [ServerErrorKind::ReadOnly, ServerErrorKind::MasterDown].map(ErrorKind::Server);
    error.is_unrecoverable_error() || error.is_timeout() || became_replica.contains(&error.kind())
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
