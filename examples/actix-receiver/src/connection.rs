//! A connection that limits the time and the memory that its client can take.
//!
//! actix-http limits only the time for the first head on a connection. Half of a second head, or a body that it discards, would hold the
//! connection as long as the client likes. It also reads up to 128 KiB at a time into a buffer that it keeps.

use std::io;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// The most bytes of one read. actix-http works on them before the next read, so its buffer stays small.
const PORTION: usize = 4 * 1024;

/// A stream that is read in portions. It ends for its reader when nothing was written to it for `patience`. A request that is being
/// handled then is still answered.
pub(crate) struct Limited<T> {
    stream: T,
    has_read: bool,
    patience: Duration,
    end: Pin<Box<Sleep>>,
}

impl<T> Limited<T> {
    pub(crate) fn new(stream: T, patience: Duration) -> Self {
        Self { stream, has_read: false, patience, end: Box::pin(sleep(patience)) }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Limited<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.end.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        if mem::take(&mut self.has_read) {
            // actix-http stops reading at `Pending`. It is woken at once, and goes on after this portion.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let room = buffer.remaining().min(PORTION);
        let mut portion = ReadBuf::new(buffer.initialize_unfilled_to(room));
        let polled = Pin::new(&mut self.stream).poll_read(cx, &mut portion);
        let read = portion.filled().len();
        buffer.advance(read);
        self.has_read = read > 0;
        polled
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Limited<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if written.is_ready()
            && let Some(end) = Instant::now().checked_add(self.patience)
        {
            self.end.as_mut().reset(end);
        }
        written
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
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[tokio::test(start_paused = true)]
    async fn a_client_that_gets_no_answer_is_read_for_20_seconds() {
        let (mut client, server) = duplex(64);
        let mut server = Limited::new(server, PATIENCE);
        let begun = Instant::now();
        let dribble = async {
            loop {
                client.write_all(b"a").await.unwrap();
                sleep(Duration::from_secs(3)).await;
            }
        };
        let mut read = Vec::new();
        tokio::select! {
            () = dribble => {}
            end = server.read_to_end(&mut read) => assert_eq!(end.unwrap(), 7),
        }
        assert_eq!(begun.elapsed(), PATIENCE);
        server.write_all(b"answered anyway").await.unwrap();
    }

    #[tokio::test]
    async fn a_reader_pauses_after_each_portion() {
        let (mut client, server) = duplex(3 * PORTION);
        client.write_all(&[b'a'; 2 * PORTION]).await.unwrap();
        let mut server = Limited::new(server, PATIENCE);
        let mut bytes = [0; 3 * PORTION];
        for expected in [Some(PORTION), None, Some(PORTION), None] {
            let mut buffer = ReadBuf::new(&mut bytes);
            let read = std::future::poll_fn(|cx| {
                Poll::Ready(Pin::new(&mut server).poll_read(cx, &mut buffer).is_ready())
            });
            assert_eq!(read.await.then_some(buffer.filled().len()), expected);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_answer_begins_the_time_anew() {
        let (_client, server) = duplex(64);
        let mut server = Limited::new(server, PATIENCE);
        sleep(Duration::from_secs(15)).await;
        server.write_all(b"answer").await.unwrap();
        let begun = Instant::now();
        assert_eq!(server.read(&mut [0]).await.unwrap(), 0);
        assert_eq!(begun.elapsed(), PATIENCE);
    }
}
