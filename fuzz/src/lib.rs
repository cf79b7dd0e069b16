//! The fuzz targets. Each one compares the library with an oracle. The README lists them.
//!
//! They run under libFuzzer (`cargo fuzz run <target>`), and over the committed corpus on a stable compiler (`cargo test`).

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

pub mod attempts;
pub mod calendar;
pub mod capture;
mod command;
pub mod dedupe;
pub mod diagnose;
pub mod envelope;
pub mod genuine;
pub mod headers;
pub mod http;
pub mod incoming;
pub mod input;
pub mod object;
pub mod plan;
pub mod redis;
pub mod redis_server;
pub mod reference;
pub mod scheme;
pub mod schemes;
pub mod seams;
pub mod signature;
pub mod world;

// The files of the command name each other by these paths.
use command::source::{failure, http1, payload};

/// The secret of [`TAG`].
pub const SECRET: &str = "whsec_abc123";

/// The body of [`TAG`].
pub const BODY: &str = r#"{"type":"a","event":"a","data":{}}"#;

/// The time of the targets, in Unix seconds: 2026-01-01T00:00:00Z.
pub const NOW: u64 = 1_767_225_600;

/// HMAC-SHA256 of [`BODY`], made by Node's crypto. Inputs of the corpus hold it.
pub const TAG: &str = "0049ad1988f836287ff018f2a8b4461641876f6fc54049ffd5fb0bb7bf32e42b";

/// The clock of the targets.
pub fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)
}

/// Runs a target over its whole corpus and returns the number of inputs.
///
/// # Panics
///
/// An input breaks an assertion, or the corpus is empty.
#[track_caller]
pub fn replay(target: &str, run: impl Fn(&[u8])) -> usize {
    let inputs = corpus(target);
    for (name, input) in &inputs {
        // The test harness shows this only if the test fails.
        println!("{name}");
        run(input);
    }
    inputs.len()
}

/// The names and the bytes of a target's corpus.
///
/// # Panics
///
/// The corpus is empty.
#[track_caller]
pub fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let files = fs::read_dir(&folder).expect("a corpus").map(|entry| entry.expect("an entry").path());
    let inputs: Vec<_> =
        files.map(|file| (file.display().to_string(), fs::read(file).expect("an input"))).collect();
    assert!(!inputs.is_empty(), "{} is empty", folder.display());
    inputs
}
