//! What can be wrong, and what to do about it.

use std::fmt;

mod body;
mod header;
mod secret;

pub use body::{BodyCause, Dialect};
pub use header::HeaderCause;
pub use secret::SecretCause;

/// One change under which the signature would match, or one fact that keeps it from matching.
///
/// Prints what is the case and what to do. Neither a secret nor a tag nor a body is in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// In how the signature came.
    Header(HeaderCause),
    /// In the bytes that were signed.
    Body(BodyCause),
    /// In the key.
    Secret(SecretCause),
}

/// Whose mistake a cause is likely to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Culprit {
    /// Whoever signs and sends.
    Sender,
    /// Whoever receives: the service, its framework or its configuration.
    Receiver,
    /// A proxy, a gateway, a tunnel.
    InBetween,
    /// The signature does not tell.
    Unclear,
}

impl Cause {
    /// Whose mistake it is likely to be.
    #[must_use]
    pub const fn culprit(&self) -> Culprit {
        match self {
            Self::Header(cause) => cause.culprit(),
            Self::Body(cause) => cause.culprit(),
            Self::Secret(cause) => cause.culprit(),
        }
    }

    /// A stable name in kebab case, for machines: `body-final-newline-added`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Header(cause) => cause.name(),
            Self::Body(cause) => cause.name(),
            Self::Secret(cause) => cause.name(),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(cause) => write!(f, "header: {cause}"),
            Self::Body(cause) => write!(f, "body: {cause}"),
            Self::Secret(cause) => write!(f, "secret: {cause}"),
        }
    }
}

impl fmt::Display for Culprit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sender => "sender",
            Self::Receiver => "receiver",
            Self::InBetween => "something in between",
            Self::Unclear => "unclear",
        })
    }
}

/// Causes as a table: the name for machines, the culprit, the words for people.
macro_rules! causes {
    (
        $(#[$attribute:meta])*
        pub enum $enum:ident {
            $(
                $(#[$doc:meta])*
                $variant:ident $({ #[$field_doc:meta] $field:ident: $type:ty $(,)? })?
                    => $name:literal, $culprit:ident, $words:literal;
            )+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $enum {
            $($(#[$doc])* $variant $({ #[$field_doc] $field: $type })?,)+
        }

        impl $enum {
            pub(super) const fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $name,)+
                }
            }

            pub(super) const fn culprit(&self) -> Culprit {
                match self {
                    $(Self::$variant { .. } => Culprit::$culprit,)+
                }
            }
        }

        impl std::fmt::Display for $enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$variant $({ $field })? => write!(f, $words),)+
                }
            }
        }
    };
}
use causes;
