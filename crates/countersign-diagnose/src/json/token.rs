//! The tokens of a JSON text.

use super::string;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Open(char),
    Close(char),
    Comma,
    Colon,
    /// The content between the quotes, escapes and all.
    Text(&'a str),
    Number(&'a str),
    /// `true`, `false`, `null`.
    Word(&'a str),
}

/// Cuts a valid JSON text.
pub(super) fn cut(text: &str) -> Option<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '{' | '[' => (Some(Token::Open(first)), 1),
            '}' | ']' => (Some(Token::Close(first)), 1),
            ',' => (Some(Token::Comma), 1),
            ':' => (Some(Token::Colon), 1),
            '"' => {
                let content = string::content(rest)?;
                (Some(Token::Text(content)), content.len().saturating_add(2))
            }
            ' ' | '\t' | '\r' | '\n' => (None, 1),
            _ => {
                let end = rest.find([',', ':', '}', ']', ' ', '\t', '\r', '\n']).unwrap_or(rest.len());
                let word = rest.get(..end)?;
                let number = first == '-' || first.is_ascii_digit();
                (Some(if number { Token::Number(word) } else { Token::Word(word) }), end)
            }
        };
        tokens.extend(token);
        rest = rest.get(length..)?;
    }
    Some(tokens)
}
