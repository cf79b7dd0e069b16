//! The two example services as programs, over sockets.

#[cfg(unix)] // It stops the services by signals.
mod contract;
mod table;
