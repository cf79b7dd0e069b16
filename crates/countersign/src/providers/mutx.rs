//! MUTX: agents, deployments and metrics.

use serde::Deserialize;

use crate::{Envelope, Payload, Provider, Scheme};

/// The provider. It sends `X-Webhook-Signature: sha256=<hex>`. Bodies have neither an id nor a time, so a repeat looks like a new event.
///
/// MUTX sends unsigned requests if no secret was set at registration. They are refused, so set a secret.
#[derive(Clone, Copy, Debug)]
pub struct Mutx;

impl Provider for Mutx {
    const NAME: &'static str = "mutx";
    const SCHEME: Scheme = Scheme::sha256("x-webhook-signature");
    const ENVELOPE: Option<Envelope> = Some(Envelope::new("event", "data"));
}

super::events_with_samples! {
    /// The events of MUTX. Its documents name the fields of each payload.
    pub enum Event for Mutx, samples in "mutx" {
        /// An agent started running.
        "agent.started" => AgentStarted(AgentStarted),
        /// An agent stopped.
        "agent.stopped" => AgentStopped(AgentStopped),
        /// An agent crashed.
        "agent.crashed" => AgentCrashed(AgentCrashed),
        /// The periodic heartbeat of an agent.
        "agent.heartbeat" => AgentHeartbeat(AgentHeartbeat),
        /// An agent's status changed.
        "agent.status" => AgentStatus(AgentStatus),
        /// A deployment was created.
        "deployment.created" => DeploymentCreated(DeploymentCreated),
        /// A deployment was updated.
        "deployment.updated" => DeploymentUpdated(DeploymentUpdated),
        /// A deployment failed.
        "deployment.failed" => DeploymentFailed(DeploymentFailed),
        /// A deployment was rolled back.
        "deployment.rolled_back" => DeploymentRolledBack(DeploymentRolledBack),
        /// A report of metrics.
        "metrics.report" => MetricsReport(MetricsReport),
    }
}

/// The payload of `agent.started`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AgentStarted {
    /// The agent's id.
    pub agent_id: String,
    /// The node that it runs on.
    pub node_id: String,
}

/// The payload of `agent.stopped`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AgentStopped {
    /// The agent's id.
    pub agent_id: String,
    /// The node that it ran on.
    pub node_id: String,
    /// The reason why it stopped.
    pub reason: String,
}

/// The payload of `agent.crashed`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AgentCrashed {
    /// The agent's id.
    pub agent_id: String,
    /// The node that it ran on.
    pub node_id: String,
    /// The error.
    pub error: String,
}

/// The payload of `agent.heartbeat`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AgentHeartbeat {
    /// The agent's id.
    pub agent_id: String,
    /// The present status.
    pub status: String,
    /// The node that it runs on.
    pub node_id: String,
}

/// The payload of `agent.status`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AgentStatus {
    /// The agent's id.
    pub agent_id: String,
    /// The present status.
    pub new_status: String,
    /// The status before.
    pub old_status: String,
}

/// The payload of `deployment.created`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct DeploymentCreated {
    /// The deployment's id.
    pub deployment_id: String,
    /// The agent of the deployment.
    pub agent_id: String,
}

/// The payload of `deployment.updated`.
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct DeploymentUpdated {
    /// The deployment's id.
    pub deployment_id: String,
    /// The changes, as undocumented JSON.
    pub changes: Payload,
}

/// The payload of `deployment.failed`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct DeploymentFailed {
    /// The deployment's id.
    pub deployment_id: String,
    /// The error.
    pub error: String,
}

/// The payload of `deployment.rolled_back`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct DeploymentRolledBack {
    /// The deployment's id.
    pub deployment_id: String,
    /// The reason why it was rolled back.
    pub reason: String,
}

/// The payload of `metrics.report`.
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct MetricsReport {
    /// The agent's id.
    pub agent_id: String,
    /// The metrics, as undocumented JSON.
    pub metrics: Payload,
}

super::opaque_debug!(
    AgentStarted,
    AgentStopped,
    AgentCrashed,
    AgentHeartbeat,
    AgentStatus,
    DeploymentCreated,
    DeploymentUpdated,
    DeploymentFailed,
    DeploymentRolledBack,
    MetricsReport,
);
