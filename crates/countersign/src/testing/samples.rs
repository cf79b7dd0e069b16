//! A delivery for each documented event.

use crate::{Hook, Massu, Muchaw, Mutx, Provider, Workspace};

/// A delivery of a sender: what stands in its documents, without the line break at the end of the file.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Sample {
    /// The event type. `None` if the provider's events are undocumented.
    pub event_type: Option<&'static str>,
    /// The body.
    pub body: &'static str,
}

impl Sample {
    /// A delivery with this body: of the event with this name, or of a provider whose events are undocumented.
    #[must_use]
    pub const fn new(event_type: Option<&'static str>, body: &'static str) -> Self {
        Self { event_type, body }
    }
}

/// A sender with a sample of each documented event. A payload whose fields are undocumented is `{}`.
pub trait Samples: Provider {
    /// In the order of the sender's documents.
    const SAMPLES: &'static [Sample];
}

macro_rules! samples {
    ($provider:ident, $folder:literal, $($event_type:literal)+) => {
        impl Samples for $provider {
            const SAMPLES: &'static [Sample] = &[$(Sample {
                event_type: Some($event_type),
                body: include_str!(concat!("../../samples/", $folder, "/", $event_type, ".json")).trim_ascii_end(),
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
    const SAMPLES: &'static [Sample] = &[Sample {
        event_type: None,
        body: include_str!("../../samples/workspace/event.json").trim_ascii_end(),
    }];
}
