//! Any scheme, with any headers and any body.
//!
//! Input: a [`Plan`], a secret, headers with the marks of [`Signer::filled`], and a body.

use countersign::Timestamp;
use countersign::scheme::TimeSource;

use crate::input::Input;
use crate::plan::Plan;
use crate::schemes::Signer;

/// The library finds a fault in the schemes that the rules forbid, and agrees with the reference on every request under all others.
pub fn run(input: &[u8]) {
    judge(input);
}

/// Whether the request is accepted, after the library and the reference have agreed.
pub fn judge(input: &[u8]) -> bool {
    let mut input = Input::new(input);
    let plan = Plan::read(&mut input);
    let scheme = plan.scheme();
    assert_eq!(scheme.fault().is_none(), plan.makes_sense(), "{plan:?}: {:?}", scheme.fault());
    let signer = if input.flag() {
        Signer::of_key(scheme, input.bytes())
    } else {
        Signer::of_text(scheme, &input.text())
    };
    let Some(signer) = signer else { return false };
    let time = match scheme.signed_time().map(Timestamp::source) {
        Some(TimeSource::Header(name)) => name,
        _ => "x-time",
    };
    let names = [scheme.header(), time, scheme.id_header().unwrap_or("x-id")];
    let mut headers = Vec::new();
    for _ in 0..input.below(6) {
        headers.push(((*input.pick(&names)).to_owned(), input.bytes().to_vec()));
    }
    let body = input.rest();
    if scheme.fault().is_some() {
        assert!(signer.verdict(&headers, body).is_err_and(|reason| reason.starts_with("UnusableScheme")));
        return false;
    }
    let headers = signer.filled(&headers, body);
    let verdict = signer.verdict(&headers, body);
    assert_eq!(verdict, signer.expected(&headers, body), "{plan:?}");
    verdict.is_ok()
}
