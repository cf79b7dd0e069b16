//! Runs the command, and the receivers of its tests.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// `countersign`, with the secret in `S`. It prints no colours, even on a machine that asks for them.
pub fn countersign<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(args).env("S", SECRET).env_remove("CLICOLOR_FORCE");
    command
}

/// A program that asks a server of this machine by itself, and not by a proxy.
pub fn without_proxy(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env("no_proxy", "*");
    command
}

/// Runs the command with this standard input.
pub fn piped(mut command: Command, input: &[u8]) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that refuses its arguments does not read its input.
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input).ok();
    drop(stdin);
    child.wait_with_output().unwrap()
}

pub fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn error(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A directory that is removed after the test.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("countersign-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

/// A program that prints its port first. It is killed after the test.
pub struct Receiver {
    child: Child,
    pub url: String,
    pub first_line: String,
    pub lines: BufReader<std::process::ChildStdout>,
}

impl Receiver {
    /// One of `tests/receivers`.
    pub fn of(file: &str, provider: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/receivers").join(file);
        let program = if file.ends_with(".py") { "python3" } else { "node" };
        let mut command = Command::new(program);
        command.arg(path).env("SECRET", SECRET).env("PROVIDER", provider);
        Self::start(command)
    }

    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut first_line = String::new();
        lines.read_line(&mut first_line).unwrap();
        // The command prints a whole address, and the receivers print only their port.
        let (_, behind) = first_line.split_once("127.0.0.1:").unwrap_or(("", &first_line));
        let port: String = behind.chars().take_while(char::is_ascii_digit).collect();
        Self { child, url: format!("http://127.0.0.1:{port}/hook"), first_line, lines }
    }

    /// The number of its threads.
    pub fn threads(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap().count()
    }

    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
