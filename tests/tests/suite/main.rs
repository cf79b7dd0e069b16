//! What fits no table.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    reason = "tests may fail loudly, and say how much was tried"
)]

mod axum_extractor;
mod config;
mod debug;
mod decode;
mod flow;
mod max_age;
mod properties;
mod vectors;
