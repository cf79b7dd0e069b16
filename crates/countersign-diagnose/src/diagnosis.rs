//! The answer.

use std::fmt;

use crate::{Blame, BodyCause, Cause, HeaderCause, Mistake, SecretCause};

/// The mistakes that keep a signature from matching. It prints three lines for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    pub(crate) causes: Vec<Cause>,
    pub(crate) suspicions: Vec<Cause>,
    pub(crate) explained: bool,
    pub(crate) complete: bool,
    /// Whether the signature was tried. It is not, if a part of the signed text is missing.
    pub(crate) tried: bool,
    pub(crate) signed_body: Option<SignedBody>,
}

/// A body that was signed. Nothing prints it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SignedBody(pub(crate) Vec<u8>);

impl fmt::Debug for SignedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedBody({} bytes)", self.0.len())
    }
}

impl Diagnosis {
    /// The signature matches once these are repaired.
    pub(crate) const fn explained(causes: Vec<Cause>) -> Self {
        Self {
            causes,
            suspicions: Vec::new(),
            explained: true,
            complete: true,
            tried: true,
            signed_body: None,
        }
    }

    /// Whether nothing is wrong: a verifier would accept the signature.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.explained && self.causes.is_empty()
    }

    /// Whether the signature matches once all causes are repaired. Otherwise there may be other causes.
    #[must_use]
    pub const fn is_explained(&self) -> bool {
        self.explained
    }

    /// Whether all changes were tried, as far as they were needed.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// All causes that are proven: header, body, secret. The tag proves a cause, or a verifier refuses every request with it.
    #[must_use]
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// The causes that are likely and not proven. There are none if the signature is explained.
    #[must_use]
    pub fn suspicions(&self) -> &[Cause] {
        &self.suspicions
    }

    /// The party that made the mistakes. It is [`Blame::Unclear`] if the causes disagree, and `None` if no cause is proven.
    #[must_use]
    pub fn blame(&self) -> Option<Blame> {
        let mut blames = self.causes.iter().map(Cause::blame);
        let first = blames.next()?;
        Some(if blames.all(|other| other == first) { first } else { Blame::Unclear })
    }

    /// The body that was signed, if the search found that it is not the one that came. It shows each difference to the byte.
    ///
    /// ```
    /// use countersign::{Massu, Provider};
    /// use countersign_diagnose::{SecretBytes, diagnose};
    ///
    /// let secret = SecretBytes::new("It's a Secret to Everybody")?;
    /// let headers = [(
    ///     "x-massu-signature-256",
    ///     "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
    /// )];
    /// let diagnosis = diagnose(&Massu::SCHEME, [secret], &headers, b"Hello, World!\n");
    /// assert_eq!(diagnosis.signed_body(), Some(b"Hello, World!".as_slice()));
    /// # Ok::<(), countersign::ConfigError>(())
    /// ```
    #[must_use]
    pub fn signed_body(&self) -> Option<&[u8]> {
        self.signed_body.as_ref().map(|body| body.0.as_slice())
    }

    /// The advice if the causes and suspicions do not suffice: how far the search came, and the next step.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        if self.explained || self.causes.iter().chain(&self.suspicions).any(suffices) {
            return None;
        }
        Some(match (self.tried, self.complete) {
            (false, _) => "the signature was not tried; repair this first",
            (true, true) => {
                "no change that is known makes the signature match; compare the secret with the provider's (each endpoint and each environment may have its own), and capture the raw request"
            }
            (true, false) => {
                "no change that there was time for makes the signature match; compare the secret with the provider's (each endpoint and each environment may have its own), and capture the raw request"
            }
        })
    }
}

/// Whether a request with this cause is refused even if everything else is right.
const fn suffices(cause: &Cause) -> bool {
    matches!(
        cause.mistake(),
        Mistake::Header(HeaderCause::Missing | HeaderCause::Empty)
            | Mistake::Body(BodyCause::ContentEncoding | BodyCause::Empty | BodyCause::Gzip)
            | Mistake::Secret(SecretCause::Unusable { .. })
    )
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_valid() {
            return f.write_str("the signature matches");
        }
        let is_time = |cause: &Cause| matches!(cause.mistake(), Mistake::Time(_));
        let matches = self.explained && self.causes.iter().all(is_time);
        let paragraphs = (matches.then(|| "the signature matches, but not its time".to_owned()).into_iter())
            .chain(self.causes.iter().map(Cause::to_string))
            .chain(self.suspicions.iter().map(|cause| format!("perhaps: {cause}")))
            .chain(self.advice().map(str::to_owned));
        f.write_str(&paragraphs.collect::<Vec<_>>().join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_tells_how_far_the_search_came() {
        let diagnosis = |tried, complete| Diagnosis {
            explained: false,
            tried,
            complete,
            ..Diagnosis::explained(Vec::new())
        };
        let advice = |tried, complete| diagnosis(tried, complete).advice().unwrap();
        assert!(advice(false, false).starts_with("the signature was not tried"));
        assert!(advice(true, true).starts_with("no change that is known"));
        assert!(advice(true, false).starts_with("no change that there was time for"));
        assert!(!diagnosis(true, false).is_complete() && diagnosis(true, true).is_complete());
    }
}
