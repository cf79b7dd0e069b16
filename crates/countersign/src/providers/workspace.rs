//! Workspace: events whose list and schemas are not public.

use crate::{Provider, Raw, Scheme};

/// The sender. `X-Signature-256: sha256=<hex>`; it waits 10 seconds for an answer. Its bodies are undocumented, so a repeat
/// cannot be told from a new event.
#[derive(Clone, Copy, Debug)]
pub struct Workspace;

impl Provider for Workspace {
    const NAME: &'static str = "workspace";
    const SCHEME: Scheme = Scheme::sha256("x-signature-256");
}

/// What Workspace sends: undocumented, so the authentic bytes.
pub type Event = Raw<Workspace>;
