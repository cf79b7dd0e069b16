//! The way of one request: it is saved, judged, forwarded, shown and answered.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::mpsc;

use super::judge::{Judge, Received};
use super::lines::Delivery;
use crate::failure::{Failure, Result};
use crate::http1::{Answer, Framing, ReadError, Request, Target};
use crate::inspector::{Answered, Answerer, Got, Inspector, ask};
use crate::output;

pub(super) struct Receiver {
    pub(super) judge: Judge,
    pub(super) forward: Option<Target>,
    pub(super) save: Option<PathBuf>,
    pub(super) json: bool,
    pub(super) with_body: bool,
    pub(super) inspector: Option<Arc<Inspector>>,
    /// Requests come at the same time, but lines are printed one after the other.
    pub(super) lines: mpsc::Sender<Vec<u8>>,
}

impl Receiver {
    /// Handles a request. It blocks.
    pub(super) fn handle(&self, request: Request, version: &'static str) -> Result<Answer> {
        let saved = self.save.as_deref().map(|directory| save(directory, &request)).transpose()?;
        let saved = saved.map(|path| path.display().to_string());
        let judged = self.judge.judge(&request)?;
        let received = Arc::new(Received { request, version, judged });
        let number = self.inspector.as_ref().map(|inspector| inspector.received(Arc::clone(&received)));
        let (answered, answer) = self.answer(&received);
        let delivery = Delivery {
            received: &received,
            status: answer.status,
            saved: saved.as_deref(),
            forward_error: answered.outcome.as_ref().err().map(String::as_str),
            with_body: self.with_body,
        };
        let line = Self::line(|out| if self.json { delivery.json(out) } else { delivery.print(out) })?;
        if let Some((inspector, number)) = self.inspector.as_ref().zip(number) {
            inspector.answered(number, answered);
        }
        self.lines.blocking_send(line).map_err(|_| Failure::OutputClosed)?;
        Ok(answer)
    }

    /// The answer of the forward target, or the command's own.
    fn answer(&self, received: &Received) -> (Answered, Answer) {
        match &self.forward {
            None => {
                let answer = received.judged.answer.clone();
                let outcome = Ok(Got::from(&answer));
                let (time, elapsed) = (SystemTime::now(), Duration::ZERO);
                (Answered { time, by: Answerer::Listener, elapsed, outcome }, answer)
            }
            Some(target) => {
                let (answered, answer) = ask(target, &received.request, Answerer::Forward);
                let none = || Answer::new(502, "Bad Gateway", r#"{"error":"no answer from --forward"}"#);
                (answered, answer.unwrap_or_else(none))
            }
        }
    }

    /// The answer to a request that could not be read, and the line about it.
    pub(super) fn refuse(&self, error: &ReadError) -> (Answer, String) {
        let answer = match error {
            ReadError::TooLarge => Answer::new(413, "Content Too Large", r#"{"error":"body too large"}"#),
            ReadError::NoMemory => {
                let pause = ("retry-after".to_owned(), b"5".to_vec());
                let mut answer =
                    Answer::new(503, "Service Unavailable", r#"{"error":"temporarily unavailable"}"#);
                answer.headers.push(pause);
                answer
            }
            ReadError::Io(_) => Answer::new(408, "Request Timeout", r#"{"error":"body timeout"}"#),
            ReadError::Malformed(_) | ReadError::Nothing => {
                Answer::new(400, "Bad Request", r#"{"error":"not HTTP"}"#)
            }
        };
        let line = match error {
            ReadError::TooLarge => {
                format!("{error}: over {} bytes; --limit BYTES allows more", self.judge.body_limit)
            }
            other => other.to_string(),
        };
        (answer, line)
    }

    /// Prints why a request could not be read or answered.
    pub(super) async fn note(&self, what: &str) {
        let line = Self::line(|out| {
            if self.json {
                return output::json(out, &serde_json::json!({ "valid": false, "reason": what }));
            }
            Ok(writeln!(out, "{}: {}", output::word(false, "broken"), output::clean(what))?)
        });
        if let Ok(line) = line {
            // The printer is gone only while the process ends.
            self.lines.send(line).await.ok();
        }
    }

    fn line(print: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<Vec<u8>> {
        let mut line = Vec::new();
        print(&mut line).map(|()| line)
    }
}

/// Under the first number that is free, so that nothing is ever overwritten.
fn save(directory: &Path, request: &Request) -> Result<PathBuf> {
    let failed = |path: &Path, error: &io::Error| {
        Failure::new(format_args!("cannot write {}: {error}", path.display()))
    };
    for number in 1_u32.. {
        let path = directory.join(format!("{number:04}.http"));
        match File::create_new(&path) {
            Ok(mut file) => {
                let written = file.write_all(&request.to_bytes(&request.path, None, Framing::Length));
                return written.map(|()| path.clone()).map_err(|error| failed(&path, &error));
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(&path, &error)),
        }
    }
    Err(Failure::new("no number is left to save a request under"))
}
