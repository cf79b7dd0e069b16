//! `countersign diagnose`

use std::io::Write;

use countersign_diagnose::{Blame, Diagnosis, Mistake};
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
    /// The causes that are proven.
    causes: Vec<Cause>,
    /// The causes that are likely.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suspicions: Vec<Cause>,
    /// The next step if the causes do not suffice.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<&'static str>,
    /// The parts of a captured request that do not fit together.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

/// A cause as JSON, for programs and for the page of the inspector.
#[derive(Serialize)]
pub(crate) struct Cause {
    name: &'static str,
    blame: &'static str,
    culprit: &'static str,
    fact: String,
    remedy: &'static str,
    /// The fact and the remedy in one line.
    text: String,
}

impl From<&Diagnosis> for Report {
    fn from(diagnosis: &Diagnosis) -> Self {
        Self {
            valid: diagnosis.is_valid(),
            explained: diagnosis.is_explained(),
            complete: diagnosis.is_complete(),
            causes: diagnosis.causes().iter().map(Cause::from).collect(),
            suspicions: diagnosis.suspicions().iter().map(Cause::from).collect(),
            advice: diagnosis.advice(),
            notes: Vec::new(),
        }
    }
}

impl From<&countersign_diagnose::Cause> for Cause {
    fn from(cause: &countersign_diagnose::Cause) -> Self {
        Self {
            name: cause.as_str(),
            blame: cause.blame().as_str(),
            culprit: culprit(cause.blame()),
            fact: cause.fact(),
            remedy: cause.remedy(),
            text: format!("{}; {}", cause.fact(), cause.remedy()),
        }
    }
}

impl Cause {
    /// The cause with text that is fit for a page or a terminal, because a fact may name a key of the body.
    pub(crate) fn cleaned(self) -> Self {
        Self { fact: output::clean(&self.fact), text: output::clean(&self.text), ..self }
    }
}

pub(crate) fn run(args: &Diagnose, out: &mut dyn Write) -> Result<Verdict> {
    let provider = Provider::new(&args.provider)?;
    // The set is checked as `verify` checks it, with its labels and its size.
    let bytes = secrets::load_with_bytes(&args.secrets, &provider.info.scheme)?.bytes;
    let start = countersign_diagnose::Diagnose::new(&provider.info.scheme, bytes).at(clock::now());
    let others = secrets::labelled_bytes(&args.other_secret_env, &args.other_secret_file)?;
    let diagnose = others.into_iter().fold(start, |diagnose, (label, secret)| diagnose.also(&label, secret));
    let Captured { request, target, notes } = input::delivery(&provider, &args.delivery)?;
    let line = args.url.clone().or_else(|| args.delivery.capture.request.is_some().then_some(target));
    let diagnose = match line {
        Some(target) => diagnose.request(&request.method, &target),
        None => diagnose,
    };
    let diagnosis = diagnose.run(&request.headers, &request.body);
    if args.json {
        output::json(out, &Report { notes, ..Report::from(&diagnosis) })?;
    } else {
        notes.iter().for_each(|note| output::note(note));
        print(&diagnosis, "", out)?;
    }
    Ok(Verdict::of(diagnosis.is_valid()))
}

/// Prints a diagnosis for people: for each cause what is wrong, what to do, and whose it is. Each line begins with this indent.
pub(crate) fn print(diagnosis: &Diagnosis, indent: &str, out: &mut dyn Write) -> Result<()> {
    let width = output::width();
    if diagnosis.is_valid() {
        return output::finding(indent, "the signature matches", true, width, out);
    }
    let is_time = |cause: &countersign_diagnose::Cause| matches!(cause.mistake(), Mistake::Time(_));
    if diagnosis.is_explained() && diagnosis.causes().iter().all(is_time) {
        output::finding(indent, "the signature matches, but not its time", true, width, out)?;
    }
    let proven = diagnosis.causes().iter().map(|cause| (cause, cause.fact()));
    let likely = diagnosis.suspicions().iter().map(|cause| (cause, format!("perhaps: {}", cause.fact())));
    let details = format!("{indent}  ");
    for (cause, fact) in proven.chain(likely) {
        output::finding(indent, &output::clean(&fact), false, width, out)?;
        output::labelled(&details, "repair", cause.remedy(), width, out)?;
        output::labelled(&details, "by", party(cause.blame()), width, out)?;
    }
    diagnosis.advice().map_or(Ok(()), |advice| output::hanging(indent, indent.len(), advice, width, out))
}

/// The party for a program.
const fn culprit(blame: Blame) -> &'static str {
    match blame {
        Blame::Provider => "sender",
        Blame::Intermediary => "something in between",
        Blame::Receiver => "receiver",
        _ => "unclear",
    }
}

/// The party for people.
const fn party(blame: Blame) -> &'static str {
    match blame {
        Blame::Provider => "the provider, as the sender",
        Blame::Intermediary => "something in between, such as a proxy",
        Blame::Receiver => "the receiver",
        _ => "unclear: the sender, something in between, or the receiver",
    }
}
