//! Headers of any content around a fixed body.
//!
//! Input: a byte that picks the sender, then a header a line. A line's first byte picks the name (see [`NAMES`]; any other: what
//! stands before the colon), the rest is the value.

use countersign::{Hook, Massu, Muchaw, Mutx, Provider, Raw, Rejection, Verifier, Workspace};

use crate::{BODY, SECRET, signature};

const NAMES: [&str; 9] = [
    "X-Massu-Signature-256",
    "x-webhook-signature",
    "X-MUCHAW-SIGNATURE",
    "x-signature-256",
    "Content-Length",
    "Content-Encoding",
    "X-Massu-Event",
    "X-Massu-Delivery",
    "X-Hub-Signature-256",
];

const LIMIT: usize = 100;

/// A request is let through if and only if the oracle says so, and refused with the oracle's status.
pub fn run(input: &[u8]) {
    let Some((sender, lines)) = input.split_first() else { return };
    let headers: Vec<(String, Vec<u8>)> = lines.split(|byte| *byte == b'\n').filter_map(header).collect();
    match sender % 5 {
        0 => check::<Massu>(&headers, "x-massu-signature-256", "sha256="),
        1 => check::<Hook>(&headers, "x-webhook-signature", ""),
        2 => check::<Mutx>(&headers, "x-webhook-signature", "sha256="),
        3 => check::<Muchaw>(&headers, "x-muchaw-signature", "sha256="),
        _ => check::<Workspace>(&headers, "x-signature-256", "sha256="),
    }
}

fn header(line: &[u8]) -> Option<(String, Vec<u8>)> {
    let (first, rest) = line.split_first()?;
    if let Some(name) = NAMES.get(usize::from(first.wrapping_sub(b'0'))) {
        return Some(((*name).to_owned(), rest.to_vec()));
    }
    let colon = line.iter().position(|byte| *byte == b':')?;
    Some((String::from_utf8_lossy(&line[..colon]).into_owned(), line[colon + 1..].to_vec()))
}

#[track_caller]
fn check<P: Provider>(headers: &[(String, Vec<u8>)], name: &str, prefix: &str) {
    let secret = countersign::Secret::new(SECRET).expect("a secret");
    let verifier = Verifier::<P>::new(secret).unwrap().body_limit(LIMIT);
    let verdict = verifier.verify::<Raw<P>>(headers, BODY);
    let status = verdict.as_ref().map_or_else(Rejection::status, |_| 200);
    assert_eq!(status, expected(headers, name, prefix));
    // The headers alone are judged before the body is there, and in the same way.
    if let Err(early) = verifier.begin(headers) {
        assert_eq!(verdict.err(), Some(early));
    }
}

fn expected(headers: &[(String, Vec<u8>)], name: &str, prefix: &str) -> u16 {
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

/// By the digits as text: no number is too large for that.
fn too_long(value: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(value.trim_ascii()) else { return false };
    let digits = text.trim_start_matches('0');
    digits.chars().all(|digit| digit.is_ascii_digit())
        && (digits.len() > 3 || digits.parse().is_ok_and(|length: usize| length > LIMIT))
}
