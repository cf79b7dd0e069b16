//! Texts inside texts, and characters in place of others.

use unicode_normalization::UnicodeNormalization as _;

use crate::json::{Dialect, Json, Layout, Strings, unescape};

/// How strings are escaped in the languages that write a text as a JSON string.
const STRINGS: [Strings; 6] =
    [Strings::Plain, Strings::Ascii, Strings::SlashesAscii, Strings::Html, Strings::Slashes, Strings::DotNet];

/// Longest text, in bytes, that is written in the unlikely ways too.
const LONG: usize = 16 * 1024;

/// The number of ways that are tried, of which the likely ones come first.
pub(crate) const fn ways(all: usize, likely: usize, body: &[u8]) -> usize {
    if body.len() > LONG { likely } else { all }
}

/// The text as a JSON string, and that as a JSON string once more.
pub(crate) fn stringified(body: &[u8]) -> Vec<String> {
    let once = std::str::from_utf8(body).map(as_string).unwrap_or_default();
    let twice: Vec<String> =
        once.iter().filter(|text| text.len() <= LONG).flat_map(|text| as_string(text)).collect();
    [once, twice].concat()
}

/// The text as a JSON string, in each way, the usual one first.
pub(crate) fn as_string(text: &str) -> Vec<String> {
    // Every character may be in this string but these, which are escaped first.
    let mut quoted = String::with_capacity(text.len().saturating_add(2));
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\0'..'\u{20}' => quoted.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    let json = Json::parse(quoted.as_bytes());
    let write = |strings| json.as_ref()?.write(Dialect::KEPT.layout(Layout::Compact).strings(strings));
    let ways = ways(STRINGS.len(), 2, text.as_bytes());
    let mut all: Vec<String> = STRINGS.into_iter().take(ways).filter_map(write).collect();
    all.dedup();
    all
}

/// The text in a JSON string, and in a JSON string in that. The quotes around it may be missing.
pub(crate) fn unstringified(body: &[u8]) -> Vec<String> {
    let once = content(body).or_else(|| content(&[b"\"", body, b"\""].concat()));
    let twice = once.as_ref().and_then(|text| content(text.as_bytes()));
    let mut all: Vec<String> = twice.into_iter().chain(once).collect();
    all.retain(|text| text.as_bytes() != body);
    all
}

fn content(text: &[u8]) -> Option<String> {
    resolved(Json::parse(text)?.string()?)
}

pub(crate) fn resolved(content: &str) -> Option<String> {
    unescape(content).map(char::from_u32).collect()
}

/// JSON whose strings have no raw control characters, from a text in which somebody resolved their escapes.
pub(crate) fn with_escaped_controls(body: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let (mut out, mut inside, mut escaped, mut found) =
        (String::with_capacity(text.len()), false, false, false);
    for character in text.chars() {
        if inside && character < ' ' {
            out.push_str(&format!("\\u{:04x}", u32::from(character)));
            found = true;
            continue;
        }
        inside ^= character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        out.push(character);
    }
    let json = Json::parse(out.as_bytes()).filter(|_| found);
    let write = |strings| json.as_ref()?.write(Dialect::KEPT.strings(strings));
    [Strings::Plain, Strings::UpperControls, Strings::LongControls, Strings::Ascii]
        .into_iter()
        .filter_map(write)
        .collect()
}

/// The text with its escapes resolved: all, as a string literal does, and those of white space alone, as `echo` does.
pub(crate) fn with_resolved_escapes(body: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(body).unwrap_or_default();
    if !text.contains('\\') {
        return Vec::new();
    }
    let white = [("\\n", "\n"), ("\\t", "\t"), ("\\r", "\r")];
    let white = white.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    resolved(text).into_iter().chain([white]).collect()
}

/// `?` in place of what ASCII does not have: for each unit of UTF-16, for each character, for each byte.
pub(crate) fn with_question_marks(body: &[u8]) -> Vec<String> {
    let Some(text) = std::str::from_utf8(body).ok().filter(|text| !text.is_ascii()) else {
        return Vec::new();
    };
    let counts: [fn(char) -> usize; 3] = [char::len_utf16, |_| 1, char::len_utf8];
    counts.map(|count| text.chars().map(|letter| question_marks(letter, count)).collect()).to_vec()
}

fn question_marks(character: char, count: fn(char) -> usize) -> String {
    if character.is_ascii() { character.to_string() } else { "?".repeat(count(character)) }
}

/// The entities of `htmlspecialchars` of PHP, of Python's `html.escape`, and of other languages.
const ENTITIES: [[(char, &str); 5]; 4] = {
    const AMP: (char, &str) = ('&', "&amp;");
    const LESS: (char, &str) = ('<', "&lt;");
    const GREATER: (char, &str) = ('>', "&gt;");
    const QUOTE: (char, &str) = ('"', "&quot;");
    [
        [AMP, LESS, GREATER, QUOTE, ('\'', "&#039;")],
        [AMP, LESS, GREATER, QUOTE, ('\'', "&#x27;")],
        [AMP, LESS, GREATER, QUOTE, ('\'', "&#39;")],
        [AMP, LESS, GREATER, QUOTE, ('\'', "'")],
    ]
};

/// The text with the characters of HTML as entities.
pub(crate) fn with_entities(body: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let entity = |entities: &[(char, &str)], letter: char| {
        let known = entities.iter().find(|(character, _)| *character == letter);
        known.map_or_else(|| letter.to_string(), |(_, entity)| (*entity).to_owned())
    };
    let ways = ways(ENTITIES.len(), 1, body);
    let all = ENTITIES
        .iter()
        .take(ways)
        .map(|entities| text.chars().map(|letter| entity(entities, letter)).collect());
    let quotes_kept: String = text
        .chars()
        .map(|letter| if letter == '"' { "\"".to_owned() } else { entity(&ENTITIES[3], letter) })
        .collect();
    all.chain([quotes_kept]).collect()
}

