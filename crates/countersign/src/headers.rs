//! Headers of any HTTP library, so that the core needs none.

mod names;

use std::collections::{BTreeMap, HashMap};

pub(crate) use self::names::{Found, Names, Once};

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

    /// Calls `take` with each value of these names, and with the place of its name.
    #[doc(hidden)] // for the maps that find the names faster in one walk
    fn visit<'a>(&'a self, names: Names<'a>, mut take: impl FnMut(usize, &'a [u8])) {
        for (place, name) in names.texts() {
            self.values(name).for_each(|value| take(place, value));
        }
    }
}

impl<H: Headers + ?Sized> Headers for &H {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        (**self).values(name)
    }

    fn visit<'a>(&'a self, names: Names<'a>, take: impl FnMut(usize, &'a [u8])) {
        (**self).visit(names, take);
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
        self.get_all(name).iter().map(http::HeaderValue::as_bytes)
    }

    #[inline]
    fn visit<'a>(&'a self, names: Names<'a>, mut take: impl FnMut(usize, &'a [u8])) {
        for (name, value) in self {
            names.places(name.as_str(), |place| take(place, value.as_bytes()));
        }
    }
}

/// The text of a header that nobody signed, as a hint. `None` if it was not sent, was sent twice or is not UTF-8.
pub(crate) fn hint<'a>(headers: &'a (impl Headers + ?Sized), name: &'a str) -> Option<&'a str> {
    let mut once = Once::default();
    headers.values(name).for_each(|value| once.take(value));
    std::str::from_utf8(once.only().ok()?).ok()
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
    #[cfg(feature = "http")]
    use crate::VerifyError;

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

    /// A walk finds the same values as a look-up of each name.
    #[test]
    #[cfg(feature = "http")]
    fn a_walk_through_a_map_finds_what_look_ups_find() {
        use http::{HeaderMap, HeaderName, HeaderValue};

        use crate::{Part, Scheme, Timestamp};

        let scheme = Scheme::hex("X-Sig").timestamp(Timestamp::header("x-time")).signed(&[
            Part::Id("x-id"),
            Part::Text("."),
            Part::Timestamp,
            Part::Text("."),
            Part::Body,
        ]);
        /// The same map, without a walk.
        struct LookUps<'a>(&'a HeaderMap);

        impl Headers for LookUps<'_> {
            fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
                Headers::values(self.0, name)
            }
        }

        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("x-sig", "1"),
            ("x-time", "2"),
            ("x-id", "3"),
            ("x-id", "4"),
            ("content-length", "5"),
            ("content-encoding", "identity"),
            ("content-encoding", "gzip"),
            ("x-other", "6"),
        ] {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let names = Names::of(&scheme);
        for found in [Found::read(&headers, names), Found::read(&LookUps(&headers), names)] {
            assert_eq!((found.signature.only(), found.time.only()), (Ok(&b"1"[..]), Ok(&b"2"[..])));
            assert_eq!(found.id.only(), Err(VerifyError::Repeated));
            assert_eq!((found.is_encoded, found.declared_length), (true, 5));
        }
    }
}
