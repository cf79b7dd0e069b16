//! The example services as running programs.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The names of the packages of both services.
pub const SERVICES: [&str; 2] = ["axum-receiver", "actix-receiver"];

/// The providers that both services receive, by name.
pub const RECEIVED: [&str; 5] = ["massu", "hook", "mutx", "muchaw", "workspace"];

/// How long a service may take to do as it was told before a test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running service. It is killed when it is dropped.
#[derive(Debug)]
pub struct Service {
    child: Child,
    /// The address at which it listens.
    pub address: SocketAddr,
    stdout: Option<JoinHandle<String>>,
    stderr: Option<JoinHandle<String>>,
}

impl Service {
    /// Starts a service on a free port. It gets these environment variables and none of this process.
    #[track_caller]
    pub fn start(name: &str, environment: &[(&str, &str)]) -> Self {
        let mut child = command(name, environment).stdout(Stdio::piped()).spawn().unwrap();
        let stderr = read_on(child.stderr.take().unwrap());
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://");
        let address = address.unwrap_or_else(|| panic!("{name} printed {line:?}")).parse().unwrap();
        Self { child, address, stdout: Some(read_on(stdout)), stderr: Some(stderr) }
    }

    /// The id of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it, as a power cut would.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal. Its name is without `SIG`.
    #[track_caller]
    pub fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    /// Returns when the service accepts no new connection. An attempt to connect would not show it, because another program may listen
    /// on the same port by then.
    #[track_caller]
    pub fn wait_until_closed(&self) {
        wait_for("no end of connections", || (!self.listens()).then_some(()));
    }

    fn listens(&self) -> bool {
        let process = format!("/proc/{}", self.id());
        // A process that has ended has neither file.
        let table = std::fs::read_to_string(format!("{process}/net/tcp")).unwrap_or_default();
        let files = std::fs::read_dir(format!("{process}/fd")).into_iter().flatten().flatten();
        let files: Vec<_> = files.filter_map(|file| std::fs::read_link(file.path()).ok()).collect();
        let port = format!(":{:04X}", self.address.port());
        // Column 1 is the local address, column 3 the state, which is 0A for a listener, and column 9 the inode.
        let rows = table.lines().skip(1).map(|row| row.split_whitespace().collect::<Vec<_>>());
        rows.filter(|row| row[1].ends_with(&port) && row[3] == "0A")
            .any(|row| files.contains(&PathBuf::from(format!("socket:[{}]", row[9]))))
    }

    /// Waits until it has ended with exit code 0, and returns its log.
    #[track_caller]
    pub fn stopped(mut self) -> String {
        let status = wait_for("no end", || self.child.try_wait().unwrap());
        let log = text(&mut self.stderr);
        assert_eq!(status.code(), Some(0), "{log}");
        log
    }

    /// Asks it to end, and returns its log.
    #[track_caller]
    pub fn stop(self) -> String {
        self.signal("TERM");
        self.stopped()
    }

    /// The memory that it holds, in bytes.
    pub fn resident(&self) -> u64 {
        self.memory("VmRSS:")
    }

    /// The most memory that it has held so far, in bytes.
    pub fn most_resident(&self) -> u64 {
        self.memory("VmHWM:")
    }

    fn memory(&self, line: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|other| other.strip_prefix(line)).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// The processor time that it has used, in steps of 10 ms.
    pub fn cpu_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap();
        // The name ends with a parenthesis. Field 3 follows it. Fields 14 and 15 are the user and system time in ticks.
        let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }

    /// The number of connections that it has accepted and not closed.
    pub fn connections(&self) -> usize {
        let table = std::fs::read_to_string(format!("/proc/{}/net/tcp", self.id())).unwrap();
        let port = format!(":{:04X}", self.address.port());
        let rows = table.lines().skip(1).map(|row| row.split_whitespace().collect::<Vec<_>>());
        // Column 9 is the inode, which is 0 until the connection is accepted.
        let accepted = rows.filter(|row| row[1].ends_with(&port) && row[3] != "0A" && row[9] != "0");
        // A long table comes in parts, and a connection may be in two of them.
        accepted.map(|row| row[2].to_owned()).collect::<HashSet<_>>().len()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // An error means that a test has killed it before.
        if self.child.kill().is_ok() {
            self.child.wait().unwrap();
        }
        let (stdout, log) = (text(&mut self.stdout), text(&mut self.stderr));
        if thread::panicking() {
            // The log may tell why the test failed.
            eprintln!("{log}");
        } else {
            assert_eq!(stdout, "", "one line on stdout, and no other");
        }
    }
}

/// Sends a signal to a process. Its name is without `SIG`.
#[track_caller]
pub fn signal(process: &Child, name: &str) {
    // Every shell has `kill`. Not every machine has it as a program.
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", process.id())]).status();
    assert!(sent.unwrap().success());
}

/// Starts a service that should end by itself, and returns its output.
pub fn run_to_end(name: &str, environment: &[(&str, impl AsRef<OsStr>)], stdout: impl Into<Stdio>) -> Output {
    let mut child = command(name, environment).stdout(stdout).spawn().unwrap();
    let begin = Instant::now();
    while child.try_wait().unwrap().is_none() {
        // A service that does not end must not block the test.
        if begin.elapsed() > PATIENCE {
            child.kill().unwrap();
        }
        thread::sleep(Duration::from_millis(2));
    }
    child.wait_with_output().unwrap()
}

fn command(name: &str, environment: &[(&str, impl AsRef<OsStr>)]) -> Command {
    let mut command = Command::new(built(name));
    command.env_clear().env("LISTEN", "127.0.0.1:0").env("RUST_LOG", "off");
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Reads to the end in a thread of its own.
fn read_on(mut source: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        source.read_to_string(&mut text).unwrap();
        text
    })
}

/// The text that was read, or an empty one if it was taken before.
fn text(reading: &mut Option<JoinHandle<String>>) -> String {
    reading.take().map(|reading| reading.join().unwrap()).unwrap_or_default()
}

#[track_caller]
fn wait_for<T>(what_is_missing: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(begin.elapsed() < PATIENCE, "{what_is_missing}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// The program of an example package. All of them are built once for each run of a test program.
pub fn built(name: &str) -> PathBuf {
    static PROGRAMS: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    PROGRAMS.get_or_init(build)[name].clone()
}

/// Builds both services, and asks cargo for their paths.
fn build() -> BTreeMap<String, PathBuf> {
    let mut build = Command::new(env!("CARGO"));
    build.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    build.args(["build", "--quiet", "--locked", "--message-format=json-render-diagnostics"]);
    // Cargo sets variables that name the package of the program that it runs. If they were passed on,
    // Cargo would once more build the dependencies that read them.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            build.env_remove(&name);
        }
    }
    // Their dependencies are built already in the profile of the program that asks for them.
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    for service in SERVICES {
        build.args(["--bin", service]);
    }
    let output = build.stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "the services do not build");
    let messages = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<serde_json::Value>();
    messages
        .filter_map(|message| {
            let message = message.unwrap();
            let (name, path) = (message["target"]["name"].as_str()?, message["executable"].as_str()?);
            Some((name.to_owned(), PathBuf::from(path)))
        })
        .collect()
}
