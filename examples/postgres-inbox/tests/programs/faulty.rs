//! The inbox with a handler that first has its effect, and then fails as the body of the delivery tells it to.
#![allow(clippy::panic, reason = "it fails on purpose")]

use std::error::Error;
use std::time::Duration;

use deadpool_postgres::Transaction;
use postgres_inbox::{Failure, Handler};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    postgres_inbox::run(Faulty).await
}

struct Faulty;

impl Handler for Faulty {
    const TIMEOUT: Duration = Duration::from_secs(5);
    /// No second attempt starts by itself while a test runs, even on a slow machine.
    const PAUSE: Duration = Duration::from_secs(3600);

    async fn handle(&self, transaction: &Transaction<'_>, body: &[u8]) -> Result<(), Failure> {
        let count = "INSERT INTO totals (provider, bytes) VALUES ('massu', $1)
                     ON CONFLICT (provider) DO UPDATE SET bytes = totals.bytes + $1";
        transaction.execute(count, &[&i64::try_from(body.len())?]).await?;
        let asks_to = |what: &str| body.windows(what.len()).any(|window| window == what.as_bytes());
        if asks_to("panic") {
            panic!("as the delivery says");
        } else if asks_to("abort") {
            std::process::abort();
        } else if asks_to("hang") {
            std::future::pending().await
        } else if asks_to("fail") {
            Err("as the delivery says".into())
        } else {
            Ok(())
        }
    }
}
