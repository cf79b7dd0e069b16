//! Each delivery once, on many machines: a [`DedupeStore`](countersign::dedupe::DedupeStore) on Redis (or Valkey), for
//! [`Dedupe`](https://docs.rs/countersign) of the crate [`countersign`].
//!
//! ```
//! use std::time::Duration;
//! use countersign_redis::RedisStore;
//!
//! // The name of the service is needed. The rest has defaults.
//! let store = RedisStore::new("redis://localhost:6379/0", "billing")?
//!     .prefix("webhooks")?
//!     .timeout(Duration::from_millis(200));
//! # Ok::<(), countersign_redis::ConfigError>(())
//! ```
//!
//! # How the server must be configured
//!
//! - **Redis 7, or Valkey.** An older server that becomes a replica does not say so by an error code when it runs a script. The store
//!   would not leave it.
//! - **`maxmemory-policy noeviction`**, the server's own default. Any other policy deletes keys when memory runs out. A deleted delivery
//!   is forgotten, and its next retry is handled again. With `noeviction`, a full server refuses claims (`OOM`), and the answer is 503.
//!   It also refuses to record a delivery that was claimed before it was full: the handler's answer stands, the outcome is
//!   `unrecorded`, and a retry after the lease is handled again.
//! - **Persistence, if repeats matter after a crash.** A server that restarts empty has forgotten the deliveries that were handled, and
//!   their retries are handled again. `appendonly yes` keeps all but the last second, `appendfsync always` keeps everything. A replica
//!   that takes over lacks the writes that had not reached it yet.
//! - **A clock that does not jump.** The server counts leases and retentions by its own clock. If it is set forward, they end early.
//! - **The commands** `EVALSHA`, `EVAL`, `GET`, `SET`, `PTTL` and `DEL` for the user of the URL, on the keys that begin with the prefix.
//!   [`RedisStore::ping`] fails if one is forbidden.
//! - A delivery takes about 200 bytes on the server, from the claim to the end of its retention.
//!
//! # How it works
//!
//! A delivery is one key, so that a cluster has it on one node: `countersign:billing:` and 64 hex digits, where `billing` is the name of
//! the service. Its value is the token of the claim or `done`, and the server deletes it at the end of the lease or the retention. Each
//! verb is one command: `complete` is a `SET … PX`, and `claim` and `release` are scripts of a few lines. A script is called by its hash,
//! and its code is sent only to a server that does not know it yet.
//!
//! All verbs share one connection. It is replaced when it breaks, when an attempt gets no answer on it, and when its server has
//! become a replica. A cluster's connection goes on serving the other nodes until the new one has answered.
//!
//! A verb that got no answer is tried a second time, by another connection if possible. If that fails too, the verb is an error, and
//! `Dedupe` decides about the delivery.
//!
//! A claim that got no answer is withdrawn, because the server may execute it later: when a server that stood still goes on, it runs the
//! claim and, right behind it on the same connection, its release. The delivery is free again at once. The same happens if the caller
//! drops the future of a claim, and to a release that got no answer. The store waits 60 seconds for the server, and withdraws up to 10,000
//! claims at once. A claim beyond that ends with its lease.
//!
//! The store needs a tokio runtime. The runtime that opens the connection drives it for all callers. A handler that blocks a runtime
//! of one thread, such as a worker of actix-web, also blocks the verbs of the others, until one of them times out and opens another
//! connection. Use `web::block` or `spawn_blocking`.
//!
//! # Features
//!
//! None is on by default.
//!
//! - `tls`: `rediss://` URLs, by rustls. If the program has not chosen a cryptography provider by `CryptoProvider::install_default`, the
//!   store installs ring for the whole program when it first connects.
//! - `cluster`: Redis Cluster, by `RedisStore::cluster`.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod address;
mod answer;
mod connection;
mod error;
mod link;
mod request;
mod store;
mod withdrawal;

pub use error::{ConfigError, StoreError};
pub use store::RedisStore;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
