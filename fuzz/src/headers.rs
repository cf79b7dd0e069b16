//! Headers of any content around a fixed body.
//!
//! Input: a byte that picks the provider or the scheme, then a header on each line. The first byte of a line picks the name (see [`name`]), and
//! the rest is the value. With any other first byte, the name is the text before the first colon. The bytes 1, 2 and 3 in a value are marks,
//! see [`Signer::filled`].

use std::sync::LazyLock;

use countersign::testing::{PROVIDERS, ProviderInfo};
use countersign::{Custom, Raw, Rejection, Verifier, for_each_provider};

use crate::reference::{AFTER_THE_BODY, Headers};
use crate::schemes::{SIGNERS, Signer};
use crate::{BODY, SECRET};

/// The name of a header for a digit.
fn name(own: &str, provider: Option<&ProviderInfo>, digit: u8) -> Option<String> {
    let another = PROVIDERS.iter().map(|other| other.scheme.header().to_owned()).find(|other| other != own);
    Some(match digit {
        b'0' => own.to_owned(),
        b'1' => own.to_uppercase(),
        b'2' => another?,
        b'3' => "X-Time".to_owned(),
        b'4' => "Content-Length".to_owned(),
        b'5' => "Content-Encoding".to_owned(),
        b'6' => provider?.event_header?.to_owned(),
        b'7' => provider?.delivery_header?.to_owned(),
        b'8' => "X-Hub-Signature-256".to_owned(),
        b'9' => "X-Id".to_owned(),
        _ => return None,
    })
}

const LIMIT: usize = 100;

macro_rules! count {
    ({} $($provider:ident $module:ident,)+) => {
        [$(stringify!($provider)),+].len()
    };
}

/// The number of providers with events of their own. [`PROVIDERS`] begins with them.
const TYPED: usize = for_each_provider!(count);

/// The library accepts exactly the requests that the oracle accepts, and refuses the others with the oracle's status.
pub fn run(input: &[u8]) {
    let Some((place, lines)) = input.split_first() else { return };
    let place = usize::from(*place) % (TYPED + SIGNERS.len());
    let provider = PROVIDERS[..TYPED].get(place);
    let (signer, verifier) = match provider {
        Some(_) => &OF_PROVIDERS[place],
        None => &OTHERS[place - TYPED],
    };
    let own = signer.scheme.header();
    let headers: Vec<_> =
        lines.split(|byte| *byte == b'\n').filter_map(|line| header(own, provider, line)).collect();
    check(signer, verifier, &signer.filled(&headers, BODY.as_bytes()));
}

type Party = (&'static Signer, Verifier<Custom>);

/// The built-in providers with events of their own.
static OF_PROVIDERS: LazyLock<Vec<Party>> = LazyLock::new(|| {
    static SIGNERS: LazyLock<Vec<Signer>> = LazyLock::new(|| {
        let signer = |provider: &ProviderInfo| Signer::of_text(provider.scheme, SECRET).expect("a secret");
        PROVIDERS[..TYPED].iter().map(signer).collect()
    });
    parties(&SIGNERS)
});

/// The other schemes.
static OTHERS: LazyLock<Vec<Party>> = LazyLock::new(|| parties(&SIGNERS));

fn parties(signers: &'static [Signer]) -> Vec<Party> {
    let verifier = |signer: &Signer| signer.verifier().expect("a key").body_limit(LIMIT);
    signers.iter().map(|signer| (signer, verifier(signer))).collect()
}

fn header(own: &str, provider: Option<&ProviderInfo>, line: &[u8]) -> Option<(String, Vec<u8>)> {
    let (first, rest) = line.split_first()?;
    if let Some(name) = name(own, provider, *first) {
        return Some((name, rest.to_vec()));
    }
    let colon = line.iter().position(|byte| *byte == b':')?;
    Some((String::from_utf8_lossy(&line[..colon]).into_owned(), line[colon + 1..].to_vec()))
}

fn check(signer: &Signer, verifier: &Verifier<Custom>, headers: &Headers) {
    let verdict = verifier.verify::<Raw<Custom>>(headers, BODY);
    let status = verdict.as_ref().map_or_else(Rejection::status, |_| 200);
    assert_eq!(status, expected(signer, headers));
    // The headers are judged in the same way before the body arrives.
    if let Err(early) = verifier.begin(headers) {
        assert_eq!(verdict.err(), Some(early));
    }
}

fn expected(signer: &Signer, headers: &Headers) -> u16 {
    let all = |name: &str| -> Vec<&[u8]> {
        headers.iter().filter(|(n, _)| n.to_ascii_lowercase() == name).map(|(_, value)| &value[..]).collect()
    };
    let verdict = signer.expected(headers, BODY.as_bytes());
    if verdict.as_ref().is_err_and(|reason| !AFTER_THE_BODY.contains(&reason.as_str())) {
        return 401;
    }
    if is_encoded(headers) {
        return 415;
    }
    if all("content-length").into_iter().any(too_long) {
        return 413;
    }
    if verdict.is_ok() { 200 } else { 401 }
}

/// Whether the headers say that the body is encoded.
pub fn is_encoded(headers: &Headers) -> bool {
    let mut all = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-encoding"));
    all.any(|(_, value)| !value.trim_ascii().eq_ignore_ascii_case(b"identity"))
}

/// Compares the digits as text, so that no number is too large.
fn too_long(value: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(value.trim_ascii()) else { return false };
    let digits = text.trim_start_matches('0');
    digits.chars().all(|digit| digit.is_ascii_digit())
        && (digits.len() > 3 || digits.parse().is_ok_and(|length: usize| length > LIMIT))
}
