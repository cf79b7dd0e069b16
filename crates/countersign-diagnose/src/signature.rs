//! The tags that the headers may hold, in the scheme's own header and in others, in its format and in others.

use countersign::{Headers, Provider, Scheme, for_each_provider};

use crate::HeaderCause;
use crate::cause::header::Experiment;
use crate::value::Value;

/// A tag that may be meant.
#[derive(Clone)]
pub(crate) struct Signature {
    /// The mistakes in how it came.
    pub(crate) causes: Vec<HeaderCause>,
    pub(crate) tag: Vec<u8>,
    /// Whether it is in the scheme's own header.
    pub(crate) is_own: bool,
}

/// Number of tags that are tried. Each costs only one more comparison, but an endless list is no signature.
const MAX_SIGNATURES: usize = 8;

macro_rules! built_in {
    ({} $($provider:ident $module:ident,)+) => {
        [$(<countersign::$provider as Provider>::SCHEME.header()),+]
    };
}

/// Signature headers of the built-in providers, some of which share one.
const BUILT_IN: &[&str] = &for_each_provider!(built_in);

/// Signature headers of other providers.
const OTHERS: [&str; 10] = [
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

/// Signature headers that are in use, each once. Those of the built-in providers come first.
pub(crate) fn known() -> impl Iterator<Item = &'static str> {
    let all = || BUILT_IN.iter().chain(&OTHERS).copied();
    all()
        .enumerate()
        .filter(move |(place, name)| all().take(*place).all(|before| before != *name))
        .map(|(_, name)| name)
}

/// Reads the scheme's own header first, and then the others.
pub(crate) fn signatures(scheme: &Scheme, headers: &(impl Headers + ?Sized)) -> Vec<Signature> {
    let own = headers.values(scheme.header()).map(|raw| Value::new(scheme, None, raw));
    let others = known().filter(|name| !name.eq_ignore_ascii_case(scheme.header()));
    let others =
        others.flat_map(|name| headers.values(name).map(move |raw| Value::new(scheme, Some(name), raw)));
    own.chain(others).flat_map(|value| read(&value)).take(MAX_SIGNATURES).collect()
}

fn read(value: &Value<'_>) -> Vec<Signature> {
    let place: Vec<HeaderCause> = HeaderCause::experiments()
        .filter_map(|experiment| match experiment {
            Experiment::Place(look) => Some(look(value)),
            _ => None,
        })
        .flatten()
        .map(|(cause, ())| cause)
        .collect();
    let mut tags = in_a_family(value);
    if tags.is_empty() {
        tags.extend(alone(value));
    }
    let is_own = value.elsewhere.is_none();
    let signature = |(causes, tag)| Signature { causes: [place.clone(), causes].concat(), tag, is_own };
    tags.into_iter().map(signature).collect()
}

/// The tags of a value in another family's format, of which there may be several.
fn in_a_family(value: &Value<'_>) -> Vec<(Vec<HeaderCause>, Vec<u8>)> {
    let families = HeaderCause::experiments().filter_map(|experiment| match experiment {
        Experiment::Family(read) => Some(read(value)),
        _ => None,
    });
    let mut tags = families.map(|tags| tags.map(|(cause, tag)| (vec![cause], tag)).collect::<Vec<_>>());
    tags.find(|tags| !tags.is_empty()).unwrap_or_default()
}

/// The one tag of a value in the scheme's format, or in what is left of it.
fn alone(value: &Value<'_>) -> Option<(Vec<HeaderCause>, Vec<u8>)> {
    let around = HeaderCause::experiments().filter_map(|experiment| match experiment {
        Experiment::Around(look) => Some(look(value)),
        _ => None,
    });
    let mut causes: Vec<HeaderCause> = around.flatten().map(|(cause, ())| cause).collect();
    if let Some(tag) = value.hex_tag() {
        return Some((causes, tag));
    }
    let mut tags = HeaderCause::experiments().filter_map(|experiment| match experiment {
        Experiment::Tag(read) => read(value).next(),
        _ => None,
    });
    let (cause, tag) = tags.next()?;
    causes.push(cause);
    Some((causes, tag))
}
