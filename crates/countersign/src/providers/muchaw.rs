//! Muchaw: WhatsApp messages and numbers.

use std::time::Duration;

use serde::Deserialize;

use crate::{Envelope, Payload, Provider, Scheme};

/// The provider. It sends `X-Muchaw-Signature: sha256=<hex>`. Every body has a time, so equal bodies are repeats.
///
/// It deactivates a webhook after ten failures in a row. After `rotate-secret`, the old secret stays valid until it expires.
#[derive(Clone, Copy, Debug)]
pub struct Muchaw;

impl Provider for Muchaw {
    const NAME: &'static str = "muchaw";
    const SCHEME: Scheme = Scheme::sha256("x-muchaw-signature");
    const ENVELOPE: Option<Envelope> = Some(Envelope::new("event", "data").time("timestamp"));
    /// Three retries: after about 30 seconds, 5 minutes and 30 minutes.
    const RETRY_HORIZON: Option<Duration> = Some(Duration::from_secs(30 + (5 + 30) * 60));
}

super::events_with_samples! {
    /// The events of Muchaw. [`Message`] is the only documented payload.
    pub enum Event for Muchaw, samples in "muchaw" {
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

/// The payload of `message.received`.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Message {
    /// The message's id: `msg_01j…`.
    pub id: String,
    /// The id of the WhatsApp number: `clxyz123…`.
    pub number_id: String,
    /// The direction: `INBOUND`.
    pub direction: String,
    /// The number that sent the message: `5511888880000`.
    pub from_number: String,
    /// The number that received the message: `5511999990000`.
    pub to_number: String,
    /// `text`. The key in the JSON is `type`.
    #[serde(rename = "type")]
    pub message_type: String,
    /// `{"body":"Hello!"}` for a text. The JSON of other messages is undocumented.
    pub body: Payload,
    /// The time of the message: `2024-01-15T10:05:00.000Z`.
    pub created_at: String,
}

super::opaque_debug!(Message);
