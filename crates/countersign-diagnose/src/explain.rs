//! The words for what was found: from a match to its mistakes, and from a request without a match to suspicions.

use countersign::{Part, Scheme};

use crate::cause::body::Experiment as BodyExperiment;
use crate::cause::header::Experiment as HeaderExperiment;
use crate::cause::secret::Experiment as SecretExperiment;
use crate::cause::text::Experiment as TextExperiment;
use crate::evidence::Evidence;
use crate::mac::Method;
use crate::request::Request;
use crate::search::Match;
use crate::secret::Sent;
use crate::signature::Claim;
use crate::verdict::hash_of;
use crate::{BodyCause, HeaderCause, Mistake, SecretBytes, SecretCause, TextCause};

/// The mistakes that a match proves.
pub(crate) fn explained(scheme: &Scheme, found: Match<'_>) -> Vec<Mistake> {
    let Match { signature, method, method_cause, text, body, secret_cause, .. } = found;
    let mut header = signature.causes.clone();
    let family = header.iter().find_map(HeaderCause::template);
    let is_told = |cause: &TextCause| match (family, cause) {
        (Some(family), TextCause::Stamped { template }) => template.ends_with(family),
        // The text is the scheme's, and its headers have other names, as the signature has.
        (None, TextCause::Stamped { template }) => {
            !signature.is_own && nameless(template) == of_scheme(scheme)
        }
        _ => false,
    };
    if family.is_some() && !text.iter().any(is_told) {
        // The value looks like that family's, and the signed text is another one.
        header.retain(|cause| cause.template().is_none());
        header.push(HeaderCause::PrefixUnexpected);
    }
    let claim = Claim { signature, method };
    header.extend(HeaderCause::experiments().filter_map(|experiment| match experiment {
        HeaderExperiment::Matched(look) => look(&claim).next().map(|(cause, ())| cause),
        _ => None,
    }));
    if method_cause.is_some() {
        // A prefix that names the other algorithm is right about it.
        header.retain(|cause| !matches!(cause, HeaderCause::PrefixMisspelt { .. }));
        header.extend(method_cause);
    }
    let text = text.into_iter().filter(|cause| !is_told(cause)).map(Mistake::Text);
    let header = header.into_iter().map(Mistake::Header);
    header
        .chain(text)
        .chain(body.0.into_iter().map(Mistake::Body))
        .chain(secret_cause.map(Mistake::Secret))
        .collect()
}

/// The signed text of a scheme, without the name of the id's header.
fn of_scheme(scheme: &Scheme) -> String {
    let word = |part| match part {
        Part::Text(text) => text,
        Part::Timestamp => "{timestamp}",
        Part::Body => "{body}",
        _ => "{}",
    };
    scheme.parts().map(word).collect()
}

/// A template without the names of headers.
fn nameless(template: &str) -> String {
    let known = |name: &str| ["timestamp", "body"].contains(&name);
    let mut parts = template.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts
        .filter_map(|part| part.split_once('}'))
        .fold(first, |all, (name, behind)| all + "{" + if known(name) { name } else { "" } + "}" + behind)
}

/// The secret itself in a header.
pub(crate) fn sent_secret(request: &Request<'_>, secrets: &[SecretBytes]) -> Option<Mistake> {
    let sent = Sent { request, secrets };
    HeaderCause::experiments().find_map(|experiment| match experiment {
        HeaderExperiment::Sent(look) => look(&sent).next().map(|(cause, ())| Mistake::Header(cause)),
        _ => None,
    })
}

/// The mistakes that hold whatever else is wrong.
pub(crate) fn seen(evidence: &Evidence<'_>) -> Vec<Mistake> {
    let header = HeaderCause::experiments().filter_map(|experiment| match experiment {
        HeaderExperiment::Seen(look) => Some(look(evidence.request)),
        _ => None,
    });
    let body = BodyCause::experiments().filter_map(|experiment| match experiment {
        BodyExperiment::Seen(look) => Some(look(evidence)),
        _ => None,
    });
    let header = header.flatten().map(|(cause, ())| Mistake::Header(cause));
    header.chain(body.flatten().map(|(cause, ())| Mistake::Body(cause))).collect()
}

/// The visible mistakes, for a signature that no change explains. `refused` are the ones that the verifier has named.
pub(crate) fn suspected(
    evidence: &Evidence<'_>,
    secrets: &[SecretBytes],
    refused: &[Mistake],
) -> Vec<Mistake> {
    let text = TextCause::experiments().filter_map(|experiment| match experiment {
        TextExperiment::Suspected(look) => Some(look(evidence)),
        _ => None,
    });
    let body = BodyCause::experiments().filter_map(|experiment| match experiment {
        BodyExperiment::Suspected(look) => Some(look(evidence)),
        _ => None,
    });
    let text = text.flatten().map(|(cause, ())| Mistake::Text(cause));
    let body = body.flatten().map(|(cause, ())| Mistake::Body(cause));
    let header = header(evidence.request).into_iter().map(Mistake::Header);
    let secret = secrets.iter().flat_map(|secret| secret_looks(secret.bytes())).map(Mistake::Secret);
    header.filter(|mistake| !refused.contains(mistake)).chain(text).chain(body).chain(secret).collect()
}

/// The visible mistakes in a secret.
fn secret_looks(secret: &[u8]) -> Vec<SecretCause> {
    let suspected = SecretCause::experiments().filter_map(|experiment| match experiment {
        SecretExperiment::Suspected(look) => look(secret).next().map(|(cause, ())| cause),
        _ => None,
    });
    suspected.collect()
}

/// The visible mistakes in the tag that is probably meant.
fn header(request: &Request<'_>) -> Vec<HeaderCause> {
    let may_be_meant = |name: &str| {
        let name = name.to_ascii_lowercase();
        ["sig", "hmac"].iter().any(|word| name.contains(word))
    };
    let mut likely =
        request.signatures.iter().filter(|signature| signature.is_own || may_be_meant(signature.header));
    let Some(signature) = likely.next() else { return Vec::new() };
    let claim = Claim { signature, method: Method::Hmac(hash_of(request.scheme)) };
    let suspected = HeaderCause::experiments().filter_map(|experiment| match experiment {
        HeaderExperiment::Suspected(look) => look(&claim).next().map(|(cause, ())| cause),
        _ => None,
    });
    signature.causes.iter().filter(|cause| !cause.is_prefix()).cloned().chain(suspected).collect()
}
