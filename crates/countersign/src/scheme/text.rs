//! A short text that is stored in place.

use std::fmt;

/// A text of at most `MOST` bytes. `MOST` is at most 255.
///
/// A scheme owns its text and is still `Copy`, so that one type serves both as a constant and as a value that is known only at run time. A
/// `&'static str` would have to be leaked at run time, and a `String` cannot be in a constant.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Text<const MOST: usize> {
    bytes: [u8; MOST],
    len: u8,
}

impl<const MOST: usize> Text<MOST> {
    pub(crate) const EMPTY: Self = Self { bytes: [0; MOST], len: 0 };

    /// Copies a text. `None` if it is too long.
    pub(crate) const fn new(text: &str) -> Option<Self> {
        Self::EMPTY.and(text)
    }

    /// Copies a text of ASCII. `None` if it is too long or has other bytes.
    pub(crate) const fn of_ascii(text: &[u8]) -> Option<Self> {
        if text.is_ascii() { Self::EMPTY.and_bytes(text) } else { None }
    }

    /// The text with `more` after it. `None` if that is too long.
    pub(crate) const fn and(self, more: &str) -> Option<Self> {
        self.and_bytes(more.as_bytes())
    }

    const fn and_bytes(mut self, more: &[u8]) -> Option<Self> {
        const { assert!(MOST <= u8::MAX as usize, "the length of a text is a byte") };
        let len = self.len as usize;
        let Some((_, free)) = self.bytes.split_at_mut_checked(len) else { return None };
        let Some((place, _)) = free.split_at_mut_checked(more.len()) else { return None };
        place.copy_from_slice(more);
        // There was room for it, so it is at most `MOST`.
        #[allow(clippy::cast_possible_truncation, reason = "at most 255")]
        let len = len.saturating_add(more.len()) as u8;
        Some(Self { bytes: self.bytes, len })
    }

    pub(crate) const fn as_bytes(&self) -> &[u8] {
        match self.bytes.split_at_checked(self.len as usize) {
            Some((text, _)) => text,
            None => &[],
        }
    }

    pub(crate) const fn as_str(&self) -> &str {
        // The bytes are always UTF-8, because they are copied from whole `str`s or are ASCII.
        match std::str::from_utf8(self.as_bytes()) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

impl<const MOST: usize> fmt::Debug for Text<MOST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn a_text_is_kept_whole_or_refused() {
        let text = Text::<4>::new("äb").unwrap();
        assert_eq!((text.as_str(), text.as_bytes().len()), ("äb", 3));
        assert_eq!(text.and("c").unwrap().as_str(), "äbc");
        assert!(text.and("cd").is_none());
        assert!(Text::<4>::new("abcde").is_none());
        assert_eq!(Text::<4>::of_ascii(b"ab").unwrap().as_str(), "ab");
        assert!(Text::<4>::of_ascii(b"abcde").is_none());
        assert!(Text::<4>::of_ascii("ä".as_bytes()).is_none());
        assert_eq!(format!("{:?}", Text::<4>::EMPTY), "\"\"");
    }
}
