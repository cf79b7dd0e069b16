//! The inbox as a running program, against a real Postgres: it outlives its worst delivery.
#![cfg(unix)] // Postgres is reached by a Unix socket
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "tests may fail loudly"
)]

mod postgres;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use countersign::testing::SignedRequest;
use countersign::{Massu, Secret};
use postgres::Postgres;
use tokio_postgres::Client;

const SECRET: &str = "whsec_inbox";
const ABORTED: i32 = 6;
/// How long a test waits for the inbox before it fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running inbox. Killed when dropped.
struct Inbox {
    process: Child,
    address: String,
}

impl Inbox {
    fn start(database: &Postgres) -> Self {
        Self::run(env!("CARGO_BIN_EXE_faulty-inbox"), database)
    }

    fn run(program: &str, database: &Postgres) -> Self {
        let mut command = Command::new(program);
        command.env("DATABASE_URL", database.url()).env("MASSU_WEBHOOK_SECRET", SECRET);
        // These tests cause many panics on purpose.
        command.env("LISTEN", "127.0.0.1:0").env("RUST_BACKTRACE", "0");
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://");
        let address = address.unwrap_or_else(|| panic!("it printed {line:?}")).to_owned();
        // A thread reads on, so the program never blocks on a full pipe.
        std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        Self { process, address }
    }

    /// Posts a delivery with this payload, and returns the status of the answer.
    fn post(&self, payload: &str) -> String {
        let signed = SignedRequest::new::<Massu>(&Secret::new(SECRET).unwrap(), body(payload));
        let mut request = b"POST /webhooks/massu HTTP/1.1\r\nhost: inbox\r\nconnection: close\r\n".to_vec();
        for (name, value) in signed.headers() {
            request.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        request.extend(format!("content-length: {}\r\n\r\n", signed.body().len()).as_bytes());
        request.extend(signed.body());
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(&request).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    }

    fn is_running(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn body(payload: &str) -> String {
    format!(r#"{{"type":"session.completed","data":"{payload}","timestamp":"2026-02-15T10:30:00.000Z"}}"#)
}

/// The state of a delivery in the database.
#[derive(Debug, PartialEq, Eq)]
struct State {
    handled: bool,
    attempts: i32,
    /// The next attempt is at least 30 minutes away.
    waits: bool,
}

const FAILED_ONCE: State = State { handled: false, attempts: 1, waits: true };
const FAILED_TWICE: State = State { handled: false, attempts: 2, waits: true };

async fn state(database: &Client, payload: &str) -> State {
    let question = "SELECT handled IS NOT NULL, attempts, due > now() + interval '30 minutes'
                    FROM inbox WHERE body = $1";
    let row = database.query_one(question, &[&body(payload).as_bytes()]).await.unwrap();
    State { handled: row.get(0), attempts: row.get(1), waits: row.get(2) }
}

/// Makes a delivery due now.
async fn make_due(database: &Client, payload: &str) {
    let change = "UPDATE inbox SET due = now() WHERE body = $1 AND handled IS NULL";
    database.execute(change, &[&body(payload).as_bytes()]).await.unwrap();
}

async fn until_handled(database: &Client, payload: &str) {
    until(&format!("{payload:?} is handled"), async || state(database, payload).await.handled).await;
}

async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let begin = Instant::now();
    while !is_so().await {
        assert!(begin.elapsed() < PATIENCE, "{what}: not in {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The bytes that the handler has counted. Each delivery counts once.
async fn total(database: &Client) -> i64 {
    database.query_one("SELECT coalesce(sum(bytes), 0)::bigint FROM totals", &[]).await.unwrap().get(0)
}

fn size(payload: &str) -> i64 {
    body(payload).len().try_into().unwrap()
}

/// A delivery whose handler fails waits for a later attempt, and the next delivery is handled by the same process.
async fn outlives(poison: &str) {
    let server = Postgres::start().await;
    let database = server.client().await;
    let mut inbox = Inbox::start(&server);
    assert_eq!(inbox.post(poison), "202");
    assert_eq!(inbox.post("good"), "202");
    until_handled(&database, "good").await;
    assert_eq!(state(&database, poison).await, FAILED_ONCE);
    assert_eq!(total(&database).await, size("good"), "a failed attempt has no effect");
    assert_eq!(inbox.post(poison), "200", "the delivery is a repeat, and not lost");
    assert!(inbox.is_running());

    // After a restart, the poison still waits for its next attempt.
    drop(inbox);
    let mut inbox = Inbox::start(&server);
    assert_eq!(inbox.post("better"), "202");
    until_handled(&database, "better").await;
    assert_eq!(state(&database, poison).await, FAILED_ONCE);

    // Its second attempt comes before a delivery that arrived later, and delays nothing else.
    make_due(&database, poison).await;
    assert_eq!(inbox.post("best"), "202");
    until_handled(&database, "best").await;
    assert_eq!(state(&database, poison).await, FAILED_TWICE);
    assert_eq!(total(&database).await, size("good") + size("better") + size("best"));
    assert!(inbox.is_running());
}

#[tokio::test]
async fn a_handler_that_panics_is_a_failed_attempt() {
    outlives("panic").await;
}

#[tokio::test]
async fn a_handler_that_returns_an_error_is_a_failed_attempt() {
    outlives("fail").await;
}

#[tokio::test]
async fn a_handler_that_hangs_is_a_failed_attempt() {
    outlives("hang").await;
}

/// The delivery ends the process each time. It must not be the first delivery after each restart.
#[tokio::test]
async fn a_handler_that_ends_the_process_is_a_failed_attempt() {
    let server = Postgres::start().await;
    let database = server.client().await;
    let mut inbox = Inbox::start(&server);
    assert_eq!(inbox.post("abort"), "202");
    until("the process ends", async || !inbox.is_running()).await;
    assert_eq!(inbox.process.wait().unwrap().signal(), Some(ABORTED));
    assert_eq!(state(&database, "abort").await, FAILED_ONCE);

    let mut inbox = Inbox::start(&server);
    assert_eq!(inbox.post("good"), "202");
    until_handled(&database, "good").await;
    assert_eq!(state(&database, "abort").await, FAILED_ONCE);
    assert_eq!(total(&database).await, size("good"));
    assert!(inbox.is_running());
}

#[tokio::test]
async fn two_workers_handle_each_delivery_once() {
    let server = Postgres::start().await;
    let database = server.client().await;
    // They start one after the other, because two that create the tables at the same time would collide.
    let inboxes = [Inbox::start(&server), Inbox::start(&server)];
    let payloads: Vec<_> = (0..40).map(|number| format!("number {number}")).collect();
    for (payload, inbox) in payloads.iter().zip(inboxes.iter().cycle()) {
        assert_eq!(inbox.post(payload), "202");
    }
    for payload in &payloads {
        until_handled(&database, payload).await;
        assert_eq!(state(&database, payload).await.attempts, 1, "{payload}");
    }
    assert_eq!(total(&database).await, payloads.iter().map(|payload| size(payload)).sum::<i64>());
}

/// The program that is run by hand, with its own handler.
#[tokio::test]
async fn the_example_stores_and_handles_a_delivery() {
    let server = Postgres::start().await;
    let database = server.client().await;
    let inbox = Inbox::run(env!("CARGO_BIN_EXE_postgres-inbox"), &server);
    assert_eq!(inbox.post("good"), "202");
    until_handled(&database, "good").await;
    assert_eq!(inbox.post("good"), "200");
    assert_eq!(total(&database).await, size("good"));
}
