//! The CPU time that a server takes for a request, on loopback, in both frameworks.
//!
//! Each receiver is a server in a process of its own, with one thread that answers. This process is the client. It sends a batch of requests
//! to one server, over connections that are kept, reads the CPU time of the server's threads, and goes on to the next server. All receivers
//! get the same requests, and each request is a new delivery.

mod actix;
mod axum;
mod by_hand;
mod client;

use std::io::{self, Read as _};
use std::process::ExitCode;
use std::thread;
use std::time::Instant;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use self::client::{Server, requests};
use crate::measure::{Effort, Times};
use crate::report::Report;

const PATH: &str = "/hook";
const BODY: usize = 1 << 10;
const FRAMEWORKS: [&str; 2] = ["axum", "actix-web"];

const PLAIN: &str = "plain handler";
const BY_HAND: &str = "extractor by hand";
const EXTRACTOR: &str = "extractor";
const MIDDLEWARE: &str = "middleware";
const BY_HAND_TYPED: &str = "extractor by hand, typed";
const EXTRACTOR_TYPED: &str = "extractor, typed";
const MIDDLEWARE_TYPED: &str = "middleware, typed";
const DEDUPE_TYPED: &str = "middleware with dedupe, typed";

const RECEIVERS: [&str; 8] =
    [PLAIN, BY_HAND, EXTRACTOR, MIDDLEWARE, BY_HAND_TYPED, EXTRACTOR_TYPED, MIDDLEWARE_TYPED, DEDUPE_TYPED];

pub fn run(effort: Effort, report: &mut Report) {
    // A round of servers takes about 20 times as long as one of functions.
    let effort = Effort { time: effort.time * 15, ..effort };
    stay_on_one_processor();
    for framework in FRAMEWORKS {
        let times = measure(effort, framework);
        report.table(&format!("{framework}, server CPU"), "1 KiB", PLAIN, &times);
        for (name, to, limit) in [
            (EXTRACTOR, BY_HAND, 1.00),
            (EXTRACTOR_TYPED, BY_HAND_TYPED, 1.00),
            (MIDDLEWARE, BY_HAND, 1.08),
            (DEDUPE_TYPED, MIDDLEWARE_TYPED, 1.15),
        ] {
            report.mark(&format!("{framework}: {name} ÷ {to}"), "1 KiB", limit, times.ratio(name, to));
        }
    }
}

/// Keeps this process and the servers that it starts on one processor. A server then begins when the client has sent all of its requests and
/// waits. On two processors, it begins after any number of them, and its CPU time depends on that number.
fn stay_on_one_processor() {
    let allowed = sched_getaffinity(None).unwrap();
    let last = (0..CpuSet::MAX_CPU).rev().find(|processor| allowed.is_set(*processor)).unwrap();
    let mut one = CpuSet::new();
    one.set(last);
    sched_setaffinity(None, &one).unwrap();
}

fn measure(effort: Effort, framework: &str) -> Times {
    let mut servers = RECEIVERS.map(|receiver| Server::start(framework, receiver));
    let mut times = Times::new(RECEIVERS.map(str::to_owned).to_vec());
    let mut number = 0;
    // The first requests of a process are slow.
    for server in &mut servers {
        for _ in 0..10 {
            server.batch(&requests(&mut number));
        }
    }
    let begun = Instant::now();
    while effort.goes_on(times.rounds(), begun) {
        let requests = requests(&mut number);
        times.add(|place| servers[place].batch(&requests));
    }
    times
}

/// Runs one receiver until its standard input ends, which is when the client ends.
pub fn serve(framework: &str, receiver: &str) -> ExitCode {
    thread::spawn(|| {
        let ended = io::stdin().read(&mut [0]);
        std::process::exit(i32::from(ended.is_err()));
    });
    let served = match framework {
        "axum" => axum::serve(receiver),
        _ => actix::serve(receiver),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{framework}, {receiver}: {error}");
            ExitCode::FAILURE
        }
    }
}
