//! The library without a framework: secrets, tags, requests under way, events, ages, schemes and `Debug`.

mod contract;
mod debug;
mod envelopes;
mod events;
mod flow;
mod hmac_vectors;
mod max_age;
mod promises;
mod properties;
mod providers;
mod schemes;
mod secrets;
mod signer;
