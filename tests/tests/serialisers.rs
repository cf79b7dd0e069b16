//! What other programs make of the same JSON: the diagnosis explains each pair of them.

use std::collections::BTreeMap;

use countersign::Scheme;
use countersign_diagnose::{Diagnose, SecretBytes};
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    secret: String,
    outputs: Vec<Output>,
}

#[derive(Deserialize)]
struct Output {
    program: String,
    options: String,
    document: String,
    text: String,
    tag: String,
}

impl Output {
    fn name(&self) -> String {
        format!("{}/{}", self.program, self.options)
    }
}

#[test]
fn explore() {
    let file: File = serde_json::from_str(include_str!("../serialisers/outputs.json")).unwrap();
    let mut documents: BTreeMap<&str, Vec<&Output>> = BTreeMap::new();
    for output in &file.outputs {
        documents.entry(&output.document).or_default().push(output);
    }
    let want = std::env::var("PAIRS").unwrap_or_default();
    let documents: Vec<_> = documents.into_iter().collect();
    let all = std::sync::Mutex::new(documents.into_iter());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some((document, outputs)) = all.lock().unwrap().next() else { return };
                    let mut distinct: BTreeMap<&str, Vec<&Output>> = BTreeMap::new();
                    for output in outputs {
                        distinct.entry(&output.text).or_default().push(output);
                    }
                    let is_default = |outputs: &Vec<&Output>| outputs.iter().any(|o| o.options.is_empty());
                    let is_original = |outputs: &Vec<&Output>| outputs.iter().any(|o| o.program.is_empty());
                    let (mut pairs, mut explained) = (0, 0);
                    for (signed, signers) in &distinct {
                        for (came, senders) in &distinct {
                            let take = want == "all"
                                || is_original(signers)
                                || is_original(senders)
                                || (want == "some" && is_default(signers) && is_default(senders));
                            if signed == came || !take {
                                continue;
                            }
                            pairs += 1;
                            let headers = [("x-signature", signers[0].tag.clone())];
                            let secret = SecretBytes::new(file.secret.as_bytes()).unwrap();
                            let start = std::time::Instant::now();
                            let diagnosis = Diagnose::new(&Scheme::hex("x-signature"), [secret])
                                .run(&headers, came.as_bytes());
                            if diagnosis.is_explained() {
                                explained += 1;
                            }
                            let facts: Vec<String> = diagnosis
                                .causes()
                                .iter()
                                .map(|c| format!("{} ({})", c.as_str(), c.fact()))
                                .collect();
                            println!(
                                "{} {document}: signed {} came {}: {} [{:?}] {}",
                                if diagnosis.is_explained() { "ok" } else { "NO" },
                                signers[0].name(),
                                senders[0].name(),
                                facts.join(" + "),
                                start.elapsed(),
                                if diagnosis.is_complete() { "" } else { "INCOMPLETE" }
                            );
                        }
                    }
                    println!("SUM {document}: {explained} of {pairs}");
                }
            });
        }
    });
}
