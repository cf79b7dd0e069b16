//! The tags that the headers may hold, in the scheme's own header and in others, in its format and in others.

use countersign::Scheme;

use crate::HeaderCause;
use crate::cause::header::Experiment;
use crate::mac::{Hash, Method, is_start, is_unpadded};
use crate::request::Header;
use crate::value::{Extent, Spelling, Token, tokens, unescaped, unfolded, with_pluses};

/// A tag that may be meant.
pub(crate) struct Signature<'r> {
    /// The mistakes in how it came.
    pub(crate) causes: Vec<HeaderCause>,
    pub(crate) tag: Vec<u8>,
    /// The whole value.
    pub(crate) value: &'r [u8],
    /// The name of its header.
    pub(crate) header: &'r str,
    /// Whether it is in the scheme's own header.
    pub(crate) is_own: bool,
    pub(crate) spelling: Spelling,
}

impl Signature<'_> {
    /// Whether it is this tag, or its beginning.
    pub(crate) fn is(&self, tag: &[u8]) -> bool {
        match self.spelling {
            Spelling::Unpadded => is_unpadded(&self.tag, tag),
            _ => is_start(&self.tag, tag),
        }
    }

    /// Whether a method makes tags of this length. `may_be_short` if a shorter one counts.
    pub(crate) fn fits(&self, method: Method, may_be_short: bool) -> bool {
        match (self.tag.len(), method.bytes()) {
            _ if self.spelling == Spelling::Unpadded => may_be_short,
            (came, all) if may_be_short => came <= all,
            (came, all) => came == all,
        }
    }
}

/// Number of tags that are tried. Each costs only one more comparison, but an endless list is no signature.
const MAX_SIGNATURES: usize = 64;

/// Longest value, in bytes, that is read.
const MAX_VALUE: usize = 64 * 1024;

/// The header that a value came in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place<'p> {
    Own,
    /// The scheme's header, under another spelling of its name.
    Renamed(&'p str),
    Elsewhere(&'p str),
    /// A parameter of the URL.
    Query(&'p str),
    /// A text of the body.
    Body(&'p str),
}

impl Place<'_> {
    const fn is_own(&self) -> bool {
        matches!(self, Self::Own | Self::Renamed(_))
    }
}

/// A tag, and the method that made it or should have.
pub(crate) struct Claim<'c> {
    pub(crate) signature: &'c Signature<'c>,
    pub(crate) method: Method,
}

impl Claim<'_> {
    /// The length of a tag that is only the beginning of one, in words.
    pub(crate) fn cut(&self) -> Option<String> {
        let (came, all) = (self.signature.tag.len(), self.method.bytes());
        (came < all && self.signature.spelling != Spelling::Unpadded)
            .then(|| format!("{came} of its {all} bytes"))
    }

    /// The other hash that makes tags of this length.
    pub(crate) fn other_hash(&self) -> Option<Hash> {
        let bytes = self.signature.tag.len();
        Hash::ALL.into_iter().find(|hash| hash.bytes() == bytes && bytes != self.method.bytes())
    }
}

/// A tag in a value, and all that is needed to tell how it differs from the scheme's format.
pub(crate) struct Found<'f> {
    pub(crate) scheme: &'f Scheme,
    pub(crate) place: Place<'f>,
    /// The value without white space and quotes around it.
    pub(crate) bare: &'f [u8],
    pub(crate) is_surrounded: bool,
    /// Whether white space inside the value had to be taken out.
    pub(crate) is_folded: bool,
    /// Whether the value had percent escapes.
    pub(crate) is_escaped: bool,
    /// Whether blanks were taken for `+`.
    pub(crate) is_blank: bool,
    /// Number of whole tags in the value.
    pub(crate) count: usize,
    pub(crate) token: &'f Token<'f>,
}

pub(crate) fn signatures<'r>(
    scheme: &Scheme,
    headers: &[Header<'r>],
    hidden: &[(Place<'r>, Header<'r>)],
) -> Vec<Signature<'r>> {
    let place = |header: &Header<'_>| {
        if header.name.eq_ignore_ascii_case(scheme.header()) {
            (0, false)
        } else {
            (1, !header.is(scheme.header()))
        }
    };
    let mut ordered: Vec<Header<'r>> =
        headers.iter().copied().filter(|header| header.value.len() <= MAX_VALUE).collect();
    ordered.sort_by_key(place);
    let read = ordered.into_iter().flat_map(|header| {
        let place = match place(&header) {
            (0, _) => Place::Own,
            (_, false) => Place::Renamed(header.name),
            _ => Place::Elsewhere(header.name),
        };
        value(scheme, place, header)
    });
    let hidden = hidden.iter().filter(|(_, header)| header.value.len() <= MAX_VALUE);
    read.chain(hidden.flat_map(|(place, header)| value(scheme, *place, *header)))
        .take(MAX_SIGNATURES)
        .collect()
}

