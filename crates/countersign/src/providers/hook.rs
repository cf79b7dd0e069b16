//! Hook: users, projects, files and payments.

use std::time::Duration;

use serde::Deserialize;

use crate::{Envelope, Provider, Scheme};

/// The provider. It sends `X-Webhook-Signature: <hex>` without a prefix. Every body has an id (`evt_…`).
#[derive(Clone, Copy, Debug)]
pub struct Hook;

impl Provider for Hook {
    const NAME: &'static str = "hook";
    const SCHEME: Scheme = Scheme::hex("x-webhook-signature");
    const ENVELOPE: Option<Envelope> = Some(Envelope::new("type", "data").id("id").time("created_at"));
    /// Four retries: after 30 seconds, 5 minutes, 30 minutes and 2 hours.
    const RETRY_HORIZON: Option<Duration> = Some(Duration::from_secs(30 + (5 + 30 + 120) * 60));
}

super::events_with_samples! {
    /// The events of Hook. [`User`] is the only documented payload.
    pub enum Event for Hook, samples in "hook" {
        /// A new user registered.
        "user.created" => UserCreated(User),
        /// A user's profile was updated.
        "user.updated" => UserUpdated,
        /// A user's account was deleted.
        "user.deleted" => UserDeleted,
        /// A project was created.
        "project.created" => ProjectCreated,
        /// A project was modified.
        "project.updated" => ProjectUpdated,
        /// A project was deleted.
        "project.deleted" => ProjectDeleted,
        /// A file was uploaded.
        "file.uploaded" => FileUploaded,
        /// A payment was processed successfully.
        "payment.succeeded" => PaymentSucceeded,
        /// A payment failed.
        "payment.failed" => PaymentFailed,
    }
}

/// The payload of `user.created`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// The user's id: `user_123`.
    pub id: String,
    /// The user's name: `John Doe`.
    pub name: String,
    /// The user's email address: `john@example.com`.
    pub email: String,
    /// The user's status: `active`.
    pub status: String,
}

super::opaque_debug!(User);
