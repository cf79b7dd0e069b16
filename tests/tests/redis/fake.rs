//! A scripted Redis server. A test sees each command and chooses its answer.

use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};

/// A server that speaks the protocol. It answers the commands that set up a connection, and leaves all others to the test.
pub(crate) struct Fake {
    address: std::net::SocketAddr,
    commands: mpsc::UnboundedReceiver<Command>,
    connections: Arc<AtomicUsize>,
    set_up: watch::Sender<SetUp>,
}

/// How the server treats the commands that set up a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetUp {
    /// It answers them. This is the default.
    Answered,
    /// It does not answer them.
    Silent,
    /// It closes each new connection.
    HungUp,
}

/// A command that the server has received. If it is dropped, neither it nor a later command on its connection is ever answered.
#[derive(Debug)]
pub(crate) struct Command {
    /// The number of its connection, from 0 in the order in which they were opened.
    pub(crate) connection: usize,
    pub(crate) words: Vec<String>,
    answer: oneshot::Sender<Answer>,
}

#[derive(Debug)]
enum Answer {
    Text(String),
    HangUp,
}

/// The answers of the script of a claim.
pub(crate) const CLAIMED: &str = ":-1";
pub(crate) const IS_DONE: &str = ":-2";

impl Fake {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, commands) = mpsc::unbounded_channel();
        let connections = Arc::<AtomicUsize>::default();
        let (set_up, how) = watch::channel(SetUp::Answered);
        tokio::spawn({
            let connections = Arc::clone(&connections);
            async move {
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    let connection = connections.fetch_add(1, Ordering::SeqCst);
                    tokio::spawn(serve(stream, address.port(), connection, sender.clone(), how.clone()));
                }
            }
        });
        Self { address, commands, connections, set_up }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// The number of connections that were opened so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn set_up(&self, set_up: SetUp) {
        self.set_up.send_replace(set_up);
    }

    /// The next command that does not set up a connection.
    pub(crate) async fn next(&mut self) -> Command {
        soon(self.commands.recv()).await.unwrap()
    }

    /// Waits until this many connections are open.
    pub(crate) async fn opens(&self, connections: usize) {
        let connected = async {
            while self.connections() < connections {
                tokio::task::yield_now().await;
            }
        };
        soon(connected).await;
    }

    /// A command that has arrived and was not taken by [`next`](Self::next).
    pub(crate) fn already_there(&mut self) -> Option<Command> {
        self.commands.try_recv().ok()
    }
}

impl Command {
    /// Answers with a line of the protocol, without its end.
    pub(crate) fn answer(self, text: &str) {
        drop(self.answer.send(Answer::Text(text.to_owned())));
    }

    pub(crate) fn hang_up(self) {
        drop(self.answer.send(Answer::HangUp));
    }

    /// Whether the client has closed the connection.
    pub(crate) fn is_hung_up(&self) -> bool {
        self.answer.is_closed()
    }

    pub(crate) fn is_claim(&self) -> bool {
        self.words[0].starts_with("EVAL") && self.words.len() == 7
    }

    pub(crate) fn is_release(&self) -> bool {
        self.words[0].starts_with("EVAL") && self.words.len() == 5
    }

    /// The token of a claim or a release.
    pub(crate) fn token(&self) -> &str {
        &self.words[4]
    }

    /// The token of a claim's attempt before.
    pub(crate) fn previous(&self) -> &str {
        &self.words[6]
    }
}

/// Waits for a future that must complete while the clock stands still, and fails if it does not. The limit is 20 seconds of real time,
/// which is enough for a slow machine.
#[track_caller]
pub(crate) fn soon<T>(future: impl Future<Output = T>) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    let begun = Instant::now();
    let mut future = Box::pin(future);
    poll_fn(move |context| {
        let poll = future.as_mut().poll(context);
        if poll.is_pending() {
            assert!(begun.elapsed() < Duration::from_secs(20), "{caller}: waits in vain");
            context.waker().wake_by_ref();
        }
        poll
    })
}

