//! The parts of a dialect, and the dialects of the usual libraries.

use std::fmt;

/// How a program writes JSON.
///
/// It prints the parts that are not [`KEPT`](Dialect::KEPT): `compact (without white space), slashes escaped`.
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
    /// Unchanged. An order other than [`Order::Kept`] cannot be written with it.
    Kept,
    /// None: `{"a":[1,2]}`.
    Compact,
    /// A space after each comma and colon: `{"a": [1, 2]}`.
    Spaced,
    /// A space after each colon: `{"a": [1,2]}`.
    SpacedColons,
    /// A space after each comma: `{"a":[1, 2]}`.
    SpacedCommas,
    /// A space after each comma and colon, and inside each bracket: `{ "a": [ 1, 2 ] }`.
    Padded,
    /// A line for each member, indented by this number of spaces for each level.
    Indented(u8),
    /// A line for each member, indented by a tab for each level.
    Tabs,
    /// Two spaces for each level and lines inside empty brackets: `JSON.pretty_generate` of Ruby before 3.4.
    Ruby,
    /// Two spaces for each level, a space on either side of a colon, and an empty line inside empty brackets: Apple's `JSONSerialization`.
    Apple,
    /// Two spaces for each level of objects, a space on either side of a colon, and arrays on one line: Jackson's default pretty printer.
    Jackson,
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
    /// Shorter keys first, and those of one length by their bytes: as databases keep JSON (`jsonb` of Postgres).
    Length,
}

/// Escapes in strings, beside those of quotes, backslashes and control characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Strings {
    /// Unchanged.
    Kept,
    /// Unchanged, except that the hex digits of escapes are in lower case.
    LowerHex,
    /// Unchanged, except that the hex digits of escapes are in upper case.
    UpperHex,
    /// None: JavaScript, Ruby, Rust, and Python with `ensure_ascii=False`.
    Plain,
    /// None, and the hex digits of control characters in upper case: Jackson.
    UpperControls,
    /// U+2028 and U+2029: Go and Gson without their escapes of HTML, PHP with unescaped slashes and Unicode.
    Separators,
    /// The same, and `\b` and `\f` in hex: Go before 1.22 without its escapes of HTML.
    LongControls,
    /// U+0085, U+2028 and U+2029: Newtonsoft.Json.
    LineEnds,
    /// All that is not printable ASCII: Python.
    Ascii,
    /// All beyond ASCII: PHP with unescaped slashes, Ruby with `ascii_only`.
    AsciiButDelete,
    /// All beyond ASCII, in upper-case hex: Jackson with `ESCAPE_NON_ASCII`.
    UpperAscii,
    /// The slash: Apple's `JSONSerialization`.
    Slash,
    /// The slash, U+2028 and U+2029: PHP with `JSON_UNESCAPED_UNICODE`, Ruby with `script_safe`.
    Slashes,
    /// The slash, and all beyond ASCII: PHP.
    SlashesAscii,
    /// `<`, `>`, `&`, U+2028 and U+2029: Go, Rails.
    Html,
    /// The same, and `\b` and `\f` in hex: Go before 1.22.
    HtmlLong,
    /// `<` and `>` in upper-case hex, U+2028 and U+2029: PHP with `JSON_HEX_TAG`, unescaped slashes and Unicode.
    HtmlTags,
    /// `<`, `>`, `&` and both quotes, U+0085, U+2028 and U+2029: Newtonsoft.Json with `EscapeHtml`.
    HtmlAll,
    /// `<`, `>`, `&` and both quotes in upper-case hex, the slash, and all beyond ASCII: Symfony and PHP with all its `JSON_HEX` options.
    HtmlSlashesAscii,
    /// `<`, `>`, `&`, `=`, the apostrophe, U+2028 and U+2029: Gson.
    Gson,
    /// `<`, `>`, `&`, `+`, the backtick, both quotes, and all that is not printable ASCII, in upper-case hex: System.Text.Json.
    DotNet,
    /// Surrogate pairs and what is not printable, in upper-case hex: System.Text.Json with `UnsafeRelaxedJsonEscaping`.
    DotNetRelaxed,
    /// The slash, `<`, `%`, `@`, and all beyond ASCII: Meta.
    Meta,
}

