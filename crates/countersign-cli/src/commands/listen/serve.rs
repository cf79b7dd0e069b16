//! Connections, and the limits of their number, their time and their memory.
//!
//! The port is open to this machine alone. But a tunnel or a browser on this machine may open many hostile connections.

use std::io::{self, BufReader, Read as _, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread::{self, Builder};
use std::time::Duration;

use super::Receiver;
use super::memory::{Memory, Share};
use super::places::Places;
use crate::failure::{Failure, Result, Verdict};
use crate::http1::{Answer, ReadError, Request, Timed, request_body, request_head};

/// Largest body in bytes, as the library's default for a service.
pub(super) const LIMIT: usize = 1024 * 1024;

/// Largest part of an unread body that is discarded, in bytes, and the time for it.
const DISCARDED: u64 = 8 * 1024 * 1024;
const DISCARD_TIME: Duration = Duration::from_secs(2);

/// The pause after a connection could not be accepted. Most often, another connection has to end first.
const PAUSE: Duration = Duration::from_millis(100);

/// The limits of all connections together.
#[derive(Debug)]
pub(super) struct Limits {
    /// Connections at the same time, each with a thread. Others wait in the queue of the system.
    pub(super) connections: Places,
    /// The time for the head of a request. A silent connection is closed after it.
    pub(super) head: Duration,
    /// The time for the body of a request, and the time for its answer.
    pub(super) body: Duration,
    /// The memory for all bodies together.
    pub(super) memory: Memory,
    /// Complete requests that are handled at the same time. Each is copied a few times.
    pub(super) handled: Places,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: Places::new(256),
            head: Duration::from_secs(5),
            body: Duration::from_secs(10),
            memory: Memory::new(64 * 1024 * 1024),
            handled: Places::new(16),
        }
    }
}

impl<W: Write + Send> Receiver<'_, W> {
    /// Serves this number of connections, or all.
    pub(super) fn serve(&self, listener: &TcpListener, count: Option<u64>) -> Result<Verdict> {
        let most = usize::try_from(count.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        thread::scope(|scope| {
            for stream in listener.incoming().take(most) {
                let place = self.limits.connections.wait();
                let started = stream.and_then(|stream| {
                    Builder::new().spawn_scoped(scope, move || {
                        self.end(self.take(&stream));
                        drop(place);
                    })
                });
                if let Err(error) = started {
                    self.end(Err(Failure::new(error)));
                    thread::sleep(PAUSE);
                }
            }
        });
        Ok(Verdict::Good)
    }

    fn end(&self, taken: Result<()>) {
        if let Err(failure) = taken.or_else(|failure| self.complain(failure)) {
            // The failure cannot be printed, because the reader of the output is gone.
            failure.exit();
        }
    }

    fn take(&self, stream: &TcpStream) -> Result<()> {
        let mut reader = BufReader::new(Timed::new(stream, self.limits.head));
        let mut share = self.limits.memory.share();
        match self.read(stream, &mut reader, &mut share) {
            Ok(request) => {
                let _handled = self.limits.handled.wait();
                let answer = self.handle(&request)?;
                self.reply(stream, &answer)
            }
            Err(ReadError::Nothing) => Ok(()),
            Err(error) => {
                let answer = self.refuse(&error)?;
                self.reply(stream, &answer)?;
                discard(stream, reader);
                Ok(())
            }
        }
    }

    fn read<'s>(
        &self,
        stream: &'s TcpStream,
        reader: &mut BufReader<Timed<'s>>,
        share: &mut Share<'_>,
    ) -> Result<Request, ReadError> {
        let mut request = request_head(reader)?;
        let mut asking = Timed::new(stream, self.limits.body);
        *reader.get_mut() = asking;
        request_body(&mut request, reader, &mut asking, |bytes| match bytes {
            _ if bytes > LIMIT => Err(ReadError::TooLarge),
            _ if share.cover(bytes) => Ok(()),
            _ => Err(ReadError::NoMemory),
        })?;
        Ok(request)
    }

    /// Sends the answer. If the client has hung up, its request was handled all the same.
    fn reply(&self, stream: &TcpStream, answer: &Answer) -> Result<()> {
        Timed::new(stream, self.limits.body)
            .write_all(&answer.to_bytes())
            .or_else(|error| self.note(&format!("the client has hung up: {error}")))
    }
}

