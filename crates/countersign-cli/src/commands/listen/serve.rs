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

/// Largest part of an unread body that is discarded, in bytes, and the time for it.
const DISCARDED: u64 = 8 * 1024 * 1024;
const DISCARD_TIME: Duration = Duration::from_secs(2);

/// The pause after a connection could not be accepted. Most often, another connection has to end first.
const PAUSE: Duration = Duration::from_millis(100);

/// The limits of all connections together.
#[derive(Debug)]
pub(super) struct Limits {
    /// Bytes in the largest body.
    pub(super) body_bytes: usize,
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
            // The library's default for a service.
            body_bytes: 1024 * 1024,
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
            _ if bytes > self.limits.body_bytes => Err(ReadError::TooLarge),
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
mod tests;