async fn serve(
    stream: TcpStream,
    port: u16,
    connection: usize,
    commands: mpsc::UnboundedSender<Command>,
    mut set_up: watch::Receiver<SetUp>,
) {
    if *set_up.borrow() == SetUp::HungUp {
        return;
    }
    let (read, mut write) = stream.into_split();
    // Answers are sent in the order of the commands. Commands are read even while answers are missing.
    let (answers, mut missing) = mpsc::unbounded_channel::<oneshot::Receiver<Answer>>();
    let writing = async {
        while let Some(answer) = missing.recv().await {
            match answer.await {
                Ok(Answer::Text(text)) => {
                    if write.write_all(format!("{text}\r\n").as_bytes()).await.is_err() {
                        break;
                    }
                }
                Ok(Answer::HangUp) => break,
                Err(_) => pending().await,
            }
        }
    };
    let reading = async {
        let mut read = BufReader::new(read);
        while let Some(words) = command(&mut read).await {
            let (answer, receiver) = oneshot::channel();
            if answers.send(receiver).is_err() {
                break;
            }
            match (words[0].as_str(), words.get(1).map(String::as_str)) {
                ("CLIENT" | "PING" | "SELECT" | "HELLO", _) => {
                    if set_up.wait_for(|set_up| *set_up == SetUp::Answered).await.is_err() {
                        break;
                    }
                    drop(answer.send(Answer::Text("+OK".to_owned())));
                }
                // The answer is one node that has all slots.
                ("CLUSTER", Some("SLOTS")) => {
                    if set_up.wait_for(|set_up| *set_up == SetUp::Answered).await.is_err() {
                        break;
                    }
                    let slots =
                        format!("*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n$9\r\n127.0.0.1\r\n:{port}\r\n$4\r\nnode");
                    drop(answer.send(Answer::Text(slots)));
                }
                _ => {
                    if commands.send(Command { connection, words, answer }).is_err() {
                        break;
                    }
                }
            }
        }
    };
    tokio::select! {
        () = writing => {}
        () = reading => {}
    }
}

/// Reads a command, which is a list of strings. Returns `None` at the end of the connection.
async fn command(read: &mut (impl AsyncBufReadExt + Unpin)) -> Option<Vec<String>> {
    let count = number(read, b'*').await?;
    let mut words = Vec::new();
    for _ in 0..count {
        let mut word = vec![0; number(read, b'$').await?];
        read.read_exact(&mut word).await.ok()?;
        read.read_exact(&mut [0; 2]).await.ok()?;
        words.push(String::from_utf8(word).unwrap());
    }
    Some(words)
}

async fn number(read: &mut (impl AsyncBufReadExt + Unpin), sign: u8) -> Option<usize> {
    let mut line = Vec::new();
    read.read_until(b'\n', &mut line).await.ok()?;
    assert!(line.is_empty() || line[0] == sign, "{line:?}");
    std::str::from_utf8(line.get(1..)?).unwrap().trim_end().parse().ok()
}

/// Tokio's clock, which only [`advance`](Self::advance) moves. A clock that is merely paused jumps to the next timeout whenever all
/// tasks wait for the network.
pub(crate) struct Clock {
    _stopped: std::sync::mpsc::Sender<()>,
}

impl Clock {
    pub(crate) fn stop() -> Self {
        tokio::time::pause();
        // Tokio does not move a paused clock by itself while a blocking task runs.
        let (stopped, is_stopped) = std::sync::mpsc::channel();
        tokio::task::spawn_blocking(move || is_stopped.recv().ok());
        Self { _stopped: stopped }
    }

    /// Moves the clock by this time and one millisecond more, because Tokio's timers may be one millisecond late.
    pub(crate) async fn advance(&self, time: Duration) {
        tokio::time::advance(time + Duration::from_millis(1)).await;
    }
}
