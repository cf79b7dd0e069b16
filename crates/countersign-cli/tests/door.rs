//! The command as one more door of the table: `verify --request` decides as the library does in a service.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    unreachable_pub,
    reason = "a test may fail loudly, in its helpers too"
)]

mod support;

use std::process::Output;

use countersign_tests::Case;
use serde_json::Value;
use support::{Scratch, countersign, error, text};

/// The case as a raw request. `None` if a header cannot be part of an HTTP request, because of control characters or of white space around
/// its value. `None` too for a false length, since the request would have no end, and for a limit, since the command has none.
fn raw(case: &Case) -> Option<Vec<u8>> {
    let control = |value: &[u8]| value.iter().any(|byte| matches!(byte, 0..=8 | 10..=31 | 127));
    let headers = case.headers();
    let fits = |(name, value): &(String, Vec<u8>)| {
        let lies = name.eq_ignore_ascii_case("content-length")
            && *value != case.body().len().to_string().into_bytes();
        !control(value) && value.trim_ascii() == value && !lies
    };
    if case.limit.is_some() || case.expect.status == 413 || !headers.iter().all(fits) {
        return None;
    }
    let mut raw = b"POST / HTTP/1.1\r\n".to_vec();
    for (name, value) in headers {
        raw.extend([name.as_bytes(), b": ", &value, b"\r\n"].concat());
    }
    raw.extend(b"\r\n");
    raw.extend(case.body());
    Some(raw)
}

/// The labels of the table are the names of variables here.
fn verify(case: &Case, request: &std::path::Path) -> Output {
    let mut command = countersign(["verify", "--json", "--provider", &case.provider, "--request"]);
    command.arg(request);
    for (label, secret) in case.secrets().labels().zip(case.secret_texts()) {
        command.args(["--secret-env", label]).env(label, secret);
    }
    command.output().unwrap()
}

fn fault(case: &Case, output: &Output) -> Option<String> {
    let Ok(report) = serde_json::from_slice::<Value>(&output.stdout) else {
        return Some(format!("{}{}", text(output), error(output)));
    };
    let right = case.expect.status == 200;
    // A service answers 400 to an authentic body that is no event of its provider.
    let (code, signature) = match case.expect.status {
        200 => (0, "valid"),
        400 => (3, "valid"),
        _ => (1, report["signature"].as_str().unwrap_or_default()),
    };
    if report["valid"] != right || output.status.code() != Some(code) || report["signature"] != signature {
        return Some(text(output));
    }
    let same =
        |ours: &str, theirs: &str| case.expect.seen.get(theirs).is_none_or(|value| report[ours] == *value);
    let agrees = same("event", "kind") && same("event_id", "event_id") && same("secret", "label");
    (!agrees).then(|| text(output))
}

#[test]
fn every_case_of_the_table_that_is_a_request() {
    let scratch = Scratch::new("door");
    let mut faults = Vec::new();
    let mut runs = 0;
    for case in Case::all() {
        let Some(raw) = raw(&case) else { continue };
        runs += 1;
        let request = scratch.file("request.http", raw);
        faults.extend(fault(&case, &verify(&case, &request)).map(|fault| format!("{}: {fault}", case.name)));
    }
    assert!(faults.is_empty(), "{} of {runs}:\n{}", faults.len(), faults.join("\n"));
    assert!(runs > 900, "{runs} cases of the table");
}
