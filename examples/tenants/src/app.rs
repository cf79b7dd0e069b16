//! The part of the service that both frameworks share: the database, the look-up of a tenant, and the handler.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use countersign::{Hook, Rejection, Secret, Verified, Verifier, hook};
use tokio::sync::mpsc;
use tokio::time::sleep;

/// The state of the service. `Resolve` is implemented for it, so it is a type of this crate and not an `Arc`.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

struct Inner {
    /// A verifier with the settings of all tenants. Its secret accepts nothing, because no tenant has it.
    template: Verifier<Hook>,
    database: Database,
    inbox: mpsc::Sender<String>,
}

impl App {
    pub(crate) fn new(template: Verifier<Hook>, database: Database, inbox: mpsc::Sender<String>) -> Self {
        Self(Arc::new(Inner { template, database, inbox }))
    }

    /// Looks up a tenant. Both frameworks call it, after they have read the tenant's name from the path.
    ///
    /// A service that asks its database too often keeps the verifiers in a cache.
    pub(crate) async fn verifier_of(&self, tenant: &str) -> Result<Option<Verifier<Hook>>, Rejection> {
        let secret = self.0.database.secret_of(tenant).await.map_err(Rejection::lookup_failed)?;
        let verifier = secret.map(|secret| self.0.template.for_tenant(tenant, secret));
        verifier.transpose().map_err(Rejection::lookup_failed)
    }

    pub(crate) fn shared_settings(&self) -> Verifier<Hook> {
        self.0.template.clone()
    }

    /// Handles an event. If the inbox is full, the answer is a 503, and the provider tries again.
    pub(crate) fn handle(&self, event: &Verified<hook::Event>) -> u16 {
        let (tenant, id) = (event.tenant().unwrap_or("no tenant"), event.event_id().unwrap_or("no id"));
        let note = format!("{tenant} received {id}, {}", event.event_type());
        self.0.inbox.try_send(note).map_or(503, |()| 200)
    }
}

/// The secrets of the tenants. It stands for a database, so it takes some time, and it can fail.
pub(crate) struct Database {
    pub(crate) secrets: HashMap<&'static str, Secret>,
    /// The tenant whose row cannot be read.
    pub(crate) unreadable: &'static str,
}

impl Database {
    async fn secret_of(&self, tenant: &str) -> io::Result<Option<Secret>> {
        sleep(Duration::from_millis(1)).await;
        if tenant == self.unreadable {
            return Err(io::Error::other("the row cannot be read"));
        }
        Ok(self.secrets.get(tenant).cloned())
    }
}
