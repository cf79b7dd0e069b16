//! How the core asks for a header without knowing an HTTP crate.

use std::collections::{BTreeMap, HashMap};

/// The headers of a request, as any HTTP library or script holds them.
///
/// Implemented for slices, arrays, vectors and maps of names and values. Feature `http` adds `http::HeaderMap`, and feature `actix`
/// actix-web's own map.
///
/// ```
/// use countersign::Headers;
///
/// let headers = [("Content-Type", "application/json"), ("X-Signature-256", "sha256=…")];
/// assert_eq!(headers.values("x-signature-256").count(), 1);
/// ```
pub trait Headers {
    /// Every value sent under `name`, in any order. Names are compared without regard to ASCII case.
    ///
    /// Each value counts on its own: an implementation must not join, split or drop any, because a signature that is
    /// sent twice is refused.
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]>;
}

impl<H: Headers + ?Sized> Headers for &H {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        (**self).values(name)
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
    fn every_value_is_found_by_name_in_any_case() {
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
