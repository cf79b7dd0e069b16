//! The escapes of strings in each dialect.

use super::Strings;
use super::escapes::{Beyond, Escapes, Upper};

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
pub(crate) fn unescape(content: &str) -> impl Iterator<Item = u32> + '_ {
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
    let (high, low) = (high.saturating_sub(0xd800), low.saturating_sub(0xdc00));
    high.saturating_mul(0x400).saturating_add(low).saturating_add(0x1_0000)
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
                let (digits, rest) = self.0.as_str().split_at_checked(4)?;
                self.0 = rest.chars();
                u32::from_str_radix(digits, 16).ok()?
            }
            other => u32::from(other),
        })
    }
}

/// Writes strings in one way.
pub(super) struct Speller {
    strings: Strings,
    escapes: Option<Escapes>,
    /// Whether a byte is copied, for each byte.
    is_plain: [bool; 256],
}

impl Speller {
    pub(super) fn new(strings: Strings) -> Self {
        let escapes = strings.escapes();
        let is_plain = std::array::from_fn(|byte| {
            let Ok(byte) = u8::try_from(byte) else { return false };
            // A text that is copied has no control characters, because it is valid JSON.
            escapes.as_ref().map_or(byte != b'\\', |escapes| {
                let is_escaped = escapes.ascii.as_bytes().contains(&byte) || (escapes.slash && byte == b'/');
                byte != b'\\' && !is_escaped && (byte.is_ascii() || escapes.beyond == Beyond::Nothing)
            })
        });
        Self { strings, escapes, is_plain }
    }

    fn is_plain(&self, content: &str) -> bool {
        content.bytes().all(|byte| self.is_plain.get(usize::from(byte)).copied().unwrap_or_default())
    }

    /// Whether a string's content stays as it is.
    pub(super) fn keeps(&self, content: &str, scratch: &mut String) -> bool {
        self.is_plain(content) || {
            self.write(content, scratch);
            scratch == content
        }
    }

    /// Writes a string's content. Half a surrogate pair has no other spelling than its escape, so it stays one in every dialect.
    pub(super) fn write(&self, content: &str, out: &mut String) {
        match &self.escapes {
            _ if self.is_plain(content) => out.push_str(content),
            Some(escapes) => unescape(content).for_each(|point| character(escapes, point, out)),
            None => recase(self.strings, content, out),
        }
    }
}

/// Copies a string's content. The hex digits of its escapes get the case that is asked for.
fn recase(strings: Strings, content: &str, out: &mut String) {
    let mut characters = content.chars();
    while let Some(first) = characters.next() {
        out.push(first);
        if first != '\\' {
            continue;
        }
        let Some(kind) = characters.next() else { return };
        out.push(kind);
        if kind == 'u' {
            out.extend(characters.by_ref().take(4).map(|digit| match strings {
                Strings::LowerHex => digit.to_ascii_lowercase(),
                Strings::UpperHex => digit.to_ascii_uppercase(),
                _ => digit,
            }));
        }
    }
}

fn character(escapes: &Escapes, point: u32, out: &mut String) {
    let is_upper = escapes.upper == Upper::All;
    let Some(character) = char::from_u32(point) else {
        // This is half a surrogate pair.
        if let Ok(unit) = u16::try_from(point) {
            escape(unit, is_upper, out);
        }
        return;
    };
    match character {
        _ if escapes.ascii.contains(character) => escape_all(character, escapes.upper != Upper::Nothing, out),
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{8}' if !escapes.long => out.push_str("\\b"),
        '\u{c}' if !escapes.long => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '/' if escapes.slash => out.push_str("\\/"),
        '\0'..'\u{20}' => escape_all(character, is_upper, out),
        '\u{80}'.. if escapes.beyond.contains(character) => escape_all(character, is_upper, out),
        _ => out.push(character),
    }
}

fn escape_all(character: char, is_upper: bool, out: &mut String) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        escape(*unit, is_upper, out);
    }
}

fn escape(unit: u16, is_upper: bool, out: &mut String) {
    let digit = |shift: u32| {
        let digit = char::from_digit(u32::from((unit >> shift) & 0xf), 16).unwrap_or('0');
        if is_upper { digit.to_ascii_uppercase() } else { digit }
    };
    out.push_str("\\u");
    out.extend([12, 8, 4, 0].map(digit));
}
