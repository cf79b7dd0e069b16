//! Compares each verb of the store with a plain `SET … NX` over the same kind of connection:
//! `cargo bench -p countersign-tests --bench redis`.
//!
//! Commands are sent one after the other, so that the round trip counts. The commands take turns, so that other load on the machine
//! slows all of them alike. The bench fails if the median of a verb is more than 1.3 times the median of the plain command.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use countersign::dedupe::DedupeStore as _;
use countersign::dedupe::{Claim, DeliveryKey};
use countersign_redis::RedisStore;
use countersign_tests::redis_server::Server;

const ROUNDS: usize = 20_000;
const LEASE: Duration = Duration::from_secs(60);
const NAMES: [&str; 4] = ["SET NX PX", "claim", "complete", "release"];

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = Server::start().await;
        let mut times = measure(&server).await;
        for verb in &mut times {
            verb.sort_unstable();
        }
        let (plain, mut within) = (times[0][ROUNDS / 2], true);
        println!("{:>10}  {:>10}  {:>10}  {:>5}", "", "median", "p99", "ratio");
        for (name, times) in NAMES.iter().zip(&times) {
            let (median, p99) = (times[ROUNDS / 2], times[ROUNDS * 99 / 100]);
            let ratio = median.as_secs_f64() / plain.as_secs_f64();
            within &= ratio <= 1.3;
            println!("{name:>10}  {median:>10.1?}  {p99:>10.1?}  {ratio:>5.2}");
        }
        if within { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    })
}

async fn measure(server: &Server) -> [Vec<Duration>; 4] {
    let store = RedisStore::new(&server.url(), "bench").unwrap();
    store.ping().await.unwrap();
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut times: [Vec<Duration>; 4] = Default::default();
    for n in 0..ROUNDS {
        let key = DeliveryKey::of_event("bench", "bench", &n.to_string());
        let mut begun = Instant::now();
        let mut lap = |verb: usize| {
            times[verb].push(begun.elapsed());
            begun = Instant::now();
        };
        let mut set = redis::cmd("SET");
        set.arg(format!("plain:{key}")).arg("held").arg("NX").arg("PX").arg(60_000);
        set.query_async::<()>(&mut connection).await.unwrap();
        lap(0);
        let Claim::Claimed(token) = store.claim(&key, LEASE).await.unwrap() else { panic!("claimed before") };
        lap(1);
        store.complete(&key, LEASE).await.unwrap();
        lap(2);
        store.release(&key, &token).await.unwrap();
        lap(3);
    }
    times
}
