//! A connection that keeps the raw head of its first request.
//!
//! The server hands out headers without their order and their spelling. A saved delivery has both, so the bytes are kept here.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use crate::http1::too_long;

/// Longest head, in bytes.
pub(super) const HEAD_LIMIT: usize = 64 * 1024;

/// The bytes of the first request up to its empty line.
#[derive(Clone, Debug, Default)]
pub(super) struct Head(Arc<Mutex<Vec<u8>>>);

/// A connection that times out if no complete head arrives.
#[derive(Debug)]
pub(super) struct Tee {
    stream: TcpStream,
    head: Head,
    is_complete: bool,
    timeout: Pin<Box<Sleep>>,
}

impl Head {
    /// The bytes so far. They are complete when the server has seen a request.
    pub(super) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds bytes, and returns whether the head is complete now.
    fn add(&self, bytes: &[u8]) -> bool {
        let mut head = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // An empty line may begin in the bytes that came before.
        let start = head.len().saturating_sub(3);
        // The server skips empty lines in front of a request.
        let is_blank = |byte: &&u8| matches!(**byte, b'\r' | b'\n');
        let blank = if head.is_empty() { bytes.iter().take_while(is_blank).count() } else { 0 };
        head.extend(bytes.iter().skip(blank));
        let end = end(head.get(start..).unwrap_or_default()).map(|end| end.saturating_add(start));
        head.truncate(end.unwrap_or(HEAD_LIMIT));
        end.is_some() || head.len() >= HEAD_LIMIT
    }
}

/// The place behind the first empty line.
fn end(bytes: &[u8]) -> Option<usize> {
    let line_feeds = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    line_feeds.map(|(place, _)| place.saturating_add(1)).find_map(|next| match bytes.get(next..) {
        Some([b'\n', ..]) => Some(next.saturating_add(1)),
        Some([b'\r', b'\n', ..]) => Some(next.saturating_add(2)),
        _ => None,
    })
}

impl Tee {
    pub(super) fn new(stream: TcpStream, head: Head, patience: Duration) -> Self {
        Self { stream, head, is_complete: false, timeout: Box::pin(sleep(patience)) }
    }
}

impl AsyncRead for Tee {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.is_complete && self.timeout.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(too_long()));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        if !self.is_complete {
            self.is_complete = self.head.add(buf.filled().get(before..).unwrap_or_default());
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tee {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_ends_with_its_empty_line_wherever_the_reads_are_cut() {
        for (head, more) in [
            ("GET / HTTP/1.1\r\nA: b\r\n\r\n", "body\r\n\r\n"),
            ("GET / HTTP/1.1\nA: b\n\n", ""),
            ("x\n\n", "x"),
        ] {
            let all = format!("\r\n\n\r\n{head}{more}");
            for cut in 0..all.len() {
                let kept = Head::default();
                let (first, second) = all.as_bytes().split_at(cut);
                assert!(kept.add(first) || kept.add(second), "{all:?} {cut}");
                assert_eq!(kept.take(), head.as_bytes(), "{all:?} {cut}");
            }
        }
    }

    #[test]
    fn empty_lines_alone_are_no_head() {
        let head = Head::default();
        assert!((0..HEAD_LIMIT).all(|_| !head.add(b"\r\n")));
        assert_eq!(head.take(), b"");
    }

    #[test]
    fn an_endless_head_is_cut() {
        let head = Head::default();
        assert!(!head.add(&[b'x'; HEAD_LIMIT - 1]));
        assert!(head.add(b"xx"));
        assert_eq!(head.take().len(), HEAD_LIMIT);
    }
}