/// The tags of a value as it is, or of a value without the line breaks or escapes that somebody put into it.
fn value<'r>(scheme: &Scheme, place: Place<'r>, header: Header<'r>) -> Vec<Signature<'r>> {
    let bare = bare(header.value);
    let as_it_is = Reading {
        scheme,
        place,
        header,
        bare,
        is_surrounded: bare.len() != header.value.len(),
        is_folded: false,
        is_escaped: false,
        is_blank: false,
    };
    let read = as_it_is.signatures();
    if place == Place::Own && read.iter().any(|signature| signature.causes.is_empty()) {
        return read;
    }
    let folded = unfolded(bare).map(|bare| Reading { bare: &bare, is_folded: true, ..as_it_is }.signatures());
    let escaped =
        unescaped(bare).map(|bare| Reading { bare: &bare, is_escaped: true, ..as_it_is }.signatures());
    let plus = with_pluses(bare).map(|bare| Reading { bare: &bare, is_blank: true, ..as_it_is }.signatures());
    // Escapes that can be decoded are there for certain, so that reading is the first.
    let all = [escaped, Some(read), folded, plus].into_iter().flatten().flatten();
    let (right, other): (Vec<_>, Vec<_>) =
        all.partition(|signature| signature.tag.len() == scheme.mac_algorithm().tag_bytes());
    [right, other].into_iter().flatten().collect()
}

#[derive(Clone, Copy)]
struct Reading<'r, 't> {
    scheme: &'t Scheme,
    place: Place<'r>,
    header: Header<'r>,
    bare: &'t [u8],
    is_surrounded: bool,
    is_folded: bool,
    is_escaped: bool,
    is_blank: bool,
}

impl<'r> Reading<'r, '_> {
    fn signatures(&self) -> Vec<Signature<'r>> {
        let tokens = tokens(self.bare, self.scheme.mac_algorithm().tag_bytes());
        let count = tokens.iter().filter(|token| token.extent == Extent::Whole).count();
        tokens
            .iter()
            .filter(|token| self.may_be_meant(token))
            .map(|token| self.signature(token, count))
            .collect()
    }

    /// Whether no accident makes such a tag.
    fn may_be_meant(&self, token: &Token<'_>) -> bool {
        let Self { is_folded, is_escaped, is_blank, .. } = *self;
        let is_as_it_came = self.place.is_own() && !(is_folded || is_escaped || is_blank);
        token.extent != Extent::Cut || is_as_it_came && token.after.is_empty()
    }

    fn signature(&self, token: &Token<'_>, count: usize) -> Signature<'r> {
        let Self { scheme, place, header, bare, is_surrounded, is_folded, is_escaped, is_blank } = *self;
        let found =
            Found { scheme, place, bare, is_surrounded, is_folded, is_escaped, is_blank, count, token };
        let looks = HeaderCause::experiments().filter_map(|experiment| match experiment {
            Experiment::Found(look) => Some(look(&found)),
            _ => None,
        });
        let causes = looks.flatten().map(|(cause, ())| cause).collect();
        let is_own = place.is_own();
        let (tag, spelling) = (token.tag.clone(), token.spelling);
        Signature { causes, tag, value: header.value, header: header.name, is_own, spelling }
    }
}

/// The marks that programs put around a text: quotes, Python's `b'…'`, lists.
const MARKS: [(&[u8], &[u8]); 8] = [
    (b"\"", b"\""),
    (b"'", b"'"),
    (b"`", b"`"),
    (b"b'", b"'"),
    (b"b\"", b"\""),
    (b"[", b"]"),
    (b"(", b")"),
    (b"<", b">"),
];

/// A value without white space and marks around it.
fn bare(raw: &[u8]) -> &[u8] {
    let mut bare = raw.trim_ascii();
    let inner = |value: &'_ [u8]| {
        MARKS.iter().find_map(|(start, end)| {
            let inner = value.get(start.len()..value.len().checked_sub(end.len())?)?;
            (value.starts_with(start) && value.ends_with(end)).then_some((start.len(), inner.len()))
        })
    };
    while let Some((start, length)) = inner(bare) {
        bare = bare.get(start..start.saturating_add(length)).unwrap_or_default().trim_ascii();
    }
    bare
}

