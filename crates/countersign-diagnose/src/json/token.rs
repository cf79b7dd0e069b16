//! The tokens of a JSON text.

use super::string;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
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

impl Token<'_> {
    /// Number of bytes.
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::Open(_) | Self::Close(_) | Self::Comma | Self::Colon => 1,
            Self::Text(content) => content.len().saturating_add(2),
            Self::Number(text) | Self::Word(text) => text.len(),
        }
    }
}

/// Cuts a valid JSON text into tokens and the places at which they start.
pub(super) fn cut(text: &str) -> Option<(Vec<Token<'_>>, Vec<usize>)> {
    let (mut tokens, mut starts) = (Vec::new(), Vec::new());
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
        if let Some(token) = token {
            tokens.push(token);
            starts.push(text.len().checked_sub(rest.len())?);
        }
        rest = rest.get(length..)?;
    }
    Some((tokens, starts))
}
