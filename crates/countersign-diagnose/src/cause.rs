//! The table of causes: each row has a machine name, a blame, words, and the experiment that tests it.

use std::fmt;

pub(crate) mod body;
pub(crate) mod header;
pub(crate) mod secret;
pub(crate) mod time;

pub use body::BodyCause;
pub use header::HeaderCause;
pub use secret::SecretCause;
pub use time::TimeCause;

/// One mistake that keeps the signature from matching.
///
/// It prints three lines: what is wrong, how to repair it, and who can. Neither a secret nor a tag nor a body is in them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// A mistake in the signature header.
    Header(HeaderCause),
    /// A mistake in the bytes that were signed.
    Body(BodyCause),
    /// A mistake in the key.
    Secret(SecretCause),
    /// A mistake in the signed time.
    Time(TimeCause),
}

/// The party that probably made a mistake, and that can repair it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Blame {
    /// The provider, which signs and sends.
    Provider,
    /// A proxy, a gateway or a tunnel between the two.
    Intermediary,
    /// The receiver: the service, its framework or its configuration.
    Receiver,
    /// The signature does not tell.
    Unclear,
}

impl Cause {
    /// What is wrong, in words: `the body ends in a newline that was not signed`.
    #[must_use]
    pub fn fact(&self) -> String {
        match self {
            Self::Header(cause) => cause.fact(),
            Self::Body(cause) => cause.fact(),
            Self::Secret(cause) => cause.fact(),
            Self::Time(cause) => cause.fact(),
        }
    }

    /// How to repair it, in words: `keep the raw bytes`.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Header(cause) => cause.remedy(),
            Self::Body(cause) => cause.remedy(),
            Self::Secret(cause) => cause.remedy(),
            Self::Time(cause) => cause.remedy(),
        }
    }

    /// The party that probably made the mistake.
    #[must_use]
    pub const fn blame(&self) -> Blame {
        match self {
            Self::Header(cause) => cause.blame(),
            Self::Body(cause) => cause.blame(),
            Self::Secret(cause) => cause.blame(),
            Self::Time(cause) => cause.blame(),
        }
    }

    /// The machine name, stable and in kebab case: `body-final-newline-added`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Header(cause) => cause.as_str(),
            Self::Body(cause) => cause.as_str(),
            Self::Secret(cause) => cause.as_str(),
            Self::Time(cause) => cause.as_str(),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  repair: {}\n  by: {}", self.fact(), self.remedy(), self.blame().words())
    }
}

impl Blame {
    /// The machine name: `provider`, `intermediary`, `receiver`, `unclear`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Intermediary => "intermediary",
            Self::Receiver => "receiver",
            Self::Unclear => "unclear",
        }
    }

    /// The party in words, for a sentence.
    const fn words(self) -> &'static str {
        match self {
            Self::Provider => "the provider",
            Self::Intermediary => "something between the provider and the receiver",
            Self::Receiver => "the receiver",
            Self::Unclear => "unclear",
        }
    }
}

impl fmt::Display for Blame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The outcomes of one experiment: the cause, and the bytes that it stands for.
pub(crate) type Outcomes<'e, C, O> = Box<dyn Iterator<Item = (C, O)> + 'e>;

/// The outcome of an experiment that only looks.
pub(crate) fn holds(holds: bool) -> Option<()> {
    holds.then_some(())
}

/// Declares an enum of causes as a table. A row is
///
/// ```text
/// Variant => "machine-name", Blame, "fact", "remedy", Kind(|input| outputs);
/// ```
///
/// `Kind` is a variant of the `Experiment` that stands beside the table. The closure returns anything that can be iterated. Its items are
/// the outputs. If the cause has a field, they are pairs of the field and the output.
macro_rules! causes {
    (
        $(#[$attribute:meta])*
        pub enum $enum:ident {
            $(
                $(#[$doc:meta])*
                $variant:ident $({ #[$field_doc:meta] $field:ident: $type:ty $(,)? })?
                    => $name:literal, $blame:ident, $fact:literal, $remedy:literal, $kind:ident(|$input:ident| $outputs:expr);
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
            /// The machine name, stable and in kebab case.
            #[must_use]
            pub const fn as_str(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $name,)+
                }
            }

            /// The party that probably made the mistake.
            #[must_use]
            pub const fn blame(&self) -> $crate::Blame {
                match self {
                    $(Self::$variant { .. } => $crate::Blame::$blame,)+
                }
            }

            /// What is wrong, in words.
            #[must_use]
            pub fn fact(&self) -> String {
                match self {
                    $(Self::$variant $({ $field })? => format!($fact),)+
                }
            }

            /// How to repair it, in words.
            #[must_use]
            pub const fn remedy(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $remedy,)+
                }
            }

            /// The experiments, in the order of the rows.
            pub(crate) fn experiments() -> impl Iterator<Item = Experiment> {
                let experiments: &[Experiment] = &[$(
                    Experiment::$kind(|$input| {
                        let outcomes = IntoIterator::into_iter($outputs);
                        #[allow(unused_parens, reason = "a cause without a field has the output alone")]
                        Box::new(outcomes.map(|($($field,)? output)| (Self::$variant $({ $field })?, output)))
                    }),
                )+];
                experiments.iter().copied()
            }
        }
    };
}
use causes;
