//! Handles the deliveries of the inbox, one after the other. Any number of workers may run, on any number of machines.
//!
//! The worst delivery fails each time: its handler returns an error, panics, hangs or ends the process. The worker therefore
//! moves the delivery to a later time *before* the attempt, in a transaction of its own. Nothing has to be recorded after a
//! failure, and the other deliveries come first, also after a restart.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Pool, PoolError, Transaction};
use tokio::time::{sleep, timeout};

/// Why an attempt failed.
pub type Failure = Box<dyn Error + Send + Sync>;

/// The work that a delivery causes.
pub trait Handler: Send + Sync + 'static {
    /// Time for one attempt. Default: 30 seconds.
    const TIMEOUT: Duration = Duration::from_secs(30);

    /// Time from the first attempt to the second. It grows by as much with each attempt, up to 60 times. Default: a minute.
    const PAUSE: Duration = Duration::from_secs(60);

    /// Does the work for an authentic body. The effects that stand in this transaction happen once.
    ///
    /// An error, a panic or a timeout rolls the transaction back, and the delivery is tried again later.
    fn handle(
        &self,
        transaction: &Transaction<'_>,
        body: &[u8],
    ) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Works until the process ends.
pub(crate) async fn work(database: Pool, handler: Arc<impl Handler>) {
    const IDLE: Duration = Duration::from_secs(1);
    loop {
        match next(&database, &handler).await {
            Ok(true) => {}
            Ok(false) => sleep(IDLE).await,
            Err(error) => {
                println!("no delivery claimed, to be tried again: {error}");
                sleep(IDLE).await;
            }
        }
    }
}

/// Tries the delivery that has been due for longest. Returns whether one was due.
async fn next<H: Handler>(database: &Pool, handler: &Arc<H>) -> Result<bool, PoolError> {
    let Some(claim) = Claim::next(database, H::PAUSE).await? else { return Ok(false) };
    let number = claim.attempt;
    // A panic ends the task of the attempt and not the worker. It drops the transaction, and so rolls it back.
    let attempt = tokio::spawn(claim.attempt(database.clone(), Arc::clone(handler)));
    match attempt.await {
        Ok(Ok(())) => {}
        Ok(Err(failure)) => println!("attempt {number} failed, to be tried again: {failure}"),
        Err(_) => println!("attempt {number} panicked, to be tried again"),
    }
    Ok(true)
}

/// A delivery that this worker may try.
struct Claim {
    key: Vec<u8>,
    body: Vec<u8>,
    /// The number of this attempt.
    attempt: i32,
}

impl Claim {
    /// Counts an attempt and sets the time of the next one.
    async fn next(database: &Pool, pause: Duration) -> Result<Option<Self>, PoolError> {
        let claim = "UPDATE inbox SET attempts = attempts + 1,
                                      due = now() + least(attempts + 1, 60) * $1::float8 * interval '1 second'
                     WHERE key = (SELECT key FROM inbox WHERE handled IS NULL AND due <= now()
                                  ORDER BY due LIMIT 1 FOR UPDATE SKIP LOCKED)
                     RETURNING key, body, attempts";
        let Some(row) = database.get().await?.query_opt(claim, &[&pause.as_secs_f64()]).await? else {
            return Ok(None);
        };
        Ok(Some(Self { key: row.try_get(0)?, body: row.try_get(1)?, attempt: row.try_get(2)? }))
    }

    /// Records the delivery as handled in the same transaction as the effects of its handler.
    async fn attempt<H: Handler>(self, database: Pool, handler: Arc<H>) -> Result<(), Failure> {
        let mut database = database.get().await?;
        let transaction = database.transaction().await?;
        // This locks the row until the transaction ends, and other workers skip it. If this worker stood still for so long that
        // another one has claimed the delivery, no row matches.
        let record = "UPDATE inbox SET handled = now() WHERE key = $1 AND attempts = $2 AND handled IS NULL";
        if transaction.execute(record, &[&self.key, &self.attempt]).await? == 0 {
            return Ok(());
        }
        timeout(H::TIMEOUT, handler.handle(&transaction, &self.body)).await??;
        Ok(transaction.commit().await?)
    }
}
