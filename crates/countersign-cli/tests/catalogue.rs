//! The command as one more door of the catalogued providers: `verify --at` decides as the library does in a service.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    unreachable_pub,
    reason = "a test may fail loudly, in its helpers too"
)]

mod support;

use std::path::Path;
use std::process::Output;

use countersign_tests::catalogue::{Delivery, Facts, Signed, SignedCase};
use jiff::Timestamp;
use serde_json::Value;
use support::{Scratch, countersign, error, text};

/// Each run is a process of its own, so that not all cases run. The other doors take them all.
const ONE_OF: usize = 8;

#[test]
fn deliveries_of_every_catalogued_provider() {
    let scratch = Scratch::new("catalogue");
    let (mut faults, mut runs) = (Vec::new(), 0);
    for signed in Signed::all() {
        // Another part of the cases for each provider.
        for case in signed.cases.iter().skip(signed.provider.len() % ONE_OF).step_by(ONE_OF) {
            let Some(raw) = raw(&signed.delivery(case)) else { continue };
            runs += 1;
            let output = verify(&signed, &scratch.file("request.http", raw));
            faults.extend(
                fault(case, &output).map(|fault| format!("{}: {}: {fault}", signed.provider, case.name)),
            );
        }
    }
    assert!(faults.is_empty(), "{} of {runs}:\n{}", faults.len(), faults.join("\n"));
    assert!(runs > 600, "{runs} cases");
}

/// The delivery as a raw request. `None` if a header cannot be part of an HTTP request, because of control characters or of white space
/// around its value.
fn raw(delivery: &Delivery) -> Option<Vec<u8>> {
    let is_control = |value: &[u8]| value.iter().any(|byte| matches!(byte, 0..=8 | 10..=31 | 127));
    let mut raw = b"POST / HTTP/1.1\r\n".to_vec();
    for (name, value) in &delivery.headers {
        if is_control(value) || value.trim_ascii() != value {
            return None;
        }
        raw.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    raw.extend(b"\r\n");
    raw.extend(&delivery.body);
    Some(raw)
}

fn verify(signed: &Signed, request: &Path) -> Output {
    let mut command = countersign(["verify", "--json", "--provider", &signed.provider, "--at"]);
    command.arg(signed.now.to_string()).args(["--secret-env", "SIGNED"]).env("SIGNED", &signed.secret);
    command.arg("--request").arg(request).output().unwrap()
}

fn fault(case: &SignedCase, output: &Output) -> Option<String> {
    let Ok(report) = serde_json::from_slice::<Value>(&output.stdout) else {
        return Some(format!("{}{}", text(output), error(output)));
    };
    let is_right = match &case.accepted {
        None => report["valid"] == false && output.status.code() == Some(1),
        Some(facts) => report["valid"] == true && output.status.success() && agrees(&report, facts),
    };
    (!is_right).then(|| text(output))
}

fn agrees(report: &Value, facts: &Facts) -> bool {
    let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::String);
    let time = |nanos: Option<u64>| {
        text(&nanos.map(|nanos| Timestamp::from_nanosecond(nanos.into()).unwrap().to_string()))
    };
    report["event"] == text(&facts.event_type)
        && report["event_id"] == text(&facts.event_id)
        && report["sent_at"] == time(facts.sent_at_ns)
        && report["occurred_at"] == time(facts.occurred_at_ns)
}
