//! The way in.

use std::time::SystemTime;

use countersign::{Headers, KeyEncoding, Scheme, Secret, VerifyError};

use crate::cause::body::Experiment as BodyExperiment;
use crate::cause::header::Experiment as HeaderExperiment;
use crate::evidence::Evidence;
use crate::search::{Exhausted, Try, search, search_judged};
use crate::secret::{self, Key, OtherSecret};
use crate::verdict::{Refusal, has_matched, is_simple, verdict};
use crate::{BodyCause, Diagnosis, HeaderCause, Mistake, SecretBytes, SecretCause};

/// Finds out why a request is refused that a provider with this scheme has signed, or should have.
///
/// The answer is for the developer, never for the provider. Each call costs far more than a verification; [`Diagnose`] says how much.
///
/// `secrets` are the ones that the receiver has configured for this endpoint, the current one first.
///
/// ```
/// use countersign::Scheme;
/// use countersign_diagnose::{Blame, SecretBytes, diagnose};
///
/// // The secret was copied with a space at its end.
/// let secrets = [SecretBytes::new("It's a Secret to Everybody ")?];
/// let headers =
///     [("x-signature", "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")];
/// let diagnosis = diagnose(&Scheme::hex("x-signature"), secrets, &headers, b"Hello, World!");
/// assert_eq!(diagnosis.causes()[0].as_str(), "secret-white-space-added");
/// assert_eq!(diagnosis.blame(), Some(Blame::Receiver));
/// # Ok::<(), countersign::ConfigError>(())
/// ```
#[must_use]
pub fn diagnose(
    scheme: &Scheme,
    secrets: impl IntoIterator<Item = SecretBytes>,
    headers: &(impl Headers + ?Sized),
    body: &[u8],
) -> Diagnosis {
    Diagnose::new(scheme, secrets).run(headers, body)
}

/// [`diagnose`] with more to go by: secrets that are configured for something else.
///
/// # Cost
///
/// It tries some 60 variants of the body, up to 18 variants of each secret, and all pairs of them. It hashes at most 256 MiB, which takes
/// less than a second. With one secret, a body of up to 100 KB is searched to the end. A larger one, or more secrets, can use the budget
/// up; then [`Diagnosis::is_complete`] is false. Memory stays within some hundred times the body.
#[derive(Clone, Debug)]
pub struct Diagnose {
    scheme: Scheme,
    secrets: Vec<SecretBytes>,
    others: Vec<OtherSecret>,
    at: Option<SystemTime>,
}

impl Diagnose {
    /// A diagnosis for this scheme and the secrets that are configured for it, the current one first.
    #[must_use]
    pub fn new(scheme: &Scheme, secrets: impl IntoIterator<Item = SecretBytes>) -> Self {
        Self { scheme: *scheme, secrets: secrets.into_iter().collect(), others: Vec::new(), at: None }
    }

    /// Adds a secret that is configured for something else: another provider, another endpoint. Only the label is ever shown.
    #[must_use]
    pub fn also(mut self, label: &str, secret: SecretBytes) -> Self {
        self.others.push(OtherSecret { label: label.to_owned(), secret });
        self
    }

    /// Sets the time that counts as now, for a scheme that signs a time. Default: [`SystemTime::now`], each time that it runs.
    #[must_use]
    pub fn at(self, time: SystemTime) -> Self {
        Self { at: Some(time), ..self }
    }

    /// Searches for the causes.
    #[must_use]
    pub fn run(&self, headers: &(impl Headers + ?Sized), body: &[u8]) -> Diagnosis {
        let evidence = Evidence::new(&self.scheme, headers, body);
        let now = self.at.unwrap_or_else(SystemTime::now);
        match verdict(&self.scheme, &self.secrets, headers, body, now) {
            Err(reason) if has_matched(&self.scheme, &reason) => self.refused(&evidence, reason),
            // The search reads simple schemes better than the verifier, which stops at the first mistake.
            _ if is_simple(&self.scheme) => diagnosis(&evidence, search(&evidence, &self.keys())),
            Ok(()) => diagnosis(&evidence, Ok(Some(Vec::new()))),
            Err(VerifyError::Mismatch) => self.search(&evidence, headers, now),
            Err(reason) => self.refused(&evidence, reason),
        }
    }

    /// The search for a scheme that is not simple. The verifier judges each change.
    fn search(
        &self,
        evidence: &Evidence<'_>,
        headers: &(impl Headers + ?Sized),
        now: SystemTime,
    ) -> Diagnosis {
        let tries = self.tries();
        if let Some(causes) = self.otherwise(&tries, headers, evidence.body, now) {
            return diagnosis(evidence, Ok(Some(causes)));
        }
        let judge =
            |secret: &Secret, body: &[u8]| match self.scheme.verify_request(secret, headers, body, now) {
                Ok(()) => Some(Vec::new()),
                Err(reason) if has_matched(&self.scheme, &reason) => {
                    Some(Refusal { scheme: &self.scheme, reason }.time_causes())
                }
                Err(_) => None,
            };
        diagnosis(evidence, search_judged(evidence, &tries, judge))
    }

