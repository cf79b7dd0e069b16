//! A probe passes on both example services, which remember what they have handled.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a test may fail loudly, in its helpers too"
)]

mod support;

use countersign_tests::live::{SERVICES, Service};
use support::{SECRET, countersign, error, text};

const SENDERS: [&str; 5] = ["massu", "hook", "mutx", "muchaw", "workspace"];

#[test]
fn a_probe_passes_on_both_services_for_each_sender() {
    let names = SENDERS.map(|sender| format!("{}_WEBHOOK_SECRET", sender.to_uppercase()));
    let environment: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), SECRET)).collect();
    for name in SERVICES {
        let service = Service::start(name, &environment);
        // Once more, and all is a repeat where the body is the same each time.
        for sender in SENDERS.into_iter().chain(["workspace"]) {
            let url = format!("http://{}/webhooks/{sender}", service.address);
            let probe =
                countersign(["probe", &url, "--provider", sender, "--secret-env", "S"]).output().unwrap();
            assert_eq!(probe.status.code(), Some(0), "{name} {sender}: {}{}", text(&probe), error(&probe));
        }
    }
}
