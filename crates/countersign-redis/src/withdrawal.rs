//! Withdraws claims and releases whose answers did not come.
//!
//! A claim that timed out here may still be executed, when a server that stood still goes on. The delivery would then be in flight with no
//! handler at work, and its retries would be refused until the lease ends. So a release of the same token follows the claim on the
//! same connection. A server runs the commands of one connection in their order, so that the key is gone when it goes on.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time;

use crate::RedisStore;
use crate::answer::Integer;
use crate::connection::Connection;
use crate::request::is_answered;

/// Withdrawals that may be under way at once. Each takes a few KB. A claim beyond that ends with its lease.
const LIMIT: usize = 10_000;

/// The time in which a server that stands still may go on, so that its claims are withdrawn.
const PATIENCE: Duration = Duration::from_secs(60);

/// The withdrawals of a store, which its clones share.
pub(crate) struct Withdrawals(Arc<Semaphore>);

impl Default for Withdrawals {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LIMIT)))
    }
}

/// A delivery's key on the server, and the token that may hold it.
#[derive(Clone)]
pub(crate) struct Held {
    pub(crate) name: String,
    pub(crate) token: String,
}

/// A request under way. Unless [`answered`](Self::answered) is called, it is withdrawn when this is dropped: because the attempt timed
/// out, the connection broke, or the caller no longer waits.
pub(crate) struct Unanswered {
    store: RedisStore,
    connection: Arc<Connection>,
    held: Option<Held>,
    runtime: Option<Handle>,
}

impl Unanswered {
    /// To be made before the request is sent.
    pub(crate) fn new(store: &RedisStore, connection: &Arc<Connection>, held: &Held) -> Self {
        Self {
            store: store.clone(),
            connection: Arc::clone(connection),
            held: Some(held.clone()),
            runtime: Handle::try_current().ok(),
        }
    }

    pub(crate) fn answered(mut self) {
        self.held = None;
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        let (Some(held), Some(runtime)) = (self.held.take(), &self.runtime) else { return };
        let Ok(permit) = Arc::clone(&self.store.withdrawals().0).try_acquire_owned() else { return };
        let (store, connection) = (self.store.clone(), Arc::clone(&self.connection));
        runtime.spawn(async move {
            withdraw(&store, &connection, &held).await;
            drop(permit);
        });
    }
}

/// Keeps the connection open until the server has answered.
async fn withdraw(store: &RedisStore, connection: &Connection, held: &Held) {
    let release = store.release_request(held);
    let withdrawn = async {
        if is_answered(&release.send::<Integer>(&connection.link).await) {
            return;
        }
        // The connection is broken. The server may have got the claim from it all the same, so another connection has to do.
        while store.ask::<Integer>(&release).await.is_err_and(|error| error.is_transient()) {
            time::sleep(store.attempt_timeout()).await;
        }
    };
    // A server that stands still for longer is left to the lease.
    time::timeout(PATIENCE, withdrawn).await.ok();
}
