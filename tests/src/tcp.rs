//! A small HTTP/1.1 client on raw TCP: it sends the bytes that a test gives it, well formed or not.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The time that an answer may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection. It has one descriptor, because some tests open as many as a process may have.
#[derive(Debug)]
pub struct Connection {
    reader: BufReader<TcpStream>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Names in lower case, in the order in which they arrived.
    pub headers: Vec<(String, String)>,
    /// The body. Its length is the declared one.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The status, and the body as text.
    pub fn brief(&self) -> (u16, String) {
        (self.status, String::from_utf8_lossy(&self.body).into_owned())
    }
}

impl Connection {
    /// Connects.
    pub fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { reader: BufReader::new(stream) }
    }

    /// Sends bytes.
    ///
    /// # Errors
    ///
    /// The other side has closed the connection.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.reader.get_mut().write_all(bytes.as_ref())
    }

    /// Sends the same bytes again and again until the other side closes, and returns the number of bytes sent. Fails if it never closes.
    #[track_caller]
    pub fn send_until_cut(&mut self, bytes: &[u8], pause: Duration) -> usize {
        let begun = Instant::now();
        let mut sent = 0;
        while self.send(bytes).is_ok() {
            sent += bytes.len();
            assert!(begun.elapsed() < 3 * PATIENCE, "{sent} bytes, and no end");
            sleep(pause);
        }
        sent
    }

    /// Ends the sending half of the connection, if the other side has not closed it already.
    #[track_caller]
    pub fn finish_sending(&mut self) {
        match self.reader.get_ref().shutdown(Shutdown::Write) {
            Err(error) if error.kind() != io::ErrorKind::NotConnected => panic!("not shut down: {error}"),
            _ => {}
        }
    }

    /// Whether an answer has begun to arrive, or the other side has closed.
    pub fn is_answered(&self) -> bool {
        let stream = self.reader.get_ref();
        stream.set_nonblocking(true).unwrap();
        let peeked = stream.peek(&mut [0]);
        stream.set_nonblocking(false).unwrap();
        !matches!(peeked, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Reads one answer, or `None` if the other side closed or reset the connection instead. It resets the connection of a client that
    /// goes on sending bytes that it no longer reads.
    #[track_caller]
    pub fn answer(&mut self) -> Option<Answer> {
        match self.read_answer() {
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => None,
            answer => answer.unwrap_or_else(|error| panic!("no answer: {error}")),
        }
    }

    #[track_caller]
    fn read_answer(&mut self) -> io::Result<Option<Answer>> {
        let mut line = String::new();
        if self.reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("not a status line: {line:?}"));
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            self.reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut answer = Answer { status, headers, body: Vec::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        answer.body = vec![0; length];
        self.reader.read_exact(&mut answer.body)?;
        Ok(Some(answer))
    }

    /// All answers until the other side closes. Fails if it never closes.
    pub fn all_answers(&mut self) -> Vec<Answer> {
        std::iter::from_fn(|| self.answer()).collect()
    }
}

/// Sends requests on one connection, each after the answer to the one before. `None` if a request was not taken whole or has no answer.
pub fn exchange<const N: usize>(address: SocketAddr, requests: [&[u8]; N]) -> [Option<Answer>; N] {
    in_time(
        |answers: &[_; N]| answers.iter().all(Option::is_some),
        || {
            let mut connection = Connection::open(address);
            requests.map(|bytes| connection.send(bytes).ok().and_then(|()| connection.answer()))
        },
    )
}

/// Asks a server that refuses large bodies, and returns what came of it.
///
/// A server reads on for two seconds after a refusal, and then resets the connection. A busy machine may need longer to send a large body.
/// So it asks again if something was not seen and it took so long.
pub fn in_time<T>(is_seen: impl Fn(&T) -> bool, ask: impl Fn() -> T) -> T {
    let mut tries = 0;
    loop {
        tries += 1;
        let (begun, seen) = (Instant::now(), ask());
        if is_seen(&seen) || tries == 10 || begun.elapsed() < Duration::from_secs(2) {
            return seen;
        }
    }
}

/// The status of an answer that was seen.
pub fn status(answer: Option<Answer>) -> Option<u16> {
    answer.map(|answer| answer.status)
}

/// The bytes of a request with a declared length.
pub fn request(path: &str, headers: &[(&str, &[u8])], body: &[u8]) -> Vec<u8> {
    let length = body.len().to_string();
    let mut bytes = head(path, headers, &[("content-length", length.as_bytes())]);
    bytes.extend_from_slice(body);
    bytes
}

/// The head of a request, with the empty line at its end.
pub fn head(path: &str, headers: &[(&str, &[u8])], more: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\n").into_bytes();
    for (name, value) in headers.iter().chain(more) {
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}

/// A body in chunked transfer coding, in chunks of this size, without the last chunk.
pub fn chunks(body: &[u8], size: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for chunk in body.chunks(size) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

/// The end of a chunked body.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// The header of a chunked body.
pub const CHUNKED: (&str, &[u8]) = ("transfer-encoding", b"chunked");
