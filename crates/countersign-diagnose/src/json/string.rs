//! The escapes of strings in each dialect.

use super::Strings;

/// The content between the quotes at the start of `text`.
pub(super) fn content(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('"')?;
    let mut escaped = false;
    let end = inner.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })?;
    inner.get(..end)
}

/// The code points of a string's content. An escaped half of a surrogate pair is one of them.
pub(super) fn unescape(content: &str) -> impl Iterator<Item = u32> + '_ {
    let mut units = Units(content.chars()).peekable();
    std::iter::from_fn(move || {
        let first = units.next()?;
        let low = |unit: &u32| (0xdc00..0xe000).contains(unit);
        let is_high = (0xd800..0xdc00).contains(&first);
        let second = if is_high { units.next_if(low) } else { None };
        Some(second.map_or(first, |second| pair(first, second)))
    })
}

fn pair(high: u32, low: u32) -> u32 {
    (((high & 0x3ff) << 10) | (low & 0x3ff)).saturating_add(0x1_0000)
}

/// Characters with their escapes resolved. An escaped surrogate pair is still two.
struct Units<'a>(std::str::Chars<'a>);

impl Iterator for Units<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let first = self.0.next()?;
        if first != '\\' {
            return Some(u32::from(first));
        }
        Some(match self.0.next()? {
            'b' => 0x08,
            'f' => 0x0c,
            'n' => 0x0a,
            'r' => 0x0d,
            't' => 0x09,
            'u' => {
                let mut digits = || self.0.next()?.to_digit(16);
                (digits()? << 12) | (digits()? << 8) | (digits()? << 4) | digits()?
            }
            other => u32::from(other),
        })
    }
}

/// Writes a string. Half a surrogate pair has no other spelling than its escape, so it stays one in every dialect.
pub(super) fn write(strings: Strings, content: &str, out: &mut String) -> Option<()> {
    out.push('"');
    if strings == Strings::Kept || (strings == Strings::Plain && !content.contains('\\')) {
        out.push_str(content);
    } else {
        unescape(content).try_for_each(|point| character(strings, point, out))?;
    }
    out.push('"');
    Some(())
}

fn character(strings: Strings, point: u32, out: &mut String) -> Option<()> {
    use Strings::{Ascii, Html, Slashes, SlashesAscii};
    let Some(character) = char::from_u32(point) else {
        // This is half a surrogate pair.
        return u16::try_from(point).ok().map(|unit| escape(unit, out));
    };
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '/' if matches!(strings, Slashes | SlashesAscii) => out.push_str("\\/"),
        '<' | '>' | '&' | '\u{2028}' | '\u{2029}' if strings == Html => escape_all(character, out),
        // PHP escapes these two even if it leaves other characters alone.
        '\u{2028}' | '\u{2029}' if strings == Slashes => escape_all(character, out),
        '\u{7f}' if strings == Ascii => escape_all(character, out),
        '\0'..'\u{20}' => escape_all(character, out),
        '\u{80}'.. if matches!(strings, Ascii | SlashesAscii) => escape_all(character, out),
        _ => out.push(character),
    }
    Some(())
}

fn escape_all(character: char, out: &mut String) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        escape(*unit, out);
    }
}

fn escape(unit: u16, out: &mut String) {
    out.push_str("\\u");
    out.extend(
        [12, 8, 4, 0].map(|shift| char::from_digit(u32::from((unit >> shift) & 0xf), 16).unwrap_or('0')),
    );
}
