//! From tokens to text.

use super::token::Token;
use super::{Dialect, Layout, number, string};

/// Writes all tokens. The result is `None` if the dialect cannot write one of them, or if the text becomes longer than `limit` bytes.
pub(super) fn all(tokens: &[Token<'_>], dialect: Dialect, capacity: usize, limit: usize) -> Option<String> {
    let mut writer = Writer { out: String::with_capacity(capacity), dialect, depth: 0 };
    let mut before = None;
    for token in tokens.iter().copied() {
        writer.token(before, token)?;
        before = Some(token);
        if writer.out.len() > limit {
            return None;
        }
    }
    Some(writer.out)
}

struct Writer {
    out: String,
    dialect: Dialect,
    depth: usize,
}

impl Writer {
    fn token(&mut self, before: Option<Token<'_>>, token: Token<'_>) -> Option<()> {
        let opened = matches!(before, Some(Token::Open(_)));
        match token {
            Token::Close(bracket) => {
                self.depth = self.depth.saturating_sub(1);
                // Every dialect keeps an empty array or object on its line.
                if !opened {
                    self.line();
                }
                self.out.push(bracket);
                return Some(());
            }
            _ if opened => self.line(),
            _ => {}
        }
        match token {
            Token::Open(bracket) => {
                self.out.push(bracket);
                self.depth = self.depth.saturating_add(1);
            }
            Token::Comma => self.comma(),
            Token::Colon => {
                self.out.push_str(if self.dialect.layout == Layout::Compact { ":" } else { ": " });
            }
            Token::Text(content) => string::write(self.dialect.strings, content, &mut self.out)?,
            Token::Number(digits) => number::write(self.dialect.numbers, digits, &mut self.out)?,
            Token::Word(word) => self.out.push_str(word),
            Token::Close(_) => {}
        }
        Some(())
    }

    fn comma(&mut self) {
        self.out.push(',');
        match self.dialect.layout {
            Layout::Compact => {}
            Layout::Spaced => self.out.push(' '),
            Layout::Indented(_) => self.line(),
        }
    }

    fn line(&mut self) {
        if let Layout::Indented(width) = self.dialect.layout {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n(' ', self.depth.saturating_mul(usize::from(width))));
        }
    }
}
