//! The verdict of the library's own verifier: on the request as it came, and on the request as it would be without the mistakes.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use countersign::scheme::{Encoding, TimeSource, TimeUnit};
use countersign::{Algorithm, KeyEncoding, Scheme, Secret, Timestamp, VerifyError};

use crate::cause::header::Experiment as HeaderExperiment;
use crate::cause::secret::Experiment as SecretExperiment;
use crate::cause::time::Experiment as TimeExperiment;
use crate::mac::Hash;
use crate::request::Request;
use crate::search::Match;
use crate::{HeaderCause, Mistake, SecretBytes, SecretCause, TimeCause};

/// Seconds by which a time in seconds is too old if it is read as milliseconds. No delivery is that old.
const DECADES: u64 = 40 * 365 * 86400;

/// Seconds by which a time in milliseconds is in the future if it is read as seconds. No clock is that wrong.
const MILLENNIA: u64 = 10_000 * 365 * 86400;

/// A refusal of the verifier.
pub(crate) struct Refusal<'r> {
    pub(crate) request: &'r Request<'r>,
    pub(crate) reason: VerifyError,
}

/// The hash of a scheme's algorithm.
pub(crate) fn hash_of(scheme: &Scheme) -> Hash {
    match scheme.mac_algorithm() {
        Algorithm::HmacSha1 => Hash::Sha1,
        Algorithm::HmacSha512 => Hash::Sha512,
        _ => Hash::Sha256,
    }
}

/// The verdict on the request without its mistakes: with the right key and body, and a header in the scheme's format. A mistake that the
/// search cannot see shows here, such as an old time.
pub(crate) fn repaired(request: &Request<'_>, found: &Match<'_>, now: SystemTime) -> Result<(), VerifyError> {
    let scheme = request.scheme;
    // No secret is empty, so no verdict is possible.
    let Ok(secret) = Secret::from_bytes(&*found.key) else { return Ok(()) };
    let is_right = found.signature.causes.is_empty() && found.signature.tag.len() == found.method.bytes();
    let value = if is_right { found.signature.value.to_vec() } else { written(scheme, found) };
    let time = match scheme.signed_time().map(Timestamp::source) {
        Some(TimeSource::Header(name)) => Some((name, found.frame.time.as_slice())),
        _ => None,
    };
    let id = scheme.id_header().and_then(|name| Some((name, request.values(name).next()?)));
    let headers: Vec<(&str, &[u8])> =
        std::iter::once((scheme.header(), value.as_slice())).chain(time).chain(id).collect();
    scheme.verify_request(&secret, &headers, &*found.body.1, now)
}

/// A signature header in the scheme's format.
fn written(scheme: &Scheme, found: &Match<'_>) -> Vec<u8> {
    let tag = found.method.tag(&found.key, [&found.frame.before, &found.body.1, &found.frame.after]);
    let encoded = match scheme.encoding() {
        Encoding::Base64 => STANDARD.encode(tag),
        Encoding::Base64Url => URL_SAFE_NO_PAD.encode(tag),
        _ => hex::encode(tag),
    };
    let entry = [scheme.tag_prefix().as_bytes(), encoded.as_bytes()].concat();
    match (scheme.signed_time().map(Timestamp::source), scheme.separator()) {
        (Some(TimeSource::Entry(prefix)), Some(separator)) => {
            [prefix.as_bytes(), &found.frame.time, &[separator], &entry].concat()
        }
        _ => entry,
    }
}

/// The best verdict of all secrets: accepted, or else refused for the first reason.
pub(crate) fn verdict(
    request: &Request<'_>,
    secrets: &[SecretBytes],
    body: &[u8],
    now: SystemTime,
) -> Result<(), VerifyError> {
    let scheme = request.scheme;
    let headers: Vec<(&str, &[u8])> =
        request.headers.iter().map(|header| (header.name, header.value)).collect();
    let verdicts = secrets.iter().map(|secret| match secret.to_secret(scheme) {
        Some(secret) => scheme.verify_request(&secret, &headers, body, now),
        None => Err(VerifyError::UnusableSecret),
    });
    verdicts.min_by_key(Result::is_err).unwrap_or(Err(VerifyError::Mismatch))
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
        (self.reason == reason).then(|| (fact(self.request.scheme), ()))
    }

    /// Whether the value is in no format of the scheme, and nothing in it reads as a tag.
    pub(crate) fn is_unreadable(&self) -> bool {
        let has_tag = self.request.signatures.iter().any(|signature| signature.is_own);
        matches!(self.reason, VerifyError::Prefix | VerifyError::NoEntry) && !has_tag
    }

    /// The form of a tag in words, if the tag does not have it.
    pub(crate) fn form(&self) -> Option<(String, ())> {
        let is_malformed = matches!(self.reason, VerifyError::Length { .. } | VerifyError::Digit);
        is_malformed.then(|| (form(self.request.scheme), ()))
    }

    /// The unit that came and the scheme's, if the time is so far off that it must be another one.
    pub(crate) fn other_unit(&self) -> Option<(&'static str, ())> {
        let takes = |unit| self.request.scheme.signed_time().is_some_and(|time| time.unit() == unit);
        match self.reason {
            VerifyError::TooOld { by } if by.as_secs() > DECADES && takes(TimeUnit::Millis) => {
                Some(("seconds, and this scheme takes milliseconds", ()))
            }
            VerifyError::FromTheFuture { by } if by.as_secs() > MILLENNIA && takes(TimeUnit::Seconds) => {
                Some(("milliseconds, and this scheme takes seconds", ()))
            }
            _ => None,
        }
    }

    /// The whole seconds beyond the tolerance, if the time is too old.
    pub(crate) fn seconds_too_old(&self) -> Option<(u64, ())> {
        match self.reason {
            _ if self.other_unit().is_some() => None,
            VerifyError::TooOld { by } => Some((by.as_secs().max(1), ())),
            _ => None,
        }
    }

    /// The whole seconds beyond the tolerance, if the time is in the future.
    pub(crate) fn seconds_ahead(&self) -> Option<(u64, ())> {
        match self.reason {
            _ if self.other_unit().is_some() => None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_may_be_no_text_unless_the_scheme_decodes_it() {
        let bytes = SecretBytes::new(b"\xff").unwrap();
        assert!(bytes.to_secret(&Scheme::hex("x-signature")).is_some());
        assert!(bytes.to_secret(&Scheme::hex("x-signature").key(KeyEncoding::Hex { strip: "" })).is_none());
    }
}
