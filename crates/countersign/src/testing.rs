//! Signed requests for the tests of those who use this library, and a check for those who write a store.

use std::fmt;

use bytes::Bytes;

use crate::{Format, Hook, Massu, Muchaw, Mutx, Provider, Scheme, Secret, Workspace};

mod store;

pub use store::check_store;

/// A delivery of a sender: what stands in its documents, without the line break at the end of the file.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// The event's name on the wire; `None` where events are undocumented.
    pub kind: Option<&'static str>,
    /// The body.
    pub body: &'static str,
}

/// A sender with a sample of each documented event. A payload whose fields are undocumented is `{}`.
pub trait Samples: Provider {
    /// In the order of the sender's documents.
    const SAMPLES: &'static [Sample];
}

macro_rules! samples {
    ($provider:ident, $folder:literal, $($kind:literal)+) => {
        impl Samples for $provider {
            const SAMPLES: &'static [Sample] = &[$(Sample {
                kind: Some($kind),
                body: include_str!(concat!("../samples/", $folder, "/", $kind, ".json")).trim_ascii_end(),
            }),+];
        }
    };
}

samples!(Massu, "massu",
    "session.completed" "quality.score_changed" "security.alert" "cost.budget_exceeded" "team.member_joined"
    "compliance.report_ready");
samples!(Hook, "hook",
    "user.created" "user.updated" "user.deleted" "project.created" "project.updated" "project.deleted"
    "file.uploaded" "payment.succeeded" "payment.failed");
samples!(Mutx, "mutx",
    "agent.started" "agent.stopped" "agent.crashed" "agent.heartbeat" "agent.status" "deployment.created"
    "deployment.updated" "deployment.failed" "deployment.rolled_back" "metrics.report");
samples!(Muchaw, "muchaw",
    "message.received" "message.sent" "message.delivered" "message.read" "message.failed" "number.activated"
    "number.disconnected" "number.banned");

impl Samples for Workspace {
    const SAMPLES: &'static [Sample] =
        &[Sample { kind: None, body: include_str!("../samples/workspace/event.json").trim_ascii_end() }];
}

/// The value of the signature header that a sender with `scheme` and `secret` sends with `body`.
#[must_use]
pub fn sign(scheme: Scheme, secret: &Secret, body: impl AsRef<[u8]>) -> String {
    let tag = secret.key().sign(body.as_ref());
    let prefix = match scheme.format() {
        Format::Sha256 => "sha256=",
        Format::Hex => "",
    };
    let hex = tag.iter().map(|byte| format!("{byte:02x}"));
    std::iter::once(prefix.to_owned()).chain(hex).collect()
}

/// A request as a sender makes it, to be altered at will.
///
/// ```
/// use countersign::testing::{Sample, Samples, SignedRequest};
/// use countersign::{Hook, Secret, Verified, Verifier, hook};
///
/// let secret = Secret::new("whsec_abc123")?;
/// let verifier = Verifier::<Hook>::new(secret.clone());
/// for Sample { body, kind } in Hook::SAMPLES {
///     let request = SignedRequest::new::<Hook>(&secret, *body);
///     let event: Verified<hook::Event> = verifier.verify(request.headers(), request.body().clone())?;
///     assert_eq!(Some(event.kind()), *kind);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SignedRequest {
    headers: Vec<(String, Vec<u8>)>,
    body: Bytes,
}

impl SignedRequest {
    /// A genuine delivery of `P` with this body.
    #[must_use]
    pub fn new<P: Provider>(secret: &Secret, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let signature = sign(P::SCHEME, secret, &body).into_bytes();
        let headers = vec![
            ("content-type".to_owned(), b"application/json".to_vec()),
            (P::SCHEME.header().to_owned(), signature),
        ];
        Self { headers, body }
    }

    /// Adds a header, beside any of the same name.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Takes away every header of this name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self
    }

    /// Puts another body under the same signature.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Names and values, in the order in which they are sent. Every sender's method is `POST`.
    #[must_use]
    pub fn headers(&self) -> &[(String, Vec<u8>)] {
        &self.headers
    }

    /// The body.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.body
    }
}

/// What it is signed with may be a real secret: no tag and no body ends up in the log of a test.
impl fmt::Debug for SignedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("SignedRequest")
            .field("headers", &names)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
