//! `countersign verify`

use std::io::Write;

use countersign::Rejection;
use serde::Serialize;

use crate::cli::Verify;
use crate::failure::{Result, Verdict};
use crate::sender::{Accepted, Sender};
use crate::{input, output, payload, secrets};

/// A verdict for machines.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Report {
    Valid {
        valid: bool,
        provider: &'static str,
        event: Option<String>,
        event_id: Option<String>,
        occurred_at: Option<String>,
        secret: String,
    },
    Refused {
        valid: bool,
        reason: String,
    },
}

impl Report {
    pub(crate) fn new(sender: &Sender, verdict: Result<Accepted, Rejection>) -> Self {
        match verdict {
            Ok(accepted) => Self::Valid {
                valid: true,
                provider: sender.facts().name,
                event: accepted.event,
                event_id: accepted.event_id,
                occurred_at: accepted.occurred_at.and_then(payload::rfc3339),
                secret: accepted.secret,
            },
            Err(rejection) => Self::Refused { valid: false, reason: sender.reason(&rejection) },
        }
    }

    pub(crate) const fn is_valid(&self) -> bool {
        matches!(self, Self::Valid { .. })
    }

    /// One line.
    pub(crate) fn line(&self) -> String {
        match self {
            Self::Valid { event, event_id, occurred_at, secret, .. } => {
                let said =
                    [event, event_id, occurred_at].into_iter().flatten().map(|text| output::clean(text));
                let said: Vec<String> = said.chain([format!("signed with {secret}")]).collect();
                format!("{}: {}", output::word(true, "valid"), said.join(", "))
            }
            Self::Refused { reason, .. } => format!("{}: {reason}", output::word(false, "refused")),
        }
    }
}

pub(crate) fn run(args: &Verify, out: &mut dyn Write) -> Result<Verdict> {
    let sender = Sender::new(&args.sender)?;
    let secrets = secrets::load(&args.secrets)?;
    let (headers, body) = input::came(&sender, &args.came)?;
    // What is at hand is whole: the limit protects services.
    let verdict = sender.verify(&secrets, &headers, &body, usize::MAX)?;
    let signature_is_wrong = matches!(verdict, Err(Rejection::InvalidSignature { .. }));
    let report = Report::new(&sender, verdict);
    if args.json {
        output::json(out, &report)?;
    } else {
        writeln!(out, "{}", report.line())?;
        if signature_is_wrong {
            writeln!(out, "'countersign diagnose' with the same arguments looks for the cause")?;
        }
    }
    Ok(Verdict::of(report.is_valid()))
}
