//! The search: every key on every body, until one of them makes a tag that came.

use countersign::Secret;

use crate::bytes::Bytes;
use crate::cause::header::Experiment as HeaderExperiment;
use crate::evidence::Evidence;
use crate::mac::Algorithm;
use crate::rewritten::{Rewritten, rewritten, rewritten_twice};
use crate::secret::Key;
use crate::signature::Signature;
use crate::{BodyCause, HeaderCause, Mistake, SecretCause, TimeCause};

/// Number of bytes that are hashed at most. A search that needs more ends without a result.
const BUDGET: usize = 256 * 1024 * 1024;

/// The cost of a hash besides the bytes of the body: four blocks and their padding.
const OVERHEAD: usize = 256;

/// The budget is spent.
pub(crate) struct Exhausted;

/// Finds the first change that explains a tag: no change, one of the secret, one of the body, one of each. The changes of the secret hash
/// one body alone, so they are tried before the budget can run out.
pub(crate) fn search(evidence: &Evidence<'_>, keys: &[Key]) -> Result<Option<Vec<Mistake>>, Exhausted> {
    let (configured, changed): (Vec<&Key>, Vec<&Key>) = keys.iter().partition(|key| key.cause.is_none());
    let plan = plan(evidence, &configured, &changed);
    let methods = methods();
    let mut left = BUDGET;
    for ((rewrites, body), is_first, keys) in plan {
        // A hash without a key is made once for each body.
        let no_key = is_first.then_some(None);
        for key in no_key.into_iter().chain(keys.iter().copied().map(Some)) {
            for method in methods.iter().filter(|method| method.algorithm.takes_key() == key.is_some()) {
                let claims = method.claims(&evidence.signatures);
                if claims.is_empty() {
                    continue;
                }
                left = left.checked_sub(body.len().saturating_add(OVERHEAD)).ok_or(Exhausted)?;
                let bytes = key.map_or(&[][..], |key| &key.bytes);
                if let Some(header) = method.explain(&claims, bytes, &body) {
                    return Ok(Some(causes(header, rewrites, key.and_then(|key| key.cause.clone()))));
                }
            }
        }
    }
    Ok(None)
}

/// A secret to try, and its mistake.
pub(crate) type Try = (Option<SecretCause>, Secret);

/// The same search for a scheme that is not simple. `judge` is the library's own verifier. It returns the mistakes of the signed time if the
/// secret and the body match the signature, and `None` otherwise.
pub(crate) fn search_judged(
    evidence: &Evidence<'_>,
    tries: &[Try],
    judge: impl Fn(&Secret, &[u8]) -> Option<Vec<TimeCause>>,
) -> Result<Option<Vec<Mistake>>, Exhausted> {
    let (configured, changed): (Vec<&Try>, Vec<&Try>) = tries.iter().partition(|(cause, _)| cause.is_none());
    let mut left = BUDGET;
    for ((rewrites, body), _, tries) in plan(evidence, &configured, &changed) {
        for (secret_cause, secret) in tries.iter().copied() {
            left = left.checked_sub(body.len().saturating_add(OVERHEAD)).ok_or(Exhausted)?;
            if let Some(times) = judge(secret, &body) {
                let found =
                    rewrites.into_iter().map(Mistake::Body).chain(secret_cause.clone().map(Mistake::Secret));
                return Ok(Some(found.chain(times.into_iter().map(Mistake::Time)).collect()));
            }
        }
    }
    Ok(None)
}

/// A body with its mistakes, whether it is there for the first time, and the keys that are tried on it.
type Step<'p, 'e, K> = (Rewritten<'e>, bool, &'p [&'p K]);

fn plan<'p, 'e, K>(
    evidence: &'e Evidence<'e>,
    configured: &'p [&'p K],
    changed: &'p [&'p K],
) -> impl Iterator<Item = Step<'p, 'e, K>> {
    let came = || std::iter::once((Vec::new(), Bytes::Borrowed(evidence.body)));
    (came().map(move |body| (body, true, configured)))
        .chain(came().map(move |body| (body, false, changed)))
        .chain(rewritten(evidence).map(move |body| (body, true, configured)))
        .chain(rewritten(evidence).map(move |body| (body, false, changed)))
        .chain(rewritten_twice(evidence).map(move |body| (body, true, configured)))
}

/// A way to make a tag, and its mistake.
struct Method {
    algorithm: Algorithm,
    cause: Option<HeaderCause>,
}

/// The right method comes first.
fn methods() -> Vec<Method> {
    let wrong = HeaderCause::experiments().filter_map(|experiment| match experiment {
        HeaderExperiment::MadeBy(name) => Some(name(&())),
        _ => None,
    });
    let wrong = wrong.flatten().map(|(cause, algorithm)| Method { algorithm, cause: Some(cause) });
    std::iter::once(Method { algorithm: Algorithm::HmacSha256, cause: None }).chain(wrong).collect()
}

impl Method {
    /// The tags that it can have made, by their length. A shorter tag is taken for the beginning of one by the right method.
    fn claims<'s>(&self, signatures: &'s [Signature]) -> Vec<&'s Signature> {
        let bytes = self.algorithm.tag_bytes();
        let fits = |length: usize| length == bytes || (self.cause.is_none() && length < bytes);
        signatures.iter().filter(|signature| fits(signature.tag.len())).collect()
    }

    /// The mistakes in the header, if this method made one of the tags with this key of this body.
    fn explain(&self, claims: &[&Signature], key: &[u8], body: &[u8]) -> Option<Vec<HeaderCause>> {
        let tags: Vec<&[u8]> = claims.iter().map(|claim| claim.tag.as_slice()).collect();
        let signature = claims.get(self.algorithm.made(key, body, &tags)?)?;
        let mut causes = signature.causes.clone();
        let is_told = causes.iter().any(|cause| matches!(cause, HeaderCause::Truncated { .. }));
        if let Some(cause) = &self.cause {
            // A prefix that names the other algorithm is right about it.
            causes.retain(|cause| *cause != HeaderCause::PrefixMisspelt);
            causes.push(cause.clone());
        } else if signature.tag.len() < self.algorithm.tag_bytes() && !is_told {
            causes.push(HeaderCause::Truncated { digits: signature.tag.len().saturating_mul(2) });
        }
        Some(causes)
    }
}

fn causes(header: Vec<HeaderCause>, body: Vec<BodyCause>, secret: Option<SecretCause>) -> Vec<Mistake> {
    // The words on a family say already that a time stands in front of the body.
    let is_told = header.iter().any(HeaderCause::is_family);
    let body = body.into_iter().filter(|cause| !(is_told && *cause == BodyCause::Stamped));
    let header = header.into_iter().map(Mistake::Header);
    header.chain(body.map(Mistake::Body)).chain(secret.map(Mistake::Secret)).collect()
}
