//! `countersign diagnose`

use std::io::Write;

use countersign_diagnose::Diagnosis;
use serde::Serialize;

use crate::cli::Diagnose;
use crate::failure::{Result, Verdict};
use crate::provider::Provider;
use crate::{clock, input, output, secrets};

/// A diagnosis as JSON.
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
    blame: &'static str,
    fact: String,
    remedy: &'static str,
}

impl From<&Diagnosis> for Report {
    fn from(diagnosis: &Diagnosis) -> Self {
        let cause = |cause: &countersign_diagnose::Cause| Cause {
            name: cause.as_str(),
            blame: cause.blame().as_str(),
            fact: cause.fact(),
            remedy: cause.remedy(),
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
    let provider = Provider::new(&args.provider)?;
    // The set is checked as `verify` checks it, with its labels and its size.
    let (_, bytes) = secrets::load_with_bytes(&args.secrets, &provider.info.scheme)?;
    let start = countersign_diagnose::Diagnose::new(&provider.info.scheme, bytes).at(clock::now());
    let others = secrets::labelled_bytes(&args.other_secret_env, &args.other_secret_file)?;
    let diagnose = others.into_iter().fold(start, |diagnose, (label, secret)| diagnose.also(&label, secret));
    let (headers, body) = input::delivery(&provider, &args.delivery)?;
    let diagnosis = diagnose.run(&headers, &body);
    if args.json {
        output::json(out, &Report::from(&diagnosis))?;
    } else {
        writeln!(out, "{diagnosis}")?;
    }
    Ok(Verdict::of(diagnosis.is_valid()))
}
