//! Massu: sessions, quality, cost and compliance of an organisation's AI coding.

use std::time::Duration;

use crate::{Envelope, Provider, Scheme};

/// The provider. It sends `X-Massu-Signature-256: sha256=<hex>`. Every body has a time, so equal bodies are repeats.
#[derive(Clone, Copy, Debug)]
pub struct Massu;

impl Provider for Massu {
    const NAME: &'static str = "massu";
    const SCHEME: Scheme = Scheme::sha256("x-massu-signature-256");
    const ENVELOPE: Option<Envelope> = Some(Envelope::new("type", "data").time("timestamp"));
    const EVENT_HEADER: Option<&'static str> = Some("x-massu-event");
    const DELIVERY_HEADER: Option<&'static str> = Some("x-massu-delivery");
    /// Three retries: after 1, 5 and 30 minutes.
    const RETRY_HORIZON: Option<Duration> = Some(Duration::from_secs(36 * 60));
}

super::events_with_samples! {
    /// The events of Massu. The payloads are undocumented.
    pub enum Event for Massu, samples in "massu" {
        /// A session sync completed.
        "session.completed" => SessionCompleted,
        /// The quality score was updated.
        "quality.score_changed" => QualityScoreChanged,
        /// A security issue was detected.
        "security.alert" => SecurityAlert,
        /// A budget threshold was crossed.
        "cost.budget_exceeded" => CostBudgetExceeded,
        /// A new member joined the team.
        "team.member_joined" => TeamMemberJoined,
        /// A compliance report was generated.
        "compliance.report_ready" => ComplianceReportReady,
    }
}
