//! The headers that decide about a request, found in one walk.
//!
//! A map of headers parses and hashes each name that it looks up. One walk with prepared names takes less time than five look-ups.

use super::Headers;
use crate::scheme::Text;
use crate::{Scheme, VerifyError};

/// The names, prepared for the maps of the frameworks. The default has none prepared, and is for a single request.
#[derive(Default)]
pub(crate) struct Names([Prepared; 5]);

/// A name as the maps compare it. `None` if it was not prepared.
#[derive(Default)]
struct Prepared {
    #[cfg(feature = "http")]
    http: Option<http::HeaderName>,
    #[cfg(feature = "actix")]
    actix: Option<actix_web::http::header::HeaderName>,
}

/// The name of a header: its text, and perhaps more.
#[derive(Clone, Copy)]
#[allow(missing_debug_implementations, reason = "nobody outside can name it")]
pub struct Name<'a> {
    text: &'a Text<64>,
    #[cfg_attr(not(any(feature = "actix", feature = "http")), allow(dead_code, reason = "for maps"))]
    prepared: &'a Prepared,
}

const ENCODING: Option<Text<64>> = Text::new("content-encoding");
const LENGTH: Option<Text<64>> = Text::new("content-length");

impl Names {
    pub(crate) fn prepared(scheme: &Scheme) -> Self {
        Self(texts(scheme).map(|text| text.map(Prepared::new).unwrap_or_default()))
    }

    /// The names beside their texts. `None` for a header that the scheme does not have.
    pub(crate) fn of<'a>(&'a self, scheme: &'a Scheme) -> [Option<Name<'a>>; 5] {
        let mut prepared = self.0.iter();
        texts(scheme).map(|text| Some(Name { prepared: prepared.next()?, text: text? }))
    }
}

/// The texts of the names, in the order in which [`Found::take`] tells them apart.
const fn texts(scheme: &Scheme) -> [Option<&Text<64>>; 5] {
    let (time, id) = (scheme.time_header_text(), scheme.id_header_text());
    [Some(scheme.header_text()), time, id, ENCODING.as_ref(), LENGTH.as_ref()]
}

impl Prepared {
    #[allow(unused_variables, reason = "a map may need it")]
    fn new(text: &Text<64>) -> Self {
        Self {
            #[cfg(feature = "http")]
            http: http::HeaderName::from_bytes(text.as_bytes()).ok(),
            #[cfg(feature = "actix")]
            actix: actix_web::http::header::HeaderName::from_bytes(text.as_bytes()).ok(),
        }
    }
}

impl<'a> Name<'a> {
    pub(super) const fn text(self) -> &'a str {
        self.text.as_str()
    }

    #[cfg(feature = "http")]
    #[inline]
    pub(super) fn is_http(self, other: &http::HeaderName) -> bool {
        match &self.prepared.http {
            Some(prepared) => prepared == other,
            None => other.as_str().eq_ignore_ascii_case(self.text()),
        }
    }

    #[cfg(feature = "actix")]
    #[inline]
    pub(crate) fn is_actix(self, other: &actix_web::http::header::HeaderName) -> bool {
        match &self.prepared.actix {
            Some(prepared) => prepared == other,
            None => other.as_str().eq_ignore_ascii_case(self.text()),
        }
    }
}

/// What the headers of a request say.
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

/// The value of a header that must be sent exactly once.
#[derive(Clone, Copy, Default)]
pub(crate) enum Once<'a> {
    #[default]
    Missing,
    Value(&'a [u8]),
    Repeated,
}

impl<'a> Found<'a> {
    #[inline]
    pub(crate) fn read(headers: &'a (impl Headers + ?Sized), names: &'a [Option<Name<'a>>; 5]) -> Self {
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
    fn take(&mut self, value: &'a [u8]) {
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
