//! `RedisStore` on real servers and on one that a test scripts.

mod connection;
mod fake;
mod outage;
mod store;
mod withdrawal;
