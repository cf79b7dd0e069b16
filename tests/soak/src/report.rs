//! The report, and the verdict.

use std::time::Duration;

use crate::faults::Fault;
use crate::runs::Findings;
use crate::tally::Tally;

/// Everything that the soak has found.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub(crate) time: Duration,
    pub(crate) tally: &'a Tally,
    pub(crate) faults: Vec<Fault>,
    pub(crate) findings: Findings,
    pub(crate) replicas: Vec<Usage>,
}

/// The memory of a replica in KiB, and its open files: before the load and after it.
#[derive(Debug)]
pub(crate) struct Usage {
    pub(crate) name: &'static str,
    pub(crate) before: (u64, usize),
    pub(crate) after: (u64, usize),
    /// Whether it ended with success when it was asked to.
    pub(crate) has_stopped: bool,
}

/// The faults that must have been made.
const FAULTS: [(Fault, usize, &str); 4] = [
    (Fault::RedisKilled, 2, "Redis killed"),
    (Fault::RedisStopped, 2, "Redis stopped"),
    (Fault::RedisFailedOver, 1, "Redis failed over"),
    (Fault::ReplicaKilled, 2, "a replica killed"),
];

/// A soak of ten minutes or more answers a million requests in ten minutes. A shorter one spends too much of its time in outages.
const REQUIRED: (Duration, f64) = (Duration::from_secs(600), 1_000_000.0 / 600.0);

impl Report<'_> {
    /// Prints everything. Returns whether all promises were kept, and the load and the faults were as heavy as they must be.
    pub(crate) fn print(&self) -> bool {
        println!("\nanswers, by kind and version:");
        for line in self.tally.lines() {
            println!("  {line}");
        }
        println!("\nfaults:");
        let faults = FAULTS.iter().filter(|fault| !self.has_made(fault)).count();
        println!("\nreplicas:");
        let unstopped = self.replicas.iter().filter(|replica| !replica.print()).count();
        let Findings { runs, after_a_crash, unrecorded, after_no_record, .. } = self.findings;
        println!("\n{runs} runs of handlers; {after_a_crash} of them were second runs after a kill");
        println!(
            "{unrecorded} successes that the store could not record, and {after_no_record} second runs after them\n"
        );
        let fast_enough = self.is_fast_enough();
        let promises = self.promises();
        for (promise, times) in promises {
            println!("{promise:<58} {times}");
        }
        let broken: usize = promises.iter().map(|(_, times)| times).sum();
        println!(
            "figure: {} requests answered, {runs} runs, {broken} broken promises",
            self.tally.answered()
        );
        broken == 0 && faults == 0 && unstopped == 0 && fast_enough
    }

    /// The things that must not happen, and how often they did.
    fn promises(&self) -> [(&'static str, usize); 10] {
        let findings = &self.findings;
        [
            ("wrong answers", self.tally.wrong_answers()),
            ("handlers run twice for an answered delivery", findings.after_an_answer),
            ("handlers run twice for no reason", findings.unexplained),
            ("deliveries acknowledged and not handled", findings.not_handled),
            ("deliveries never acknowledged", findings.not_acknowledged),
            ("deliveries in progress after their success was recorded", findings.stuck),
            ("successes not recorded although Redis was there", findings.unexplained_unrecorded),
            ("handlers run for a request that is not genuine and whole", findings.forbidden),
            (
                "replicas with more open files than before",
                self.replicas.iter().filter(|one| one.leaks_files()).count(),
            ),
            (
                "replicas with much more memory than before",
                self.replicas.iter().filter(|one| one.leaks_memory()).count(),
            ),
        ]
    }

    fn has_made(&self, &(fault, times, name): &(Fault, usize, &str)) -> bool {
        let made = self.faults.iter().filter(|made| **made == fault).count();
        println!("  {name}: {made} of {times}");
        made == times
    }

    fn is_fast_enough(&self) -> bool {
        let answered = self.tally.answered();
        let rate = answered as f64 / self.time.as_secs_f64();
        let (time, least) = REQUIRED;
        print!("{:<58} {answered}, {rate:.0} a second", "requests answered");
        if self.time < time {
            println!();
            return true;
        }
        println!(" ({least:.0} are required)");
        rate >= least
    }
}

impl Usage {
    fn print(&self) -> bool {
        let ((memory, files), (memory_after, files_after)) = (self.before, self.after);
        let ending = if self.has_stopped { "" } else { ", and it did not end as it was asked to" };
        println!(
            "  {}: {memory} KiB and {files} open files before, {memory_after} KiB and {files_after} open files after{ending}",
            self.name
        );
        self.has_stopped
    }

    /// All connections of the clients are closed, so that only the one to Redis may have come.
    fn leaks_files(&self) -> bool {
        self.after.1 > self.before.1 + 1
    }

    /// A million requests that left a few hundred bytes each would leave far more than the threads and the caches of the allocator do.
    fn leaks_memory(&self) -> bool {
        self.after.0 > self.before.0 + 64 * 1024
    }
}
