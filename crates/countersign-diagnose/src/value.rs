//! The tags in a header's value: in any spelling, behind any prefix, several in one value.

use crate::encoding::{from_base64, from_percent};
use crate::mac::Hash;

/// Fewest bytes of a shortened tag that no accident makes.
const MIN_BYTES: usize = 8;

/// Most tags that are read from one value.
const MAX_TOKENS: usize = 16;

/// Longest text, in characters, that is decoded from base64.
const MAX_BASE64: usize = 512;

/// A tag in a value.
#[derive(Clone, Debug)]
pub(crate) struct Token<'v> {
    /// The text in front of it, back to the tag before it.
    pub(crate) before: &'v [u8],
    /// The text behind it, up to the next tag.
    pub(crate) after: &'v [u8],
    pub(crate) tag: Vec<u8>,
    pub(crate) spelling: Spelling,
    pub(crate) extent: Extent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    Hex,
    /// Hex with a dash or a colon after each byte.
    Spaced,
    Base64,
    /// Base64 of a text that has the tag in hex.
    Base64OfHex,
    /// Hex of a text that has the tag in base64.
    HexOfBase64,
    /// Hex without the zeros in front of some bytes. The tag is these digits, because they do not tell where a byte begins.
    Unpadded,
}

/// How much of the text is the tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it.
    Whole,
    /// Its start.
    Start,
    /// Its end.
    End,
    /// The text is only the beginning of a tag.
    Cut,
}

/// The tags in a text, without white space and quotes around it. `bytes` is the length of the scheme's tags.
pub(crate) fn tokens(text: &[u8], bytes: usize) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut done, mut place) = (0, 0);
    while let Some(found) = next(text, place).filter(|_| tokens.len() < MAX_TOKENS) {
        place = found.end;
        let read = read(text.get(found.start..found.end).unwrap_or_default(), bytes);
        let Some(skipped) = read.first().map(|(skipped, ..)| *skipped) else { continue };
        let before = text.get(done..found.start.saturating_add(skipped)).unwrap_or_default();
        let token = |(_, tag, spelling, extent)| Token { before, after: b"", tag, spelling, extent };
        close(&mut tokens, text.get(done..found.start).unwrap_or_default());
        tokens.extend(read.into_iter().map(token));
        done = found.end;
    }
    close(&mut tokens, text.get(done..).unwrap_or_default());
    tokens
}

/// The text without white space inside, as header values have it whose base64 was broken into lines. `None` if there is none.
pub(crate) fn unfolded(text: &[u8]) -> Option<Vec<u8>> {
    let mut joined: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    for broken in [b"\\n".as_slice(), b"\\r", b"%0A", b"%0D"] {
        while let Some(start) = joined.windows(broken.len()).position(|window| window == broken) {
            joined.drain(start..start.saturating_add(broken.len()));
        }
    }
    (joined.len() < text.len()).then_some(joined)
}

/// The text with `+` for each blank inside. `None` if there is none.
pub(crate) fn with_pluses(text: &[u8]) -> Option<Vec<u8>> {
    let replaced = || text.iter().map(|byte| if *byte == b' ' { b'+' } else { *byte }).collect();
    text.contains(&b' ').then(replaced)
}

/// The text with its percent escapes decoded. `None` if it has none.
pub(crate) fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
    text.contains(&b'%').then(|| from_percent(text))?
}

/// The text that follows the last tags is told to them.
fn close<'v>(tokens: &mut [Token<'v>], after: &'v [u8]) {
    let Some(last) = tokens.last().map(|token| token.before) else { return };
    tokens.iter_mut().filter(|token| std::ptr::eq(token.before, last)).for_each(|token| token.after = after);
}

/// The next run of characters that a tag may consist of, with the padding behind it.
fn next(text: &[u8], from: usize) -> Option<std::ops::Range<usize>> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    let start = from.checked_add(text.get(from..)?.iter().position(is_part)?)?;
    let run = text.get(start..)?;
    let until = |is_end: &dyn Fn(&u8) -> bool| run.iter().position(is_end).unwrap_or(run.len());
    let spaced = until(&|byte| !byte.is_ascii_hexdigit() && !b"-:".contains(byte));
    let digits = until(&|byte| !byte.is_ascii_hexdigit());
    let all = until(&|byte| !is_part(byte));
    let length = if run.get(..spaced).and_then(from_spaced).is_some() {
        spaced
    } else if digits % 2 == 0
        && is_tag(digits / 2)
        && run.get(digits).is_some_and(|byte| !byte.is_ascii_alphanumeric())
    {
        digits
    } else {
        all
    };
    let padding = run.iter().skip(length).take(2).take_while(|byte| **byte == b'=').count();
    Some(start..start.checked_add(length)?.checked_add(padding)?)
}

