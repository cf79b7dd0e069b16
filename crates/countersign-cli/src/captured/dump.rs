//! Headers as a program prints an object: `{ host: 'h.test', 'x-sig': '…' }` by Node, `{'Host': 'h.test'}` by Python, and the forms of PHP,
//! Ruby, Go and Java.

use super::escapes::escaped;
use super::{Captured, Head, are_headers};
use crate::http1::HeaderList;

/// The signs that open an object or a list, and the ones that close it.
const BRACKETS: [(char, char); 3] = [('{', '}'), ('[', ']'), ('(', ')')];

/// Longest text in front of an object: its type, a name, the words of a log.
const MAX_LABEL: usize = 80;

/// The words that programs print in front of a body.
const LABELS: [&str; 8] =
    ["body:", "Body:", "payload:", "Payload:", "data:", "rawBody:", "\"body\":", "-Body"];

/// The headers of a printed object, with the text behind it as the body.
pub(super) fn request(raw: &[u8]) -> Option<Captured> {
    let text = std::str::from_utf8(raw).ok()?.trim_start();
    let starts = text
        .char_indices()
        .take_while(|(place, _)| *place <= MAX_LABEL)
        .filter(|(_, sign)| closing(*sign).is_some());
    starts.filter_map(|(place, _)| text.get(place..)).find_map(object)
}

/// The request whose headers are the object at the beginning of a text.
fn object(text: &str) -> Option<Captured> {
    let mut reader = Reader { rest: text };
    let headers = reader.headers()?;
    if !are_headers(&headers) {
        return None;
    }
    let behind = reader
        .rest
        .trim_start_matches(|sign: char| sign.is_whitespace() || matches!(sign, ')' | ']' | '}' | ','));
    let mut captured = Captured::new(headers, b"");
    captured.set_printed_body(behind);
    Some(captured)
}

fn closing(open: char) -> Option<char> {
    BRACKETS.iter().find(|(start, _)| *start == open).map(|(_, end)| *end)
}

