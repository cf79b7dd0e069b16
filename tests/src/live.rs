//! The example services as running programs.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// Both services, by the names of their packages.
pub const SERVICES: [&str; 2] = ["axum-service", "actix-service"];

/// A running service. Killed when dropped.
#[derive(Debug)]
pub struct Service {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Service {
    /// Starts a service on a free port, with these environment variables and none of its own besides.
    pub fn start(name: &str, environment: &[(&str, &str)]) -> Self {
        let mut child = Command::new(built(name))
            .env_clear()
            .env("LISTEN", "127.0.0.1:0")
            .env("RUST_LOG", "off")
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://");
        let address = address.unwrap_or_else(|| panic!("{name} printed {line:?}")).parse().unwrap();
        Self { child, address }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as a power cut does.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Memory that it holds, in bytes.
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// Processor time that it has used, to a hundredth of a second.
    pub fn cpu_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap();
        // Behind the name in parentheses: state is field 3, user and system time are fields 14 and 15, in ticks.
        let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }

    /// Its open files, sockets among them.
    pub fn open_files(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.id())).unwrap().count()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have been killed before; that is no fault.
        if self.child.kill().is_ok() {
            self.child.wait().unwrap();
        }
        let mut rest = String::new();
        if let Some(mut stdout) = self.child.stdout.take() {
            stdout.read_to_string(&mut rest).unwrap();
        }
        if !std::thread::panicking() {
            assert_eq!(rest, "", "one line on stdout, and no other");
        }
    }
}

/// The program of an example package, built once a run.
pub fn built(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let mut build = Command::new(env!("CARGO"));
        build.current_dir(root).args(["build", "--quiet", "--locked"]);
        for service in SERVICES {
            build.args(["--bin", service]);
        }
        assert!(build.status().unwrap().success(), "the services do not build");
        // Test programs stand in target/PROFILE/deps, and so does this one.
        let own = std::env::current_exe().unwrap();
        own.ancestors().nth(3).unwrap().join("debug")
    });
    folder.join(name)
}
