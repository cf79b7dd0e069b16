//! A server that speaks as much of Redis's protocol as the store needs, and replies as it is told.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use countersign::dedupe::DeliveryKey;
use tokio::io::{AsyncBufReadExt, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::signal::unix::{SignalKind, signal};

/// The server. It listens on a socket in the folder of temporary files.
pub struct Server {
    socket: PathBuf,
    script: Arc<Mutex<Script>>,
}

/// The replies to the requests about one key.
#[derive(Default)]
struct Script {
    key: String,
    /// Whether the requests are claims. Releases of withdrawn claims come between them.
    are_claims: bool,
    replies: VecDeque<Vec<u8>>,
    sent: Vec<Reply>,
}

/// A reply, as this file reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// An integer.
    Number(i64),
    /// An error.
    Error(String),
    /// A simple string.
    Text(String),
    /// A bulk string, or none.
    Other,
    /// No whole reply.
    Broken,
}

impl Server {
    /// Starts the server as a task of the current runtime.
    ///
    /// # Panics
    ///
    /// There is no socket.
    pub fn start() -> Self {
        // A write to a closed connection would end the process. A handler stays in place until the process ends.
        drop(signal(SignalKind::pipe()).expect("a handler"));
        let name = format!("countersign-fuzz-{}-{:?}.sock", std::process::id(), std::thread::current().id());
        let socket = std::env::temp_dir().join(name);
        // A process with the same id may have left it.
        drop(std::fs::remove_file(&socket));
        let listener = UnixListener::bind(&socket).expect("a socket");
        let script = Arc::<Mutex<Script>>::default();
        tokio::spawn({
            let script = Arc::clone(&script);
            async move {
                loop {
                    let (stream, _) = listener.accept().await.expect("a connection");
                    tokio::spawn(serve(stream, Arc::clone(&script)));
                }
            }
        });
        Self { socket, script }
    }

    /// The URL for the store.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket.display())
    }

    /// Replies so to the next requests about this key.
    pub fn expect(&self, key: &DeliveryKey, are_claims: bool, replies: VecDeque<Vec<u8>>) {
        let key = format!("countersign:fuzz:{key}");
        *self.script.lock().expect("no panic") = Script { key, are_claims, replies, sent: Vec::new() };
    }

    /// The replies about the key, in their order.
    pub fn sent(&self) -> Vec<Reply> {
        self.script.lock().expect("no panic").sent.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.socket));
    }
}

/// Serves a connection until a reply is not whole.
async fn serve(stream: UnixStream, script: Arc<Mutex<Script>>) {
    let (read_half, mut write) = stream.into_split();
    let mut reader = BufReader::new(read_half);
    while let Some(words) = command(&mut reader).await {
        let reply = script.lock().expect("no panic").reply(&words);
        let is_whole = is_plain(&reply);
        if write.write_all(&reply).await.is_err() || !is_whole {
            break;
        }
    }
}

impl Script {
    fn reply(&mut self, words: &[String]) -> Vec<u8> {
        let key = if words[0] == "SET" { words.get(1) } else { words.get(3) };
        let is_claim = words.len() == 7;
        match words[0].as_str() {
            "SET" | "EVAL" | "EVALSHA" if key == Some(&self.key) && is_claim == self.are_claims => {
                let reply = self.replies.pop_front().unwrap_or_default();
                self.sent.push(read(&reply));
                reply
            }
            // The withdrawal of an earlier call, which deletes nothing.
            "EVAL" | "EVALSHA" => b":0\r\n".to_vec(),
            _ => b"+OK\r\n".to_vec(),
        }
    }
}

/// Reads a command, which is a list of strings. `None` at the end of the connection.
async fn command(reader: &mut (impl AsyncBufReadExt + Unpin)) -> Option<Vec<String>> {
    let count = length(reader).await?;
    let mut words = Vec::new();
    for _ in 0..count {
        let mut word = vec![0; length(reader).await? + 2];
        reader.read_exact(&mut word).await.ok()?;
        word.truncate(word.len() - 2);
        words.push(String::from_utf8(word).expect("the store sends text"));
    }
    Some(words)
}

/// A length after its sign, at the end of a line.
async fn length(reader: &mut (impl AsyncBufReadExt + Unpin)) -> Option<usize> {
    let mut line = String::new();
    reader.read_line(&mut line).await.ok()?;
    line.get(1..)?.trim_end().parse().ok()
}

/// Whether this is one whole reply and nothing more.
fn is_plain(bytes: &[u8]) -> bool {
    plain(bytes).is_some_and(|(_, rest)| rest.is_empty())
}

fn read(bytes: &[u8]) -> Reply {
    plain(bytes).map_or(Reply::Broken, |(reply, _)| reply)
}

/// A reply and what follows it. Lists and other rare replies count as broken: the server closes the connection behind them.
fn plain(bytes: &[u8]) -> Option<(Reply, &[u8])> {
    let (line, rest) = split_line(bytes)?;
    let (sign, text) = line.split_at_checked(1)?;
    let text = std::str::from_utf8(text).ok()?;
    Some(match sign {
        // The redis crate drops white space around a number too.
        b":" => (Reply::Number(text.trim().parse().ok()?), rest),
        b"-" => (Reply::Error(text.to_owned()), rest),
        b"+" => (Reply::Text(text.to_owned()), rest),
        b"$" if text == "-1" => (Reply::Other, rest),
        b"$" => {
            let (_, rest) = rest.split_at_checked(text.parse().ok()?)?;
            (Reply::Other, rest.strip_prefix(b"\r\n")?)
        }
        _ => return None,
    })
}

fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.windows(2).position(|two| two == b"\r\n")?;
    Some((&bytes[..end], &bytes[end + 2..]))
}
