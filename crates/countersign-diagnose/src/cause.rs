//! The table of causes: each row has a machine name, a blame, words, and the experiment that tests it.

use std::fmt;

pub(crate) mod body;
pub(crate) mod header;
pub(crate) mod secret;
pub(crate) mod text;
pub(crate) mod time;

pub use body::BodyCause;
pub use header::HeaderCause;
pub use secret::SecretCause;
pub use text::TextCause;
pub use time::TimeCause;

/// One mistake that keeps the signature from matching, and who made it.
///
/// It prints three lines: what is wrong, how to repair it, and who can. Neither a secret nor a tag nor a body is in them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cause {
    mistake: Mistake,
    /// Whether the body is the one that was sent, if the mistake is in the body.
    origin: Origin,
}

/// A mistake, by the place that it is in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mistake {
    /// A mistake in the signature header.
    Header(HeaderCause),
    /// A mistake in the text that was signed.
    Text(TextCause),
    /// A mistake in the bytes of the body.
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

/// Whether the body is the one that was sent, by its `Content-Length`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Origin {
    /// It has the length that was sent.
    Sent,
    /// It has another length, so it changed after it came.
    Altered,
    /// The request has no readable length.
    Unknown,
}

impl Cause {
    pub(crate) const fn new(mistake: Mistake, origin: Origin) -> Self {
        Self { mistake, origin }
    }

    /// The mistake.
    #[must_use]
    pub const fn mistake(&self) -> &Mistake {
        &self.mistake
    }

    /// The mistake in words: `the body ends in a newline that was not signed`.
    #[must_use]
    pub fn fact(&self) -> String {
        match &self.mistake {
            Mistake::Header(cause) => cause.fact(),
            Mistake::Text(cause) => cause.fact(),
            Mistake::Body(cause) => cause.fact(),
            Mistake::Secret(cause) => cause.fact(),
            Mistake::Time(cause) => cause.fact(),
        }
    }

    /// How to repair it, in words: `keep the raw bytes`.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match &self.mistake {
            Mistake::Header(cause) => cause.remedy(),
            Mistake::Text(cause) => cause.remedy(),
            // A body that was cut while it was sent has the length of its Content-Length too.
            Mistake::Body(cause) if cause.is_a_change() && !matches!(cause, BodyCause::Cut) => {
                match self.origin {
                    Origin::Sent => {
                        "have the provider sign the bytes that it sends: the body has the length of its Content-Length, so it did not change on the way"
                    }
                    _ => cause.remedy(),
                }
            }
            Mistake::Body(cause) => cause.remedy(),
            Mistake::Secret(cause) => cause.remedy(),
            Mistake::Time(cause) => cause.remedy(),
        }
    }

    /// The party that made the mistake, as far as the request tells.
    ///
    /// A body that has the length of its `Content-Length` is what was sent. A body of another length changed after it came. Otherwise it
    /// is unclear who has changed a body.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match &self.mistake {
            Mistake::Header(cause) => cause.blame(),
            Mistake::Text(cause) => cause.blame(),
            Mistake::Body(cause) if cause.is_a_change() => self.origin.blame(cause.blame()),
            Mistake::Body(cause) => cause.blame(),
            Mistake::Secret(cause) => cause.blame(),
            Mistake::Time(cause) => cause.blame(),
        }
    }

    /// The machine name, stable and in kebab case: `body-final-newline-added`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match &self.mistake {
            Mistake::Header(cause) => cause.as_str(),
            Mistake::Text(cause) => cause.as_str(),
            Mistake::Body(cause) => cause.as_str(),
            Mistake::Secret(cause) => cause.as_str(),
            Mistake::Time(cause) => cause.as_str(),
        }
    }
}

impl BodyCause {
    /// Whether the body changed after it was signed. The other mistakes do not depend on the way that it took.
    const fn is_a_change(&self) -> bool {
        !matches!(self, Self::ContentEncoding | Self::EmptySigned | Self::Empty | Self::Gzip)
    }
}

impl Origin {
    /// The party that changed a body. `usual` is the one that usually makes this change after a body came.
    fn blame(self, usual: Blame) -> Blame {
        match (self, usual) {
            (Self::Sent, Blame::Provider | Blame::Receiver) => Blame::Provider,
            (Self::Altered, Blame::Intermediary) => Blame::Intermediary,
            (Self::Altered, _) => Blame::Receiver,
            _ => Blame::Unclear,
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

            /// The mistake, in words.
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

            /// The machine names, in the order of the rows.
            #[cfg(test)]
            #[allow(dead_code, reason = "the lists of some tables need no names")]
            pub(crate) const NAMES: &[&str] = &[$($name),+];

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
