//! A connection of the redis crate, to one server or to a cluster.

use redis::aio::MultiplexedConnection;
use redis::{Cmd, FromRedisValue, RedisError, RedisResult};

use crate::error;

/// Clones share the connection. It stays open until the last clone is dropped.
pub(crate) enum Link {
    Server(MultiplexedConnection),
    #[cfg(feature = "cluster")]
    Cluster(redis::cluster_async::ClusterConnection),
}

impl Link {
    /// Sends a command, behind those that were sent before, and waits for its answer.
    pub(crate) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        match self {
            Self::Server(connection) => command.query_async(&mut connection.clone()).await,
            #[cfg(feature = "cluster")]
            Self::Cluster(connection) => command.query_async(&mut connection.clone()).await,
        }
    }

    /// Whether it leads to several servers, so that the silence of one says nothing about the others.
    pub(crate) const fn is_cluster(&self) -> bool {
        !matches!(self, Self::Server(_))
    }

    /// Whether another connection may do better after this error.
    pub(crate) fn has_failed(&self, error: &RedisError) -> bool {
        match self {
            // The connection is broken. Or it is silent, and may stay so for ever if a firewall between here and the server has
            // forgotten it. Or its server has become a replica, and the server's name may lead to another one by now.
            Self::Server(_) => {
                error.is_unrecoverable_error()
                    || error.is_timeout()
                    || error.code().is_some_and(error::is_replica)
            }
            // A cluster connection reconnects to its nodes by itself, unless a node is silent or the runtime that drives the
            // connection has ended.
            #[cfg(feature = "cluster")]
            Self::Cluster(_) => {
                error.is_timeout() || (error.is_connection_dropped() && !error.is_connection_refusal())
            }
        }
    }
}
