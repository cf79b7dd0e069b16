//! The connection that all verbs share.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::RedisResult;
use tokio::sync::watch;
use tokio::time::{self, Instant};

use crate::address::Address;
use crate::link::Link;
use crate::request;

/// The shared connection. It is opened when a verb first needs it, and replaced when it fails.
pub(crate) struct SharedConnection {
    address: Address,
    state: Mutex<State>,
}

/// Guarded by a std mutex, not by tokio's, because nothing waits while it is locked.
#[derive(Default)]
struct State {
    current: Option<Arc<Connection>>,
    replacement: Option<Replacement>,
}

/// An open connection.
pub(crate) struct Connection {
    pub(crate) link: Link,
    /// The time of its last answer. At first, the time when it was opened.
    last_answer: Mutex<Instant>,
}

/// A connection that is being opened, or is open but has not answered yet. All callers share it. It is opened in its own task, because
/// each caller may time out first: a server that is slow to reach would then never be reached.
#[derive(Clone)]
struct Replacement {
    begun: Instant,
    opened: watch::Receiver<Option<RedisResult<Arc<Connection>>>>,
}

/// The connection for one attempt.
pub(crate) struct Used {
    pub(crate) connection: Arc<Connection>,
    since: Instant,
    /// Whether the attempt spent time on the opening of the connection.
    waited: bool,
}

/// Opening may take this many times as long as an attempt: it takes a few round trips, and for a cluster to several nodes.
const OPENING_ATTEMPTS: u32 = 4;

impl SharedConnection {
    pub(crate) fn new(address: Address) -> Self {
        Self { address, state: Mutex::default() }
    }

    /// The connection for an attempt. Skips the one that `failed` in the previous attempt.
    pub(crate) async fn get(&self, failed: Option<&Arc<Connection>>, timeout: Duration) -> RedisResult<Used> {
        let (connection, waited) = match self.open_or_opening(failed, timeout) {
            Ok(connection) => (connection, false),
            Err(replacement) => (replacement.wait().await?, true),
        };
        Ok(Used { connection, since: Instant::now(), waited })
    }

    /// Learns from the result of an attempt whether the connection works. Returns the connection if it has failed.
    pub(crate) fn learn<T>(&self, used: Used, result: &RedisResult<T>) -> Option<Arc<Connection>> {
        let failed = result.as_ref().is_err_and(|error| {
            used.connection.link.has_failed(error) && !(error.is_timeout() && used.is_excused())
        });
        if failed {
            self.retire(&used.connection);
            return Some(used.connection);
        }
        if request::is_answered(result) {
            self.promote(&used.connection);
        }
        None
    }

    /// An open connection, or the replacement to wait for. Begins the replacement if there is none.
    fn open_or_opening(
        &self,
        failed: Option<&Arc<Connection>>,
        timeout: Duration,
    ) -> Result<Arc<Connection>, Replacement> {
        let mut state = self.state();
        let usable =
            |connection: &&Arc<Connection>| !failed.is_some_and(|failed| Arc::ptr_eq(failed, connection));
        if let Some(current) = state.current.as_ref().filter(usable) {
            return Ok(Arc::clone(current));
        }
        state.replacement.take_if(|replacement| replacement.is_lost(timeout));
        let replacement =
            state.replacement.get_or_insert_with(|| Replacement::begin(self.address.clone(), timeout));
        replacement.connection().ok_or_else(|| replacement.clone())
    }

    /// The connection has answered. If it is the replacement, all verbs use it from now on.
    fn promote(&self, connection: &Arc<Connection>) {
        *connection.last_answer.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        let mut state = self.state();
        if state.replacement.take_if(|replacement| replacement.is(connection)).is_some() {
            state.current = Some(Arc::clone(connection));
        }
    }

    /// The connection has failed. One to a cluster goes on serving the other nodes until its replacement has answered.
    fn retire(&self, failed: &Arc<Connection>) {
        let mut state = self.state();
        state.replacement.take_if(|replacement| replacement.is(failed));
        if !failed.link.is_cluster() {
            state.current.take_if(|current| Arc::ptr_eq(current, failed));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Used {
    /// Whether a timeout says nothing against the connection: the attempt had to wait for its opening, or the server answered others
    /// meanwhile and is only slow. In a cluster, the one that answered may be another node.
    fn is_excused(&self) -> bool {
        let last_answer = *self.connection.last_answer.lock().unwrap_or_else(PoisonError::into_inner);
        self.waited || (!self.connection.link.is_cluster() && last_answer > self.since)
    }
}

impl Replacement {
    fn begin(address: Address, timeout: Duration) -> Self {
        let (sender, opened) = watch::channel(None);
        tokio::spawn(async move {
            let limit = timeout.saturating_mul(OPENING_ATTEMPTS);
            let link = within(limit, address.connect(timeout)).await;
            let connection =
                link.map(|link| Arc::new(Connection { link, last_answer: Mutex::new(Instant::now()) }));
            sender.send_replace(Some(connection));
        });
        Self { begun: Instant::now(), opened }
    }

    async fn wait(mut self) -> RedisResult<Arc<Connection>> {
        let opened = self.opened.wait_for(Option::is_some).await.ok().and_then(|opened| opened.clone());
        opened.unwrap_or_else(|| Err(io::Error::from(io::ErrorKind::BrokenPipe).into()))
    }

    /// The connection, if it is open.
    fn connection(&self) -> Option<Arc<Connection>> {
        self.opened.borrow().clone().and_then(Result::ok)
    }

    fn is(&self, connection: &Arc<Connection>) -> bool {
        self.connection().is_some_and(|opened| Arc::ptr_eq(&opened, connection))
    }

    /// Whether opening has failed, or will not end: the runtime that should do it has ended or stands still.
    fn is_lost(&self, timeout: Duration) -> bool {
        match &*self.opened.borrow() {
            Some(opened) => opened.is_err(),
            None => {
                self.opened.has_changed().is_err()
                    || self.begun.elapsed() > timeout.saturating_mul(OPENING_ATTEMPTS.saturating_add(1))
            }
        }
    }
}

/// Ends a request with a timeout.
pub(crate) async fn within<T>(
    time: Duration,
    request: impl Future<Output = RedisResult<T>>,
) -> RedisResult<T> {
    let late = |_| Err(io::Error::from(io::ErrorKind::TimedOut).into());
    time::timeout(time, request).await.unwrap_or_else(late)
}
