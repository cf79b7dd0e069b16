//! `countersign listen`

use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use countersign::{Diagnose, Diagnosis, Rejection, Secrets};
use serde::Serialize;

use super::{diagnose, verify};
use crate::cli::Listen;
use crate::failure::{Failure, Result, Verdict};
use crate::http1::{Answer, Framing, ReadError, Request, Target, Timed, exchange, request_from_stream};
use crate::sender::{Accepted, Sender};
use crate::{output, secrets};

/// Largest body, in bytes: the limit that the library sets for a service.
const LIMIT: usize = 1024 * 1024;

/// How long a sender may take for its request, and for the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Requests that are dealt with at the same time, each with its body in memory. Others wait.
const WORKERS: usize = 16;

struct Receiver<'a, W> {
    sender: Sender,
    secrets: Secrets,
    forward: Option<Target>,
    save: Option<&'a Path>,
    json: bool,
    /// Requests come at the same time; lines do not.
    out: Mutex<&'a mut W>,
}

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
    saved: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    forward_error: Option<String>,
}

pub(crate) fn run(args: &Listen, out: &mut (impl Write + Send)) -> Result<Verdict> {
    let sender = Sender::new(&args.sender)?;
    let secrets = secrets::load(&args.secrets)?;
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
    let receiver = Receiver { sender, secrets, forward, save, json: args.json, out: Mutex::new(out) };
    serve(&receiver, &listener, args.count)
}

/// The port is open to this machine alone; but a tunnel or a browser on it may bring a crowd.
fn serve<W: Write + Send>(
    receiver: &Receiver<'_, W>,
    listener: &TcpListener,
    count: Option<u64>,
) -> Result<Verdict> {
    let most = usize::try_from(count.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    let (queue, streams) = mpsc::sync_channel(0);
    let streams = Mutex::new(streams);
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(stream) = next(&streams) {
                    receiver.serve(stream);
                }
            });
        }
        // The workers end when they can expect no more.
        listener.incoming().take(most).try_for_each(|stream| queue.send(stream)).map_err(Failure::new)?;
        drop(queue);
        Ok(Verdict::Good)
    })
}

/// `None` where no connection will come any more.
fn next<T>(streams: &Mutex<mpsc::Receiver<T>>) -> Option<T> {
    streams.lock().ok()?.recv().ok()
}

impl<W: Write + Send> Receiver<'_, W> {
    fn serve(&self, stream: io::Result<TcpStream>) {
        let taken = stream.map_err(Failure::new).and_then(|stream| self.take(&stream));
        if let Err(failure) = taken.or_else(|failure| self.complain(failure)) {
            // Not even that can be said any more: whoever read the lines has gone.
            failure.exit();
        }
    }

    fn take(&self, stream: &TcpStream) -> Result<()> {
        let mut asking = Timed::new(stream, PATIENCE);
        let answer = match request_from_stream(&mut BufReader::new(asking), &mut asking, LIMIT) {
            Ok(request) => self.handle(&request)?,
            Err(ReadError::Nothing) => return Ok(()),
            Err(error) => self.refuse(&error)?,
        };
        // A sender that has hung up learns nothing; its request was handled all the same.
        Timed::new(stream, PATIENCE)
            .write_all(&answer.to_bytes())
            .or_else(|error| self.note(&format!("the sender has gone: {error}")))
    }

    fn handle(&self, request: &Request) -> Result<Answer> {
        let saved = self.save.map(|directory| save(directory, request)).transpose()?;
        let verdict = self.sender.verify(&self.secrets, &request.headers, &request.body, LIMIT);
        let diagnosis = verdict.is_err().then(|| self.diagnose(request));
        let forwarded = self.forward.as_ref().map(|target| {
            exchange(target, request, Framing::Length).map_err(|failure| match failure {
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
            diagnosis.as_ref(),
            Line {
                verdict: verify::Report::new(&self.sender, verdict),
                bytes: request.body.len(),
                status: answer.status,
                diagnosis: diagnosis.as_ref().map(diagnose::Report::from),
                saved: saved.map(|path| path.display().to_string()),
                forward_error,
            },
        )?;
        Ok(answer)
    }

    fn diagnose(&self, request: &Request) -> Diagnosis {
        Diagnose::new(self.sender.scheme(), self.secrets.clone()).run(&request.headers, &request.body)
    }

    fn refuse(&self, error: &ReadError) -> Result<Answer> {
        self.note(&error.to_string())?;
        Ok(match error {
            ReadError::TooLarge => Answer::new(413, "Content Too Large", r#"{"error":"body too large"}"#),
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
            if let Some(error) = line.forward_error {
                writeln!(out, "  {error}")?;
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
            Answer::new(status, reason.unwrap_or_default(), rejection.body())
        }
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
                let written = file.write_all(&request.to_bytes(None, Framing::Length));
                return written.map(|()| path.clone()).map_err(|error| failed(&path, &error));
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(&path, &error)),
        }
    }
    Err(Failure::new("no number is left to save a request under"))
}
