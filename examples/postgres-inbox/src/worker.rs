//! Handles what is in the inbox, one delivery a transaction. Any number of workers may run, on any number of machines.

use std::time::Duration;

use deadpool_postgres::{Pool, PoolError, Transaction};
use tokio_postgres::Error;

pub(crate) async fn work(database: Pool) {
    loop {
        match next(&database).await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(Duration::from_secs(1)).await,
            Err(error) => {
                println!("to be tried again: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Whether there was one. What breaks off half-way is rolled back, and is there for the next.
async fn next(database: &Pool) -> Result<bool, PoolError> {
    let mut database = database.get().await?;
    let mut transaction = database.transaction().await?;
    let oldest = "SELECT key, body FROM inbox WHERE handled IS NULL AND due <= now()
                  ORDER BY due LIMIT 1 FOR UPDATE SKIP LOCKED";
    let Some(row) = transaction.query_opt(oldest, &[]).await? else { return Ok(false) };
    let (key, body): (&[u8], &[u8]) = (row.try_get(0)?, row.try_get(1)?);

    let attempt = transaction.savepoint("attempt").await?;
    let outcome = match handle(&attempt, body).await {
        Ok(()) => {
            attempt.commit().await?;
            "UPDATE inbox SET handled = now() WHERE key = $1"
        }
        Err(error) => {
            println!("not handled, to be tried again: {error}");
            attempt.rollback().await?;
            // Behind the others, so that one that always fails does not hold them up.
            "UPDATE inbox SET due = now() + interval '1 minute' WHERE key = $1"
        }
    };
    transaction.execute(outcome, &[&key]).await?;
    transaction.commit().await?;
    Ok(true)
}

/// What a delivery causes in the database stands in this transaction, and so happens once.
async fn handle(transaction: &Transaction<'_>, body: &[u8]) -> Result<(), Error> {
    let count = "INSERT INTO totals (sender, bytes) VALUES ('massu', $1)
                 ON CONFLICT (sender) DO UPDATE SET bytes = totals.bytes + $1 RETURNING bytes";
    let bytes = i64::try_from(body.len()).unwrap_or(i64::MAX);
    let row = transaction.query_one(count, &[&bytes]).await?;
    println!("handled a delivery of {bytes} bytes, {} in total", row.try_get::<_, i64>(0)?);
    Ok(())
}
