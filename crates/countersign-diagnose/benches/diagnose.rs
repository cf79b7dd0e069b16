//! The time of the longest searches: bodies of 1 MiB whose signature nothing explains, and short ones, which are changed twice.
//! Arguments are the names of the bodies that are wanted.
#![allow(clippy::print_stdout, reason = "printing is what it is for")]
#![allow(clippy::arithmetic_side_effects, reason = "the numbers are constants")]

use std::time::Instant;

use countersign::Scheme;
use countersign_diagnose::{Diagnose, SecretBytes};

const MIB: usize = 1024 * 1024;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let record =
        r#"{"id":"evt_1","name":"Zoë <b>","path":"/a/b","n":[1.50,2e3,7],"nested":{"b":1,"a":[true,null]}},"#;
    let bodies = [
        ("records", format!("[{}0]", record.repeat(MIB / record.len()))),
        ("numbers", format!("[{}1]", "1,".repeat(MIB / 2))),
        ("deep", format!("{}{}1{}", "[".repeat(60), "1,".repeat(MIB / 2), "]".repeat(60))),
        ("one record", record.trim_end_matches(',').to_owned()),
        ("20 KB", format!("[{}0]", record.repeat(20_000 / record.len()))),
        ("20 KB, numbers", format!("[{}1]", "1,".repeat(10_000))),
        ("brackets", "[".repeat(MIB)),
        ("newlines", "\n".repeat(MIB)),
        ("one string", format!("\"{}\"", "é".repeat(MIB / 2))),
    ];
    let headers = [("x-signature-256", format!("sha256={}", "0".repeat(64)))];
    let secret = SecretBytes::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    // `cargo bench` passes options of its own, which begin with a dash.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    for (name, body) in bodies.iter().filter(|(name, _)| is_wanted(name)) {
        for count in [1, 8] {
            let secrets = std::iter::repeat_n(secret.clone(), count);
            let start = Instant::now();
            let diagnosis =
                Diagnose::new(&Scheme::sha256("x-signature-256"), secrets).run(&headers, body.as_bytes());
            let (elapsed, complete) = (start.elapsed(), diagnosis.is_complete());
            println!("{name:14} {} bytes, {count} secrets: {elapsed:8.1?}, complete: {complete}", body.len());
        }
    }
    Ok(())
}
