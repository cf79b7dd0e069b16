//! Forms: `key=value&key=value`, with escapes in more than one spelling.

use crate::encoding::from_percent;
use crate::json::{Json, Token, unescape};
use crate::text::ways;

/// How a program writes a form.
#[derive(Clone, Copy)]
struct Style {
    /// Characters that are not escaped, beside letters and digits.
    plain: &'static [u8],
    space: &'static str,
    is_lower: bool,
}

const SCRIPT: Style = Style { plain: b"*-._", space: "+", is_lower: false };

/// `URLSearchParams` of JavaScript, `urlencode` of Python, `http_build_query` of PHP, `encodeURIComponent` of JavaScript, and others.
const STYLES: [Style; 7] = [
    SCRIPT,
    Style { plain: b"-._~", ..SCRIPT },
    Style { plain: b"-._", ..SCRIPT },
    Style { plain: b"-._~", space: "%20", ..SCRIPT },
    Style { plain: b"-_.!~*'()", space: "%20", ..SCRIPT },
    Style { is_lower: true, ..SCRIPT },
    Style { plain: b"-._~", is_lower: true, ..SCRIPT },
];

/// The form with the body as its field `payload`, and the form of which the body is the fields as a JSON object.
pub(crate) fn forms(body: &[u8], json: Option<&Json<'_>>) -> Vec<Vec<u8>> {
    let payload =
        std::str::from_utf8(body).ok().map(|text| vec![(b"payload".to_vec(), text.as_bytes().to_vec())]);
    let fields = json.and_then(members);
    payload.iter().chain(&fields).flat_map(|fields| spelled(fields, body)).collect()
}

/// The same form with other escapes, and with its fields sorted.
pub(crate) fn respelled(body: &[u8]) -> Vec<Vec<u8>> {
    let Some(mut fields) = fields(body) else { return Vec::new() };
    let mut all = spelled(&fields, body);
    fields.sort();
    all.extend(spelled(&fields, body));
    all
}

fn spelled(fields: &[(Vec<u8>, Vec<u8>)], body: &[u8]) -> Vec<Vec<u8>> {
    let ways = ways(STYLES.len(), 2, body);
    let mut all: Vec<Vec<u8>> = STYLES.iter().take(ways).map(|style| style.form(fields)).collect();
    all.dedup();
    all
}

impl Style {
    fn form(&self, fields: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
        let mut form = Vec::new();
        for (number, (name, value)) in fields.iter().enumerate() {
            form.extend_from_slice(if number > 0 { b"&" } else { b"" });
            self.write(name, &mut form);
            form.push(b'=');
            self.write(value, &mut form);
        }
        form
    }

    fn write(&self, text: &[u8], out: &mut Vec<u8>) {
        for byte in text.iter().copied() {
            match byte {
                b' ' => out.extend_from_slice(self.space.as_bytes()),
                _ if byte.is_ascii_alphanumeric() || self.plain.contains(&byte) => out.push(byte),
                _ => out.extend([b'%', self.digit(byte >> 4), self.digit(byte & 0xf)]),
            }
        }
    }
}

impl Style {
    fn digit(&self, digit: u8) -> u8 {
        let letter = if self.is_lower { b'a' } else { b'A' };
        digit.checked_sub(10).map_or(b'0' | digit, |above| letter.saturating_add(above))
    }
}

/// The fields of a form. A text without `=` is none.
fn fields(body: &[u8]) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let field = |field: &[u8]| {
        let middle = field.iter().position(|byte| *byte == b'=')?;
        let (name, value) = field.split_at_checked(middle)?;
        Some((from_percent(name)?, from_percent(value.strip_prefix(b"=")?)?))
    };
    // JSON may have a `=` in it, but no form begins like this.
    let is_json = body.starts_with(b"{") || body.starts_with(b"[") || body.starts_with(b"\"");
    if is_json { None } else { body.split(|byte| *byte == b'&').map(field).collect() }
}

/// The members of an object whose values are no objects and arrays.
fn members(json: &Json<'_>) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let text = |content: &str| unescape(content).map(char::from_u32).collect::<Option<String>>();
    let tokens: Vec<Token<'_>> = json.spans().map(|(token, _)| token).collect();
    let [Token::Open('{'), members @ .., Token::Close('}')] = tokens.as_slice() else { return None };
    let member = |member: &[Token<'_>]| {
        let [Token::Text(name), Token::Colon, value] = member else { return None };
        let value = match value {
            Token::Text(content) => text(content)?,
            Token::Number(digits) => (*digits).to_owned(),
            Token::Word("null") => String::new(),
            Token::Word(word) => (*word).to_owned(),
            _ => return None,
        };
        Some((text(name)?.into_bytes(), value.into_bytes()))
    };
    members.split(|token| *token == Token::Comma).map(member).collect()
}
