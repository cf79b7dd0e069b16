//! MUTX: agents, deployments and metrics.

use serde::Deserialize;

use crate::{Envelope, Payload, Provider, Scheme};

/// The sender. `X-Webhook-Signature: sha256=<hex>`; bodies carry neither an id nor a time, so that a repeat cannot be told
/// from a second event.
///
/// MUTX sends unsigned requests where no secret was set at registration. They are refused: set one.
#[derive(Clone, Copy, Debug)]
pub struct Mutx;

impl Provider for Mutx {
    const NAME: &'static str = "mutx";
    const SCHEME: Scheme = Scheme::sha256("x-webhook-signature");
    const ENVELOPE: Option<Envelope> = Some(Envelope::new("event", "data"));
}

crate::events! {
    /// What MUTX sends. The fields are documented by name.
    pub enum Event for Mutx {
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

/// `agent.started`
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AgentStarted {
    /// The agent.
    pub agent_id: String,
    /// The node it runs on.
    pub node_id: String,
}

/// `agent.stopped`
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AgentStopped {
    /// The agent.
    pub agent_id: String,
    /// The node it ran on.
    pub node_id: String,
    /// Why it stopped.
    pub reason: String,
}

/// `agent.crashed`
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AgentCrashed {
    /// The agent.
    pub agent_id: String,
    /// The node it ran on.
    pub node_id: String,
    /// What went wrong.
    pub error: String,
}

/// `agent.heartbeat`
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AgentHeartbeat {
    /// The agent.
    pub agent_id: String,
    /// How it is.
    pub status: String,
    /// The node it runs on.
    pub node_id: String,
}

/// `agent.status`
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AgentStatus {
    /// The agent.
    pub agent_id: String,
    /// How it is.
    pub new_status: String,
    /// How it was.
    pub old_status: String,
}

/// `deployment.created`
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct DeploymentCreated {
    /// The deployment.
    pub deployment_id: String,
    /// Its agent.
    pub agent_id: String,
}

/// `deployment.updated`
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct DeploymentUpdated {
    /// The deployment.
    pub deployment_id: String,
    /// What changed: JSON of undocumented shape.
    pub changes: Payload,
}

/// `deployment.failed`
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct DeploymentFailed {
    /// The deployment.
    pub deployment_id: String,
    /// What went wrong.
    pub error: String,
}

/// `deployment.rolled_back`
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct DeploymentRolledBack {
    /// The deployment.
    pub deployment_id: String,
    /// Why it was rolled back.
    pub reason: String,
}

/// `metrics.report`
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct MetricsReport {
    /// The agent.
    pub agent_id: String,
    /// What was measured: JSON of undocumented shape.
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
