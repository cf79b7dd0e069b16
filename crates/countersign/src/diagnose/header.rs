//! What the headers claim: the signature where it belongs and where it does not, in the sender's format and in others.

use super::HeaderCause;
use super::encoding::from_base64;
use crate::{Format, Headers, Scheme};

/// A tag that may be meant, and what is wrong with how it came.
pub(super) struct Claim {
    pub(super) causes: Vec<HeaderCause>,
    pub(super) tag: Vec<u8>,
}

/// What was found in the headers.
pub(super) struct Claims {
    /// Facts that hold whichever tag is meant.
    pub(super) facts: Vec<HeaderCause>,
    pub(super) claims: Vec<Claim>,
}

/// As many tags as are tried: each is only one more comparison, but a list without end is no signature.
const MAX_CLAIMS: usize = 8;

/// Fewest bytes of a shortened tag that are still no accident.
const MIN_BYTES: usize = 4;

/// Signature headers in use, those of the built-in senders first.
const KNOWN: [&str; 14] = [
    "x-massu-signature-256",
    "x-webhook-signature",
    "x-muchaw-signature",
    "x-signature-256",
    "x-hub-signature-256",
    "x-hub-signature",
    "webhook-signature",
    "svix-signature",
    "stripe-signature",
    "x-slack-signature",
    "x-shopify-hmac-sha256",
    "x-signature",
    "x-webhook-signature-256",
    "signature",
];

pub(super) fn claims(scheme: Scheme, headers: &(impl Headers + ?Sized)) -> Claims {
    let own: Vec<&[u8]> = headers.values(scheme.header()).collect();
    let mut claims: Vec<Claim> = own.iter().flat_map(|value| read(scheme.format(), value)).collect();
    let facts = match own.as_slice() {
        [] => vec![HeaderCause::Missing],
        [[]] => vec![HeaderCause::Empty],
        [_] if claims.is_empty() => vec![HeaderCause::Unreadable],
        [_] => Vec::new(),
        _ => vec![HeaderCause::Repeated],
    };
    for header in KNOWN.into_iter().filter(|name| !name.eq_ignore_ascii_case(scheme.header())) {
        for mut claim in headers.values(header).flat_map(|value| read(scheme.format(), value)) {
            claim.causes.insert(0, HeaderCause::Other { header: header.to_owned() });
            claims.push(claim);
        }
    }
    claims.truncate(MAX_CLAIMS);
    Claims { facts, claims }
}

/// What may have been signed in front of the body, by what the headers say of time and id.
pub(super) fn stamps(scheme: Scheme, headers: &(impl Headers + ?Sized)) -> Vec<Vec<u8>> {
    let own = scheme.header().to_ascii_lowercase();
    let beside = own.replace("signature-256", "timestamp").replace("signature", "timestamp");
    let beside_request =
        own.replace("signature-256", "request-timestamp").replace("signature", "request-timestamp");
    let names = [
        "webhook-timestamp",
        "svix-timestamp",
        "x-slack-request-timestamp",
        "x-webhook-timestamp",
        "x-signature-timestamp",
        "x-request-timestamp",
        "x-timestamp",
        "timestamp",
        &beside,
        &beside_request,
    ];
    let first =
        |name: &str| headers.values(name).next().filter(|value| value.len() <= 64).map(<[u8]>::to_vec);
    let mut times: Vec<Vec<u8>> = names.into_iter().filter(|name| *name != own).filter_map(first).collect();
    for header in KNOWN.into_iter().chain([scheme.header()]) {
        times.extend(headers.values(header).filter_map(stripe_time).take(1));
    }
    times.dedup();
    times.truncate(MAX_CLAIMS);
    let id = first("webhook-id").or_else(|| first("svix-id"));
    times.iter().flat_map(|time| stamps_of(time, id.as_deref())).collect()
}

fn stamps_of(time: &[u8], id: Option<&[u8]>) -> Vec<Vec<u8>> {
    let mut stamps =
        vec![[time, b"."].concat(), [b"v0:", time, b":"].concat(), time.to_vec(), [time, b":"].concat()];
    stamps.extend(id.map(|id| [id, b".", time, b"."].concat()));
    stamps
}

fn stripe_time(value: &[u8]) -> Option<Vec<u8>> {
    value
        .split(|byte| *byte == b',')
        .find_map(|part| part.trim_ascii().strip_prefix(b"t="))
        .map(<[u8]>::to_vec)
}

