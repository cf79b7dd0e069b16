//! `countersign listen`

mod body;
mod head;
pub(crate) mod judge;
mod lines;
mod memory;
mod places;
mod receiver;
mod serve;
mod tee;

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

use countersign::Secret;
use countersign_diagnose::Diagnose;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

pub(crate) use self::judge::Received;
use self::judge::{Diagnoses, Judge};
use self::receiver::Receiver;
use self::serve::{Limits, Server};
use crate::cli::Listen;
use crate::failure::{Failure, Result, Verdict};
use crate::http1::Target;
use crate::inspector::{self, Inspector, Setup};
use crate::provider::Provider;
use crate::{output, secrets};

/// Lines that wait to be printed.
const LINES: usize = 64;

/// Threads for work that blocks: verdicts, diagnoses and forwarding.
const BLOCKING: usize = 32;

pub(crate) fn run(args: &Listen, out: &mut (impl Write + Send)) -> Result<Verdict> {
    let (judge, secret) = judge(args)?;
    let forward = args.forward.as_deref().map(Target::new).transpose()?;
    if let Some(directory) = &args.save {
        fs::create_dir_all(directory)
            .map_err(|error| Failure::new(format_args!("cannot create {}: {error}", directory.display())))?;
    }
    let listener = bind(args.port, "--port")?;
    let limits = Limits { body_bytes: judge.body_limit, ..Limits::default() };
    greet(args, &listener, &judge, &limits, out)?;
    let runtime = runtime()?;
    let inspector = args.ui.then(|| inspect(args, &runtime, &listener, &judge, secret, forward.clone(), out));
    let (sender, lines) = mpsc::channel(LINES);
    let receiver = Receiver {
        judge,
        forward,
        save: args.save.clone(),
        json: args.json,
        with_body: args.body,
        inspector: inspector.transpose()?,
        lines: sender,
    };
    let listener = to_async(&runtime, listener)?;
    runtime.spawn(Server::new(receiver, limits, args.count).serve(listener));
    let printed = print(lines, out);
    // Whatever still runs must not delay the end.
    runtime.shutdown_background();
    printed.map(|()| Verdict::Good)
}

fn judge(args: &Listen) -> Result<(Judge, Secret)> {
    let provider = Provider::new(&args.provider)?;
    let loaded = secrets::load_with_bytes(&args.secrets, &provider.info.scheme)?;
    let limit = args.limit.map(usize::try_from).transpose().map_err(Failure::new)?;
    let judge = Judge {
        provider,
        secrets: loaded.secrets,
        diagnose: Diagnose::new(&provider.info.scheme, loaded.bytes),
        body_limit: limit.unwrap_or(provider.info.body_limit),
        diagnoses: Diagnoses::default(),
    };
    Ok((judge, loaded.current))
}

/// Opens a port on this machine alone.
fn bind(port: u16, option: &str) -> Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| {
        Failure::new(format_args!("cannot listen on 127.0.0.1:{port}: {error}; choose another {option}"))
    })
}

fn runtime() -> Result<Runtime> {
    let runtime =
        Builder::new_multi_thread().worker_threads(2).max_blocking_threads(BLOCKING).enable_all().build();
    runtime.map_err(|error| Failure::new(format_args!("cannot start threads: {error}")))
}

fn to_async(runtime: &Runtime, listener: TcpListener) -> Result<tokio::net::TcpListener> {
    let _entered = runtime.enter();
    let listener = listener.set_nonblocking(true).and_then(|()| tokio::net::TcpListener::from_std(listener));
    listener.map_err(Failure::new)
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

/// Starts the inspector, and says where it is.
fn inspect(
    args: &Listen,
    runtime: &Runtime,
    listener: &TcpListener,
    judge: &Judge,
    secret: Secret,
    forward: Option<Target>,
    out: &mut impl Write,
) -> Result<Arc<Inspector>> {
    let page = bind(args.ui_port, "--ui-port")?;
    let setup = Setup {
        provider: judge.provider.info,
        secret,
        forward,
        receiver: format!("http://{}/", listener.local_addr()?),
        options: inspector::options(args),
    };
    let inspector = Arc::new(Inspector::new(setup, page.local_addr()?.port())?);
    let address = inspector.address();
    if args.json {
        output::json(out, &serde_json::json!({ "inspector": address }))?;
    } else {
        writeln!(out, "inspector on {address}")?;
        out.flush()?;
    }
    runtime.spawn(inspector::serve(Arc::clone(&inspector), to_async(runtime, page)?));
    Ok(inspector)
}

/// Prints the lines until no connection is left to make any.
fn print(mut lines: mpsc::Receiver<Vec<u8>>, out: &mut impl Write) -> Result<()> {
    while let Some(line) = lines.blocking_recv() {
        out.write_all(&line)?;
        out.flush()?;
    }
    Ok(())
}
