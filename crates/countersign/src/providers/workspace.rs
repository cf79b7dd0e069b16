//! Workspace: undocumented events.

use crate::{Provider, Raw, Scheme};

/// The provider. It sends `X-Signature-256: sha256=<hex>` and waits 10 seconds for an answer. Its bodies are undocumented, so a repeat looks
/// like a new event.
#[derive(Clone, Copy, Debug)]
pub struct Workspace;

impl Provider for Workspace {
    const NAME: &'static str = "workspace";
    const SCHEME: Scheme = Scheme::sha256("x-signature-256");
}

/// The authentic bytes. The events of Workspace are undocumented.
pub type Event = Raw<Workspace>;

#[cfg(feature = "testing")]
impl crate::testing::Samples for Workspace {
    const SAMPLES: &'static [crate::testing::Sample] = &[crate::testing::Sample::new(
        None,
        include_str!("../../samples/workspace/event.json").trim_ascii_end(),
    )];
}
