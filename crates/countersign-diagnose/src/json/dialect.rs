//! The parts of a dialect, and the dialects of the usual libraries.

use std::fmt;

/// How a program writes JSON.
///
/// It prints as a description: `compact, as JavaScript writes it`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Dialect {
    /// White space between the tokens.
    pub layout: Layout,
    /// Order of the members of an object.
    pub order: Order,
    /// Escapes in strings.
    pub strings: Strings,
    /// Spelling of numbers.
    pub numbers: Numbers,
}

/// White space between the tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layout {
    /// None: `{"a":[1,2]}`.
    Compact,
    /// A space after each comma and colon: `{"a": [1, 2]}`.
    Spaced,
    /// A line for each member, indented by this number of spaces for each level.
    Indented(u8),
}

/// Order of the members of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Order {
    /// Unchanged.
    Kept,
    /// The order of a JavaScript object: keys that are array indices come first and ascend, the others follow unchanged.
    JavaScript,
    /// Ascending by code points.
    Sorted,
    /// The order of a JavaScript object that was filled in the order of its sorted keys.
    SortedJavaScript,
}

/// Escapes in strings, beside those of quotes, backslashes and control characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Strings {
    /// Unchanged.
    Kept,
    /// None: JavaScript, and Python with `ensure_ascii=False`.
    Plain,
    /// All that is not printable ASCII: Python.
    Ascii,
    /// `<`, `>`, `&`, U+2028 and U+2029: Go.
    Html,
    /// The slash, U+2028 and U+2029: PHP with `JSON_UNESCAPED_UNICODE`.
    Slashes,
    /// The slash, and all beyond ASCII: PHP.
    SlashesAscii,
}

/// Spelling of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Numbers {
    /// Unchanged.
    Kept,
    /// Doubles, as `Number.prototype.toString` writes them. Go differs for minus zero alone.
    JavaScript,
    /// Integers unchanged, doubles as Python's `repr` writes them.
    Python,
}

impl Dialect {
    /// `JSON.stringify(value)` of JavaScript.
    pub const JAVASCRIPT: Self = Self {
        layout: Layout::Compact,
        order: Order::JavaScript,
        strings: Strings::Plain,
        numbers: Numbers::JavaScript,
    };

    /// `json.dumps(value)` of Python.
    pub const PYTHON: Self = Self {
        layout: Layout::Spaced,
        order: Order::Kept,
        strings: Strings::Ascii,
        numbers: Numbers::Python,
    };

    /// `json.Marshal(value)` of Go, for a struct whose fields are in the order of the text.
    pub const GO: Self = Self {
        layout: Layout::Compact,
        order: Order::Kept,
        strings: Strings::Html,
        numbers: Numbers::JavaScript,
    };

    /// `json_encode($value)` of PHP.
    pub const PHP: Self = Self { strings: Strings::SlashesAscii, ..Self::GO };

    /// The same text without its white space.
    pub const MINIFIED: Self =
        Self { layout: Layout::Compact, order: Order::Kept, strings: Strings::Kept, numbers: Numbers::Kept };

    /// The same dialect with another layout.
    #[must_use]
    pub const fn layout(self, layout: Layout) -> Self {
        Self { layout, ..self }
    }

    /// The same dialect with another order of keys.
    #[must_use]
    pub const fn order(self, order: Order) -> Self {
        Self { order, ..self }
    }

    /// The same dialect with other escapes.
    #[must_use]
    pub const fn strings(self, strings: Strings) -> Self {
        Self { strings, ..self }
    }

    /// The same dialect with another spelling of numbers.
    #[must_use]
    pub const fn numbers(self, numbers: Numbers) -> Self {
        Self { numbers, ..self }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.layout {
            Layout::Indented(width) => write!(f, "indented by {width}")?,
            Layout::Spaced => f.write_str("with spaces, as Python writes it")?,
            Layout::Compact => f.write_str("compact, as JavaScript writes it")?,
        }
        if matches!(self.order, Order::Sorted | Order::SortedJavaScript) {
            f.write_str(", its keys sorted")?;
        }
        f.write_str(match self.strings {
            Strings::Kept | Strings::Plain => "",
            Strings::Ascii => ", non-ASCII characters escaped",
            Strings::Html => ", HTML characters escaped",
            Strings::Slashes => ", slashes escaped",
            Strings::SlashesAscii => ", slashes and non-ASCII characters escaped",
        })
    }
}
