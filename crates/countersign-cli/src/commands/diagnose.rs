//! `countersign diagnose`

use std::io::Write;

use countersign::Diagnosis;
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
    culprit: String,
    text: String,
}

impl From<&Diagnosis> for Report {
    fn from(diagnosis: &Diagnosis) -> Self {
        let cause = |cause: &countersign::Cause| Cause {
            name: cause.name(),
            culprit: cause.culprit().to_string(),
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
    let start = countersign::Diagnose::new(sender.scheme(), secrets::load(&args.secrets)?);
    let others = secrets::labelled(&args.other_secret_env, &args.other_secret_file)?;
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
