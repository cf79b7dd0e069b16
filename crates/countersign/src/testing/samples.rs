//! A delivery for each documented event.

use crate::Provider;

/// A delivery from a provider's documents, without the line break at the end of the file.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Sample {
    /// The event type. `None` if the provider's events are undocumented.
    pub event_type: Option<&'static str>,
    /// The body.
    pub body: &'static str,
}

impl Sample {
    /// A delivery with this event type and body. The event type is `None` if the provider's events are undocumented.
    #[must_use]
    pub const fn new(event_type: Option<&'static str>, body: &'static str) -> Self {
        Self { event_type, body }
    }
}

/// A provider with a sample of each documented event. A payload with undocumented fields is `{}`.
pub trait Samples: Provider {
    /// In the order of the provider's documents.
    const SAMPLES: &'static [Sample];
}
