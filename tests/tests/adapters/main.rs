//! The adapters to axum and actix-web, without sockets.

mod body;
mod handover;
mod handshake;
mod tenants;
mod values;
mod wirings;