fn read(format: Format, value: &[u8]) -> Vec<Claim> {
    styled(value).unwrap_or_else(|| single(format, value).into_iter().collect())
}

/// A value in the style of another family of senders, which may hold several tags.
fn styled(value: &[u8]) -> Option<Vec<Claim>> {
    let hex = |text: &[u8]| hex::decode(text).ok();
    let (style, mut tags): (_, Vec<Vec<u8>>) = if stripe_time(value).is_some() {
        let parts = value.split(|byte| *byte == b',');
        (HeaderCause::Stripe, parts.filter_map(|part| hex(part.trim_ascii().strip_prefix(b"v1=")?)).collect())
    } else if let Some(digits) = value.strip_prefix(b"v0=") {
        (HeaderCause::Slack, hex(digits).into_iter().collect())
    } else if value.starts_with(b"v1,") {
        let parts = value.split(|byte| *byte == b' ');
        let tags = parts.filter_map(|part| from_base64(part.strip_prefix(b"v1,")?));
        (HeaderCause::StandardWebhooks, tags.collect())
    } else {
        return None;
    };
    if tags.is_empty() {
        // The style can be named all the same; an empty tag matches nothing.
        tags.push(Vec::new());
    }
    Some(tags.into_iter().map(|tag| Claim { causes: vec![style.clone()], tag }).collect())
}

fn single(format: Format, value: &[u8]) -> Option<Claim> {
    let mut causes = Vec::new();
    let bare = value.trim_ascii();
    let bare =
        bare.strip_prefix(b"\"").and_then(|bare| bare.strip_suffix(b"\"")).unwrap_or(bare).trim_ascii();
    if bare.len() != value.len() {
        causes.push(HeaderCause::Surrounded);
    }
    let mut rest = bare;
    let mut prefixes = Vec::new();
    while let Some((prefix, behind)) = split_prefix(rest) {
        prefixes.push(prefix);
        rest = behind;
    }
    causes.extend(prefix_cause(format, &prefixes));
    let (cause, tag) = tag(rest.trim_ascii())?;
    causes.extend(cause);
    Some(Claim { causes, tag })
}

/// The name of an algorithm, and what is behind it.
fn split_prefix(value: &[u8]) -> Option<(&[u8], &[u8])> {
    const NAMES: [&[u8]; 10] = [
        b"sha256",
        b"sha-256",
        b"hmac-sha256",
        b"sha1",
        b"sha-1",
        b"sha512",
        b"sha-512",
        b"md5",
        b"none",
        b"hex",
    ];
    let end = value.iter().position(|byte| matches!(byte, b'=' | b':'))?;
    let name = value.get(..end)?;
    let known = name.is_empty() || NAMES.iter().any(|known| known.eq_ignore_ascii_case(name));
    known.then(|| value.split_at_checked(end.saturating_add(1)))?
}

fn prefix_cause(format: Format, prefixes: &[&[u8]]) -> Option<HeaderCause> {
    match (format, prefixes) {
        (Format::Sha256, [b"sha256="]) | (Format::Hex, []) => None,
        (Format::Sha256, []) => Some(HeaderCause::PrefixMissing),
        (Format::Sha256, [_]) => Some(HeaderCause::PrefixMisspelt),
        (Format::Sha256, _) => Some(HeaderCause::PrefixDoubled),
        (Format::Hex, _) => Some(HeaderCause::PrefixUnexpected),
    }
}

/// Bytes of a tag in hex or base64, whole or not.
fn tag(text: &[u8]) -> Option<(Option<HeaderCause>, Vec<u8>)> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let whole = |count: usize| hex::decode(text.get(..count)?).ok();
    match digits {
        // Of SHA-1, SHA-256 and SHA-512, in hex.
        40 | 64 | 128 if digits == text.len() => return Some((None, whole(digits)?)),
        64.. => return Some((Some(HeaderCause::Overlong), whole(64)?)),
        _ => {}
    }
    match from_base64(text) {
        Some(tag) if matches!(tag.len(), 20 | 32 | 64) => return Some((Some(HeaderCause::Base64), tag)),
        _ => {}
    }
    // Half a byte is left out.
    let even =
        digits.checked_sub(digits % 2).filter(|even| digits == text.len() && *even >= 2 * MIN_BYTES)?;
    Some((Some(HeaderCause::Truncated { digits }), whole(even)?))
}
