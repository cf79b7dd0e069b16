//! The address of the server, and how a connection to it is opened.

use std::time::Duration;

use redis::io::tcp::TcpSettings;
use redis::{AsyncConnectionConfig, Client, ConnectionInfo, IntoConnectionInfo, RedisResult};

use crate::ConfigError;
use crate::link::Link;

/// The place to connect to.
#[derive(Clone)]
pub(crate) enum Address {
    Server(Box<ConnectionInfo>),
    #[cfg(feature = "cluster")]
    Cluster(Vec<ConnectionInfo>),
}

impl Address {
    pub(crate) fn server(url: &str) -> Result<Self, ConfigError> {
        parse(url).map(Box::new).map(Self::Server)
    }

    #[cfg(feature = "cluster")]
    pub(crate) fn cluster(urls: &[&str]) -> Result<Self, ConfigError> {
        let nodes = urls.iter().copied().map(parse).collect::<Result<Vec<_>, _>>()?;
        // Some mistakes only show when the nodes are looked at together: there is none, or their passwords differ.
        redis::cluster::ClusterClient::new(nodes.clone()).map_err(|_| ConfigError::UnusableUrl)?;
        Ok(Self::Cluster(nodes))
    }

    /// Opens a connection. It has no time limit of its own for an answer: the caller limits the time of each attempt, and a
    /// withdrawal waits longer than an attempt does.
    pub(crate) async fn connect(&self, timeout: Duration) -> RedisResult<Link> {
        install_cryptography();
        match self {
            Self::Server(info) => {
                let info = (**info).clone().set_tcp_settings(tcp_settings(timeout));
                let config =
                    AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
                let client = Client::open(info)?;
                client.get_multiplexed_async_connection_with_config(&config).await.map(Link::Server)
            }
            #[cfg(feature = "cluster")]
            Self::Cluster(nodes) => {
                let client = redis::cluster::ClusterClient::builder(nodes.clone())
                    // For each node. The other nodes wait meanwhile, so that a silent node needs a limit here too.
                    .connection_timeout(timeout)
                    .response_timeout(timeout)
                    .overall_response_timeout(None)
                    .tcp_settings(tcp_settings(timeout))
                    .build()?;
                client.get_async_connection().await.map(Link::Cluster)
            }
        }
    }
}

fn parse(url: &str) -> Result<ConnectionInfo, ConfigError> {
    let info = url.into_connection_info().map_err(|_| ConfigError::UnusableUrl)?;
    // The client refuses a URL that needs a feature that this build does not have.
    Client::open(info.clone()).map_err(|_| ConfigError::UnusableUrl)?;
    Ok(info)
}

/// The kernel closes a connection after two attempts' time if the other side does not acknowledge what was sent. By default that
/// takes a quarter of an hour.
fn tcp_settings(timeout: Duration) -> TcpSettings {
    let settings = TcpSettings::default().set_nodelay(true);
    #[cfg(target_os = "linux")]
    let settings = settings.set_user_timeout(timeout.saturating_mul(2));
    #[cfg(not(target_os = "linux"))]
    let _ = timeout;
    settings
}

/// If a program has two cryptography providers and has not chosen one, rustls panics. So the store chooses one.
fn install_cryptography() {
    #[cfg(feature = "tls")]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error means that another thread has installed one in the meantime.
        drop(rustls::crypto::ring::default_provider().install_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vanished_server_is_given_up_after_two_attempts() {
        let settings = tcp_settings(Duration::from_millis(500));
        assert!(settings.nodelay());
        #[cfg(target_os = "linux")]
        assert_eq!(settings.user_timeout(), Some(Duration::from_secs(1)));
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn tls_without_its_feature_is_refused() {
        assert_eq!(parse("rediss://localhost").err(), Some(ConfigError::UnusableUrl));
    }

    #[cfg(feature = "tls")]
    #[test]
    fn a_program_without_a_choice_gets_a_cryptography_provider() {
        install_cryptography();
        assert!(rustls::crypto::CryptoProvider::get_default().is_some());
    }
}
