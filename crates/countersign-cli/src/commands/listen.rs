//! `countersign listen`

mod judge;
mod lines;
mod memory;
mod places;
mod serve;

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use countersign_diagnose::Diagnose;

use self::judge::{Diagnoses, Judge};
use self::lines::Delivery;
use self::serve::Limits;
use crate::cli::Listen;
use crate::failure::{Failure, Result, Verdict};
use crate::http1::{Answer, Framing, PATIENCE, ReadError, Request, Target, exchange};
use crate::provider::Provider;
use crate::{output, secrets};

struct Receiver<'a, W> {
    judge: Judge,
    forward: Option<Target>,
    save: Option<&'a Path>,
    json: bool,
    with_body: bool,
    limits: Limits,
    /// Requests come at the same time, but lines are printed one after the other.
    out: Mutex<&'a mut W>,
}

pub(crate) fn run(args: &Listen, out: &mut (impl Write + Send)) -> Result<Verdict> {
    let judge = judge(args)?;
    let forward = args.forward.as_deref().map(Target::new).transpose()?;
    if let Some(directory) = &args.save {
        fs::create_dir_all(directory)
            .map_err(|error| Failure::new(format_args!("cannot create {}: {error}", directory.display())))?;
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).map_err(|error| {
        Failure::new(format_args!("cannot listen on 127.0.0.1:{}: {error}; choose another --port", args.port))
    })?;
    let limits = Limits { body_bytes: judge.body_limit, ..Limits::default() };
    greet(args, &listener, &judge, &limits, out)?;
    let receiver = Receiver {
        judge,
        forward,
        save: args.save.as_deref(),
        json: args.json,
        with_body: args.body,
        limits,
        out: Mutex::new(out),
    };
    receiver.serve(&listener, args.count)
}

fn judge(args: &Listen) -> Result<Judge> {
    let provider = Provider::new(&args.provider)?;
    let (secrets, bytes) = secrets::load_with_bytes(&args.secrets, &provider.info.scheme)?;
    let limit = args.limit.map(usize::try_from).transpose().map_err(Failure::new)?;
    Ok(Judge {
        provider,
        secrets,
        diagnose: Diagnose::new(&provider.info.scheme, bytes),
        body_limit: limit.unwrap_or(provider.info.body_limit),
        diagnoses: Diagnoses::default(),
    })
}

/// Says where it listens, within which limits, and how a provider reaches it.
fn greet(
    args: &Listen,
    listener: &TcpListener,
    judge: &Judge,
    limits: &Limits,
    out: &mut impl Write,
) -> Result<()> {
    let address = listener.local_addr()?;
    let body_limit = judge.body_limit;
    if args.json {
        let line = serde_json::json!({ "listening": format!("http://{address}/"), "body_limit": body_limit });
        return output::json(out, &line);
    }
    let header = judge.provider.info.scheme.header();
    writeln!(out, "listening on http://{address}/ for {header}; end with Ctrl-C")?;
    let (head, body) = (limits.head.as_secs(), limits.body.as_secs());
    output::note(&format!(
        "a body has at most {body_limit} bytes (--limit); a head has {head} s to arrive, and a body {body} s"
    ));
    output::note(&format!(
        "a provider reaches this address through a tunnel, such as 'ssh -R 80:127.0.0.1:{} HOST' or the program of a tunnel service",
        address.port()
    ));
    Ok(out.flush()?)
}

impl<W: Write + Send> Receiver<'_, W> {
    fn handle(&self, request: &Request) -> Result<Answer> {
        let saved = self.save.map(|directory| save(directory, request)).transpose()?;
        let saved = saved.map(|path| path.display().to_string());
        let mut judged = self.judge.judge(request)?;
        let forward_error = self
            .forward
            .as_ref()
            .and_then(|target| judged.forwarded(exchange(target, request, Framing::Length, PATIENCE)));
        let delivery = Delivery {
            request,
            judged: &judged,
            saved: saved.as_deref(),
            forward_error: forward_error.as_deref(),
            with_body: self.with_body,
        };
        self.locked(|out| if self.json { delivery.json(*out) } else { delivery.print(*out) })?;
        Ok(judged.answer)
    }

    fn refuse(&self, error: &ReadError) -> Result<Answer> {
        self.note(&match error {
            ReadError::TooLarge => {
                format!("{error}: over {} bytes; --limit BYTES allows more", self.limits.body_bytes)
            }
            other => other.to_string(),
        })?;
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

    fn locked(&self, print: impl FnOnce(&mut &mut W) -> Result<()>) -> Result<()> {
        let mut out = self.out.lock().map_err(|_| Failure::new("another connection ended in a panic"))?;
        print(&mut out)
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
