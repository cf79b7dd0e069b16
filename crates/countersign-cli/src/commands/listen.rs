//! `countersign listen`

mod memory;
mod places;
mod serve;

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use countersign::testing::Accepted;
use countersign::{Rejection, Secrets, VerifyError};
use countersign_diagnose::{Diagnose, Diagnosis};
use serde::Serialize;

use self::places::Places;
use self::serve::{LIMIT, Limits};
use super::{diagnose, verify};
use crate::cli::Listen;
use crate::failure::{Failure, Result, Verdict};
use crate::http1::{Answer, Framing, PATIENCE, ReadError, Request, Target, exchange};
use crate::provider::Provider;
use crate::{output, secrets};

struct Receiver<'a, W> {
    provider: Provider,
    secrets: Secrets,
    diagnose: Diagnose,
    forward: Option<Target>,
    save: Option<&'a Path>,
    json: bool,
    limits: Limits,
    diagnoses: Diagnoses,
    /// Requests come at the same time, but lines are printed one after the other.
    out: Mutex<&'a mut W>,
}

/// A diagnosis of a hostile body takes most of a second and 80 MB. So only one is made at a time, and few requests wait for theirs.
struct Diagnoses {
    queue: Places,
    turn: Places,
}

/// The result of a diagnosis.
enum Finding {
    /// The delivery is genuine.
    Nothing,
    Made(Diagnosis),
    /// There is none, for this reason.
    Skipped(&'static str),
}

/// The number of bytes that show whether an unsigned body is empty or compressed.
const START: usize = 3;

/// The message in place of a skipped diagnosis.
const SKIPPED: &str = "not diagnosed, because other requests wait for a diagnosis; run 'countersign diagnose --request' on a file of --save";

/// The same for a large body. The memory of a diagnosis is some hundred times the body.
const TOO_LARGE: &str =
    "not diagnosed, because the body is over 1 MiB; run 'countersign diagnose --request' on a file of --save";

/// A line as JSON.
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
    let provider = Provider::new(&args.provider)?;
    let (secrets, bytes) = secrets::load_with_bytes(&args.secrets, &provider.info.scheme)?;
    let diagnose = Diagnose::new(&provider.info.scheme, bytes);
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
        writeln!(
            out,
            "listening on http://{address}/ for {}; end with Ctrl-C",
            provider.info.scheme.header()
        )?;
        out.flush()?;
    }
    let save = args.save.as_deref();
    let receiver = Receiver {
        provider,
        secrets,
        diagnose,
        forward,
        save,
        json: args.json,
        limits: Limits { body_bytes: provider.info.body_limit, ..Limits::default() },
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
            Self::Nothing | Self::Skipped(_) => None,
        }
    }

    const fn skipped(&self) -> Option<&'static str> {
        match self {
            Self::Skipped(why) => Some(why),
            Self::Nothing | Self::Made(_) => None,
        }
    }
}

impl<W: Write + Send> Receiver<'_, W> {
    fn handle(&self, request: &Request) -> Result<Answer> {
        let saved = self.save.map(|directory| save(directory, request)).transpose()?;
        let verdict =
            self.provider.verify(&self.secrets, &request.headers, &request.body, self.limits.body_bytes)?;
        let finding = verdict.as_ref().err().map_or(Finding::Nothing, |why| self.diagnose(why, request));
        let forwarded = self.forward.as_ref().map(|target| {
            exchange(target, request, Framing::Length, PATIENCE).map_err(|failure| match failure {
                Failure::Message(message) => message,
                Failure::OutputClosed => String::new(),
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
                verdict: verify::Report::new(&self.provider, verdict),
                bytes: request.body.len(),
                status: answer.status,
                diagnosis: finding.made().map(diagnose::Report::from),
                diagnosis_skipped: finding.skipped(),
                saved: saved.map(|path| path.display().to_string()),
                forward_error,
            },
        )?;
        Ok(answer)
    }

    fn diagnose(&self, why: &Rejection, request: &Request) -> Finding {
        if !may_be_signed(why, request) {
            // No change of the body explains a missing signature. The start of the body shows whether it is empty or compressed.
            let start = request.body.get(..START).unwrap_or(&request.body);
            return Finding::Made(self.diagnose.run(&request.headers, start));
        }
        if request.body.len() > LIMIT {
            return Finding::Skipped(TOO_LARGE);
        }
        let Some(_waiting) = self.diagnoses.queue.try_take() else { return Finding::Skipped(SKIPPED) };
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
            Failure::Message(message) => self.note(&message),
            Failure::OutputClosed => Err(failure),
        }
    }

    /// Prints why a request could not be read or answered.
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

/// Whether the request has a signature, in the provider's header or in another provider's. Any page in a browser on this machine can
/// send unsigned requests, and a search would find no cause for them.
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
