//! A real Postgres for a test, on a Unix socket in a directory of its own, stopped when dropped.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio_postgres::{Client, NoTls};

/// A running server.
pub(crate) struct Postgres {
    directory: PathBuf,
    process: Child,
}

impl Postgres {
    /// Starts an empty one, and returns once it answers.
    pub(crate) async fn start() -> Self {
        // The path of a Unix socket has about 100 characters at most.
        let directory = output(as_its_user("mktemp").args(["-d", "/tmp/inbox.XXXXXX"]));
        let directory = PathBuf::from(directory.trim_end());
        let data = directory.join("data");
        let mut initdb = as_its_user(binary("initdb"));
        initdb.args(["--username=postgres", "--auth=trust", "--locale=C", "--encoding=UTF8", "--no-sync"]);
        output(initdb.arg("--pgdata").arg(&data));

        let mut postgres = as_its_user(binary("postgres"));
        postgres
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-D"])
            .arg(&data)
            .arg("-k")
            .arg(&directory);
        let log = File::create(directory.join("log")).unwrap();
        let process = postgres.stdin(Stdio::null()).stderr(log).spawn().unwrap();
        let mut server = Self { directory, process };
        while tokio_postgres::connect(&server.url(), NoTls).await.is_err() {
            assert_eq!(server.process.try_wait().unwrap(), None, "postgres ended");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        server
    }

    /// For `DATABASE_URL`.
    pub(crate) fn url(&self) -> String {
        format!("host={} user=postgres dbname=postgres", self.directory.display())
    }

    /// A connection for the test itself.
    pub(crate) async fn client(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.process.try_wait().unwrap().is_none() {
            // SIGQUIT ends it at once, and its own processes with it.
            let kill = format!("kill -QUIT {}", self.process.id());
            assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
            self.process.wait().unwrap();
        }
        if std::thread::panicking() {
            #[expect(clippy::print_stderr, reason = "the log tells why a test failed")]
            (eprintln!("{}", std::fs::read_to_string(self.directory.join("log")).unwrap()));
        }
        std::fs::remove_dir_all(&self.directory).unwrap();
    }
}

/// Debian keeps the programs of the server outside of `PATH`, in a directory for each version.
fn binary(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let programs = versions.map(|version| version.path().join("bin").join(name));
    programs.filter(|program| program.exists()).max().unwrap_or_else(|| name.into())
}

/// A command that runs as the user `postgres` if the test runs as root, whom Postgres refuses.
fn as_its_user(program: impl AsRef<Path>) -> Command {
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        return Command::new(program.as_ref());
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    // A test that is killed does not leave a server behind.
    command.args(["--pdeathsig=QUIT", "--"]).arg(program.as_ref());
    // The working directory of the test may be closed to that user.
    command.current_dir("/");
    command
}

#[track_caller]
fn output(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
