//! Muchaw: WhatsApp messages and numbers.

use std::time::Duration;

use serde::Deserialize;

use crate::{Envelope, Payload, Provider, Scheme};

/// The sender. `X-Muchaw-Signature: sha256=<hex>`; equal bodies are repeats, since each carries a time.
///
/// Ten failures in a row and it deactivates the webhook. After `rotate-secret` the old secret stays valid until it expires.
#[derive(Clone, Copy, Debug)]
pub struct Muchaw;

impl Provider for Muchaw {
    const NAME: &'static str = "muchaw";
    const SCHEME: Scheme = Scheme::sha256("x-muchaw-signature");
    const ENVELOPE: Option<Envelope> = Some(Envelope::new("event", "data").time("timestamp"));
    /// After about 30 seconds, 5 minutes and 30 minutes.
    const RETRY_HORIZON: Option<Duration> = Some(Duration::from_secs(30 + (5 + 30) * 60));
}

crate::events! {
    /// What Muchaw sends. Only [`Message`] is documented.
    pub enum Event for Muchaw {
        /// An inbound WhatsApp message arrived.
        "message.received" => MessageReceived(Message),
        /// A message was accepted by Meta's servers.
        "message.sent" => MessageSent,
        /// A message was delivered to the recipient's device.
        "message.delivered" => MessageDelivered,
        /// A message was read by the recipient.
        "message.read" => MessageRead,
        /// The delivery of a message failed.
        "message.failed" => MessageFailed,
        /// A WhatsApp number finished provisioning and is ready.
        "number.activated" => NumberActivated,
        /// A number was disconnected.
        "number.disconnected" => NumberDisconnected,
        /// A number was banned by Meta.
        "number.banned" => NumberBanned,
    }
}

/// A message, as `message.received` shows one.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Message {
    /// `msg_01j…`
    pub id: String,
    /// `clxyz123…`
    pub number_id: String,
    /// `INBOUND`
    pub direction: String,
    /// `5511888880000`
    pub from_number: String,
    /// `5511999990000`
    pub to_number: String,
    /// `text`; on the wire `type`.
    #[serde(rename = "type")]
    pub kind: String,
    /// JSON, for a text `{"body":"Hello!"}`; other shapes are undocumented.
    pub body: Payload,
    /// `2024-01-15T10:05:00.000Z`
    pub created_at: String,
}

super::opaque_debug!(Message);
