//! A service as a process that can be killed and started again on its port.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use countersign_tests::live;
use countersign_tests::redis_server::Port;

use crate::client::Version;
use crate::delivery;
use crate::outages::Outages;

/// A program that receives deliveries.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) version: Version,
    /// The argument, if the program is this one.
    argument: Option<&'static str>,
}

/// The replicas. The first one is killed twice.
pub(crate) const KINDS: [Kind; 4] = [
    Kind { name: "axum-receiver", version: Version::Http1, argument: None },
    Kind { name: "actix-receiver", version: Version::Http1, argument: None },
    Kind { name: "axum with HTTP/2", version: Version::Http2, argument: Some("axum") },
    Kind { name: "actix-web with HTTP/2", version: Version::Http2, argument: Some("actix") },
];

/// A replica. It is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Replica {
    pub(crate) kind: &'static Kind,
    port: Port,
    redis: String,
    log: PathBuf,
    child: Child,
    pub(crate) kills: Arc<Outages>,
}

/// The time after which a service gives up a body.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(3);

/// The timeout of one attempt at Redis. It is long, so that a busy machine does not look like an outage.
pub(crate) const REDIS_TIMEOUT: Duration = Duration::from_secs(1);

/// The lease of a claim: the 20 seconds of a handler, and 10 seconds more.
pub(crate) const LEASE: Duration = Duration::from_secs(30);

/// The runs of handlers, and the warnings of the library.
const LOG: &str = "warn,countersign_service=info,actix_http=off";

impl Replica {
    /// Starts it. Its log goes to a file in this folder.
    pub(crate) fn start(kind: &'static Kind, redis: &str, folder: &Path) -> Self {
        let port = Port::reserve();
        let log = folder.join(format!("{}.log", port.number));
        let child = started(kind, &port, redis, &log);
        Self { kind, port, redis: redis.to_owned(), log, child, kills: Arc::default() }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port.number))
    }

    /// Kills it, as a crash would.
    pub(crate) fn kill(&mut self) {
        self.kills.begin();
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again.
    pub(crate) fn come_back(&mut self) {
        self.child = started(self.kind, &self.port, &self.redis, &self.log);
        self.kills.end();
    }

    /// Asks it to end, and tells whether it ended with success.
    pub(crate) fn stop(&mut self) -> bool {
        live::signal(&self.child, "TERM");
        self.child.wait().unwrap().success()
    }

    pub(crate) fn log(&self) -> BufReader<File> {
        BufReader::new(File::open(&self.log).unwrap())
    }

    /// The memory that it holds, in KiB, and the number of its open files.
    pub(crate) fn resources(&self) -> (u64, usize) {
        let process = PathBuf::from(format!("/proc/{}", self.child.id()));
        let status = fs::read_to_string(process.join("status")).unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let resident = resident.trim().trim_end_matches(" kB").parse().unwrap();
        (resident, fs::read_dir(process.join("fd")).unwrap().count())
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        // An error means that it has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Starts a service, and returns when it listens.
fn started(kind: &Kind, port: &Port, redis: &str, log: &Path) -> Child {
    let appended = OpenOptions::new().create(true).append(true).open(log).unwrap();
    let program = match kind.argument {
        Some(_) => std::env::current_exe().unwrap(),
        None => live::built(kind.name),
    };
    let mut child = Command::new(program)
        .args(kind.argument)
        .env_clear()
        .envs(delivery::secrets())
        .env("LISTEN", format!("127.0.0.1:{}", port.number))
        .env("REDIS_URL", redis)
        .env("SERVICE_NAME", "soak")
        .env("READ_TIMEOUT_MS", READ_TIMEOUT.as_millis().to_string())
        .env("REDIS_TIMEOUT_MS", REDIS_TIMEOUT.as_millis().to_string())
        .env("RUST_LOG", LOG)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(appended)
        .spawn()
        .unwrap();
    let mut announced = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut announced).unwrap();
    assert!(
        announced.starts_with("listening on "),
        "{} does not start:\n{}",
        kind.name,
        fs::read_to_string(log).unwrap()
    );
    child
}
