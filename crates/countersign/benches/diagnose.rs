//! How long the longest searches take: bodies of 1 MiB that nothing explains.
#![allow(clippy::print_stdout, reason = "printing is what it is for")]
#![allow(clippy::arithmetic_side_effects, reason = "the numbers are constants")]

use std::time::Instant;

use countersign::{Diagnose, Scheme, Secret, Secrets};

const MIB: usize = 1024 * 1024;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let record =
        r#"{"id":"evt_1","name":"Zoë <b>","path":"/a/b","n":[1.50,2e3,7],"nested":{"b":1,"a":[true,null]}},"#;
    let bodies = [
        ("records", format!("[{}0]", record.repeat(MIB / record.len()))),
        ("numbers", format!("[{}1]", "1,".repeat(MIB / 2))),
        ("deep", format!("{}{}1{}", "[".repeat(60), "1,".repeat(MIB / 2), "]".repeat(60))),
        ("brackets", "[".repeat(MIB)),
        ("newlines", "\n".repeat(MIB)),
        ("one string", format!("\"{}\"", "é".repeat(MIB / 2))),
    ];
    let headers = [("x-signature-256", format!("sha256={}", "0".repeat(64)))];
    let secret = || Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let mut eight = Secrets::new("0", secret()?)?;
    for label in 1..Secrets::MAX {
        eight = eight.also(&label.to_string(), secret()?)?;
    }
    for (name, body) in &bodies {
        for (count, secrets) in [(1, Secrets::from(secret()?)), (8, eight.clone())] {
            let start = Instant::now();
            let diagnosis =
                Diagnose::new(Scheme::sha256("x-signature-256"), secrets).run(&headers, body.as_bytes());
            let (elapsed, complete) = (start.elapsed(), diagnosis.is_complete());
            println!("{name:12} {} bytes, {count} secrets: {elapsed:8.1?}, complete: {complete}", body.len());
        }
    }
    Ok(())
}
