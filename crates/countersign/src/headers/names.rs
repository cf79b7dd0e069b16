//! The names of a scheme's headers, prepared for the maps of the frameworks.
//!
//! Such a map parses every name that it gets as text, and the parser takes longer than the look-up. So a verifier prepares the names once.

use super::Headers;
use crate::scheme::Text;
use crate::{Scheme, VerifyError};

/// The names of the headers of a scheme. The default has none prepared, and is for a single request.
#[derive(Default)]
pub(crate) struct Names {
    signature: Prepared,
    time: Prepared,
    id: Prepared,
}

/// A name as the maps look it up. `None` if it was not prepared.
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

impl Names {
    pub(crate) fn prepared(scheme: &Scheme) -> Self {
        let prepared = |text: Option<&Text<64>>| text.map(Prepared::new).unwrap_or_default();
        Self {
            signature: Prepared::new(scheme.header_text()),
            time: prepared(scheme.time_header_text()),
            id: prepared(scheme.id_header_text()),
        }
    }

    pub(crate) const fn signature<'a>(&'a self, scheme: &'a Scheme) -> Name<'a> {
        Name { text: scheme.header_text(), prepared: &self.signature }
    }

    /// The header of the signed time. `None` if the time is not in a header.
    pub(crate) fn time<'a>(&'a self, scheme: &'a Scheme) -> Option<Name<'a>> {
        scheme.time_header_text().map(|text| Name { text, prepared: &self.time })
    }

    /// The header of the signed id. `None` if no id is signed.
    pub(crate) fn id<'a>(&'a self, scheme: &'a Scheme) -> Option<Name<'a>> {
        scheme.id_header_text().map(|text| Name { text, prepared: &self.id })
    }
}

impl Prepared {
    #[allow(unused_variables, reason = "no map is turned on")]
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
    pub(crate) const fn text(self) -> &'a str {
        self.text.as_str()
    }

    #[cfg(feature = "http")]
    pub(super) const fn http(self) -> Option<&'a http::HeaderName> {
        self.prepared.http.as_ref()
    }

    #[cfg(feature = "actix")]
    pub(crate) const fn actix(self) -> Option<&'a actix_web::http::header::HeaderName> {
        self.prepared.actix.as_ref()
    }

    /// The only value of the header, as [`only_value`](super::only_value) finds it.
    pub(crate) fn only_value(self, headers: &'a (impl Headers + ?Sized)) -> Result<&'a [u8], VerifyError> {
        super::only(headers.values_of(self))
    }
}
