//! `countersign diagnose`

use std::io::Write;

use countersign_diagnose::{Blame, Diagnosis};
use serde::Serialize;

use crate::captured::Captured;
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
    /// The parts of a captured request that do not fit together.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Cause {
    name: &'static str,
    blame: &'static str,
    culprit: &'static str,
    fact: String,
    remedy: &'static str,
    /// Both in one line.
    text: String,
}

impl From<&Diagnosis> for Report {
    fn from(diagnosis: &Diagnosis) -> Self {
        let cause = |cause: &countersign_diagnose::Cause| Cause {
            name: cause.as_str(),
            blame: cause.blame().as_str(),
            culprit: culprit(cause.blame()),
            fact: cause.fact(),
            remedy: cause.remedy(),
            text: format!("{}; {}", cause.fact(), cause.remedy()),
        };
        Self {
            valid: diagnosis.is_valid(),
            explained: diagnosis.is_explained(),
            complete: diagnosis.is_complete(),
            causes: diagnosis.causes().iter().map(cause).collect(),
            notes: Vec::new(),
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
    let Captured { request, notes } = input::delivery(&provider, &args.delivery)?;
    let diagnosis = diagnose.run(&request.headers, &request.body);
    if args.json {
        output::json(out, &Report { notes, ..Report::from(&diagnosis) })?;
    } else {
        notes.iter().for_each(|note| output::note(note));
        print(&diagnosis, "", out)?;
    }
    Ok(Verdict::of(diagnosis.is_valid()))
}

/// Prints a diagnosis for people, each line after this indent.
pub(crate) fn print(diagnosis: &Diagnosis, indent: &str, out: &mut dyn Write) -> Result<()> {
    let width = output::width();
    for line in diagnosis.to_string().lines() {
        let text = line.trim_start();
        let indent = format!("{indent}{}", " ".repeat(line.len().saturating_sub(text.len())));
        let detail = text.split_once(": ").filter(|_| text.len() < line.len());
        match detail {
            Some((label, text)) => output::labelled(&indent, label, text, width, out)?,
            None => output::finding(&indent, text, diagnosis.is_valid(), width, out)?,
        }
    }
    Ok(())
}

/// The party in the words of people who look for a culprit.
const fn culprit(blame: Blame) -> &'static str {
    match blame {
        Blame::Provider => "sender",
        Blame::Intermediary => "something in between",
        Blame::Receiver => "receiver",
        _ => "unclear",
    }
}
