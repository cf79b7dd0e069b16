//! A connection with one timeout for everything. A client that sends a byte now and then cannot extend it.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A connection that fails after its timeout.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timed<'a> {
    stream: &'a TcpStream,
    until: Instant,
}

impl<'a> Timed<'a> {
    /// A connection that ends at this time.
    pub(crate) const fn until(stream: &'a TcpStream, until: Instant) -> Self {
        Self { stream, until }
    }

    fn left(&self) -> io::Result<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(too_long()) } else { Ok(left) }
    }
}

/// The end of a timeout that begins now.
pub(super) fn from_now(patience: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(patience).unwrap_or(now)
}

impl Read for Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        self.stream.read(buffer).map_err(named)
    }
}

impl Write for Timed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write(bytes).map_err(named)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Gives a timeout the same words on every system.
fn named(error: io::Error) -> io::Error {
    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) { too_long() } else { error }
}

pub(crate) fn too_long() -> io::Error {
    io::Error::new(ErrorKind::TimedOut, "it took too long")
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn connected() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let here = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (here, listener.accept().unwrap().0)
    }

    #[test]
    fn bytes_that_keep_coming_do_not_extend_the_timeout() {
        let (here, mut there) = connected();
        let sender = std::thread::spawn(move || while there.write_all(b"x").is_ok() {});
        let ended = io::copy(&mut Timed::until(&here, from_now(Duration::from_millis(20))), &mut io::sink())
            .unwrap_err();
        assert_eq!((ended.kind(), ended.to_string().as_str()), (ErrorKind::TimedOut, "it took too long"));
        drop(here);
        sender.join().unwrap();
    }

    #[test]
    fn a_silent_connection_times_out() {
        let (here, there) = connected();
        let mut timed = Timed::until(&here, from_now(Duration::from_millis(20)));
        assert_eq!(timed.read(&mut [0]).unwrap_err().to_string(), "it took too long");
        // A system may end the read a tick early.
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(timed.write(&[0]).unwrap_err().to_string(), "it took too long");
        drop(there);
    }
}
