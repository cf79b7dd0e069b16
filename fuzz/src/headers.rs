//! Headers of any content around a fixed body.
//!
//! Input: a byte that picks the provider, then a header on each line. The first byte of a line picks the name (see [`name`]), and the rest is
//! the value. With any other first byte, the name is the text before the first colon.

use countersign::testing::{PROVIDERS, ProviderInfo};
use countersign::{Provider, Raw, Rejection, Secret, Verifier, for_each_provider};

use crate::{BODY, SECRET, signature};

/// The name of a header for a digit.
fn name(provider: &ProviderInfo, digit: u8) -> Option<String> {
    let own = provider.scheme.header();
    let another = PROVIDERS.iter().map(|other| other.scheme.header()).find(|other| *other != own);
    Some(match digit {
        b'0' => own.to_owned(),
        b'1' => own.to_uppercase(),
        b'2' => another?.to_owned(),
        b'4' => "Content-Length".to_owned(),
        b'5' => "Content-Encoding".to_owned(),
        b'6' => provider.event_header?.to_owned(),
        b'7' => provider.delivery_header?.to_owned(),
        b'8' => "X-Hub-Signature-256".to_owned(),
        _ => return None,
    })
}

const LIMIT: usize = 100;

/// The library accepts exactly the requests that the oracle accepts, and refuses the others with the oracle's status.
pub fn run(input: &[u8]) {
    let Some((provider, lines)) = input.split_first() else { return };
    let place = usize::from(*provider) % PROVIDERS.len();
    let provider = &PROVIDERS[place];
    let headers: Vec<_> =
        lines.split(|byte| *byte == b'\n').filter_map(|line| header(provider, line)).collect();
    CHECKS[place](&headers, provider);
}

type Headers = [(String, Vec<u8>)];

macro_rules! checks {
    ({} $($provider:ident $module:ident,)+) => {
        &[$(check::<countersign::$provider>),+]
    };
}

/// The check of each provider, in the order of [`PROVIDERS`].
const CHECKS: &[fn(&Headers, &ProviderInfo)] = for_each_provider!(checks);

fn header(provider: &ProviderInfo, line: &[u8]) -> Option<(String, Vec<u8>)> {
    let (first, rest) = line.split_first()?;
    if let Some(name) = name(provider, *first) {
        return Some((name, rest.to_vec()));
    }
    let colon = line.iter().position(|byte| *byte == b':')?;
    Some((String::from_utf8_lossy(&line[..colon]).into_owned(), line[colon + 1..].to_vec()))
}

fn check<P: Provider>(headers: &Headers, provider: &ProviderInfo) {
    let prefix = provider.scheme.tag_prefix();
    let secret = Secret::new(SECRET).expect("a secret");
    let verifier = Verifier::<P>::new(secret).unwrap().body_limit(LIMIT);
    let verdict = verifier.verify::<Raw<P>>(headers, BODY);
    let status = verdict.as_ref().map_or_else(Rejection::status, |_| 200);
    assert_eq!(status, expected(headers, provider.scheme.header(), prefix));
    // The headers are judged in the same way before the body arrives.
    if let Err(early) = verifier.begin(headers) {
        assert_eq!(verdict.err(), Some(early));
    }
}

fn expected(headers: &Headers, name: &str, prefix: &str) -> u16 {
    let all = |name: &str| -> Vec<&[u8]> {
        headers.iter().filter(|(n, _)| n.to_ascii_lowercase() == name).map(|(_, value)| &value[..]).collect()
    };
    let verdict = match all(name)[..] {
        [value] => signature::expected(prefix, value),
        _ => return 401,
    };
    if verdict.as_ref().is_err_and(|reason| reason != signature::MISMATCH) {
        return 401;
    }
    if all("content-encoding").iter().any(|value| !value.trim_ascii().eq_ignore_ascii_case(b"identity")) {
        return 415;
    }
    if all("content-length").into_iter().any(too_long) {
        return 413;
    }
    if verdict.is_ok() { 200 } else { 401 }
}

/// Compares the digits as text, so that no number is too large.
fn too_long(value: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(value.trim_ascii()) else { return false };
    let digits = text.trim_start_matches('0');
    digits.chars().all(|digit| digit.is_ascii_digit())
        && (digits.len() > 3 || digits.parse().is_ok_and(|length: usize| length > LIMIT))
}
