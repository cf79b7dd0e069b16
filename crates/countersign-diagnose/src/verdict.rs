//! The verdict of a verifier, for schemes of any kind.
//!
//! The search of this crate reads tags that are written in some other way, and it knows the simple schemes alone: a tag in hex, an
//! HMAC-SHA256 of the body, a secret that is the key. For every other scheme, the library's own verifier judges each change. So the
//! diagnosis says less about such a scheme, but nothing that the verifier would deny.

use std::time::SystemTime;

use countersign::scheme::{Encoding, TimeSource};
use countersign::{Algorithm, Headers, KeyEncoding, Part, Scheme, Secret, Timestamp, VerifyError};

use crate::cause::header::Experiment as HeaderExperiment;
use crate::cause::secret::Experiment as SecretExperiment;
use crate::cause::time::Experiment as TimeExperiment;
use crate::{HeaderCause, Mistake, SecretBytes, SecretCause, TimeCause};

/// A refusal of the verifier.
pub(crate) struct Refusal<'r> {
    pub(crate) scheme: &'r Scheme,
    pub(crate) reason: VerifyError,
}

/// Whether the search can read the tags of a scheme.
pub(crate) fn is_simple(scheme: &Scheme) -> bool {
    scheme.encoding() == Encoding::Hex
        && scheme.separator().is_none()
        && matches!(scheme.tag_prefix(), "" | "sha256=")
        && scheme.mac_algorithm() == Algorithm::HmacSha256
        && scheme.key_encoding() == KeyEncoding::Text
        && scheme.parts().eq([Part::Body])
}

/// The same scheme without its signed time and id. `None` if it signs the body alone.
pub(crate) fn body_alone(scheme: &Scheme) -> Option<Scheme> {
    if scheme.parts().eq([Part::Body]) {
        return None;
    }
    let alone = match scheme.encoding() {
        Encoding::Base64 => Scheme::base64(scheme.header()),
        Encoding::Base64Url => Scheme::base64url(scheme.header()),
        _ => Scheme::hex(scheme.header()),
    };
    let alone = match scheme.separator() {
        Some(separator) => alone.list(separator, scheme.tag_prefix()),
        None => alone.prefix(scheme.tag_prefix()),
    };
    Some(alone.algorithm(scheme.mac_algorithm()).key(scheme.key_encoding()))
}

/// The best verdict of all secrets: accepted, or else refused for the time alone, or else refused for the first reason.
pub(crate) fn verdict(
    scheme: &Scheme,
    secrets: &[SecretBytes],
    headers: &(impl Headers + ?Sized),
    body: &[u8],
    now: SystemTime,
) -> Result<(), VerifyError> {
    let verdicts = secrets.iter().map(|secret| match secret.to_secret(scheme) {
        Some(secret) => scheme.verify_request(&secret, headers, body, now),
        None => Err(VerifyError::UnusableSecret),
    });
    let rank = |verdict: &Result<(), VerifyError>| match verdict {
        Ok(()) => 0,
        Err(reason) if has_matched(scheme, reason) => 1,
        Err(_) => 2,
    };
    verdicts.min_by_key(rank).unwrap_or(Err(VerifyError::Mismatch))
}

/// Whether a refusal is about the time of a delivery whose signature has matched. A time in the body is read only then.
pub(crate) fn has_matched(scheme: &Scheme, reason: &VerifyError) -> bool {
    let is_in_body = matches!(scheme.signed_time().map(Timestamp::source), Some(TimeSource::Body(_)));
    match reason {
        VerifyError::TooOld { .. } | VerifyError::FromTheFuture { .. } => true,
        VerifyError::MissingTime | VerifyError::MalformedTime => is_in_body,
        _ => false,
    }
}

