//! The one connection that all verbs share.

use std::time::Duration;

use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::io::tcp::TcpSettings;
use redis::{Client, Cmd, ConnectionInfo, IntoConnectionInfo, Pipeline, RedisFuture, RedisResult, Value};

use crate::ConfigError;

/// Where to connect to.
#[derive(Clone)]
pub(crate) enum Address {
    Server(Box<ConnectionInfo>),
    #[cfg(feature = "cluster")]
    Cluster(Vec<ConnectionInfo>),
}

/// A connection that is made anew when it breaks.
#[derive(Clone)]
pub(crate) enum Connection {
    Server(ConnectionManager),
    #[cfg(feature = "cluster")]
    Cluster(redis::cluster_async::ClusterConnection),
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

    pub(crate) async fn connect(&self, timeout: Duration) -> RedisResult<Connection> {
        install_cryptography();
        match self {
            Self::Server(info) => {
                let info = (**info).clone().set_tcp_settings(tcp_settings(timeout));
                // No waiting in between: every verb brings its own two attempts.
                let config = ConnectionManagerConfig::new()
                    .set_number_of_retries(0)
                    .set_connection_timeout(Some(timeout))
                    .set_response_timeout(Some(timeout));
                ConnectionManager::new_with_config(Client::open(info)?, config).await.map(Connection::Server)
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
