//! The faults, at their times.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use crate::redis::Redis;
use crate::replica::{REDIS_TIMEOUT, Replica};

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    RedisKilled,
    RedisStopped,
    RedisFailedOver,
    ReplicaKilled,
}

/// The faults, each at a fraction of the time, in percent.
const SCHEDULE: [(u32, Fault); 7] = [
    (8, Fault::RedisKilled),
    (20, Fault::ReplicaKilled),
    (32, Fault::RedisStopped),
    (45, Fault::RedisFailedOver),
    (58, Fault::RedisKilled),
    (70, Fault::ReplicaKilled),
    (82, Fault::RedisStopped),
];

/// An outage is longer than both attempts of a verb, so that some verbs fail.
const SHORTEST: Duration = REDIS_TIMEOUT.saturating_mul(3);

/// Makes all faults within this time. Returns the faults that were made, when the time is over.
pub(crate) async fn make_all(time: Duration, redis: &mut Redis, replica: &mut Replica) -> Vec<Fault> {
    let begun = Instant::now();
    let down = (time / 100).clamp(SHORTEST, 2 * SHORTEST);
    let mut made = Vec::new();
    for (percent, fault) in SCHEDULE {
        sleep_until(begun + time * percent / 100).await;
        match fault {
            Fault::RedisKilled => redis.kill(down).await,
            Fault::RedisStopped => redis.freeze(down).await,
            Fault::RedisFailedOver => redis.fail_over().await,
            Fault::ReplicaKilled => {
                replica.kill();
                sleep(down).await;
                replica.come_back();
            }
        }
        println!("{:>4} s: {fault:?}", begun.elapsed().as_secs());
        made.push(fault);
    }
    sleep_until(begun + time).await;
    made
}