    /// The causes of a signature that was made by another scheme.
    fn otherwise(
        &self,
        tries: &[Try],
        headers: &(impl Headers + ?Sized),
        body: &[u8],
        now: SystemTime,
    ) -> Option<Vec<Mistake>> {
        let schemes = BodyCause::experiments().filter_map(|experiment| match experiment {
            BodyExperiment::Otherwise(make) => Some(make(&self.scheme)),
            _ => None,
        });
        schemes.flatten().find_map(|(cause, scheme)| {
            let made = |(_, secret): &&Try| scheme.verify_request(secret, headers, body, now).is_ok();
            let (secret, _) = tries.iter().find(made)?;
            Some(std::iter::once(Mistake::Body(cause)).chain(secret.clone().map(Mistake::Secret)).collect())
        })
    }

    /// The causes of a refusal that no search is needed for.
    fn refused(&self, evidence: &Evidence<'_>, reason: VerifyError) -> Diagnosis {
        let refusal = Refusal { scheme: &self.scheme, reason };
        let mut causes = seen(evidence);
        let header_is_told = causes.iter().any(|cause| matches!(cause, Mistake::Header(_)));
        if !header_is_told {
            causes.extend(refusal.causes());
        }
        let explained = has_matched(&self.scheme, &reason);
        let suspicions = Vec::new();
        Diagnosis { causes: evidence.causes(causes), suspicions, explained, complete: true, tried: explained }
    }

    /// The configured secrets with their variants, and then the others.
    fn keys(&self) -> Vec<Key> {
        let configured = self.secrets.iter().flat_map(secret::keys);
        configured.chain(self.others.iter().flat_map(secret::other_keys)).collect()
    }

    /// The same secrets for a scheme that is not simple. The variants depend on whether its text is the key, or encodes it.
    fn tries(&self) -> Vec<Try> {
        let of_key = |key: Key| Some((key.cause, Secret::from_bytes(&*key.bytes).ok()?));
        let strip = match self.scheme.key_encoding() {
            KeyEncoding::Base64 { strip } | KeyEncoding::Hex { strip } => strip,
            _ => return self.keys().into_iter().filter_map(of_key).collect(),
        };
        let undecoded = self.secrets.iter().flat_map(|secret| secret::undecoded_keys(secret, strip));
        let configured = self.secrets.iter().map(|secret| Some((None, secret.to_secret(&self.scheme)?)));
        let others = self.others.iter().map(|other| {
            let cause = SecretCause::Other { label: other.label.clone() };
            Some((Some(cause), other.secret.to_secret(&self.scheme)?))
        });
        configured.chain(others).flatten().chain(undecoded.filter_map(of_key)).collect()
    }
}

/// The result of a search, with the causes that hold whatever else is wrong.
fn diagnosis(evidence: &Evidence<'_>, searched: Result<Option<Vec<Mistake>>, Exhausted>) -> Diagnosis {
    let (found, complete) = match searched {
        Ok(found) => (found, true),
        Err(Exhausted) => (None, false),
    };
    let explained = found.is_some();
    let suspected = if explained { Vec::new() } else { suspected(evidence) };
    let mistakes = seen(evidence).into_iter().chain(found.unwrap_or_default());
    Diagnosis {
        causes: evidence.causes(mistakes),
        suspicions: evidence.causes(suspected),
        explained,
        complete,
        tried: true,
    }
}

/// The mistakes that hold whatever else is wrong.
fn seen(evidence: &Evidence<'_>) -> Vec<Mistake> {
    let header = HeaderCause::experiments().filter_map(|experiment| match experiment {
        HeaderExperiment::Seen(look) => Some(look(evidence)),
        _ => None,
    });
    let body = BodyCause::experiments().filter_map(|experiment| match experiment {
        BodyExperiment::Seen(look) => Some(look(evidence)),
        _ => None,
    });
    let header = header.flatten().map(|(cause, ())| Mistake::Header(cause));
    header.chain(body.flatten().map(|(cause, ())| Mistake::Body(cause))).collect()
}

/// The visible mistakes, for a signature that no change explains.
fn suspected(evidence: &Evidence<'_>) -> Vec<Mistake> {
    let header = evidence.signatures.first().map(|signature| signature.causes.clone()).unwrap_or_default();
    let body = BodyCause::experiments().filter_map(|experiment| match experiment {
        BodyExperiment::Suspected(look) => Some(look(evidence)),
        _ => None,
    });
    let body = body.flatten().map(|(cause, ())| Mistake::Body(cause));
    header.into_iter().map(Mistake::Header).chain(body).collect()
}
