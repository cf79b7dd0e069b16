//! A probe passes on both example services, which remember the deliveries that they have handled.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a test may fail loudly, in its helpers too"
)]

mod support;

use std::thread;

use countersign_tests::live::{RECEIVED, SERVICES, Service};
use support::{SECRET, countersign, error, text};

#[test]
fn a_probe_passes_on_both_services_for_each_provider() {
    let names = RECEIVED.map(|provider| format!("{}_WEBHOOK_SECRET", provider.to_uppercase()));
    let environment: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), SECRET)).collect();
    thread::scope(|scope| {
        for name in SERVICES {
            let environment = &environment;
            scope.spawn(move || check(name, environment));
        }
    });
}

fn check(name: &str, environment: &[(&str, &str)]) {
    let service = Service::start(name, environment);
    // The second probe of Workspace sends the same bodies, so its deliveries are repeats.
    for provider in RECEIVED.into_iter().chain(["workspace"]) {
        let url = format!("http://{}/webhooks/{provider}", service.address);
        let probe =
            countersign(["probe", &url, "--provider", provider, "--secret-env", "S"]).output().unwrap();
        assert_eq!(probe.status.code(), Some(0), "{name} {provider}: {}{}", text(&probe), error(&probe));
    }
}