/// Reads the rest of a refused request and keeps nothing. A system resets a connection that is closed with unread data, and the client
/// would see the reset in place of the answer.
fn discard<'s>(stream: &'s TcpStream, mut reader: BufReader<Timed<'s>>) {
    *reader.get_mut() = Timed::new(stream, DISCARD_TIME);
    // The answer is complete. An error means that the client has hung up, and then nothing is left to do.
    if stream.shutdown(Shutdown::Write).is_ok() {
        io::copy(&mut reader.take(DISCARDED), &mut io::sink()).ok();
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::Mutex;

    use countersign::testing::{ProviderInfo, Samples as _, SignedRequest};
    use countersign::{Massu, Provider as _, Secret, Secrets};
    use countersign_diagnose::{Diagnose, SecretBytes};

    use super::super::{Diagnoses, SKIPPED};
    use super::*;
    use crate::http1::Framing;
    use crate::provider::Provider;

    const SECRET: &str = "whsec_listen";

    type Served = &'static Receiver<'static, Vec<u8>>;

    /// Serves until the process ends, so that a failed test does not wait for the server.
    fn served(limits: Limits) -> (Served, SocketAddr) {
        let receiver = Box::leak(Box::new(Receiver {
            provider: Provider::built_in(ProviderInfo::find(Massu::NAME).unwrap()),
            secrets: Secrets::from(secret()),
            diagnose: Diagnose::new(&Massu::SCHEME, [SecretBytes::new(SECRET).unwrap()]),
            forward: None,
            save: None,
            json: true,
            limits,
            diagnoses: Diagnoses::default(),
            out: Mutex::new(Box::leak(Box::default())),
        }));
        let receiver: Served = receiver;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || receiver.serve(&listener, None));
        (receiver, address)
    }

    fn secret() -> Secret {
        Secret::new(SECRET).unwrap()
    }

    fn genuine() -> Vec<u8> {
        delivery(&SignedRequest::new::<Massu>(&secret(), Massu::SAMPLES[0].body))
    }

    fn delivery(signed: &SignedRequest) -> Vec<u8> {
        let headers = signed.headers().to_vec();
        let body = signed.body().to_vec();
        let request = Request { method: "POST".to_owned(), path: "/".to_owned(), headers, body };
        request.to_bytes("/", None, Framing::Length)
    }

    fn connect(address: SocketAddr) -> TcpStream {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    fn answer(mut stream: TcpStream) -> String {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn ask(address: SocketAddr, request: &[u8]) -> String {
        let mut stream = connect(address);
        stream.write_all(request).unwrap();
        answer(stream)
    }

    #[test]
    fn silent_connections_leave_a_place_for_a_delivery() {
        let forever = Duration::from_secs(3600);
        let (_, address) = served(Limits { head: forever, ..Limits::default() });
        let silent: Vec<TcpStream> = (0..100).map(|_| connect(address)).collect();
        assert!(ask(address, &genuine()).starts_with("HTTP/1.1 204 "));
        drop(silent);
    }

    #[test]
    fn a_silent_connection_is_closed_after_the_time_for_a_head() {
        let soon = Duration::from_millis(20);
        let (_, address) = served(Limits { connections: Places::new(1), head: soon, ..Limits::default() });
        for _ in 0..2 {
            assert!(answer(connect(address)).starts_with("HTTP/1.1 408 "));
        }
    }

    #[test]
    fn large_bodies_share_their_memory_and_a_small_body_always_passes() {
        let (memory, forever) = (Memory::new(2 * LIMIT), Duration::from_secs(3600));
        let (_, address) = served(Limits { memory, head: forever, body: forever, ..Limits::default() });
        let large = SignedRequest::new::<Massu>(&secret(), vec![b' '; LIMIT]);
        let large = delivery(&large.header("expect", "100-continue"));
        // The command sends no `expect` header of its own.
        let large =
            String::from_utf8(large).unwrap().replacen("\r\n\r\n", "\r\nexpect: 100-continue\r\n\r\n", 1);
        let (head, body) = large.split_at(large.len() - LIMIT);

        let mut first = connect(address);
        first.write_all(head.as_bytes()).unwrap();
        let mut interim = [0; 25];
        first.read_exact(&mut interim).unwrap();
        assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");

        let refused = ask(address, head.as_bytes());
        assert!(
            refused.starts_with("HTTP/1.1 503 ") && refused.contains("\r\nretry-after: 5\r\n"),
            "{refused}"
        );
        assert!(ask(address, &genuine()).starts_with("HTTP/1.1 204 "));

        first.write_all(body.as_bytes()).unwrap();
        assert!(answer(first).starts_with("HTTP/1.1 400 "), "authentic, but no event");
        assert!(
            ask(address, large.as_bytes()).contains("HTTP/1.1 400 "),
            "the first body has given its memory back"
        );
    }

    #[test]
    fn a_diagnosis_is_skipped_if_many_requests_wait_for_theirs() {
        let (receiver, address) = served(Limits::default());
        let wrong = delivery(&SignedRequest::new::<Massu>(&Secret::new("other").unwrap(), "{}"));
        let waiting: Vec<_> = std::iter::from_fn(|| receiver.diagnoses.queue.try_take()).collect();
        assert_eq!(waiting.len(), 8);
        assert!(ask(address, &wrong).starts_with("HTTP/1.1 401 "));
        drop(waiting);
        assert!(ask(address, &wrong).starts_with("HTTP/1.1 401 "));
        let lines = String::from_utf8(receiver.out.lock().unwrap().clone()).unwrap();
        let lines: Vec<serde_json::Value> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0]["diagnosis_skipped"], SKIPPED);
        assert!(lines[0]["diagnosis"].is_null() && lines[1]["diagnosis_skipped"].is_null());
        assert_eq!(lines[1]["diagnosis"]["explained"], false);
    }
}
