//! A signature header's value, taken apart: what stands around the tag, and the tag in any of its spellings.

use countersign::Scheme;

use crate::encoding::from_base64;

/// Fewest bytes of a shortened tag that no accident makes.
const MIN_BYTES: usize = 4;

/// One value of a header that may hold a signature.
pub(crate) struct Value<'v> {
    /// The header's name, if it is not the one of the scheme.
    pub(crate) elsewhere: Option<&'static str>,
    pub(crate) raw: &'v [u8],
    /// The value without white space and quotes around it.
    pub(crate) bare: &'v [u8],
    /// Names of algorithms in front of the tag, each with its `=` or `:`.
    pub(crate) prefixes: Vec<&'v [u8]>,
    /// The rest, which should be the tag.
    text: &'v [u8],
    /// The prefix of the scheme, or nothing.
    prefix: &'v [u8],
}

impl<'v> Value<'v> {
    pub(crate) fn new(scheme: &'v Scheme, elsewhere: Option<&'static str>, raw: &'v [u8]) -> Self {
        let bare = raw.trim_ascii();
        let bare =
            bare.strip_prefix(b"\"").and_then(|bare| bare.strip_suffix(b"\"")).unwrap_or(bare).trim_ascii();
        let (mut prefixes, mut text) = (Vec::new(), bare);
        while let Some((prefix, rest)) = split_prefix(text) {
            prefixes.push(prefix);
            text = rest;
        }
        let prefix = scheme.tag_prefix().as_bytes();
        Self { elsewhere, raw, bare, prefixes, text: text.trim_ascii(), prefix }
    }

    pub(crate) const fn wants_prefix(&self) -> bool {
        !self.prefix.is_empty()
    }

    pub(crate) fn has_wrong_prefix(&self) -> bool {
        self.wants_prefix() && self.prefixes.len() == 1 && self.prefixes != [self.prefix]
    }

    /// A whole tag of SHA-1, SHA-256 or SHA-512 in hex.
    pub(crate) fn hex_tag(&self) -> Option<Vec<u8>> {
        let digits = self.digits();
        (matches!(digits, 40 | 64 | 128) && digits == self.text.len()).then(|| self.decoded(digits))?
    }

    /// The first 64 of more digits, or of digits that something else follows.
    pub(crate) fn overlong_tag(&self) -> Option<Vec<u8>> {
        (self.digits() >= 64).then(|| self.decoded(64))?
    }

    pub(crate) fn base64_tag(&self) -> Option<Vec<u8>> {
        from_base64(self.text).filter(|tag| matches!(tag.len(), 20 | 32 | 64))
    }

    /// The number of digits that are there, and their bytes. Half a byte is left out.
    pub(crate) fn truncated_tag(&self) -> Option<(usize, Vec<u8>)> {
        let digits = self.digits();
        let even = digits.checked_sub(digits % 2)?;
        let is_cut = digits == self.text.len() && even >= 2 * MIN_BYTES;
        is_cut.then(|| Some((digits, self.decoded(even)?)))?
    }

    /// The tags of `t=<time>,v1=<hex>,v1=<hex>`.
    pub(crate) fn stripe_tags(&self) -> Vec<Vec<u8>> {
        let parts = self.raw.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        let tags = parts.filter_map(|part| hex::decode(part.strip_prefix(b"v1=")?).ok());
        named(stripe_time(self.raw).is_some(), tags)
    }

    /// The tag of `v0=<hex>`.
    pub(crate) fn slack_tag(&self) -> Vec<Vec<u8>> {
        let digits = self.raw.strip_prefix(b"v0=");
        named(digits.is_some(), digits.and_then(|digits| hex::decode(digits).ok()))
    }

    /// The tags of `v1,<base64> v1,<base64>`.
    pub(crate) fn standard_tags(&self) -> Vec<Vec<u8>> {
        let parts = self.raw.split(|byte| *byte == b' ');
        named(self.raw.starts_with(b"v1,"), parts.filter_map(|part| from_base64(part.strip_prefix(b"v1,")?)))
    }

    fn digits(&self) -> usize {
        self.text.iter().take_while(|byte| byte.is_ascii_hexdigit()).count()
    }

    fn decoded(&self, digits: usize) -> Option<Vec<u8>> {
        hex::decode(self.text.get(..digits)?).ok()
    }
}

/// The time in `t=<time>,v1=<hex>`.
pub(crate) fn stripe_time(value: &[u8]) -> Option<&[u8]> {
    value.split(|byte| *byte == b',').find_map(|part| part.trim_ascii().strip_prefix(b"t="))
}

/// The tags of a value that is in a family's format. A value without a readable tag has one empty tag, which matches nothing, so that the
/// family can be named all the same.
fn named(is_in_format: bool, tags: impl IntoIterator<Item = Vec<u8>>) -> Vec<Vec<u8>> {
    if !is_in_format {
        return Vec::new();
    }
    let mut tags: Vec<Vec<u8>> = tags.into_iter().collect();
    if tags.is_empty() {
        tags.push(Vec::new());
    }
    tags
}

/// The name of an algorithm with its `=` or `:`, and the rest.
fn split_prefix(value: &[u8]) -> Option<(&[u8], &[u8])> {
    const NAMES: [&[u8]; 10] = [
        b"sha256",
        b"sha-256",
        b"hmac-sha256",
        b"sha1",
        b"sha-1",
        b"sha512",
        b"sha-512",
        b"md5",
        b"none",
        b"hex",
    ];
    let end = value.iter().position(|byte| matches!(byte, b'=' | b':'))?;
    let name = value.get(..end)?;
    let known = name.is_empty() || NAMES.iter().any(|known| known.eq_ignore_ascii_case(name));
    known.then(|| value.split_at_checked(end.saturating_add(1)))?
}
