//! The five built-in senders: a type each, its constants, its events and the payloads that its documents show.
//!
//! An event whose payload is undocumented carries [`Payload`](crate::Payload). A documented string is a `String`; what is documented by
//! name alone and cannot be a plain string is `Payload` too. Payload structs print as their name in `Debug`, since what
//! they hold is other people's.

pub mod hook;
pub mod massu;
pub mod muchaw;
pub mod mutx;
pub mod workspace;

/// `Debug` for payload structs: the name, and none of the content.
macro_rules! opaque_debug {
    ($($payload:ident),+ $(,)?) => {$(
        impl std::fmt::Debug for $payload {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($payload)).finish_non_exhaustive()
            }
        }
    )+};
}
use opaque_debug;
