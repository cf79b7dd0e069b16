//! The delivery that a handler sees, as JSON in the same form at every door.

use std::any::Any;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::UNIX_EPOCH;

use countersign::{Event, Payload, Unknown, Verified, massu};
use serde::Serialize;

/// Everything that a [`Verified`] tells.
#[derive(Clone, Debug, Serialize)]
pub struct Seen {
    kind: Option<String>,
    known: bool,
    mismatch: Option<String>,
    data: Option<String>,
    event_id: Option<String>,
    occurred_at_ms: Option<i128>,
    label: String,
    /// A hash of the body, which shows that it is the body that was sent.
    pub body: u64,
    unsigned_event: Option<String>,
    unsigned_delivery: Option<String>,
}

impl Seen {
    /// Reads everything that `verified` has.
    #[must_use]
    pub fn of<E: Event>(verified: &Verified<E>) -> Self {
        let unknown = verified.unknown();
        Self {
            kind: verified.event_type().map(str::to_owned),
            known: unknown.is_none() && verified.event_type().is_some(),
            mismatch: unknown.and_then(Unknown::mismatch).map(ToString::to_string),
            data: payload(&**verified).map(|payload| payload.as_str().to_owned()),
            event_id: verified.event_id().map(str::to_owned),
            occurred_at_ms: verified.occurred_at().map(|time| match time.duration_since(UNIX_EPOCH) {
                Ok(after) => i128::try_from(after.as_millis()).unwrap(),
                Err(before) => -i128::try_from(before.duration().as_millis()).unwrap(),
            }),
            label: verified.secret_label().to_owned(),
            body: hash(verified.body()),
            unsigned_event: verified.unsigned().event().map(str::to_owned),
            unsigned_delivery: verified.unsigned().delivery().map(str::to_owned),
        }
    }

    /// The body of the handler's answer.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap()
    }
}

/// A hash that tells bodies apart.
#[must_use]
pub fn hash(body: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    // JSON readers in other languages keep 53 bits.
    hasher.finish() >> 11
}

/// The payload's JSON as it stands in the body, if the event keeps it: an unknown event does, and so does Massu's `session.completed`.
fn payload<E: Event>(event: &E) -> Option<&Payload> {
    let massu = (event as &dyn Any).downcast_ref::<massu::Event>();
    match massu {
        Some(massu::Event::SessionCompleted(payload)) => Some(payload),
        _ => event.unknown().map(Unknown::payload),
    }
}
