//! `countersign diagnose`

use std::io::Write;

use countersign_diagnose::Diagnosis;
use serde::Serialize;

use crate::cli::Diagnose;
use crate::failure::{Result, Verdict};
use crate::sender::Sender;
use crate::{input, output, secrets};

/// A diagnosis for machines.
#[derive(Serialize)]
pub(crate) struct Report {
    valid: bool,
    explained: bool,
    complete: bool,
    causes: Vec<Cause>,
}

#[derive(Serialize)]
struct Cause {
    name: &'static str,
    culprit: &'static str,
    text: String,
}

impl From<&Diagnosis> for Report {
    fn from(diagnosis: &Diagnosis) -> Self {
        let cause = |cause: &countersign_diagnose::Cause| Cause {
            name: cause.as_str(),
            culprit: cause.blame().as_str(),
            text: cause.to_string(),
        };
        Self {
            valid: diagnosis.is_valid(),
            explained: diagnosis.is_explained(),
            complete: diagnosis.is_complete(),
            causes: diagnosis.causes().iter().map(cause).collect(),
        }
    }
}

pub(crate) fn run(args: &Diagnose, out: &mut dyn Write) -> Result<Verdict> {
    let sender = Sender::new(&args.sender)?;
    // The set is checked as for a verdict, its labels and its size included.
    let (_, bytes) = secrets::load_with_bytes(&args.secrets)?;
    let start = countersign_diagnose::Diagnose::new(&sender.scheme(), bytes);
    let others = secrets::labelled_bytes(&args.other_secret_env, &args.other_secret_file)?;
    let diagnose = others.into_iter().fold(start, |diagnose, (label, secret)| diagnose.also(&label, secret));
    let (headers, body) = input::came(&sender, &args.came)?;
    let diagnosis = diagnose.run(&headers, &body);
    if args.json {
        output::json(out, &Report::from(&diagnosis))?;
    } else {
        writeln!(out, "{diagnosis}")?;
    }
    Ok(Verdict::of(diagnosis.is_valid()))
}
