//! Headers as a program prints an object: `{ host: 'h.test', 'x-sig': '…' }` by Node, `{'Host': 'h.test'}` by Python.

use super::{Captured, are_headers};
use crate::http1::HeaderList;

/// The headers of a printed object, with the text behind it as the body.
pub(super) fn request(raw: &[u8]) -> Option<Captured> {
    let text = std::str::from_utf8(raw).ok()?.trim_start();
    let text = text.strip_prefix("[Object: null prototype]").unwrap_or(text).trim_start();
    let mut rest = text.strip_prefix('{')?;
    let mut headers = HeaderList::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        if let Some(body) = rest.strip_prefix('}') {
            if !are_headers(&headers) {
                return None;
            }
            let mut captured = Captured::new(headers, body.trim_start().as_bytes());
            captured.drop_line_end();
            return Some(captured);
        }
        if let Some((_, behind)) = rest.strip_prefix("[Symbol(").and_then(|symbol| symbol.split_once("]: ["))
        {
            // Node's own member of the headers of HTTP/2.
            rest = tokens(behind)?.1;
            continue;
        }
        let (name, behind) = token(rest, ':')?;
        http::HeaderName::from_bytes(name.trim_start_matches(':').as_bytes()).ok()?;
        let value = behind.trim_start().strip_prefix(':')?.trim_start();
        let (values, behind) = match value.strip_prefix('[') {
            Some(list) => tokens(list)?,
            None => token(value, ',').map(|(value, behind)| (vec![value], behind))?,
        };
        headers.extend(values.into_iter().map(|value| (name.clone(), value.into_bytes())));
        rest = behind;
    }
}

/// The values of a list, and what is behind it.
fn tokens(mut text: &str) -> Option<(Vec<String>, &str)> {
    let mut values = Vec::new();
    loop {
        text = text.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        if let Some(behind) = text.strip_prefix(']') {
            return Some((values, behind));
        }
        let (value, behind) = token(text, ',')?;
        values.push(value);
        text = behind;
    }
}

/// A text in quotes, or a bare word in front of `end`, and what is behind it.
fn token(text: &str, end: char) -> Option<(String, &str)> {
    let Some(quote) = text.chars().next().filter(|c| matches!(c, '\'' | '"' | '`')) else {
        let (word, behind) = text.split_at_checked(text.find([end, '\n', '}', ']'])?)?;
        let is_plain = !word.trim().is_empty() && !word.contains(['{', '[', '\'', '"']);
        return is_plain.then(|| (word.trim().to_owned(), behind));
    };
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.push(characters.next()?.1),
            _ if character == quote => return Some((value, text.get(at.saturating_add(1)..)?)),
            _ => value.push(character),
        }
    }
    None
}
