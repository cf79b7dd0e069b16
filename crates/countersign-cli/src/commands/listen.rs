//! `countersign listen`

mod memory;
mod places;
mod serve;

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use countersign::{Rejection, Secrets, VerifyError};
use countersign_diagnose::{Diagnose, Diagnosis};
use serde::Serialize;

use self::places::Places;
use self::serve::{LIMIT, Limits};
use super::{diagnose, verify};
use crate::cli::Listen;
use crate::failure::{Failure, Result, Verdict};
use crate::http1::{Answer, Framing, PATIENCE, ReadError, Request, Target, exchange};
use crate::sender::{Accepted, Sender};
use crate::{output, secrets};

struct Receiver<'a, W> {
    sender: Sender,
    secrets: Secrets,
    diagnose: Diagnose,
    forward: Option<Target>,
    save: Option<&'a Path>,
    json: bool,
    limits: Limits,
    diagnoses: Diagnoses,
    /// Requests come at the same time; lines do not.
    out: Mutex<&'a mut W>,
}

/// A diagnosis of a hostile body takes most of a second and 80 MB. One is made at a time, and few requests wait for theirs.
struct Diagnoses {
    queue: Places,
    turn: Places,
}

/// What a diagnosis came to.
enum Finding {
    /// The delivery is genuine.
    Nothing,
    Made(Diagnosis),
    /// Too many others are waiting for theirs.
    Skipped,
}

/// As many bytes of an unsigned body as show whether it is empty or compressed.
const START: usize = 3;

/// What is said in place of a diagnosis that was skipped.
const SKIPPED: &str =
    "not diagnosed, since many others are; 'countersign diagnose --request' takes what --save writes";

/// One line for machines.
#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    verdict: verify::Report,
    bytes: usize,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnosis: Option<diagnose::Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnosis_skipped: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    saved: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    forward_error: Option<String>,
}

pub(crate) fn run(args: &Listen, out: &mut (impl Write + Send)) -> Result<Verdict> {
    let sender = Sender::new(&args.sender)?;
    let (secrets, bytes) = secrets::load_with_bytes(&args.secrets)?;
    let diagnose = Diagnose::new(&sender.scheme(), bytes);
    let forward = args.forward.as_deref().map(Target::new).transpose()?;
    if let Some(directory) = &args.save {
        fs::create_dir_all(directory)
            .map_err(|error| Failure::new(format_args!("cannot create {}: {error}", directory.display())))?;
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).map_err(|error| {
        Failure::new(format_args!("cannot listen on 127.0.0.1:{}: {error}; choose another --port", args.port))
    })?;
    let address = listener.local_addr()?;
    if args.json {
        output::json(out, &serde_json::json!({ "listening": format!("http://{address}/") }))?;
    } else {
        writeln!(out, "listening on http://{address}/ for {}; end with Ctrl-C", sender.scheme().header())?;
        out.flush()?;
    }
    let save = args.save.as_deref();
    let receiver = Receiver {
        sender,
        secrets,
        diagnose,
        forward,
        save,
        json: args.json,
        limits: Limits::default(),
        diagnoses: Diagnoses::default(),
        out: Mutex::new(out),
    };
    receiver.serve(&listener, args.count)
}

impl Default for Diagnoses {
    fn default() -> Self {
        Self { queue: Places::new(8), turn: Places::new(1) }
    }
}

impl Finding {
    const fn made(&self) -> Option<&Diagnosis> {
        match self {
            Self::Made(diagnosis) => Some(diagnosis),
            Self::Nothing | Self::Skipped => None,
        }
    }
}

