//! The characters that each program escapes, beside those that JSON demands.

use super::Strings;

/// One row of the table. All escapes that it adds are `\uXXXX`, except the one of the slash.
pub(super) struct Escapes {
    /// Characters of ASCII.
    pub(super) ascii: &'static str,
    /// Characters beyond ASCII.
    pub(super) beyond: Beyond,
    pub(super) slash: bool,
    /// Whether `\b` and `\f` are written as `\u0008` and `\u000c`.
    pub(super) long: bool,
    /// Characters whose hex digits are in upper case.
    pub(super) upper: Upper,
    /// The words for it, in a sentence.
    pub(super) words: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Beyond {
    Nothing,
    /// U+2028 and U+2029.
    Separators,
    /// U+0085 and these.
    LineEnds,
    /// Surrogate pairs, control characters and unusual spaces.
    Unprintable,
    All,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Upper {
    Nothing,
    Ascii,
    All,
}

impl Strings {
    /// The row of a program. The result is `None` if strings keep their spelling.
    pub(super) const fn escapes(self) -> Option<Escapes> {
        use Beyond::{All, LineEnds, Nothing, Separators, Unprintable};
        const HTML: &str = "HTML characters escaped";
        const NON_ASCII: &str = "non-ASCII characters escaped";
        Some(match self {
            Self::Kept | Self::LowerHex | Self::UpperHex => return None,
            Self::Plain => escape("", Nothing, "with no more escapes than JSON demands"),
            Self::UpperControls => escape("", Nothing, "control characters in upper-case hex").upper(),
            Self::Separators => escape("", Separators, "U+2028 and U+2029 escaped"),
            Self::LongControls => escape("", Separators, "control characters as \\u0008, as Go does").long(),
            Self::LineEnds => escape("", LineEnds, "U+0085, U+2028 and U+2029 escaped"),
            Self::Ascii => escape("\x7f", All, NON_ASCII),
            Self::AsciiButDelete => escape("", All, NON_ASCII),
            Self::UpperAscii => escape("", All, "non-ASCII characters escaped in upper-case hex").upper(),
            Self::Slash => escape("", Nothing, "slashes escaped").slash(),
            Self::Slashes => escape("", Separators, "slashes escaped").slash(),
            Self::SlashesAscii => escape("", All, "slashes and non-ASCII characters escaped").slash(),
            Self::Html => escape("<>&", Separators, HTML),
            Self::HtmlLong => escape("<>&", Separators, HTML).long(),
            Self::HtmlTags => escape("<>", Separators, HTML).upper_ascii(),
            Self::HtmlAll => escape("<>&'\"", LineEnds, HTML),
            Self::HtmlSlashesAscii => {
                escape("<>&'\"", All, "HTML characters, slashes and non-ASCII characters escaped")
                    .slash()
                    .upper_ascii()
            }
            Self::Gson => escape("<>&='", Separators, "HTML characters escaped, as Gson does"),
            Self::DotNet => {
                escape("\"&'+<>`\x7f", All, "HTML and non-ASCII characters escaped, as System.Text.Json does")
                    .upper()
            }
            Self::DotNetRelaxed => {
                escape("\x7f", Unprintable, "unprintable characters escaped, as System.Text.Json does")
                    .upper()
            }
            Self::Meta => {
                let words = "'/', '<', '%', '@' and non-ASCII characters escaped, as Meta does";
                escape("<%@", All, words).slash().upper_ascii()
            }
        })
    }
}

const fn escape(ascii: &'static str, beyond: Beyond, words: &'static str) -> Escapes {
    Escapes { ascii, beyond, slash: false, long: false, upper: Upper::Nothing, words }
}

impl Escapes {
    const fn slash(self) -> Self {
        Self { slash: true, ..self }
    }

    const fn long(self) -> Self {
        Self { long: true, ..self }
    }

    const fn upper(self) -> Self {
        Self { upper: Upper::All, ..self }
    }

    const fn upper_ascii(self) -> Self {
        Self { upper: Upper::Ascii, ..self }
    }
}

impl Beyond {
    pub(super) fn contains(self, character: char) -> bool {
        match self {
            Self::Nothing => false,
            Self::Separators => matches!(character, '\u{2028}' | '\u{2029}'),
            Self::LineEnds => matches!(character, '\u{85}' | '\u{2028}' | '\u{2029}'),
            Self::Unprintable => {
                character.is_control()
                    || character.is_whitespace()
                    || character > '\u{ffff}'
                    || character == '\u{feff}'
            }
            Self::All => true,
        }
    }
}
