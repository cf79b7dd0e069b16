//! The raw head of the first request of a connection.
//!
//! The server hands out headers without their order and their spelling. A saved delivery has both, so the bytes are kept here.

use std::sync::{Arc, Mutex, PoisonError};

use crate::http1::HEAD_LIMIT;

/// The bytes from the first line that is not empty to the next empty line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head(Arc<Mutex<Vec<u8>>>);

impl Head {
    /// The bytes so far. They are complete when the server has seen a request.
    pub(crate) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds bytes, and returns whether the head has now come to its end or to its limit.
    pub(crate) fn add(&self, bytes: &[u8]) -> bool {
        let mut head = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The server skips empty lines in front of a request.
        let is_blank = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let blank = if head.is_empty() { bytes.iter().take_while(|byte| is_blank(byte)).count() } else { 0 };
        // An empty line may begin in the bytes that came before.
        let start = head.len().saturating_sub(3);
        head.extend_from_slice(bytes.get(blank..).unwrap_or_default());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_ends_with_its_empty_line_wherever_the_reads_are_cut() {
        for (head, more) in
            [("GET / HTTP/1.1\r\nA: b\r\n\r\n", "body\r\n\r\n"), ("GET / HTTP/1.1\nA: b\n\n", "")]
        {
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
    fn empty_lines_in_front_of_a_request_are_no_head() {
        let head = Head::default();
        assert!(!head.add(b"\r") && !head.add(b"\n\n\r\n\r\n"));
        assert!(head.add(b"\nGET / HTTP/1.1\n\n"));
        assert_eq!(head.take(), b"GET / HTTP/1.1\n\n");
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
