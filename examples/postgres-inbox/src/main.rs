//! An inbox that counts the bytes of its deliveries.
//!
//! ```sh
//! DATABASE_URL=postgres://localhost/app MASSU_WEBHOOK_SECRET=whsec_abc123 cargo run -p postgres-inbox
//! ```

#![expect(clippy::print_stdout, reason = "this is a demonstration on a terminal")]

use std::error::Error;

use deadpool_postgres::Transaction;
use postgres_inbox::{Failure, Handler};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    postgres_inbox::run(Totals).await
}

/// The work of a service, in this example: a sum.
struct Totals;

impl Handler for Totals {
    async fn handle(&self, transaction: &Transaction<'_>, body: &[u8]) -> Result<(), Failure> {
        let count = "INSERT INTO totals (provider, bytes) VALUES ('massu', $1)
                     ON CONFLICT (provider) DO UPDATE SET bytes = totals.bytes + $1 RETURNING bytes";
        let bytes = i64::try_from(body.len())?;
        let row = transaction.query_one(count, &[&bytes]).await?;
        println!("handled a delivery of {bytes} bytes, {} in total", row.try_get::<_, i64>(0)?);
        Ok(())
    }
}
