//! What a handler sees of a delivery, as JSON: every door lets one look in the same way.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::UNIX_EPOCH;

use countersign::{Event, Provider, Raw, Unknown, Verified, hook, massu, muchaw, mutx};
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
    /// A hash of the body: that it is the body that was sent.
    pub body: u64,
    unsigned_event: Option<String>,
    unsigned_delivery: Option<String>,
}

impl Seen {
    /// Looks at everything.
    #[must_use]
    pub fn of<E: Shown>(verified: &Verified<E>) -> Self {
        let unknown = verified.unknown();
        Self {
            kind: verified.event_type().map(str::to_owned),
            known: unknown.is_none() && verified.event_type().is_some(),
            mismatch: unknown.and_then(Unknown::mismatch).map(ToString::to_string),
            data: verified.data().map(str::to_owned),
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

    /// As the handler answers it.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap()
    }
}

/// Tells bodies apart.
#[must_use]
pub fn hash(body: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    // JSON readers in other languages keep 53 bits.
    hasher.finish() >> 11
}

/// An event whose inside can be looked at, whatever its sender.
pub trait Shown: Event {
    /// The event, if it could not be typed.
    fn unknown(&self) -> Option<&Unknown>;

    /// The payload's JSON, where it is not parsed.
    fn data(&self) -> Option<&str> {
        self.unknown().map(|unknown| unknown.payload().as_str())
    }
}

macro_rules! shown {
    ($($sender:ident),+) => {$(
        impl Shown for $sender::Event {
            fn unknown(&self) -> Option<&Unknown> {
                if let Self::Unknown(unknown) = self { Some(unknown) } else { None }
            }
        }
    )+};
}
shown!(hook, mutx, muchaw);

impl Shown for massu::Event {
    fn unknown(&self) -> Option<&Unknown> {
        if let Self::Unknown(unknown) = self { Some(unknown) } else { None }
    }

    fn data(&self) -> Option<&str> {
        match self {
            Self::SessionCompleted(data) => Some(data.as_str()),
            other => other.unknown().map(|unknown| unknown.payload().as_str()),
        }
    }
}

impl<P: Provider> Shown for Raw<P> {
    fn unknown(&self) -> Option<&Unknown> {
        None
    }
}