/// A reading of a run: the number of bytes in front of the tag, the tag, its spelling, its extent.
type Reading = (usize, Vec<u8>, Spelling, Extent);

fn read(run: &[u8], bytes: usize) -> Vec<Reading> {
    let hex = from_hex(run, bytes);
    let is_whole = |(_, _, _, extent): &Reading| *extent == Extent::Whole;
    if hex.iter().any(is_whole) {
        return hex;
    }
    let other = from_spaced(run).or_else(|| hex_of_base64(run)).or_else(|| base64(run));
    other.map_or_else(|| hex.into_iter().chain(without_zeros(run, bytes)).collect(), |reading| vec![reading])
}

/// Hex digits that are a few too few for a tag. About one byte in 16 begins with a zero.
fn without_zeros(run: &[u8], bytes: usize) -> Option<Reading> {
    let (most, digits) = (bytes.saturating_mul(2), run.len());
    let is_near = (most.saturating_sub(bytes / 3)..most).contains(&digits);
    let is_hex = run.iter().all(u8::is_ascii_hexdigit);
    (is_near && is_hex).then(|| (0, run.to_ascii_lowercase(), Spelling::Unpadded, Extent::Cut))
}

fn hex_of_base64(run: &[u8]) -> Option<Reading> {
    let text = hex::decode(run).ok().filter(|text| text.is_ascii())?;
    let tag = from_base64(text.trim_ascii()).filter(|tag| is_tag(tag.len()))?;
    Some((0, tag, Spelling::HexOfBase64, Extent::Whole))
}

/// The last hex digits of a run, as a whole tag, as the beginning of one, or with a tag at an end.
fn from_hex(run: &[u8], bytes: usize) -> Vec<Reading> {
    let digits = run.iter().rev().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let start = run.len().saturating_sub(digits);
    let text = run.get(start..).unwrap_or_default();
    let wanted = bytes.saturating_mul(2);
    let decoded = |text: Option<&[u8]>| hex::decode(text?).ok();
    let reading = |extent: Extent, text| Some((start, decoded(text)?, Spelling::Hex, extent));
    let whole = is_tag(digits / 2).then(|| reading(Extent::Whole, Some(text))).flatten();
    let ends = (digits > wanted).then(|| {
        [
            reading(Extent::Start, text.get(..wanted)),
            reading(Extent::End, text.get(digits.saturating_sub(wanted)..)),
        ]
    });
    let is_cut = whole.is_none() && ends.is_none() && digits / 2 >= MIN_BYTES && is_apart(run, start);
    let cut = is_cut.then(|| reading(Extent::Cut, text.get(..digits & !1))).flatten();
    whole.into_iter().chain(ends.into_iter().flatten().flatten()).chain(cut).collect()
}

/// Whether nothing that may belong to a word stands in front of a place.
fn is_apart(run: &[u8], place: usize) -> bool {
    let before = place.checked_sub(1).and_then(|last| run.get(last));
    !before.is_some_and(u8::is_ascii_alphanumeric)
}

/// `AB-CD-EF` and `ab:cd:ef`.
fn from_spaced(run: &[u8]) -> Option<Reading> {
    let separator = *run.get(2).filter(|byte| b"-:".contains(byte))?;
    let mut pairs = run.split(|byte| *byte == separator);
    if !pairs.all(|pair| pair.len() == 2) {
        return None;
    }
    let digits: Vec<u8> = run.iter().copied().filter(|byte| *byte != separator).collect();
    let tag = hex::decode(digits).ok().filter(|tag| is_tag(tag.len()))?;
    Some((0, tag, Spelling::Spaced, Extent::Whole))
}

/// The tag in base64, alone or behind a word with `-` or `_`.
fn base64(run: &[u8]) -> Option<Reading> {
    let words = run.iter().enumerate().filter(|(_, byte)| b"-_".contains(byte));
    let starts = std::iter::once(0).chain(words.map(|(place, _)| place.saturating_add(1)));
    starts.take(6).find_map(|start| {
        let text = run.get(start..).filter(|text| text.len() <= MAX_BASE64)?;
        let tag = from_base64(text)?;
        if let Some(inner) = hex_in(&tag) {
            return Some((start, inner, Spelling::Base64OfHex, Extent::Whole));
        }
        is_tag(tag.len()).then_some((start, tag, Spelling::Base64, Extent::Whole))
    })
}

/// The tag in hex at the end of a decoded text.
fn hex_in(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii();
    let digits = text.iter().rev().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let tag = hex::decode(text.get(text.len().saturating_sub(digits)..)?).ok()?;
    (is_tag(tag.len()) && text.is_ascii()).then_some(tag)
}

/// Whether a hash makes tags of this length.
fn is_tag(bytes: usize) -> bool {
    Hash::ALL.iter().any(|hash| hash.bytes() == bytes)
}
