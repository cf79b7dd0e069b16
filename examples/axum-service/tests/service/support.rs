//! Starts the built service, and talks to it.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use countersign::testing::SignedRequest;

/// Longer than anything here takes. Where it runs out, the test fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running service on a port of its own. Killed when it is dropped.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    child: Child,
    stdout: Option<JoinHandle<String>>,
    stderr: Option<JoinHandle<String>>,
}

impl Service {
    /// Starts it with these settings and no others, and waits for its announcement.
    pub(crate) fn start<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut child = command(variables).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut stderr = child.stderr.take().unwrap();
        let (announce, announced) = mpsc::channel();
        let stdout = thread::spawn(move || {
            let mut text = String::new();
            stdout.read_line(&mut text).unwrap();
            announce.send(text.clone()).unwrap();
            stdout.read_to_string(&mut text).unwrap();
            text
        });
        let stderr = thread::spawn(move || read_all(&mut stderr));
        let line = announced.recv_timeout(PATIENCE).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://").unwrap().parse().unwrap();
        Self { address, child, stdout: Some(stdout), stderr: Some(stderr) }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends a request without a body.
    pub(crate) fn send(&self, line: &str) -> Answer {
        let mut stream = self.connect();
        write!(stream, "{line}\r\nhost: test\r\nconnection: close\r\n\r\n").unwrap();
        Answer::read(stream)
    }

    pub(crate) fn post(&self, path: &str, request: &SignedRequest) -> Answer {
        let mut stream = self.connect();
        stream.write_all(&head(path, request)).unwrap();
        stream.write_all(request.body()).unwrap();
        Answer::read(stream)
    }

    /// Sends a signal, by its name without `SIG`.
    pub(crate) fn signal(&self, name: &str) {
        // A shell's own `kill`: the program is not on every machine.
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.child.id())]).status();
        assert!(sent.unwrap().success());
    }

    /// Returns once no new connection is taken.
    pub(crate) fn wait_until_closed(&self) {
        poll(|| TcpStream::connect(self.address).is_err().then_some(()));
    }

    /// Waits until it has stopped in good order. Gives all of stdout and stderr.
    pub(crate) fn stopped(mut self) -> (String, String) {
        let status: ExitStatus = poll(|| self.child.try_wait().unwrap());
        let text = |thread: &mut Option<JoinHandle<String>>| thread.take().unwrap().join().unwrap();
        let (stdout, stderr) = (text(&mut self.stdout), text(&mut self.stderr));
        assert_eq!(status.code(), Some(0), "{stderr}");
        (stdout, stderr)
    }

    pub(crate) fn stop(self) -> (String, String) {
        self.signal("TERM");
        self.stopped()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have stopped already, and both calls may say so.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Status, content type and body of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    content_type: String,
    body: String,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self { status, content_type: "application/json".to_owned(), body: body.to_owned() }
    }

    /// Reads to the end: the requests here ask that the connection be closed.
    pub(crate) fn read(mut stream: TcpStream) -> Self {
        let text = read_all(&mut stream);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let content_type = head.lines().find_map(|line| line.strip_prefix("content-type: "));
        Self {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            content_type: content_type.unwrap_or_default().to_owned(),
            body: body.to_owned(),
        }
    }
}

/// The request up to its body.
pub(crate) fn head(path: &str, request: &SignedRequest) -> Vec<u8> {
    let length = request.body().len();
    let mut head =
        format!("POST {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {length}\r\n")
            .into_bytes();
    for (name, value) in request.headers() {
        head.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    head.extend(b"\r\n");
    head
}

/// Starts a service that must not run. Gives its stderr.
pub(crate) fn refuse_to_start(variables: &[(&str, &str)]) -> String {
    let mut child = command(variables.iter().copied()).spawn().unwrap();
    // A service that does run must not keep the test waiting for ever.
    let begin = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begin.elapsed() > PATIENCE {
            child.kill().unwrap();
        }
        thread::sleep(Duration::from_millis(2));
    }
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!((status.code(), &*stdout), (Some(2), &b""[..]), "{variables:?}: {stderr}");
    stderr
}

/// Writes a file that this test run alone uses, and gives its path.
pub(crate) fn secret_file(name: &str, content: &str) -> String {
    let path = format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&path, content).unwrap();
    path
}

fn command<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_axum-service"));
    for (name, _) in std::env::vars_os() {
        if name == "RUST_LOG" || name.to_string_lossy().contains("_WEBHOOK_SECRET") {
            command.env_remove(name);
        }
    }
    command.env("LISTEN", "127.0.0.1:0").envs(variables);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn read_all(source: &mut impl Read) -> String {
    let mut text = String::new();
    source.read_to_string(&mut text).unwrap();
    text
}

fn poll<T>(mut ready: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(begin.elapsed() < PATIENCE, "still not ready");
        thread::sleep(Duration::from_millis(2));
    }
}
