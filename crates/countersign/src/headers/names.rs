//! The headers that decide about a request, found in one walk.
//!
//! A map of headers parses and hashes each name that it looks up. One walk with prepared names takes less time than five look-ups.

use super::Headers;
use crate::scheme::Text;
use crate::{Scheme, VerifyError};

/// The names of a scheme's headers, prepared for the maps of the frameworks, each with its place.
pub(crate) struct Prepared {
    #[cfg(feature = "http")]
    http: Vec<(usize, http::HeaderName)>,
    #[cfg(feature = "actix")]
    actix: Vec<(usize, actix_web::http::header::HeaderName)>,
}

/// The names that are looked for. They are not prepared for a single request.
#[derive(Clone, Copy)]
#[allow(missing_debug_implementations, reason = "nobody outside can name it")]
pub struct Names<'a> {
    scheme: &'a Scheme,
    #[cfg_attr(not(any(feature = "actix", feature = "http")), allow(dead_code, reason = "for maps"))]
    prepared: Option<&'a Prepared>,
}

impl Prepared {
    #[cfg_attr(not(any(feature = "actix", feature = "http")), allow(unused_variables, reason = "for maps"))]
    pub(crate) fn new(scheme: &Scheme) -> Self {
        Self {
            #[cfg(feature = "http")]
            http: parsed(scheme, |name| name.parse().ok()),
            #[cfg(feature = "actix")]
            actix: parsed(scheme, |name| name.parse().ok()),
        }
    }

    pub(crate) const fn of<'a>(&'a self, scheme: &'a Scheme) -> Names<'a> {
        Names { scheme, prepared: Some(self) }
    }
}

#[cfg(any(feature = "actix", feature = "http"))]
fn parsed<T>(scheme: &Scheme, parse: impl Fn(&str) -> Option<T>) -> Vec<(usize, T)> {
    let names = Names::unprepared(scheme);
    names.texts().filter_map(|(place, text)| Some((place, parse(text)?))).collect()
}

impl<'a> Names<'a> {
    pub(crate) const fn unprepared(scheme: &'a Scheme) -> Self {
        Self { scheme, prepared: None }
    }

    /// The texts, with the places by which [`Found::take`] tells them apart.
    pub(super) fn texts(self) -> impl Iterator<Item = (usize, &'a str)> {
        let Self { scheme, .. } = self;
        let signed = [scheme.time_header_text(), scheme.id_header_text()].map(|text| text.map(Text::as_str));
        let [time, id] = signed;
        let texts = [Some(scheme.header()), time, id, Some("content-encoding"), Some("content-length")];
        texts.into_iter().enumerate().filter_map(|(place, text)| Some((place, text?)))
    }

    #[cfg(feature = "http")]
    pub(super) fn http(self) -> Option<&'a [(usize, http::HeaderName)]> {
        self.prepared.map(|prepared| &*prepared.http)
    }

    #[cfg(feature = "actix")]
    pub(crate) fn actix(self) -> Option<&'a [(usize, actix_web::http::header::HeaderName)]> {
        self.prepared.map(|prepared| &*prepared.actix)
    }
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

/// A declared length. A text that is no number declares none.
fn length(value: &[u8]) -> Option<usize> {
    value.trim_ascii().iter().try_fold(0_usize, |length, digit| {
        digit.is_ascii_digit().then(|| length.saturating_mul(10).saturating_add(usize::from(digit & 0x0f)))
    })
}
