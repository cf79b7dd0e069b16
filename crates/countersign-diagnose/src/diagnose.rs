//! The way in.

use std::time::SystemTime;

use countersign::{Scheme, VerifyError};

use crate::diagnosis::SignedBody;
use crate::evidence::Evidence;
use crate::explain::{explained, seen, sent_secret, suspected};
use crate::request::{Header, Request};
use crate::search::{Search, rooms};
use crate::secret::{self, Key, OtherSecret};
use crate::verdict::{Refusal, repaired, verdict};
use crate::{Diagnosis, HeaderCause, Mistake, SecretBytes};

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
pub fn diagnose<N: AsRef<str>, V: AsRef<[u8]>>(
    scheme: &Scheme,
    secrets: impl IntoIterator<Item = SecretBytes>,
    headers: &[(N, V)],
    body: &[u8],
) -> Diagnosis {
    Diagnose::new(scheme, secrets).run(headers, body)
}

/// [`diagnose`] with more evidence: the request line, the time, and secrets that are configured for something else.
///
/// # Cost
///
/// It multiplies what may have been signed by some 50 variants of each secret and by the hashes that make a tag of the given length. It
/// hashes at most 256 MiB, which takes less than a second. A large body, or many secrets, can use that budget up; then
/// [`Diagnosis::is_complete`] is false. Memory stays within some hundred times the body.
#[derive(Clone, Debug)]
pub struct Diagnose {
    scheme: Scheme,
    secrets: Vec<SecretBytes>,
    others: Vec<OtherSecret>,
    line: Option<(String, String)>,
    at: Option<SystemTime>,
}

impl Diagnose {
    /// A diagnosis for this scheme and the secrets that are configured for it, the current one first.
    #[must_use]
    pub fn new(scheme: &Scheme, secrets: impl IntoIterator<Item = SecretBytes>) -> Self {
        Self {
            scheme: *scheme,
            secrets: secrets.into_iter().collect(),
            others: Vec::new(),
            line: None,
            at: None,
        }
    }

    /// Adds a secret that is configured for something else: another provider, another endpoint. Only the label is ever shown.
    #[must_use]
    pub fn also(mut self, label: &str, secret: SecretBytes) -> Self {
        self.others.push(OtherSecret { label: label.to_owned(), secret });
        self
    }

    /// Sets the request line, because some providers sign it: `POST` and `/hooks?id=1`. The target may be a whole URL; otherwise the host is
    /// read from the header `host`.
    #[must_use]
    pub fn request(self, method: &str, target: &str) -> Self {
        Self { line: Some((method.to_owned(), target.to_owned())), ..self }
    }

    /// Sets the time that counts as now, for a scheme that signs a time. Default: [`SystemTime::now`], each time that it runs.
    #[must_use]
    pub fn at(self, time: SystemTime) -> Self {
        Self { at: Some(time), ..self }
    }

    /// Searches for the causes. `headers` are all headers of the request, because the signature may be in another one than the scheme says.
    #[must_use]
    pub fn run<N: AsRef<str>, V: AsRef<[u8]>>(&self, headers: &[(N, V)], body: &[u8]) -> Diagnosis {
        let headers =
            headers.iter().map(|(name, value)| Header { name: name.as_ref(), value: value.as_ref() });
        let line = self.line.as_ref().map(|(method, target)| (method.as_str(), target.as_str()));
        let request = Request::new(&self.scheme, headers.collect(), line, body);
        let evidence = Evidence::new(&request, body);
        let now = self.at.unwrap_or_else(SystemTime::now);
        let verdict = verdict(&request, &self.secrets, body, now);
        let seen = seen(&evidence);
        match verdict {
            Ok(()) => Diagnosis::explained(evidence.causes(seen)),
            Err(reason) => self.search(&evidence, seen, reason, now),
        }
    }

    /// Searches for the change that explains the signature.
    fn search(
        &self,
        evidence: &Evidence<'_>,
        seen: Vec<Mistake>,
        reason: VerifyError,
        now: SystemTime,
    ) -> Diagnosis {
        let (keys, rooms) = (self.keys(), rooms(evidence));
        let mut search = Search::new(evidence, &rooms, &keys);
        let refusal = |reason| Refusal { request: evidence.request, reason }.causes();
        if let Some(found) = search.run() {
            let hidden =
                if found.is_by_the_scheme() { repaired(evidence.request, &found, now).err() } else { None };
            let (_, body) = &found.body;
            let signed_body = (**body != *evidence.body).then(|| SignedBody(body.to_vec()));
            let mut mistakes = explained(&self.scheme, found);
            mistakes.extend(hidden.into_iter().flat_map(refusal));
            if mistakes.is_empty() && seen.is_empty() {
                mistakes = refusal(reason);
            }
            let causes = evidence.causes(without_missing(seen).into_iter().chain(mistakes));
            return Diagnosis { signed_body, ..Diagnosis::explained(causes) };
        }
        if let Some(sent) = sent_secret(evidence.request, &self.secrets) {
            return Diagnosis::explained(evidence.causes(without_missing(seen).into_iter().chain([sent])));
        }
        let is_told = seen.iter().any(|mistake| matches!(mistake, Mistake::Header(_)));
        let refused = if is_told { Vec::new() } else { refusal(reason) };
        let suspected = suspected(evidence, &self.secrets, &refused);
        Diagnosis {
            causes: evidence.causes(seen.into_iter().chain(refused)),
            suspicions: evidence.causes(suspected),
            explained: false,
            complete: search.is_complete(),
            tried: search.has_tried(),
            signed_body: None,
        }
    }

    /// The configured secrets with their variants, and then the others.
    fn keys(&self) -> Vec<Key> {
        let encoding = self.scheme.key_encoding();
        let configured = self.secrets.iter().flat_map(|secret| secret::keys(secret, encoding));
        configured.chain(self.others.iter().flat_map(|other| secret::other_keys(other, encoding))).collect()
    }
}

/// The signature is there after all, in another header.
fn without_missing(mut seen: Vec<Mistake>) -> Vec<Mistake> {
    seen.retain(|mistake| *mistake != Mistake::Header(HeaderCause::Missing));
    seen
}
