//! `countersign verify`

use std::io::Write;

use countersign::scheme::TimeSource;
use countersign::testing::Accepted;
use countersign::{Rejection, Scheme, Timestamp, VerifyError};
use serde::Serialize;

use crate::captured::Captured;
use crate::cli::Verify;
use crate::failure::{Result, Verdict};
use crate::provider::Provider;
use crate::{clock, input, output, secrets};

/// A verdict as JSON.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Report {
    Valid {
        valid: bool,
        signature: &'static str,
        provider: &'static str,
        event: Option<String>,
        event_id: Option<String>,
        occurred_at: Option<String>,
        sent_at: Option<String>,
        secret: String,
    },
    Refused {
        valid: bool,
        signature: &'static str,
        reason: String,
        #[serde(skip)]
        words: String,
    },
}

/// A verdict on a captured request.
#[derive(Serialize)]
struct Checked {
    #[serde(flatten)]
    report: Report,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

impl Report {
    pub(crate) fn new(provider: &Provider, verdict: Result<Accepted, Rejection>) -> Self {
        let name = provider.info.name;
        match verdict {
            Ok(accepted) => Self::Valid {
                valid: true,
                signature: "valid",
                provider: name,
                event: accepted.event_type,
                event_id: accepted.event_id,
                occurred_at: accepted.occurred_at.and_then(clock::rfc3339),
                sent_at: accepted.sent_at.and_then(clock::rfc3339),
                secret: accepted.secret_label,
            },
            Err(rejection) => Self::Refused {
                valid: false,
                signature: of_signature(&rejection),
                words: match &rejection {
                    Rejection::MalformedEnvelope(fault) => {
                        format!("the signature is valid, but the body is no event of '{name}': {fault}")
                    }
                    other => other.to_string(),
                },
                reason: rejection.to_string(),
            },
        }
    }

    /// The verdict in one line.
    pub(crate) fn line(&self) -> String {
        let (good, label, words) = self.in_words();
        format!("{}: {words}", output::word(good, label))
    }

    fn in_words(&self) -> (bool, &'static str, String) {
        match self {
            Self::Valid { event, event_id, occurred_at, sent_at, secret, .. } => {
                let facts =
                    [event, event_id, occurred_at].into_iter().flatten().map(|text| output::clean(text));
                let at = sent_at.as_ref().map(|time| format!(" at {time}")).unwrap_or_default();
                let facts: Vec<String> = facts.chain([format!("signed with {secret}{at}")]).collect();
                (true, "valid", facts.join(", "))
            }
            Self::Refused { words, .. } => (false, "refused", words.clone()),
        }
    }
}

/// The verdict on the signature alone.
const fn of_signature(rejection: &Rejection) -> &'static str {
    match rejection {
        Rejection::InvalidSignature { reason: VerifyError::Missing, .. } => "missing",
        // The time is judged after the tag has matched.
        Rejection::InvalidSignature {
            reason: VerifyError::TooOld { .. } | VerifyError::FromTheFuture { .. },
            ..
        }
        | Rejection::MalformedEnvelope(_) => "valid",
        Rejection::InvalidSignature { .. } => "invalid",
        _ => "unchecked",
    }
}

pub(crate) fn run(args: &Verify, out: &mut dyn Write) -> Result<Verdict> {
    let provider = Provider::new(&args.provider)?;
    let secrets = secrets::load(&args.secrets)?;
    let Captured { request, notes, .. } = input::delivery(&provider, &args.delivery)?;
    // The body is read already. A limit protects only services.
    let verdict = provider.verify(&secrets, &request.headers, &request.body, usize::MAX)?;
    let code = match &verdict {
        Ok(_) => Verdict::Good,
        Err(Rejection::MalformedEnvelope(_)) => Verdict::NoEvent,
        Err(_) => Verdict::Bad,
    };
    let advice = verdict.as_ref().err().and_then(|rejection| advice(&provider.info.scheme, rejection, args));
    let report = Report::new(&provider, verdict);
    if args.json {
        output::json(out, &Checked { report, notes })?;
    } else {
        notes.iter().for_each(|note| output::note(note));
        let (width, (good, label, words)) = (output::width(), report.in_words());
        let margin = label.len().saturating_add(2);
        output::hanging(&format!("{}: ", output::word(good, label)), margin, &words, width, out)?;
        if let Some(advice) = advice {
            output::sentence(&advice, width, out)?;
        }
    }
    Ok(code)
}

/// The next step after a wrong signature.
fn advice(scheme: &Scheme, rejection: &Rejection, args: &Verify) -> Option<String> {
    let Rejection::InvalidSignature { reason, .. } = rejection else { return None };
    let missing = match (reason, scheme.signed_time().map(Timestamp::source)) {
        (VerifyError::MissingTime, Some(TimeSource::Header(name))) => Some(name),
        (VerifyError::MissingId, _) => scheme.id_header(),
        _ => None,
    };
    Some(match (missing, reason) {
        (Some(name), _) if args.delivery.signature.is_some() => {
            format!("this provider signs another header too: add --with-header '{name}: VALUE'")
        }
        (_, VerifyError::TooOld { .. } | VerifyError::FromTheFuture { .. }) if args.clock.at.is_none() => {
            "the signature matches; --at TIME verifies a stored delivery as of the time at which it came"
                .to_owned()
        }
        _ => "'countersign diagnose' with the same arguments looks for the cause".to_owned(),
    })
}
