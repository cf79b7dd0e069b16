//! Forms: `key=value&key=value`, with escapes in more than one spelling.

use crate::encoding::from_form_text;
use crate::json::{Json, Token, unescape};
use crate::text::{as_string, resolved, ways};

/// How a program writes a form.
#[derive(Clone, Copy)]
struct Style {
    /// Characters that are not escaped, beside letters and digits.
    plain: &'static [u8],
    space: &'static str,
    is_lower: bool,
}

/// Longest name of a field, in bytes.
const MAX_NAME: usize = 256;

/// Most fields of a form that is written as something else, or that JSON is written as. PHP takes no more.
pub(crate) const MAX_FIELDS: usize = 1000;

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

/// The form with the body as its field `payload`, and the form whose fields the body has as a JSON object.
pub(crate) fn forms(body: &[u8], json: Option<&Json<'_>>) -> Vec<Vec<u8>> {
    let payload =
        std::str::from_utf8(body).ok().map(|text| vec![(b"payload".to_vec(), text.as_bytes().to_vec())]);
    let fields = json.map(|json| [false, true].map(|is_indexed| members(json, is_indexed)));
    let mut fields: Vec<_> = fields.into_iter().flatten().flatten().collect();
    fields.dedup();
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
                _ if self.is_lower => out.extend(format!("%{byte:02x}").bytes()),
                _ => out.extend(format!("%{byte:02X}").bytes()),
            }
        }
    }
}

/// A JSON object of strings with the fields of a form.
pub(crate) fn as_json(body: &[u8]) -> Option<String> {
    let fields = fields(body).filter(|fields| fields.len() <= MAX_FIELDS)?;
    let text = |text: &[u8]| as_string(std::str::from_utf8(text).ok()?).into_iter().next();
    let member = |(name, value): &(Vec<u8>, Vec<u8>)| Some(format!("{}:{}", text(name)?, text(value)?));
    let members: Option<Vec<String>> = fields.iter().map(member).collect();
    Some(format!("{{{}}}", members?.join(",")))
}

/// The text of a body that a parser of forms has taken for the name of a field: `{"…":""}`.
pub(crate) fn only_name(json: &Json<'_>) -> Option<String> {
    let mut tokens = json.spans().map(|(token, _)| token);
    let all: [Option<Token<'_>>; 6] = std::array::from_fn(|_| tokens.next());
    match all {
        [
            Some(Token::Open('{')),
            Some(Token::Text(name)),
            Some(Token::Colon),
            Some(Token::Text("")),
            Some(Token::Close(_)),
            None,
        ] => unescape(name).map(char::from_u32).collect(),
        _ => None,
    }
}

/// A body without its percent escapes, and without the `=` of a field that has no value.
pub(crate) fn unescaped(body: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let all = body.contains(&b'%').then(|| from_form_text(body)).flatten();
    let name = all.as_ref().and_then(|all| all.strip_suffix(b"=")).map(<[u8]>::to_vec);
    all.into_iter().chain(name)
}

/// The fields of a form. A text without `=` is none.
pub(crate) fn fields(body: &[u8]) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let field = |field: &[u8]| {
        let (name, value) = split(field)?;
        Some((from_form_text(name)?, from_form_text(value)?))
    };
    // JSON may have a `=` in it, but no form begins like this.
    let is_json = body.starts_with(b"{") || body.starts_with(b"[") || body.starts_with(b"\"");
    if is_json { None } else { body.split(|byte| *byte == b'&').map(field).collect() }
}

/// The name and the value of a field, with their escapes.
pub(crate) fn split(field: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, value) = field.split_at_checked(field.iter().position(|byte| *byte == b'=')?)?;
    Some((name, value.strip_prefix(b"=")?))
}

/// The values of an object as the fields of a form, with the path of each as PHP writes it: `a[b][]`, or `a[b][0]`.
pub(crate) fn members(json: &Json<'_>, is_indexed: bool) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut open: Vec<(String, Option<usize>)> = Vec::new();
    let mut fields = Vec::new();
    let mut name = String::new();
    let next = json.spans().skip(1).map(|(token, _)| Some(token)).chain([None]);
    for ((token, _), next) in json.spans().zip(next) {
        let value = match token {
            Token::Text(key) if next == Some(Token::Colon) => {
                name = open.last().map(|(parent, _)| inside(parent, &resolved(key).unwrap_or_default()))?;
                continue;
            }
            Token::Comma | Token::Colon => continue,
            Token::Close(_) => {
                open.pop();
                continue;
            }
            Token::Open(_) => None,
            Token::Text(content) => Some(resolved(content)?),
            Token::Number(digits) => Some(digits.to_owned()),
            Token::Word("null") => Some(String::new()),
            Token::Word(word) => Some(word.to_owned()),
        };
        if let Some((parent, Some(place))) = open.last_mut() {
            name = inside(parent, &if is_indexed { place.to_string() } else { String::new() });
            *place = place.saturating_add(1);
        }
        match value {
            _ if name.len() > MAX_NAME || fields.len() > MAX_FIELDS => return None,
            Some(value) if !open.is_empty() => fields.push((name.clone().into_bytes(), value.into_bytes())),
            Some(_) => return None,
            None if open.is_empty() && token == Token::Open('[') => return None,
            None => open.push((name.clone(), (token == Token::Open('[')).then_some(0))),
        }
    }
    Some(fields)
}

fn inside(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}[{name}]") }
}
