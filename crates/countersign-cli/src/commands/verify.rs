//! `countersign verify`

use std::io::Write;

use countersign::Rejection;
use countersign::testing::Accepted;
use serde::Serialize;

use crate::cli::Verify;
use crate::failure::{Result, Verdict};
use crate::provider::Provider;
use crate::{input, output, payload, secrets};

/// A verdict as JSON.
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
    pub(crate) fn new(provider: &Provider, verdict: Result<Accepted, Rejection>) -> Self {
        match verdict {
            Ok(accepted) => Self::Valid {
                valid: true,
                provider: provider.info.name,
                event: accepted.event_type,
                event_id: accepted.event_id,
                occurred_at: accepted.occurred_at.and_then(payload::rfc3339),
                secret: accepted.secret_label,
            },
            Err(rejection) => Self::Refused { valid: false, reason: provider.reason(&rejection) },
        }
    }

    pub(crate) const fn is_valid(&self) -> bool {
        matches!(self, Self::Valid { .. })
    }

    /// The verdict in one line.
    pub(crate) fn line(&self) -> String {
        match self {
            Self::Valid { event, event_id, occurred_at, secret, .. } => {
                let facts =
                    [event, event_id, occurred_at].into_iter().flatten().map(|text| output::clean(text));
                let facts: Vec<String> = facts.chain([format!("signed with {secret}")]).collect();
                format!("{}: {}", output::word(true, "valid"), facts.join(", "))
            }
            Self::Refused { reason, .. } => format!("{}: {reason}", output::word(false, "refused")),
        }
    }
}

pub(crate) fn run(args: &Verify, out: &mut dyn Write) -> Result<Verdict> {
    let provider = Provider::new(&args.provider)?;
    let secrets = secrets::load(&args.secrets)?;
    let (headers, body) = input::delivery(&provider, &args.delivery)?;
    // The body is read already. A limit protects only services.
    let verdict = provider.verify(&secrets, &headers, &body, usize::MAX)?;
    let signature_is_wrong = matches!(verdict, Err(Rejection::InvalidSignature { .. }));
    let report = Report::new(&provider, verdict);
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
