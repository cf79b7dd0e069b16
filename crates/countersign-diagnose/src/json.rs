//! JSON written again as other languages write it, byte for byte.
//!
//! The same value has many spellings: `{"a":1.0}`, `{"a": 1.0}`, `{"a":1}`. A program that parses JSON and writes it again keeps the value
//! and changes the bytes. This module makes the bytes that such a program would have made, without that program.
//!
//! [`Json::parse`] cuts a text into tokens once, and [`Json::write`] writes the tokens in a [`Dialect`]: its white space, its order of
//! keys, its escapes and its numbers. A token keeps its text, so nothing is rounded or decoded that the dialect leaves alone.
//!
//! | dialect | bytes of |
//! |---|---|
//! | [`Dialect::JAVASCRIPT`] | `JSON.stringify(value)` |
//! | [`Dialect::PYTHON`] | `json.dumps(value)` |
//! | [`Dialect::GO`] | `json.Marshal(value)` of a struct; of a map with [`Order::Sorted`] |
//! | [`Dialect::PHP`] | `json_encode($value)` |
//! | [`Dialect::RUBY`] | `JSON.generate(value)` |
//! | [`Dialect::JACKSON`], [`Dialect::GSON`] | `writeValueAsString(tree)`, `toJson(tree)` |
//! | [`Dialect::DOT_NET`], [`Dialect::NEWTONSOFT`] | `JsonSerializer.Serialize(value)`, `JsonConvert.SerializeObject(value)` |
//! | [`Dialect::MINIFIED`] | the same text without its white space |
//!
//! Each part of a dialect can be set, as an option of those functions does:
//!
//! ```
//! use countersign_diagnose::json::{Dialect, Json, Layout, Order};
//!
//! let json = Json::parse(br#"{"b": 1.0, "a": "\u00e9"}"#).expect("it is JSON");
//! assert_eq!(json.write(Dialect::JAVASCRIPT).as_deref(), Some(r#"{"b":1,"a":"é"}"#));
//! assert_eq!(json.write(Dialect::PYTHON).as_deref(), Some(r#"{"b": 1.0, "a": "\u00e9"}"#));
//!
//! // json.dumps(value, sort_keys=True, separators=(",", ":"))
//! let sorted = Dialect::PYTHON.order(Order::Sorted).layout(Layout::Compact);
//! assert_eq!(json.write(sorted).as_deref(), Some(r#"{"a":"\u00e9","b":1.0}"#));
//! ```

use std::borrow::Cow;

mod dialect;
mod escapes;
mod number;
mod order;
mod string;
mod token;
mod write;

pub use dialect::{Dialect, Layout, Numbers, Order, Strings};

pub(crate) use string::unescape;
pub(crate) use token::Token;

/// The fault of a text that begins as JSON and is none, in words that follow "but".
pub(crate) fn fault(text: &[u8]) -> Option<String> {
    let text = text.trim_ascii_start();
    let begins = text.starts_with(b"{") || text.starts_with(b"[");
    let error = serde_json::from_slice::<serde::de::IgnoredAny>(text).err().filter(|_| begins)?;
    let place = format!("line {}, column {}", error.line(), error.column());
    Some(match error.classify() {
        serde_json::error::Category::Eof => "it is not complete: its end is missing".to_owned(),
        _ if error.to_string().starts_with("trailing characters") => {
            format!("something follows its end (at {place})")
        }
        _ => format!("it is none (from {place} on)"),
    })
}

/// A JSON text, cut into tokens.
#[derive(Clone, Debug)]
pub struct Json<'a> {
    text: &'a str,
    tokens: Vec<Token<'a>>,
    /// The places in the text at which the tokens start.
    starts: Vec<usize>,
}

impl<'a> Json<'a> {
    /// Reads a text. The result is `None` if it is not JSON. A text that begins with a byte order mark is not.
    #[must_use]
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        // A real parser checks the grammar. The tokens of a valid text are then easily told apart.
        serde_json::from_slice::<serde::de::IgnoredAny>(text).ok()?;
        let text = std::str::from_utf8(text).ok()?;
        let (tokens, starts) = token::cut(text)?;
        Some(Self { text, tokens, starts })
    }

    /// Writes the text in `dialect`.
    ///
    /// The result is `None` if the dialect cannot write a number of the text, because it is no finite double. It is also `None` if keys had
    /// to be sorted more than 64 levels deep or with [`Layout::Kept`], or if the result would be longer than eight times the text and 4096
    /// bytes.
    #[must_use]
    pub fn write(&self, dialect: Dialect) -> Option<String> {
        let limit = self.text.len().saturating_mul(8).saturating_add(4096);
        let ordered = order::reordered(&self.tokens, dialect.order)?;
        match (dialect.layout, ordered) {
            (Layout::Kept, Cow::Borrowed(_)) => {
                write::in_place(self.text, &self.tokens, &self.starts, dialect, limit)
            }
            (Layout::Kept, Cow::Owned(_)) => None,
            (_, ordered) => write::all(&ordered, dialect, self.text.len(), limit),
        }
    }

    /// Whether the strings and numbers of the text are as `dialect` writes them.
    pub(crate) fn keeps(&self, dialect: Dialect) -> bool {
        write::keeps(&self.tokens, dialect)
    }

    pub(crate) const fn text(&self) -> &'a str {
        self.text
    }

    /// The text without its white space, in each order of its members, if all these have no more than `most` bytes.
    pub(crate) fn reordered(&self, most: usize) -> impl Iterator<Item = String> {
        let most =
            most.checked_div(self.text.len()).and_then(|most| u32::try_from(most).ok()).unwrap_or_default();
        let count = order::count(&self.tokens).filter(|count| *count <= most).unwrap_or_default();
        (0..count).filter_map(|number| {
            let tokens = order::nth(&self.tokens, number)?;
            write::all(&tokens, Dialect::MINIFIED, self.text.len(), usize::MAX)
        })
    }

    /// Whether the text is a number alone.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self.tokens.as_slice(), [Token::Number(_)])
    }

    /// The content of a text that is a string alone.
    pub(crate) fn string(&self) -> Option<&'a str> {
        match self.tokens.as_slice() {
            [Token::Text(content)] => Some(content),
            _ => None,
        }
    }

    /// Whether the text is an object, or an array.
    pub(crate) fn is_nested(&self) -> [bool; 2] {
        ['{', '['].map(|bracket| self.tokens.first() == Some(&Token::Open(bracket)))
    }

    /// The tokens, each with the place at which it starts.
    pub(crate) fn spans(&self) -> impl Iterator<Item = (Token<'a>, usize)> + Clone {
        self.tokens.iter().copied().zip(self.starts.iter().copied())
    }
}