impl Refusal<'_> {
    /// The causes that name this refusal.
    pub(crate) fn causes(&self) -> Vec<Mistake> {
        let header = HeaderCause::experiments().filter_map(|experiment| match experiment {
            HeaderExperiment::Judged(look) => Some(look(self)),
            _ => None,
        });
        let secret = SecretCause::experiments().filter_map(|experiment| match experiment {
            SecretExperiment::Judged(look) => Some(look(self)),
            _ => None,
        });
        let header = header.flatten().map(|(cause, ())| Mistake::Header(cause));
        let secret = secret.flatten().map(|(cause, ())| Mistake::Secret(cause));
        header.chain(secret).chain(self.time_causes().into_iter().map(Mistake::Time)).collect()
    }

    /// The causes that name a refusal for the time.
    pub(crate) fn time_causes(&self) -> Vec<TimeCause> {
        let causes = TimeCause::experiments().flat_map(|TimeExperiment::Judged(look)| look(self));
        causes.map(|(cause, ())| cause).collect()
    }

    /// A fact about the scheme, if this is the reason of the refusal.
    pub(crate) fn when<T>(&self, reason: VerifyError, fact: impl FnOnce(&Scheme) -> T) -> Option<(T, ())> {
        (self.reason == reason).then(|| (fact(self.scheme), ()))
    }

    /// The form of a tag in words, if the tag does not have it.
    pub(crate) fn form(&self) -> Option<(String, ())> {
        let is_malformed = matches!(self.reason, VerifyError::Length { .. } | VerifyError::Digit);
        is_malformed.then(|| (form(self.scheme), ()))
    }

    /// The whole seconds beyond the tolerance, if the time is too old.
    pub(crate) fn seconds_too_old(&self) -> Option<(u64, ())> {
        match self.reason {
            VerifyError::TooOld { by } => Some((by.as_secs().max(1), ())),
            _ => None,
        }
    }

    /// The whole seconds beyond the tolerance, if the time is in the future.
    pub(crate) fn seconds_ahead(&self) -> Option<(u64, ())> {
        match self.reason {
            VerifyError::FromTheFuture { by } => Some((by.as_secs().max(1), ())),
            _ => None,
        }
    }
}

/// The form of a tag, in words.
fn form(scheme: &Scheme) -> String {
    let bytes = scheme.mac_algorithm().tag_bytes();
    match scheme.encoding() {
        Encoding::Base64 => format!("{bytes} bytes in base64 with padding"),
        Encoding::Base64Url => format!("{bytes} bytes in base64url without padding"),
        _ => format!("{} hex digits", bytes.saturating_mul(2)),
    }
}

/// The place of the signed time, in words.
pub(crate) fn time_place(scheme: &Scheme) -> String {
    match scheme.signed_time().map(Timestamp::source) {
        Some(TimeSource::Header(name)) => format!("the header '{name}'"),
        Some(TimeSource::Entry(prefix)) => format!("the entry '{prefix}' of the signature header"),
        Some(TimeSource::Body(path)) => format!("the key '{path}' of the body"),
        _ => "the request".to_owned(),
    }
}

/// The way from a secret's text to the key, in words.
pub(crate) fn key_rule(scheme: &Scheme) -> String {
    let decoded = |name: &str, strip: &str| match strip {
        "" => format!("decodes it from {name}"),
        _ => format!("takes '{strip}' from its start and decodes the rest from {name}"),
    };
    match scheme.key_encoding() {
        KeyEncoding::Base64 { strip } => decoded("base64", strip),
        KeyEncoding::Hex { strip } => decoded("hex", strip),
        _ => "takes its text".to_owned(),
    }
}

impl SecretBytes {
    /// The secret as a verifier takes it. `None` if it is no text, and the scheme decodes a text.
    pub(crate) fn to_secret(&self, scheme: &Scheme) -> Option<Secret> {
        match scheme.key_encoding() {
            KeyEncoding::Text => Secret::from_bytes(self.bytes()).ok(),
            _ => Secret::new(std::str::from_utf8(self.bytes()).ok()?).ok(),
        }
    }
}
