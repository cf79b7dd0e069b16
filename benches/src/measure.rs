//! Times of candidates that alternate, and the ratios of these times.
//!
//! All candidates run in one process, in short batches, one after the other. A batch of each makes a round. A ratio is taken within a round,
//! so that a machine that becomes slower or busier changes both of its sides. The median of many rounds counts. The 10th and the 90th
//! percentile show the spread.
//!
//! The clock is the CPU time of this thread. It stands still while another program has the processor.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// The rounds of one table.
    pub rounds: usize,
    /// A table whose rounds are long ends after this time, but not before `FEWEST` rounds.
    pub time: Duration,
}

/// The fewest rounds of which a percentile says something.
const FEWEST: usize = 41;
/// The time of one batch. It is so short that most batches are not interrupted.
const BATCH: Duration = Duration::from_micros(100);

/// A function to time. It takes the number of its calls, so that the loop is compiled together with the function.
pub struct Candidate<'a> {
    name: &'static str,
    batch: Box<dyn FnMut(u32) + 'a>,
}

/// Makes a candidate of one call.
pub fn candidate<'a>(name: &'static str, mut call: impl FnMut() + 'a) -> Candidate<'a> {
    let batch = Box::new(move |calls| {
        for _ in 0..calls {
            call();
        }
    });
    Candidate { name, batch }
}

/// The times of candidates, in nanoseconds for each call.
pub struct Times {
    names: Vec<String>,
    /// One time for each candidate, for each round.
    rounds: Vec<Vec<f64>>,
}

/// The median, and the spread around it.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    pub p10: f64,
    pub median: f64,
    pub p90: f64,
}

impl Effort {
    /// Whether a measurement that has begun then and has had so many rounds goes on.
    pub fn goes_on(self, rounds: usize, begun: Instant) -> bool {
        rounds < self.rounds && (rounds < FEWEST || begun.elapsed() < self.time)
    }
}

/// Times the candidates in alternation.
pub fn times(effort: Effort, mut candidates: Vec<Candidate<'_>>) -> Times {
    let calls: Vec<u32> = candidates.iter_mut().map(calls_of_a_batch).collect();
    let mut times = Times::new(candidates.iter().map(|candidate| candidate.name.to_owned()).collect());
    let begun = Instant::now();
    while effort.goes_on(times.rounds.len(), begun) {
        times.add(|place| {
            let calls = calls[place];
            timed(&mut candidates[place], calls).as_secs_f64() * 1e9 / f64::from(calls)
        });
    }
    times
}

fn calls_of_a_batch(candidate: &mut Candidate<'_>) -> u32 {
    let mut calls = 1;
    loop {
        // The fastest of three, because the first one warms the caches.
        let time = (0..3).map(|_| timed(candidate, calls)).min().unwrap();
        if time >= BATCH {
            return calls;
        }
        calls *= 2;
    }
}

fn timed(candidate: &mut Candidate<'_>, calls: u32) -> Duration {
    let start = cpu_time();
    (candidate.batch)(calls);
    cpu_time() - start
}

fn cpu_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap()
}

impl Times {
    pub fn new(names: Vec<String>) -> Self {
        Self { names, rounds: Vec::new() }
    }

    /// Adds a round. Each round begins with another candidate, so that no candidate always runs after the same one has filled the caches.
    pub fn add(&mut self, mut time: impl FnMut(usize) -> f64) {
        let (count, first) = (self.names.len(), self.rounds.len());
        let mut round = vec![0.0; count];
        for place in (0..count).map(|turn| (first + turn) % count) {
            round[place] = time(place);
        }
        self.rounds.push(round);
    }

    pub fn rounds(&self) -> usize {
        self.rounds.len()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub fn of(&self, name: &str) -> Spread {
        let place = self.place(name);
        Spread::of(self.rounds.iter().map(|round| round[place]))
    }

    /// The time of one candidate in times of another one.
    pub fn ratio(&self, name: &str, to: &str) -> Spread {
        let (place, base) = (self.place(name), self.place(to));
        Spread::of(self.rounds.iter().map(|round| round[place] / round[base]))
    }

    fn place(&self, name: &str) -> usize {
        self.names.iter().position(|own| own == name).unwrap_or_else(|| panic!("no candidate {name}"))
    }
}

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.collect();
        sorted.sort_by(f64::total_cmp);
        let at = |percent: usize| sorted[(sorted.len() - 1) * percent / 100];
        Self { p10: at(10), median: at(50), p90: at(90) }
    }
}
