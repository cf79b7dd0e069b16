//! Runs both example services, and two replicas that speak HTTP/2, under load on one Redis for some minutes, while Redis and a replica
//! fail. The program compares the answers that the clients got with the runs of handlers that the services logged, and fails if a promise
//! was broken.
//!
//! `countersign-soak [SECONDS]`: 600 by default.

mod attempts;
mod client;
mod delivery;
mod faults;
mod http2;
mod judge;
mod ledger;
mod load;
mod outages;
mod redis;
mod replica;
mod report;
mod runs;
mod tally;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use countersign_service::{exit_code, stop_requested};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use client::Version;
use load::{BRISK, Client, Load, SLOW, Target};
use redis::Redis;
use replica::{KINDS, Replica};
use report::{Report, Usage};
use runs::Runs;

/// Each client speaks one of them.
const VERSIONS: [Version; 2] = [Version::Http1, Version::Http2];

/// A crash holds a delivery until the end of its lease, which is 30 seconds. The last retries follow.
const LAST_RETRIES: Duration = Duration::from_secs(60);

/// The services need this time to start their threads, and to close the connections of clients that are gone.
const SETTLING: Duration = Duration::from_secs(3);

fn main() -> ExitCode {
    let argument = std::env::args().nth(1);
    match argument.as_deref() {
        Some("axum") => return exit_code(Runtime::new().unwrap().block_on(http2::axum())),
        Some("actix") => return exit_code(actix_web::rt::System::new().block_on(http2::actix())),
        _ => {}
    }
    let seconds = argument.map_or(Ok(600), |seconds| seconds.parse());
    let Ok(seconds @ 30..=86400) = seconds else {
        eprintln!("usage: countersign-soak [SECONDS], from 30 to 86400");
        return ExitCode::from(2);
    };
    Runtime::new().unwrap().block_on(async {
        // The programs that the soak has started are killed when its future is dropped.
        let stopped = stop_requested().unwrap();
        tokio::select! {
            ended = soak(Duration::from_secs(seconds)) => ended,
            () = stopped => ExitCode::FAILURE,
        }
    })
}

/// Runs the soak, prints its report, and returns 0 if all promises were kept.
async fn soak(time: Duration) -> ExitCode {
    let folder = tempfile::tempdir().unwrap();
    let mut redis = Redis::start(folder.path()).await;
    let mut replicas = KINDS.each_ref().map(|kind| Replica::start(kind, &redis.url(), folder.path()));
    sleep(SETTLING).await;
    let before = replicas.each_ref().map(Replica::resources);
    let load = Load::new(replicas.iter().map(Target::new).collect(), Arc::clone(&redis.outages));

    let mut clients = clients(&load);
    let faults = faults::make_all(time, &mut redis, &mut replicas[0]).await;
    load.stop();
    let all = async {
        while let Some(ended) = clients.join_next().await {
            ended.expect("a client does not panic");
        }
    };
    // The report counts the deliveries that were not acknowledged in this time.
    timeout(LAST_RETRIES, all).await.ok();
    drop(clients);

    sleep(SETTLING).await;
    let after = replicas.each_ref().map(Replica::resources);
    let usages = replicas.iter_mut().zip(before).zip(after);
    let usages = usages.map(|((replica, before), after)| Usage {
        name: replica.kind.name,
        before,
        after,
        has_stopped: replica.stop(),
    });
    let usages = usages.collect();
    let mut runs = Runs::default();
    for (place, replica) in replicas.iter().enumerate() {
        runs.read(place, replica.log(), &redis.outages);
    }
    let findings = runs.judge(&load.ledger.all(), &replicas.each_ref().map(|replica| &*replica.kills));
    let report = Report { time, tally: &load.tally, faults, findings, replicas: usages };
    ExitCode::from(u8::from(!report.print()))
}

fn clients(load: &Arc<Load>) -> JoinSet<()> {
    let mut clients = JoinSet::new();
    for (seed, version) in (0..BRISK).zip(VERSIONS.into_iter().cycle()) {
        clients.spawn(Client::new(load, version, seed).be_brisk());
    }
    for (seed, version) in (BRISK..BRISK + SLOW).zip(VERSIONS.into_iter().cycle()) {
        clients.spawn(Client::new(load, version, seed).be_slow());
    }
    clients
}
