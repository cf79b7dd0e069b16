//! How long the library takes, beside code that does the same.
//!
//! ```sh
//! cargo run --release -- [--quick] [--json FILE] [verify] [decode] [loopback]
//! ```
//!
//! Each part prints its tables. The marks follow: a ratio, its limit, and whether the median is within it. The program succeeds even if a
//! mark is missed, because the times of a busy machine prove nothing.

mod decode;
mod event;
mod loopback;
mod measure;
mod report;
mod verify;

use std::process::ExitCode;
use std::time::Duration;

use measure::Effort;
use report::Report;

const PARTS: [&str; 3] = ["verify", "decode", "loopback"];
const USAGE: &str = "countersign-benches [--quick] [--json FILE] [verify] [decode] [loopback]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [serve, framework, receiver] = &arguments[..]
        && serve == "serve"
    {
        return loopback::serve(framework, receiver);
    }
    match Options::read(arguments) {
        Some(options) => run(&options),
        None => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

struct Options {
    effort: Effort,
    json: Option<String>,
    /// Empty: all of them.
    parts: Vec<String>,
}

impl Options {
    fn read(arguments: Vec<String>) -> Option<Self> {
        let long = Effort { rounds: 1001, time: Duration::from_secs(4) };
        let mut options = Self { effort: long, json: None, parts: Vec::new() };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--quick" => options.effort = Effort { rounds: 101, time: Duration::from_millis(500) },
                "--json" => options.json = Some(arguments.next()?),
                part if PARTS.contains(&part) => options.parts.push(argument),
                _ => return None,
            }
        }
        Some(options)
    }

    fn has(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|own| own == part)
    }
}

fn run(options: &Options) -> ExitCode {
    let mut report = Report::default();
    if options.has("verify") {
        verify::run(options.effort, &mut report);
    }
    if options.has("decode") {
        decode::run(options.effort, &mut report);
    }
    if options.has("loopback") {
        loopback::run(options.effort, &mut report);
    }
    report.print_marks();
    match options.json.as_deref().map_or(Ok(()), |path| report.write(path)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot write the JSON: {error}");
            ExitCode::FAILURE
        }
    }
}
