//! Why a signature does not match: the change under which it would.

use std::fmt;

use crate::{Headers, Provider, Scheme, Secret, Secrets};

mod body;
mod cause;
mod dialects;
mod encoding;
mod header;
mod json;
mod search;
mod secret;

pub use cause::{BodyCause, Cause, Culprit, Dialect, HeaderCause, SecretCause};

use header::Claims;
use json::Json;
use search::{BUDGET, Search};

/// Finds out why a delivery of `P` is refused.
///
/// For whoever sets up an endpoint. A service does not call it: the answer is for the developer, never for the sender, and
/// each call costs far more than a verdict.
///
/// ```
/// use countersign::{Massu, Secret, diagnose};
///
/// let secret = Secret::new("It's a Secret to Everybody")?;
/// let headers = [(
///     "x-massu-signature-256",
///     "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
/// )];
/// let diagnosis = diagnose::<Massu>(secret, &headers, b"Hello, World!\n");
/// assert_eq!(
///     diagnosis.to_string(),
///     "body: it ends in a newline that was not signed; keep the raw bytes \
///      (an editor or 'echo' adds one, 'printf %s' does not) [receiver]"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn diagnose<P: Provider>(
    secrets: impl Into<Secrets>,
    headers: &(impl Headers + ?Sized),
    body: &[u8],
) -> Diagnosis {
    Diagnose::new(P::SCHEME, secrets).run(headers, body)
}

/// [`diagnose`] for a sender that is known by its [`Scheme`] alone, or where secrets are at hand that belong to something else.
///
/// # What it costs
///
/// It tries what was likely signed, in some 60 variants of the body, with each secret in up to 18 variants, and with every pair of them. At
/// most 256 MiB are hashed, which takes less than a second; a body up to 100 KB is searched to the end with one secret. A larger
/// one may come to the end of the budget among the pairs, or with more secrets among the variants of the body, and
/// [`Diagnosis::is_complete`] says so. Memory stays within some hundred times the body.
#[derive(Clone, Debug)]
pub struct Diagnose {
    scheme: Scheme,
    secrets: Secrets,
    others: Vec<(String, Secret)>,
}

impl Diagnose {
    /// For this scheme and the secrets that are configured for it.
    #[must_use]
    pub fn new(scheme: Scheme, secrets: impl Into<Secrets>) -> Self {
        Self { scheme, secrets: secrets.into(), others: Vec::new() }
    }

    /// Adds a secret that is configured for something else: another sender, another endpoint. Only the label is ever shown.
    #[must_use]
    pub fn also(mut self, label: &str, secret: Secret) -> Self {
        self.others.push((label.to_owned(), secret));
        self
    }

    /// Searches.
    #[must_use]
    pub fn run(&self, headers: &(impl Headers + ?Sized), body: &[u8]) -> Diagnosis {
        let Claims { facts, claims } = header::claims(self.scheme, headers);
        let facts = facts.into_iter().map(Cause::Header).chain(encoding_fact(headers));
        let mut causes: Vec<Cause> = facts.collect();
        let search = Search {
            body,
            json: Json::read(body),
            claims: &claims,
            stamps: header::stamps(self.scheme, headers),
            keys: self.keys(),
            left: BUDGET,
        };
        let (found, complete) = match search.run() {
            Ok(found) => (found, true),
            Err(search::Exhausted) => (None, false),
        };
        let explained = found.is_some();
        causes.extend(found.unwrap_or_else(|| self.suspicions(&claims, body)));
        // A header of another sender is there instead, or it would not have been looked for.
        if causes.iter().any(|cause| matches!(cause, Cause::Header(HeaderCause::Other { .. }))) {
            causes.retain(|cause| *cause != Cause::Header(HeaderCause::Missing));
        }
        Diagnosis { causes, explained, complete }
    }

    /// The configured secrets with their variants, the current one first, and then the others.
    fn keys(&self) -> Vec<secret::Candidate> {
        let configured = self.secrets.iter().flat_map(|labelled| secret::candidates(&labelled.secret));
        let others = self.others.iter().map(|(label, secret)| secret::other(label, secret));
        configured.chain(others).collect()
    }

    /// What is plain to see where no change explains the signature.
    fn suspicions(&self, claims: &[header::Claim], body: &[u8]) -> Vec<Cause> {
        let shape = claims.first().map(|claim| claim.causes.clone()).unwrap_or_default();
        shape.into_iter().map(Cause::Header).chain(body::facts(body).into_iter().map(Cause::Body)).collect()
    }
}

fn encoding_fact(headers: &(impl Headers + ?Sized)) -> Option<Cause> {
    let encoded = crate::incoming::check_encoding(headers).is_err();
    encoded.then_some(Cause::Body(BodyCause::ContentEncoding))
}

/// What keeps a signature from matching. Prints a line for each cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    causes: Vec<Cause>,
    explained: bool,
    complete: bool,
}

impl Diagnosis {
    /// Whether nothing is wrong: the delivery would be accepted.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.explained && self.causes.is_empty()
    }

    /// Whether the signature matches once every cause is mended. Otherwise the causes are what is plain to see, and there may be
    /// others.
    #[must_use]
    pub const fn is_explained(&self) -> bool {
        self.explained
    }

    /// Whether all changes were tried, as far as they were needed.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// All that is wrong: header, body, secret.
    #[must_use]
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// Whose mistake it is likely to be, where all causes agree; `None` where there is no cause.
    #[must_use]
    pub fn culprit(&self) -> Option<Culprit> {
        let mut culprits = self.causes.iter().map(Cause::culprit);
        let first = culprits.next()?;
        Some(if culprits.all(|other| other == first) { first } else { Culprit::Unclear })
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_valid() {
            return f.write_str("the signature matches");
        }
        for (number, cause) in self.causes.iter().enumerate() {
            let line = if number > 0 { "\n" } else { "" };
            write!(f, "{line}{cause} [{}]", cause.culprit())?;
        }
        if self.explained {
            return Ok(());
        }
        let line = if self.causes.is_empty() { "" } else { "\n" };
        let reach =
            if self.complete { "no change that is known" } else { "no change that there was time for" };
        write!(
            f,
            "{line}{reach} makes the signature match; compare the secret with the sender's, and capture the raw request"
        )
    }
}
