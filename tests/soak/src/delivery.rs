//! Deliveries, by number: a repeat is made anew from its number, so that nothing but numbers is kept.

use bytes::Bytes;
use countersign::testing::{SignedRequest, forgeries};
use countersign::{Hook, Massu, Muchaw, Secret};

/// The number of a delivery. The event type has it, because the services log the event type and answer with it.
pub(crate) type Number = u32;

/// The secret of all providers.
pub(crate) const SECRET: &str = "whsec_of_the_soak";

/// Three providers, each with a header and an envelope of its own.
const PROVIDERS: [Provider; 3] = [
    Provider {
        name: "massu",
        path: "/webhooks/massu",
        body: |event, pad| {
            format!(r#"{{"type":"{event}","timestamp":"2026-11-01T08:00:00Z","data":{{"pad":"{pad}"}}}}"#)
        },
        sign: SignedRequest::new::<Massu>,
        forge: |secret, body| requests(forgeries::<Massu>(secret, body)),
    },
    Provider {
        name: "hook",
        path: "/webhooks/hook",
        body: |event, pad| {
            format!(
                r#"{{"id":"evt_{event}","type":"{event}","created_at":"2026-11-01T08:00:00Z","data":{{"pad":"{pad}"}}}}"#
            )
        },
        sign: SignedRequest::new::<Hook>,
        forge: |secret, body| requests(forgeries::<Hook>(secret, body)),
    },
    Provider {
        name: "muchaw",
        path: "/webhooks/muchaw",
        body: |event, pad| {
            format!(r#"{{"event":"{event}","timestamp":"2026-11-01T08:00:00Z","data":{{"pad":"{pad}"}}}}"#)
        },
        sign: SignedRequest::new::<Muchaw>,
        forge: |secret, body| requests(forgeries::<Muchaw>(secret, body)),
    },
];

struct Provider {
    name: &'static str,
    path: &'static str,
    body: fn(&str, &str) -> String,
    sign: fn(&Secret, Bytes) -> SignedRequest,
    forge: fn(&Secret, Bytes) -> Vec<SignedRequest>,
}

/// A request, and the path that it is sent to.
#[derive(Clone, Debug)]
pub(crate) struct Addressed {
    pub(crate) path: &'static str,
    pub(crate) request: SignedRequest,
}

/// Makes the requests.
pub(crate) struct Deliveries {
    secret: Secret,
    forged: Vec<Addressed>,
}

impl Deliveries {
    pub(crate) fn new() -> Self {
        let secret = Secret::new(SECRET).unwrap();
        let forged = PROVIDERS.iter().flat_map(|provider| {
            let body = (provider.body)(NEVER, "forged").into();
            let requests = (provider.forge)(&secret, body);
            requests.into_iter().map(|request| Addressed { path: provider.path, request })
        });
        Self { forged: forged.collect(), secret }
    }

    /// The genuine delivery with this number. Each has the same bytes at every call.
    pub(crate) fn genuine(&self, number: Number) -> Addressed {
        self.signed(number as usize, &event_type(number), padding(number))
    }

    /// A signed request that must not reach a handler, because it is never whole or is too large.
    pub(crate) fn unfit(&self, provider: usize, size: usize) -> Addressed {
        self.signed(provider, NEVER, size)
    }

    pub(crate) fn forged(&self, choice: usize) -> &Addressed {
        &self.forged[choice % self.forged.len()]
    }

    fn signed(&self, provider: usize, event_type: &str, padding: usize) -> Addressed {
        let provider = &PROVIDERS[provider % PROVIDERS.len()];
        let body = (provider.body)(event_type, &"x".repeat(padding));
        Addressed { path: provider.path, request: (provider.sign)(&self.secret, body.into()) }
    }
}

/// The environment variables with the secrets.
pub(crate) fn secrets() -> impl Iterator<Item = (String, &'static str)> {
    PROVIDERS.iter().map(|provider| (format!("{}_WEBHOOK_SECRET", provider.name.to_uppercase()), SECRET))
}

pub(crate) fn event_type(number: Number) -> String {
    format!("{PREFIX}{number}")
}

/// The number in an event type. `None` if no handler may ever see this type.
pub(crate) fn number_of(event_type: &str) -> Option<Number> {
    event_type.strip_prefix(PREFIX)?.parse().ok()
}

const PREFIX: &str = "soak.";

/// The event type of a request that must not reach a handler.
const NEVER: &str = "never";

/// Most bodies are small. One in a thousand is too large for a buffer.
fn padding(number: Number) -> usize {
    if number % 1000 == 500 { 300_000 } else { number as usize * 37 % 1500 }
}

fn requests(forgeries: Vec<countersign::testing::Forgery>) -> Vec<SignedRequest> {
    forgeries.into_iter().map(countersign::testing::Forgery::into_request).collect()
}