/// The text with its entities of HTML resolved.
pub(crate) fn without_entities(body: &[u8]) -> Option<String> {
    const MORE: [(&str, &str); 6] = [
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#039;", "'"),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&apos;", "'"),
    ];
    let text = std::str::from_utf8(body).ok().filter(|text| text.contains('&') && text.contains(';'))?;
    let text = MORE.iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character));
    // The ampersand is the last, so that nothing is resolved twice.
    Some(text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

/// Windows-1252 for the bytes from 80 to 9F, which Latin-1 does not have.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The bytes of Windows-1252 for a text in UTF-8, if they differ from those of Latin-1.
pub(crate) fn to_windows(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok().filter(|text| text.contains(WINDOWS))?;
    let byte = |character: char| {
        let place = WINDOWS.iter().position(|windows| *windows == character);
        let code = place.map_or(u32::from(character), |place| {
            u32::try_from(place).map_or(0, |place| place.saturating_add(0x80))
        });
        u8::try_from(code).ok()
    };
    text.chars().map(byte).collect()
}

/// The UTF-8 of bytes that are read as Windows-1252.
pub(crate) fn from_windows(body: &[u8]) -> Option<String> {
    let has_windows = body.iter().any(|byte| (0x80..0xa0).contains(byte));
    let character = |byte: u8| {
        let place = byte.checked_sub(0x80).map(usize::from);
        place.and_then(|place| WINDOWS.get(place)).copied().unwrap_or(char::from(byte))
    };
    has_windows.then(|| body.iter().copied().map(character).collect())
}

/// The text in UTF-16: little-endian, with a byte order mark, and big-endian.
pub(crate) fn to_utf16(body: &[u8]) -> Vec<Vec<u8>> {
    let Some(text) = std::str::from_utf8(body).ok().filter(|text| !text.is_empty()) else {
        return Vec::new();
    };
    let units = |orders: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(orders).collect::<Vec<u8>>();
    let (little, big) = (units(u16::to_le_bytes), units(u16::to_be_bytes));
    vec![little.clone(), [b"\xff\xfe", &*little].concat(), big.clone(), [b"\xfe\xff", &*big].concat()]
}

/// The UTF-8 of a text in UTF-16.
pub(crate) fn from_utf16(body: &[u8]) -> Option<String> {
    let (little, big) = (body.strip_prefix(b"\xff\xfe"), body.strip_prefix(b"\xfe\xff"));
    let has_mark = little.is_some() || big.is_some();
    let is_big = big.is_some() || (little.is_none() && body.first() == Some(&0));
    let bytes = little.or(big).unwrap_or(body);
    let (pairs, []) = bytes.as_chunks::<2>() else { return None };
    let unit = |pair: &[u8; 2]| if is_big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) };
    let text: String = char::decode_utf16(pairs.iter().map(unit)).collect::<Result<_, _>>().ok()?;
    // Half the bytes of an English text are zero. Any other text would be taken for Chinese.
    (has_mark || body.contains(&0)).then_some(text)
}

/// The text with a tab for so many spaces, and the other way round.
pub(crate) fn retabbed(body: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let widths = ["    ", "  ", "        "];
    let tabs =
        widths.into_iter().filter(|spaces| text.contains(spaces)).map(|spaces| text.replace(spaces, "\t"));
    let spaces = widths.into_iter().filter(|_| text.contains('\t')).map(|spaces| text.replace('\t', spaces));
    tabs.chain(spaces).collect()
}

/// The text with the quotes and spaces of a keyboard in place of those of typography.
pub(crate) fn typed(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let typed: String = text
        .chars()
        .map(|character| match character {
            '“' | '”' | '„' | '«' | '»' => '"',
            '‘' | '’' => '\'',
            '\u{a0}' => ' ',
            other => other,
        })
        .collect();
    (typed != text).then_some(typed)
}

/// The JSON in a text, if something stands in front of it or behind it. A part of a multipart message has another name, and so has what
/// gzip stores.
pub(crate) fn inner(body: &[u8]) -> Option<&[u8]> {
    let start = body.iter().position(|byte| b"{[".contains(byte))?;
    let end = body.iter().rposition(|byte| b"}]".contains(byte))?;
    let inner = body.get(start..=end).filter(|inner| inner.len() < body.len() && !body.starts_with(b"--"))?;
    std::str::from_utf8(body).ok()?;
    Json::parse(inner).map(|_| inner)
}

/// The text with composed characters, and with decomposed ones.
pub(crate) fn normal_forms(body: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(body).ok().filter(|text| !text.is_ascii());
    text.map(|text| vec![text.nfc().collect(), text.nfd().collect()]).unwrap_or_default()
}

/// JSON that breaks off, with its strings and brackets closed.
pub(crate) fn closed(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok().filter(|text| text.starts_with(['{', '[']))?;
    let (mut open, mut inside, mut escaped) = (Vec::new(), false, false);
    for character in text.chars() {
        match character {
            _ if inside => {
                inside = character != '"' || escaped;
                escaped = character == '\\' && !escaped;
            }
            '"' => inside = true,
            '{' => open.push('}'),
            '[' => open.push(']'),
            '}' | ']' => drop(open.pop()),
            _ => {}
        }
    }
    if open.is_empty() {
        return None;
    }
    let end: String = open.into_iter().rev().collect();
    let closed = format!("{text}{}{end}", if inside { "\"" } else { "" });
    Json::parse(closed.as_bytes()).is_some().then_some(closed)
}
