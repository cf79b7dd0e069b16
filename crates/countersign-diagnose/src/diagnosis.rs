//! The answer.

use std::fmt;

use crate::{Blame, Cause};

/// The mistakes that keep a signature from matching. It prints three lines for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    pub(crate) causes: Vec<Cause>,
    pub(crate) explained: bool,
    pub(crate) complete: bool,
    /// Whether the signature was tried. It is not, if a part of the signed text is missing.
    pub(crate) tried: bool,
}

impl Diagnosis {
    /// Whether nothing is wrong: a verifier would accept the signature.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.explained && self.causes.is_empty()
    }

    /// Whether the signature matches once all causes are repaired. Otherwise the causes are the visible ones, and there may be others.
    #[must_use]
    pub const fn is_explained(&self) -> bool {
        self.explained
    }

    /// Whether all changes were tried, as far as they were needed.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// All causes: header, body, secret.
    #[must_use]
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// The party that probably made the mistakes. It is [`Blame::Unclear`] if the causes disagree, and `None` if there is no cause.
    #[must_use]
    pub fn blame(&self) -> Option<Blame> {
        let mut blames = self.causes.iter().map(Cause::blame);
        let first = blames.next()?;
        Some(if blames.all(|other| other == first) { first } else { Blame::Unclear })
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_valid() {
            return f.write_str("the signature matches");
        }
        if self.explained && self.causes.iter().all(|cause| matches!(cause, Cause::Time(_))) {
            f.write_str("the signature matches, but not its time\n")?;
        }
        for (number, cause) in self.causes.iter().enumerate() {
            let line = if number > 0 { "\n" } else { "" };
            write!(f, "{line}{cause}")?;
        }
        if self.explained {
            return Ok(());
        }
        let line = if self.causes.is_empty() { "" } else { "\n" };
        if !self.tried {
            return write!(f, "{line}the signature was not tried; repair this first");
        }
        let reach =
            if self.complete { "no change that is known" } else { "no change that there was time for" };
        write!(
            f,
            "{line}{reach} makes the signature match; compare the secret with the provider's, and capture the raw request"
        )
    }
}