/// A text that is read from its beginning.
struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    /// The pairs of an object, up to its end.
    fn headers(&mut self) -> Option<HeaderList> {
        let close = closing(self.next_sign()?)?;
        let mut head = Head::default();
        loop {
            self.skip(&[',', ';']);
            if self.takes(close) {
                return Some(head.headers);
            }
            if self.rest.starts_with("[Symbol(") {
                // Node's own member of the headers of HTTP/2.
                self.rest = self.rest.split_once("]:")?.1;
                self.skip(&[]);
                self.values()?;
                continue;
            }
            // A pair may have brackets of its own: `('Host', 'h')`, and `[Host] => h` of PHP.
            let pair = ['(', '['].into_iter().find(|open| self.takes(*open));
            let name = self.token(&[':', '=', ']', ','], false)?;
            self.skip(&[]);
            let is_tuple = pair == Some('(') || pair == Some('[') && !self.takes(']');
            self.separator(is_tuple)?;
            let values = self.values()?;
            if is_tuple {
                self.skip(&[]);
                self.next_sign().filter(|sign| matches!(sign, ')' | ']'))?;
            }
            let name = name.trim_start_matches("b'");
            if http::HeaderName::from_bytes(name.trim_start_matches(':').as_bytes()).is_ok() {
                values.iter().try_for_each(|value| head.add(name, value))?;
            } else if !name.contains('.') {
                // The variables of WSGI have names with a dot.
                return None;
            }
        }
    }

    /// The sign between a name and its value.
    fn separator(&mut self, is_tuple: bool) -> Option<()> {
        self.skip(&[]);
        let separators = if is_tuple { &[","][..] } else { &["=>", ":", "="] };
        self.rest = separators.iter().find_map(|separator| self.rest.strip_prefix(separator))?;
        self.skip(&[]);
        Some(())
    }

    /// One value, or a list of values.
    fn values(&mut self) -> Option<Vec<String>> {
        for kind in ["[]string", "string(", "int("] {
            if let Some(behind) = self.rest.strip_prefix(kind) {
                // Go and PHP write a type in front of a value.
                self.rest = behind
                    .trim_start_matches(|sign: char| sign.is_ascii_digit() || matches!(sign, ')' | ' '));
            }
        }
        let Some(close) = self.rest.chars().next().and_then(closing) else {
            return Some(vec![self.token(&[','], true)?]);
        };
        self.next_sign();
        let mut values = Vec::new();
        loop {
            self.skip(&[',']);
            if self.takes(close) {
                return Some(values);
            }
            let left = self.rest.len();
            values.push(self.token(&[','], true)?);
            // An empty word in front of a bracket that closes nothing would be read again and again.
            if self.rest.len() == left {
                return None;
            }
        }
    }

    /// A text in quotes, or a bare word in front of one of these signs or of the end of its line or object. A value may have them in it.
    fn token(&mut self, ends: &[char], is_value: bool) -> Option<String> {
        let text = self.rest;
        let quoted = text.strip_prefix('b').filter(|text| text.starts_with(['\'', '"'])).unwrap_or(text);
        let Some(quote) = quoted.chars().next().filter(|sign| matches!(sign, '\'' | '"' | '`')) else {
            // The name of a pseudo-header begins with a colon.
            let first = usize::from(text.starts_with(':') && !is_value);
            let is_end = |sign| matches!(sign, '\n' | '}' | ')' | ']') || ends.contains(&sign);
            let end = text.get(first..)?.find(is_end)?.checked_add(first)?;
            let (word, behind) = text.split_at_checked(end)?;
            let is_plain = !word.contains(['{', '[', '\'', '"']) && (is_value || !word.trim().is_empty());
            self.rest = behind;
            return is_plain.then(|| word.trim().to_owned());
        };
        let mut value = String::new();
        let mut characters = quoted.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => {
                    let mut signs = characters.by_ref().map(|(_, sign)| sign);
                    value.extend(escaped(signs.next()?, &mut signs));
                }
                _ if character == quote => {
                    self.rest = quoted.get(at.saturating_add(1)..)?;
                    return Some(value);
                }
                _ => value.push(character),
            }
        }
        None
    }

    fn next_sign(&mut self) -> Option<char> {
        let mut signs = self.rest.chars();
        let sign = signs.next()?;
        self.rest = signs.as_str();
        Some(sign)
    }

    /// Takes a sign if it is the next one.
    fn takes(&mut self, sign: char) -> bool {
        let behind = self.rest.strip_prefix(sign);
        self.rest = behind.unwrap_or(self.rest);
        behind.is_some()
    }

    fn skip(&mut self, signs: &[char]) {
        self.rest = self.rest.trim_start_matches(|sign: char| sign.is_whitespace() || signs.contains(&sign));
    }
}

impl Captured {
    /// Sets the body from a text behind the headers. A program may have printed a label in front of it, and bytes as `b'…'` or `<Buffer …>`.
    fn set_printed_body(&mut self, text: &str) {
        let label = LABELS.iter().find_map(|label| text.strip_prefix(label));
        let text = label.unwrap_or(text).trim_start();
        let mut reader = Reader { rest: text };
        if let Some(body) =
            label.filter(|_| text.starts_with(['\'', '"'])).and_then(|_| reader.token(&[], true))
        {
            self.request.body = body.into_bytes();
            return;
        }
        let buffer = text.strip_prefix("<Buffer ").and_then(|buffer| buffer.split_once('>'));
        let bytes =
            buffer.map(|(digits, _)| digits.replace(' ', "")).and_then(|digits| hex::decode(digits).ok());
        let literal = || {
            let text = text.trim_end();
            let inner = |quote: char| text.strip_prefix('b')?.strip_prefix(quote)?.strip_suffix(quote);
            inner('\'').or_else(|| inner('"')).map(from_literal)
        };
        if let Some(body) = bytes.or_else(literal) {
            self.request.body = body;
            return;
        }
        self.request.body = text.as_bytes().to_vec();
        self.drop_answer();
        self.drop_line_end();
    }
}

/// The bytes of the inside of `b'…'`.
fn from_literal(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut characters = text.chars();
    let mut utf8 = [0; 4];
    while let Some(character) = characters.next() {
        let sign = if character == '\\' { characters.next() } else { None };
        let character = sign.map_or(Some(character), |sign| escaped(sign, &mut characters));
        match character.map(|character| (character, u8::try_from(character))) {
            Some((_, Ok(byte))) if sign == Some('x') => bytes.push(byte),
            Some((character, _)) => bytes.extend_from_slice(character.encode_utf8(&mut utf8).as_bytes()),
            None => {}
        }
    }
    bytes
}
