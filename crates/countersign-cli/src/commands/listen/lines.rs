//! The lines that `listen` prints for a delivery.

use std::io::Write;

use serde::Serialize;

use super::judge::Received;
use crate::commands::{diagnose, verify};
use crate::failure::Result;
use crate::{clock, output};

/// Most bytes of a body that are printed.
const SHOWN: usize = 16 * 1024;

/// A delivery, and the way that it went.
#[derive(Clone, Copy)]
pub(super) struct Delivery<'a> {
    pub(super) received: &'a Received,
    /// The status of the answer.
    pub(super) status: u16,
    /// The file in which it is saved.
    pub(super) saved: Option<&'a str>,
    /// Why the other endpoint did not answer.
    pub(super) forward_error: Option<&'a str>,
    /// Whether the body is printed.
    pub(super) with_body: bool,
}

/// A line as JSON.
#[derive(Serialize)]
struct Line<'a> {
    time: Option<String>,
    method: &'a str,
    path: &'a str,
    #[serde(flatten)]
    verdict: &'a verify::Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_known: Option<bool>,
    bytes: usize,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnosis: Option<diagnose::Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnosis_skipped: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    saved: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    forward_error: Option<&'a str>,
}

impl Delivery<'_> {
    pub(super) fn json(self, out: &mut dyn Write) -> Result<()> {
        let Received { request, judged, .. } = self.received;
        let line = Line {
            time: clock::rfc3339(judged.at),
            method: &request.method,
            path: &request.path,
            verdict: &judged.verdict,
            event_known: judged.event_is_known,
            bytes: request.body.len(),
            status: self.status,
            body: self.with_body.then(|| String::from_utf8_lossy(shown(&request.body)).into_owned()),
            diagnosis: judged.finding.made().map(diagnose::Report::from),
            diagnosis_skipped: judged.finding.skipped(),
            saved: self.saved,
            forward_error: self.forward_error,
        };
        output::json(out, &line)
    }

    pub(super) fn print(self, out: &mut dyn Write) -> Result<()> {
        let Received { request, judged, .. } = self.received;
        let saved = self.saved.map(|path| format!(", saved as {path}")).unwrap_or_default();
        writeln!(
            out,
            "{} {} {} {}, {} bytes, answered {}{saved}",
            clock::rfc3339_seconds(judged.at),
            output::clean(&request.method),
            output::clean(&request.path),
            judged.verdict.line(),
            request.body.len(),
            self.status
        )?;
        if judged.event_is_known == Some(false) {
            writeln!(out, "  the event type is none that the provider's documents name")?;
        }
        if let Some(diagnosis) = judged.finding.made() {
            diagnose::print(diagnosis, "  ", out)?;
        }
        for more in judged.finding.skipped().into_iter().chain(self.forward_error) {
            writeln!(out, "  {}", output::clean(more))?;
        }
        if self.with_body {
            print_body(&request.body, out)?;
        }
        Ok(out.flush()?)
    }
}

fn shown(body: &[u8]) -> &[u8] {
    body.get(..SHOWN).unwrap_or(body)
}

/// Prints a body, made safe for a terminal.
fn print_body(body: &[u8], out: &mut dyn Write) -> Result<()> {
    for line in String::from_utf8_lossy(shown(body)).lines() {
        writeln!(out, "  | {}", output::clean(&line.replace('\t', "    ")))?;
    }
    match body.len().checked_sub(SHOWN) {
        None | Some(0) => Ok(()),
        Some(more) => Ok(writeln!(out, "  | and {more} bytes more")?),
    }
}
