//! Workspace: events whose list and schemas are not public.

use crate::{Provider, Raw, Scheme};

/// The provider. It signs with `X-Signature-256: sha256=<hex>`, and waits 10 seconds for an answer. Its bodies are undocumented, so a repeat
/// cannot be told from a new event.
#[derive(Clone, Copy, Debug)]
pub struct Workspace;

impl Provider for Workspace {
    const NAME: &'static str = "workspace";
    const SCHEME: Scheme = Scheme::sha256("x-signature-256");
}

/// The events of Workspace. They are undocumented, so the event is the authentic bytes.
pub type Event = Raw<Workspace>;