impl<W: Write + Send> Receiver<'_, W> {
    fn handle(&self, request: &Request) -> Result<Answer> {
        let saved = self.save.map(|directory| save(directory, request)).transpose()?;
        let verdict = self.sender.verify(&self.secrets, &request.headers, &request.body, LIMIT)?;
        let finding = verdict.as_ref().err().map_or(Finding::Nothing, |why| self.diagnose(why, request));
        let forwarded = self.forward.as_ref().map(|target| {
            exchange(target, request, Framing::Length, PATIENCE).map_err(|failure| match failure {
                Failure::Said(message) => message,
                Failure::NobodyReads => String::new(),
            })
        });
        let (answer, forward_error) = match forwarded {
            None => (answer(&verdict), None),
            Some(Ok(answer)) => (answer, None),
            Some(Err(message)) => {
                (Answer::new(502, "Bad Gateway", r#"{"error":"no answer from --forward"}"#), Some(message))
            }
        };
        self.print(
            finding.made(),
            Line {
                verdict: verify::Report::new(&self.sender, verdict),
                bytes: request.body.len(),
                status: answer.status,
                diagnosis: finding.made().map(diagnose::Report::from),
                diagnosis_skipped: matches!(finding, Finding::Skipped).then_some(SKIPPED),
                saved: saved.map(|path| path.display().to_string()),
                forward_error,
            },
        )?;
        Ok(answer)
    }

    fn diagnose(&self, why: &Rejection, request: &Request) -> Finding {
        if !may_be_signed(why, request) {
            // No change of the body explains a signature that did not come. Its start shows what is plain to see.
            let start = request.body.get(..START).unwrap_or(&request.body);
            return Finding::Made(self.diagnose.run(&request.headers, start));
        }
        let Some(_waiting) = self.diagnoses.queue.try_take() else { return Finding::Skipped };
        let _turn = self.diagnoses.turn.wait();
        Finding::Made(self.diagnose.run(&request.headers, &request.body))
    }

    fn refuse(&self, error: &ReadError) -> Result<Answer> {
        self.note(&error.to_string())?;
        Ok(match error {
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
        })
    }

    fn complain(&self, failure: Failure) -> Result<()> {
        match failure {
            Failure::Said(message) => self.note(&message),
            Failure::NobodyReads => Err(failure),
        }
    }

    /// A request that was none, or that could not be dealt with.
    fn note(&self, what: &str) -> Result<()> {
        self.locked(|out| {
            if self.json {
                return output::json(*out, &serde_json::json!({ "valid": false, "reason": what }));
            }
            Ok(writeln!(out, "{}: {}", output::word(false, "broken"), output::clean(what))?)
        })
    }

    fn print(&self, diagnosis: Option<&Diagnosis>, line: Line) -> Result<()> {
        self.locked(|out| {
            if self.json {
                return output::json(*out, &line);
            }
            let saved = line.saved.map(|path| format!(", saved as {path}")).unwrap_or_default();
            writeln!(out, "{}, {} bytes, answered {}{saved}", line.verdict.line(), line.bytes, line.status)?;
            for text in
                diagnosis.iter().flat_map(|d| d.to_string().lines().map(str::to_owned).collect::<Vec<_>>())
            {
                writeln!(out, "  {text}")?;
            }
            for more in line.diagnosis_skipped.into_iter().chain(line.forward_error.as_deref()) {
                writeln!(out, "  {more}")?;
            }
            Ok(out.flush()?)
        })
    }

    fn locked(&self, print: impl FnOnce(&mut &mut W) -> Result<()>) -> Result<()> {
        let mut out = self.out.lock().map_err(|_| Failure::new("another connection ended in a panic"))?;
        print(&mut out)
    }
}

/// The answer of a service.
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

/// Whether a signature came, in the header where it belongs or in that of another provider. Any page in a browser on this machine
/// can send requests without one, and a search for the change that made it would find nothing.
fn may_be_signed(why: &Rejection, request: &Request) -> bool {
    let missing = matches!(why, Rejection::InvalidSignature { reason: VerifyError::Missing, .. });
    let looks_like_one = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.contains("signature") || name.contains("hmac")
    };
    !missing || request.headers.iter().any(|(name, _)| looks_like_one(name))
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
