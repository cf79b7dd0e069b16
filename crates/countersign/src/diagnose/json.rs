//! JSON written again as other languages write it, byte for byte, and without a tree.
//!
//! Text is cut into tokens once. Each dialect then writes the same tokens with its own white space, order of keys, escapes and
//! numbers. A token keeps its text, so that nothing is rounded or decoded that the dialect would leave alone.

mod number;
mod order;
mod string;

pub(super) use string::{Strings, unescape};

/// How a dialect sets its white space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Layout {
    /// `{"a":[1,2]}`
    Compact,
    /// `{"a": [1, 2]}`
    Spaced,
    /// A line for each member, indented by this many spaces.
    Indented(u8),
}

/// In which order a dialect writes the members of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Order {
    /// As they came.
    Kept,
    /// As a JavaScript object has them: whole numbers first, in their order, then the rest as they came.
    Script,
    /// By their code points.
    Sorted,
    /// As a JavaScript object has them that was filled in the order of its sorted keys.
    SortedScript,
}

/// How a dialect writes numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Numbers {
    /// As they came.
    Kept,
    /// As doubles, the way of `Number.prototype.toString`. Go's differs for minus zero alone.
    Script,
    /// Whole ones as they came, the others as Python's `repr` does.
    Python,
}

/// A way to write JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Dialect {
    pub(super) layout: Layout,
    pub(super) order: Order,
    pub(super) strings: Strings,
    pub(super) numbers: Numbers,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Open(char),
    Close(char),
    Comma,
    Colon,
    /// What stands between the quotes.
    Text(&'a str),
    Number(&'a str),
    /// `true`, `false`, `null`.
    Word(&'a str),
}

/// A JSON text in pieces.
#[derive(Debug)]
pub(super) struct Json<'a> {
    tokens: Vec<Token<'a>>,
    bytes: usize,
}

impl<'a> Json<'a> {
    /// `None` for anything that is not JSON. A byte order mark is not.
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        // The grammar is left to a parser that is made for it; the tokens of a valid text are then easily told apart.
        serde_json::from_slice::<serde::de::IgnoredAny>(body).ok()?;
        Some(Self { tokens: tokens(std::str::from_utf8(body).ok()?)?, bytes: body.len() })
    }

    /// The text in `dialect`. `None` where the dialect has no words for it, or it would become eight times as long.
    pub(super) fn write(&self, dialect: Dialect) -> Option<String> {
        let ordered = order::reordered(&self.tokens, dialect.order)?;
        let limit = self.bytes.saturating_mul(8).saturating_add(4096);
        let mut writer = Writer { out: String::with_capacity(self.bytes), dialect, depth: 0 };
        let mut before = None;
        for token in ordered.iter().copied() {
            writer.token(before, token)?;
            before = Some(token);
            if writer.out.len() > limit {
                return None;
            }
        }
        Some(writer.out)
    }
}

/// Cuts a valid JSON text.
fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
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
                // An empty one stays on its line in every dialect.
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
