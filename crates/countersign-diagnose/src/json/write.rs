//! From tokens to text.

use super::string::Speller;
use super::token::Token;
use super::{Dialect, Layout, number};

/// Writes all tokens. The result is `None` if the dialect cannot write one of them, or if the text becomes longer than `limit` bytes.
pub(super) fn all(tokens: &[Token<'_>], dialect: Dialect, capacity: usize, limit: usize) -> Option<String> {
    let (out, spacing) = (String::with_capacity(capacity), Spacing::of(dialect.layout));
    let mut writer = Writer { out, spelling: Spelling::of(dialect), spacing, open: Vec::new() };
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

/// Writes all tokens of a text with the white space that stands around them.
pub(super) fn in_place(
    text: &str,
    tokens: &[Token<'_>],
    starts: &[usize],
    dialect: Dialect,
    limit: usize,
) -> Option<String> {
    let (mut out, spelling) = (String::with_capacity(text.len()), Spelling::of(dialect));
    let mut end = 0;
    for (token, start) in tokens.iter().copied().zip(starts.iter().copied()) {
        out.push_str(text.get(end..start)?);
        spelling.write(token, &mut out)?;
        end = start.checked_add(token.len())?;
        if out.len() > limit {
            return None;
        }
    }
    out.push_str(text.get(end..)?);
    Some(out)
}

/// Whether the dialect leaves every token as it is.
pub(super) fn keeps(tokens: &[Token<'_>], dialect: Dialect) -> bool {
    let (spelling, mut scratch) = (Spelling::of(dialect), String::new());
    tokens.iter().copied().all(|token| spelling.keeps(token, &mut scratch))
}

/// The parts of a dialect that change a token.
struct Spelling {
    speller: Speller,
    dialect: Dialect,
}

impl Spelling {
    fn of(dialect: Dialect) -> Self {
        Self { speller: Speller::new(dialect.strings), dialect }
    }

    fn keeps(&self, token: Token<'_>, scratch: &mut String) -> bool {
        scratch.clear();
        match token {
            Token::Text(content) => self.speller.keeps(content, scratch),
            Token::Number(digits) => {
                number::write(self.dialect.numbers, digits, scratch).is_some() && scratch == digits
            }
            _ => true,
        }
    }

    fn write(&self, token: Token<'_>, out: &mut String) -> Option<()> {
        match token {
            Token::Open(bracket) | Token::Close(bracket) => out.push(bracket),
            Token::Comma => out.push(','),
            Token::Colon => out.push(':'),
            Token::Text(content) => {
                out.push('"');
                self.speller.write(content, out);
                out.push('"');
            }
            Token::Number(digits) => number::write(self.dialect.numbers, digits, out)?,
            Token::Word(word) => out.push_str(word),
        }
        Some(())
    }
}

/// The white space of a layout.
#[derive(Clone, Copy)]
struct Spacing {
    before_colon: &'static str,
    after_colon: &'static str,
    after_comma: &'static str,
    /// The space inside brackets.
    inside: &'static str,
    /// The indent of one level. `None` if all is on one line.
    indent: Option<(char, u8)>,
    empty: Empty,
    /// Whether arrays stay on one line.
    flat_arrays: bool,
}

/// The space inside empty brackets.
#[derive(Clone, Copy)]
enum Empty {
    Nothing,
    Space,
    /// A line end, and one more in an array.
    Line,
    TwoLines,
}

impl Spacing {
    const fn of(layout: Layout) -> Self {
        const COMPACT: Spacing = Spacing {
            before_colon: "",
            after_colon: "",
            after_comma: "",
            inside: "",
            indent: None,
            empty: Empty::Nothing,
            flat_arrays: false,
        };
        const INDENTED: Spacing = Spacing { after_colon: " ", indent: Some((' ', 2)), ..COMPACT };
        match layout {
            Layout::Kept | Layout::Compact => COMPACT,
            Layout::Spaced => Self { after_colon: " ", after_comma: " ", ..COMPACT },
            Layout::SpacedColons => Self { after_colon: " ", ..COMPACT },
            Layout::SpacedCommas => Self { after_comma: " ", ..COMPACT },
            Layout::Padded => Self { after_colon: " ", after_comma: " ", inside: " ", ..COMPACT },
            Layout::Indented(width) => Self { indent: Some((' ', width)), ..INDENTED },
            Layout::Tabs => Self { indent: Some(('\t', 1)), ..INDENTED },
            Layout::Ruby => Self { empty: Empty::Line, ..INDENTED },
            Layout::Apple => Self { before_colon: " ", empty: Empty::TwoLines, ..INDENTED },
            Layout::Jackson => Self {
                before_colon: " ",
                after_comma: " ",
                inside: " ",
                empty: Empty::Space,
                flat_arrays: true,
                ..INDENTED
            },
        }
    }
}

struct Writer {
    out: String,
    spelling: Spelling,
    spacing: Spacing,
    /// The open brackets, each with whether its content is on lines of its own.
    open: Vec<bool>,
}

impl Writer {
    fn token(&mut self, before: Option<Token<'_>>, token: Token<'_>) -> Option<()> {
        let opened = matches!(before, Some(Token::Open(_)));
        match token {
            Token::Close(bracket) => {
                let is_lined = self.open.pop().unwrap_or_default();
                if opened { self.empty(bracket) } else { self.space(is_lined, self.spacing.inside) }
            }
            _ if opened => self.space(self.is_lined(), self.spacing.inside),
            Token::Colon => self.out.push_str(self.spacing.before_colon),
            _ => {}
        }
        self.spelling.write(token, &mut self.out)?;
        match token {
            Token::Open(bracket) => {
                let is_flat = bracket == '[' && self.spacing.flat_arrays;
                self.open.push(self.spacing.indent.is_some() && !is_flat);
            }
            Token::Comma => self.space(self.is_lined(), self.spacing.after_comma),
            Token::Colon => self.out.push_str(self.spacing.after_colon),
            _ => {}
        }
        Some(())
    }

    fn is_lined(&self) -> bool {
        self.open.last().copied().unwrap_or_default()
    }

    fn empty(&mut self, bracket: char) {
        match self.spacing.empty {
            Empty::Nothing => {}
            Empty::Space => self.out.push(' '),
            Empty::Line | Empty::TwoLines => {
                let is_more = bracket == ']' || matches!(self.spacing.empty, Empty::TwoLines);
                self.out.push_str(if is_more { "\n" } else { "" });
                self.line();
            }
        }
    }

    fn space(&mut self, is_lined: bool, space: &str) {
        if is_lined { self.line() } else { self.out.push_str(space) }
    }

    fn line(&mut self) {
        if let Some((unit, width)) = self.spacing.indent {
            let depth = self.open.iter().filter(|is_lined| **is_lined).count();
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n(unit, depth.saturating_mul(usize::from(width))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::token;
    use super::*;

    #[test]
    fn a_text_may_be_as_long_as_the_limit() {
        let text = "[1, 2]";
        let (tokens, starts) = token::cut(text).unwrap();
        for (limit, is_written) in [(6, true), (7, true), (5, false), (4, false)] {
            let spaced = all(&tokens, Dialect::MINIFIED.layout(Layout::Spaced), 0, limit);
            assert_eq!(spaced.is_some(), is_written, "{limit}");
        }
        // The white space at the end does not count.
        let text = "[1, 2] ";
        for (limit, is_written) in [(6, true), (7, true), (5, false), (4, false)] {
            let kept = in_place(text, &tokens, &starts, Dialect::KEPT, limit);
            assert_eq!(kept.is_some(), is_written, "{limit}");
        }
    }
}
