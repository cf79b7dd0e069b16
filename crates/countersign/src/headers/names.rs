//! The headers that decide about a request, found in one walk.
//!
//! A map of headers hashes each name that it looks up. A request has few headers, so one walk over all of them takes less time than five
//! look-ups.

use super::Headers;
use crate::scheme::Text;
use crate::{Scheme, VerifyError};

/// The names that are looked for, each at the place by which [`Found::take`] knows it. The name of a header that the scheme does not sign
/// is empty.
#[derive(Clone, Copy)]
#[allow(missing_debug_implementations, reason = "nobody outside can name it")]
pub struct Names<'a> {
    names: [&'a [u8]; 5],
    /// The bit `n` is set if a name has `n` bytes. Most headers of a request have another length, so they are not compared with any name.
    #[cfg(any(feature = "actix", feature = "http"))]
    lengths: u64,
}

impl<'a> Names<'a> {
    #[inline]
    pub(crate) fn of(scheme: &'a Scheme) -> Self {
        let [time, id] = [scheme.time_header_text(), scheme.id_header_text()]
            .map(|text| text.map(Text::as_bytes).unwrap_or_default());
        let names = [scheme.header_bytes(), time, id, b"content-encoding", b"content-length"];
        Self {
            names,
            #[cfg(any(feature = "actix", feature = "http"))]
            lengths: names.iter().fold(0, |bits, name| bits | bit(name.len())),
        }
    }

    /// Calls `take` with each place of a header's name, for a walk. No header has an empty name.
    #[cfg(any(feature = "actix", feature = "http"))]
    #[inline]
    pub(crate) fn places(&self, name: &str, mut take: impl FnMut(usize)) {
        if self.lengths & bit(name.len()) == 0 {
            return;
        }
        let name = name.as_bytes();
        for (place, own) in self.names.iter().enumerate() {
            // The names of most schemes are in lower case, as those of a map are. Equal bytes are compared faster.
            if own.len() == name.len() && (*own == name || own.eq_ignore_ascii_case(name)) {
                take(place);
            }
        }
    }

    /// The names with their places, for look-ups. They are UTF-8, because the builders of a scheme take them as `&str`.
    pub(super) fn texts(self) -> impl Iterator<Item = (usize, &'a str)> {
        let text = |name: &'a [u8]| std::str::from_utf8(name).ok().filter(|name| !name.is_empty());
        self.names.into_iter().enumerate().filter_map(move |(place, name)| Some((place, text(name)?)))
    }
}

/// The bit of a length. Lengths that differ by 64 share a bit.
#[cfg(any(feature = "actix", feature = "http"))]
const fn bit(length: usize) -> u64 {
    1 << (length % 64)
}

/// The headers of a request that decide about it.
#[derive(Default)]
pub(crate) struct Found<'a> {
    pub(crate) signature: Once<'a>,
    pub(crate) time: Once<'a>,
    pub(crate) id: Once<'a>,
    /// The body is encoded. Only `identity` is no encoding.
    pub(crate) is_encoded: bool,
    /// The largest length that the request declares for its body. A number with too many digits is the largest `usize`.
    pub(crate) declared_length: usize,
}

/// The value of a header that must be sent exactly once. Two equal values are refused as well: a proxy in front may have checked only one
/// of two, and nobody knows which.
#[derive(Clone, Copy, Default)]
pub(crate) enum Once<'a> {
    #[default]
    Missing,
    Value(&'a [u8]),
    Repeated,
}

impl<'a> Found<'a> {
    #[inline]
    pub(crate) fn read(headers: &'a (impl Headers + ?Sized), names: Names<'a>) -> Self {
        let mut found = Self::default();
        headers.visit(names, |place, value| found.take(place, value));
        found
    }

    fn take(&mut self, place: usize, value: &'a [u8]) {
        match place {
            0 => self.signature.take(value),
            1 => self.time.take(value),
            2 => self.id.take(value),
            3 => self.is_encoded |= !value.trim_ascii().eq_ignore_ascii_case(b"identity"),
            _ => self.declared_length = self.declared_length.max(length(value).unwrap_or_default()),
        }
    }
}

impl<'a> Once<'a> {
    pub(super) fn take(&mut self, value: &'a [u8]) {
        *self = if matches!(self, Self::Missing) { Self::Value(value) } else { Self::Repeated };
    }

    /// The value. Two equal values are refused as well: a proxy in front may have checked only one of two, and nobody knows which.
    pub(crate) const fn only(self) -> Result<&'a [u8], VerifyError> {
        match self {
            Self::Missing => Err(VerifyError::Missing),
            Self::Value(value) => Ok(value),
            Self::Repeated => Err(VerifyError::Repeated),
        }
    }
}

/// A declared length, with or without white space around it. A text that is no number declares none.
fn length(value: &[u8]) -> Option<usize> {
    value.trim_ascii().iter().try_fold(0_usize, |length, digit| {
        digit.is_ascii_digit().then(|| length.saturating_mul(10).saturating_add(usize::from(digit & 0x0f)))
    })
}