/// The mistakes in what stands around a tag.
impl<'f> Found<'f> {
    pub(crate) fn renamed(&self) -> Option<&'f [u8]> {
        match self.place {
            Place::Renamed(name) => Some(name.as_bytes()),
            _ => None,
        }
    }

    pub(crate) fn elsewhere(&self) -> Option<&'f [u8]> {
        match self.place {
            Place::Elsewhere(name) => Some(name.as_bytes()),
            _ => None,
        }
    }

    pub(crate) const fn in_query(&self) -> Option<&'f str> {
        match self.place {
            Place::Query(name) => Some(name),
            _ => None,
        }
    }

    pub(crate) const fn in_body(&self) -> Option<&'f str> {
        match self.place {
            Place::Body(name) => Some(name),
            _ => None,
        }
    }

    /// `t=<time>,v1=<hex>`
    pub(crate) fn is_stripe(&self) -> bool {
        let is_time = |entry: &[u8]| entry.trim_ascii().starts_with(b"t=");
        self.is_family(b"v1=") && self.bare.split(|byte| *byte == b',').any(is_time)
    }

    /// `v0=<hex>`
    pub(crate) fn is_slack(&self) -> bool {
        self.is_family(b"v0=") && self.bare.starts_with(b"v0=")
    }

    /// `v1,<base64> v1,<base64>`
    pub(crate) fn is_standard(&self) -> bool {
        self.is_family(b"v1,") && self.bare.starts_with(b"v1,")
    }

    fn is_family(&self, label: &[u8]) -> bool {
        self.label() == label && self.scheme.tag_prefix().as_bytes() != label
    }

    pub(crate) fn has_family(&self) -> bool {
        self.is_stripe() || self.is_slack() || self.is_standard()
    }

    /// Whether the value holds several tags, and the scheme takes one.
    pub(crate) fn is_one_of_several(&self) -> bool {
        self.count > 1 && self.scheme.separator().is_none() && !self.has_family()
    }

    /// The prefix of the scheme, if another one or none stands in front of the tag.
    pub(crate) fn prefix(&self, differs: impl FnOnce(&[u8], &[u8]) -> bool) -> Option<(String, ())> {
        let prefix = self.scheme.tag_prefix();
        let label = self.label();
        let is_wrong = label != prefix.as_bytes() && !self.has_family() && differs(prefix.as_bytes(), label);
        is_wrong.then(|| (prefix.to_owned(), ()))
    }

    /// The text in front of the tag. In a list, it begins behind the entry before.
    pub(crate) fn label(&self) -> &'f [u8] {
        let before = self.opening().unwrap_or(self.token.before);
        let is_single = self.scheme.separator().is_none() && self.count < 2;
        let prefix = self.scheme.tag_prefix().as_bytes();
        if is_single && (before == prefix || self.token.extent == Extent::End) {
            return prefix;
        }
        let between = |byte: &u8| b",;|&\"' \t\r\n".contains(byte);
        let is_first = std::ptr::eq(before.as_ptr(), self.bare.as_ptr());
        let skipped = before.iter().take_while(|byte| !is_first && !byte.is_ascii_alphanumeric()).count();
        let entry = before.get(skipped..).unwrap_or_default();
        // The last character belongs to the label: `v1,` and `Bearer `.
        let start = entry
            .iter()
            .rev()
            .skip(1)
            .position(between)
            .map_or(0, |place| entry.len().saturating_sub(place.saturating_add(1)));
        entry.get(start..).unwrap_or_default()
    }

    /// Whether something follows the tag that is no other entry.
    pub(crate) fn is_followed(&self) -> bool {
        let is_last = self.scheme.separator().is_none() && self.count < 2;
        self.token.extent == Extent::Start
            || is_last
                && self.token.extent == Extent::Whole
                && !self.token.after.is_empty()
                && !self.is_quoted()
    }

    /// Whether Python's `b'…'` or quotes stand around the tag alone: `sha256=b'…'`.
    pub(crate) fn is_quoted(&self) -> bool {
        self.opening().is_some()
    }

    /// The text in front of the tag, if quotes stand around the tag alone.
    fn opening(&self) -> Option<&'f [u8]> {
        [b"'", b"\""].into_iter().find_map(|quote| {
            let before = self.token.before.strip_suffix(quote)?;
            (self.token.after == quote).then(|| before.strip_suffix(b"b").unwrap_or(before))
        })
    }

    /// Whether the entries of the list stand apart by another sign than the scheme's.
    pub(crate) fn is_otherwise_separated(&self) -> bool {
        let Some(separator) = self.scheme.separator() else { return false };
        let before = self.token.before.strip_suffix(self.label()).unwrap_or_default().trim_ascii_end();
        let is_other = |byte: &u8| b",;|&".contains(byte) && *byte != separator;
        before.last().is_some_and(is_other)
    }

    pub(crate) fn is_at_the_end(&self) -> bool {
        self.token.extent == Extent::End
    }

    pub(crate) fn is_spelled(&self, spelling: Spelling) -> bool {
        self.token.spelling == spelling
    }

    pub(crate) fn is_hex_scheme(&self) -> bool {
        self.scheme.encoding() == countersign::scheme::Encoding::Hex
    }
}
