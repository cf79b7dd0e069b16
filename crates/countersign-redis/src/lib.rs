//! Each delivery once, on many machines: a [`DedupeStore`](countersign::DedupeStore) on Redis (or Valkey), for
//! [`Dedupe`](https://docs.rs/countersign) of the crate [`countersign`].
//!
//! ```
//! use std::time::Duration;
//! use countersign_redis::RedisStore;
//!
//! let store = RedisStore::new("redis://localhost:6379/0", "billing")? // connects when it is first asked; or:
//!     .prefix("webhooks")?
//!     .timeout(Duration::from_millis(200));
//! # Ok::<(), countersign_redis::ConfigError>(())
//! ```
//!
//! # What the server must be set to
//!
//! - **Redis 7, or Valkey.** Older ones do not tell a script's caller by a code that they have become replicas, and so are not left.
//! - **`maxmemory-policy noeviction`**, the server's own default. Any other policy deletes keys when memory runs out, a delivery that is
//!   deleted is forgotten, and its next retry is handled again. With `noeviction` a full server refuses claims, and the
//!   answer is 503.
//! - **Persistence as far as repeats matter.** A server that restarts empty has forgotten what was handled: the retries that come
//!   after it are handled again. `appendonly yes` keeps all but the last second, `appendfsync always` everything. A replica
//!   that takes over lacks what had not reached it yet.
//! - **A clock that does not jump.** The server counts leases and retentions by its own; one that is set forward ends them early.
//! - A delivery takes about 200 bytes on the server, from the claim to the end of its retention.
//!
//! # What it does
//!
//! A delivery is one key, so that a cluster has it on one node: `countersign:billing:` and 64 hex digits, where `billing` is the name of
//! the service. Its value is the token of the claim or `done`, and the server itself lets it go at the end of its lease or retention. Each verb is one command, decided on the server
//! alone: `complete` is a `SET … PX`, `claim` and `release` are scripts of a few lines, called by their hash and sent whole to a
//! server that does not have them yet.
//!
//! All verbs share one connection. Another is made when it breaks, when an attempt gets no answer on it, and when its server has
//! become a replica; a cluster's goes on serving its other nodes until the new one has answered.
//!
//! A verb that got no answer is tried a second time, by another connection if there is one. Each verb bears that: a claim that was
//! taken knows its own token. If that fails too, it is an error, and [`Outage`](https://docs.rs/countersign) says what becomes of the
//! delivery. A claim that reaches the server after all, when nobody waits for it any more, holds until its lease ends; retries get
//! 503 until then.
//!
//! Needs a tokio runtime. The one that connects drives the connection for all: a handler that blocks its thread on a runtime of one
//! thread, as a worker of actix-web is, holds up the verbs of the others, until the time of one is over and another connection is
//! made. Use `web::block` or `spawn_blocking`.
//!
//! # Features
//!
//! None is on by default.
//!
//! - `tls`: `rediss://` URLs, by rustls. A program that has not chosen who does its cryptography, by
//!   `CryptoProvider::install_default`, gets ring for all of it when the store first connects.
//! - `cluster`: Redis Cluster, by `RedisStore::cluster`.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod connection;
mod error;
mod script;
mod store;

pub use error::{ConfigError, StoreError};
pub use store::RedisStore;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
