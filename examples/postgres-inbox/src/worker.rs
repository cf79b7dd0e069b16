//! Handles what is in the inbox, one delivery a transaction. Any number of workers may run, on any number of machines.

use std::time::Duration;

use tokio_postgres::{Client, Error, Transaction};

pub(crate) async fn work(mut database: Client) {
    loop {
        match next(&mut database).await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(Duration::from_secs(1)).await,
            Err(error) => {
                println!("not handled, to be tried again: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Whether there was one. What fails or crashes half-way is rolled back, and is there for the next.
async fn next(database: &mut Client) -> Result<bool, Error> {
    let transaction = database.transaction().await?;
    let oldest = "SELECT key, body FROM inbox WHERE handled IS NULL
                  ORDER BY received LIMIT 1 FOR UPDATE SKIP LOCKED";
    let Some(row) = transaction.query_opt(oldest, &[]).await? else { return Ok(false) };
    let (key, body): (&[u8], &[u8]) = (row.try_get(0)?, row.try_get(1)?);
    handle(&transaction, body).await?;
    transaction.execute("UPDATE inbox SET handled = now() WHERE key = $1", &[&key]).await?;
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
