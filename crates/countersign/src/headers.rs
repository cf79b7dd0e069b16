//! Headers of any HTTP library, so that the core needs none.

mod names;

use std::collections::{BTreeMap, HashMap};

pub(crate) use self::names::{Name, Names};
use crate::VerifyError;

/// The headers of a request.
///
/// Slices, arrays, vectors and maps of names and values implement it. The feature `http` adds `http::HeaderMap`, and the feature `actix`
/// adds the map of actix-web.
///
/// ```
/// use countersign::Headers;
///
/// let headers = [("Content-Type", "application/json"), ("X-Signature-256", "sha256=…")];
/// assert_eq!(headers.values("x-signature-256").count(), 1);
/// ```
pub trait Headers {
    /// Every value of the header `name`, in any order. ASCII case makes no difference in names.
    ///
    /// An implementation must not join, split or drop values. A signature header that was sent twice is refused, and only two values
    /// show that.
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]>;

    #[doc(hidden)] // for the maps that look up a prepared name faster than a text
    fn values_of<'a>(&'a self, name: Name<'a>) -> impl Iterator<Item = &'a [u8]> {
        self.values(name.text())
    }
}

impl<H: Headers + ?Sized> Headers for &H {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        (**self).values(name)
    }

    fn values_of<'a>(&'a self, name: Name<'a>) -> impl Iterator<Item = &'a [u8]> {
        (**self).values_of(name)
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> Headers for [(N, V)] {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        pick(self.iter().map(|(n, v)| (n, v)), name)
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>, const COUNT: usize> Headers for [(N, V); COUNT] {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.as_slice().values(name)
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> Headers for Vec<(N, V)> {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.as_slice().values(name)
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>, S> Headers for HashMap<N, V, S> {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        pick(self.iter(), name)
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> Headers for BTreeMap<N, V> {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        pick(self.iter(), name)
    }
}

#[cfg(feature = "http")]
#[cfg_attr(docsrs, doc(cfg(feature = "http")))]
impl Headers for http::HeaderMap {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        // Every request asks for two names, which are ready-made.
        let all = match name {
            "content-length" => self.get_all(http::header::CONTENT_LENGTH),
            "content-encoding" => self.get_all(http::header::CONTENT_ENCODING),
            _ => self.get_all(name),
        };
        all.iter().map(http::HeaderValue::as_bytes)
    }

    fn values_of<'a>(&'a self, name: Name<'a>) -> impl Iterator<Item = &'a [u8]> {
        let all = name.http().map_or_else(|| self.get_all(name.text()), |prepared| self.get_all(prepared));
        all.iter().map(http::HeaderValue::as_bytes)
    }
}

/// The value of a header that must be sent exactly once. Two equal values are refused as well: a proxy in front may have checked only one
/// of two, and nobody knows which.
pub(crate) fn only_value<'a>(
    headers: &'a (impl Headers + ?Sized),
    name: &'a str,
) -> Result<&'a [u8], VerifyError> {
    only(headers.values(name))
}

fn only<'a>(mut values: impl Iterator<Item = &'a [u8]>) -> Result<&'a [u8], VerifyError> {
    let value = values.next().ok_or(VerifyError::Missing)?;
    if values.next().is_some() { Err(VerifyError::Repeated) } else { Ok(value) }
}

fn pick<'a, N: AsRef<str> + 'a, V: AsRef<[u8]> + 'a>(
    pairs: impl Iterator<Item = (&'a N, &'a V)>,
    name: &'a str,
) -> impl Iterator<Item = &'a [u8]> {
    pairs.filter(|(n, _)| n.as_ref().eq_ignore_ascii_case(name)).map(|(_, v)| v.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_found_and_case_makes_no_difference() {
        fn found(headers: &(impl Headers + ?Sized)) -> usize {
            headers.values("x-a").filter(|value| *value == b"1").count()
        }
        let pairs = [("X-A", "1"), ("x-a", "1"), ("X-B", "1")];
        assert_eq!(found(&pairs), 2);
        assert_eq!(found(&pairs[..]), 2);
        assert_eq!(found(&pairs.to_vec()), 2);
        assert_eq!(found(&&pairs), 2);
        assert_eq!(found(&HashMap::from(pairs)), 2);
        assert_eq!(found(&BTreeMap::from(pairs)), 2);
    }
}
