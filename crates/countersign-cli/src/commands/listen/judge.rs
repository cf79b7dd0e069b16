//! The verdict on a delivery, without any input or output: its signature, its event, the cause of a refusal, and the answer to it.

use std::time::SystemTime;

use countersign::testing::{Accepted, ProviderInfo};
use countersign::{Rejection, Secrets};
use countersign_diagnose::{Diagnose, Diagnosis};

use super::places::Places;
use crate::clock;
use crate::commands::verify;
use crate::failure::Result;
use crate::http1::{Answer, Request};
use crate::provider::Provider;

/// Largest body in bytes that is searched for the cause of a wrong signature. The memory of a diagnosis is some hundred times the body.
const DIAGNOSED: usize = 1024 * 1024;

/// The message in place of a skipped diagnosis.
pub(crate) const SKIPPED: &str = "not diagnosed, because other requests wait for a diagnosis; run 'countersign diagnose --request' on a file of --save";

/// The same for a large body.
const TOO_LARGE: &str =
    "not diagnosed, because the body is over 1 MiB; run 'countersign diagnose --request' on a file of --save";

/// Judges the deliveries of one provider. Threads may share it.
pub(crate) struct Judge {
    pub(crate) provider: Provider,
    pub(crate) secrets: Secrets,
    pub(crate) diagnose: Diagnose,
    /// The largest body in bytes.
    pub(crate) body_limit: usize,
    pub(crate) diagnoses: Diagnoses,
}

/// A diagnosis of a hostile body takes most of a second and 80 MB. So only one is made at a time, and few requests wait for theirs.
pub(crate) struct Diagnoses {
    pub(super) queue: Places,
    turn: Places,
}

/// A request that was judged.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) request: Request,
    /// The version of HTTP by which it came.
    pub(crate) version: &'static str,
    pub(crate) judged: Judged,
}

/// Everything about one delivery.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) at: SystemTime,
    pub(crate) verdict: verify::Report,
    /// Whether the provider's documents have this event type. `None` if it is not known, or if they do not list their types.
    pub(crate) event_is_known: Option<bool>,
    pub(crate) finding: Finding,
    /// The answer of a service of the library.
    pub(crate) answer: Answer,
}

/// The result of a diagnosis.
#[derive(Debug)]
pub(crate) enum Finding {
    /// The delivery is genuine.
    Nothing,
    Made(Diagnosis),
    /// There is none, for this reason.
    Skipped(&'static str),
}

impl Default for Diagnoses {
    fn default() -> Self {
        Self { queue: Places::new(8), turn: Places::new(1) }
    }
}

impl Judge {
    pub(crate) fn judge(&self, request: &Request) -> Result<Judged> {
        let verdict =
            self.provider.verify(&self.secrets, &request.headers, &request.body, self.body_limit)?;
        let event_type = verdict.as_ref().ok().and_then(|accepted| accepted.event_type.as_deref());
        Ok(Judged {
            at: clock::now(),
            event_is_known: event_type.and_then(|event_type| is_known(&self.provider.info, event_type)),
            finding: if verdict.is_ok() { Finding::Nothing } else { self.diagnose(request) },
            answer: answer(&verdict),
            verdict: verify::Report::new(&self.provider, verdict),
        })
    }

    /// A request without a tag costs little, because the diagnosis searches for the tag that came.
    fn diagnose(&self, request: &Request) -> Finding {
        if request.body.len() > DIAGNOSED {
            return Finding::Skipped(TOO_LARGE);
        }
        let Some(_waiting) = self.diagnoses.queue.try_take() else { return Finding::Skipped(SKIPPED) };
        let _turn = self.diagnoses.turn.wait();
        let diagnose = self.diagnose.clone().request(&request.method, &request.path);
        Finding::Made(diagnose.run(&request.headers, &request.body))
    }
}

impl Finding {
    pub(crate) const fn made(&self) -> Option<&Diagnosis> {
        match self {
            Self::Made(diagnosis) => Some(diagnosis),
            Self::Nothing | Self::Skipped(_) => None,
        }
    }

    pub(crate) const fn skipped(&self) -> Option<&'static str> {
        match self {
            Self::Skipped(why) => Some(why),
            Self::Nothing | Self::Made(_) => None,
        }
    }
}

/// Whether a provider with documented event types has this one.
fn is_known(provider: &ProviderInfo, event_type: &str) -> Option<bool> {
    let mut types = provider.samples.iter().filter_map(|sample| sample.event_type).peekable();
    types.peek()?;
    Some(types.any(|known| known == event_type))
}

/// Answers as a service of the library does.
fn answer(verdict: &Result<Accepted, Rejection>) -> Answer {
    match verdict {
        Ok(_) => Answer::new(204, "No Content", ""),
        Err(rejection) => {
            let status = rejection.status();
            let reason = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
            let headers = rejection
                .answer()
                .headers()
                .map(|(name, value)| (name.to_owned(), value.into_owned().into_bytes()));
            Answer {
                headers: headers.collect(),
                ..Answer::new(status, reason.unwrap_or_default(), rejection.body())
            }
        }
    }
}