/// Spelling of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Numbers {
    /// Unchanged.
    Kept,
    /// Doubles, as `Number.prototype.toString` writes them.
    JavaScript,
    /// The same, except for minus zero: Go.
    Go,
    /// Integers unchanged, doubles as Python's `repr` writes them.
    Python,
    /// Integers unchanged, doubles as Ruby's `to_s` writes them.
    Ruby,
    /// Integers of 64 bits unchanged, doubles as PHP's `json_encode` writes them.
    Php,
    /// The same with `JSON_PRESERVE_ZERO_FRACTION`.
    PhpFractions,
    /// Integers unchanged, doubles as Java's `Double.toString` writes them: Jackson.
    Java,
    /// All as Java's `Double.toString` writes them: Gson, which reads into a map.
    JavaDoubles,
    /// Integers unchanged, doubles as .NET's `ToString("R")` writes them: Newtonsoft.Json.
    DotNet,
    /// All digits that are there, and no exponent: `jsonb` of Postgres.
    Decimal,
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
    pub const GO: Self =
        Self { layout: Layout::Compact, order: Order::Kept, strings: Strings::Html, numbers: Numbers::Go };

    /// `json_encode($value)` of PHP.
    pub const PHP: Self = Self { strings: Strings::SlashesAscii, numbers: Numbers::Php, ..Self::GO };

    /// `ObjectMapper.writeValueAsString` of Jackson.
    pub const JACKSON: Self = Self { strings: Strings::UpperControls, numbers: Numbers::Java, ..Self::GO };

    /// `Gson.toJson` of a parsed text.
    pub const GSON: Self = Self { strings: Strings::Gson, numbers: Numbers::Kept, ..Self::GO };

    /// `JSON.generate` of Ruby.
    pub const RUBY: Self = Self { strings: Strings::Plain, numbers: Numbers::Ruby, ..Self::GO };

    /// `JsonSerializer.Serialize` of .NET's System.Text.Json.
    pub const DOT_NET: Self = Self { strings: Strings::DotNet, numbers: Numbers::Kept, ..Self::GO };

    /// `JsonConvert.SerializeObject` of .NET's Newtonsoft.Json.
    pub const NEWTONSOFT: Self = Self { strings: Strings::LineEnds, numbers: Numbers::DotNet, ..Self::GO };

    /// The same text without its white space.
    pub const MINIFIED: Self =
        Self { layout: Layout::Compact, order: Order::Kept, strings: Strings::Kept, numbers: Numbers::Kept };

    /// The text as it is.
    pub const KEPT: Self = Self { layout: Layout::Kept, ..Self::MINIFIED };

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

impl Dialect {
    /// Number of parts that are not [`KEPT`](Self::KEPT).
    pub(crate) fn parts(self) -> usize {
        let Self { layout, order, strings, numbers } = self;
        let changed = [
            layout != Layout::Kept,
            order != Order::Kept,
            strings != Strings::Kept,
            numbers != Numbers::Kept,
        ];
        changed.into_iter().filter(|changed| *changed).count()
    }
}

impl Layout {
    fn words(self) -> Option<String> {
        Some(match self {
            Self::Kept => return None,
            Self::Compact => "compact (without white space)".to_owned(),
            Self::Spaced => "with a space after each comma and colon, as Python writes it".to_owned(),
            Self::SpacedColons => "with a space after each colon".to_owned(),
            Self::SpacedCommas => "with a space after each comma".to_owned(),
            Self::Padded => "with spaces inside its brackets".to_owned(),
            Self::Indented(width) => format!("indented by {width}"),
            Self::Tabs => "indented by tabs".to_owned(),
            Self::Ruby => "indented, as Ruby does".to_owned(),
            Self::Apple => "indented, as Apple's JSONSerialization does".to_owned(),
            Self::Jackson => "indented, as Jackson does".to_owned(),
        })
    }
}

impl Order {
    const fn words(self) -> Option<&'static str> {
        match self {
            Self::Kept => None,
            Self::JavaScript => Some("its numeric keys first, as JavaScript does"),
            Self::Sorted | Self::SortedJavaScript => Some("its keys sorted"),
            Self::Length => Some("its keys sorted by length, as Postgres's jsonb does"),
        }
    }
}

impl Strings {
    fn words(self) -> Option<&'static str> {
        match self {
            Self::LowerHex => Some("its escapes in lower-case hex"),
            Self::UpperHex => Some("its escapes in upper-case hex"),
            _ => self.escapes().map(|escapes| escapes.words),
        }
    }
}

impl Numbers {
    const fn words(self) -> Option<&'static str> {
        Some(match self {
            Self::Kept => return None,
            Self::JavaScript => "its numbers as JavaScript writes them ('1.0' as '1')",
            Self::Go => "its numbers as Go writes them ('1.0' as '1')",
            Self::Python => "its numbers as Python writes them",
            Self::Ruby => "its numbers as Ruby writes them",
            Self::Php => "its numbers as PHP writes them ('1.0' as '1')",
            Self::PhpFractions => "its numbers as PHP writes them ('1.0' with its fraction)",
            Self::Java => "its numbers as Java writes them",
            Self::JavaDoubles => "its numbers as Java's doubles ('1' as '1.0')",
            Self::DotNet => "its numbers as .NET writes them",
            Self::Decimal => "its numbers without exponents",
        })
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let others = [self.order.words(), self.strings.words(), self.numbers.words()];
        let words = self.layout.words().into_iter().chain(others.into_iter().flatten().map(str::to_owned));
        let words: Vec<String> = words.collect();
        f.write_str(if words.is_empty() { "as it came" } else { "" })?;
        f.write_str(&words.join(", "))
    }
}
