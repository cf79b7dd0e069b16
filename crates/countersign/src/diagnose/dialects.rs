//! The ways to write JSON that are tried: what the usual libraries do when nobody tells them otherwise, and what they are told most.

use super::cause;
use super::json::{Dialect, Layout, Numbers, Order, Strings};

const fn dialect(layout: Layout, order: Order, strings: Strings, numbers: Numbers) -> Dialect {
    Dialect { layout, order, strings, numbers }
}

const COMPACT: Layout = Layout::Compact;
const SPACED: Layout = Layout::Spaced;
const BY_2: Layout = Layout::Indented(2);
const BY_4: Layout = Layout::Indented(4);

/// The likely first.
pub(super) const DIALECTS: [Dialect; 30] = [
    dialect(COMPACT, Order::Script, Strings::Plain, Numbers::Script), // JSON.stringify(JSON.parse(…))
    dialect(SPACED, Order::Kept, Strings::Ascii, Numbers::Python),    // json.dumps(json.loads(…))
    dialect(COMPACT, Order::Kept, Strings::Kept, Numbers::Kept),      // white space taken out
    dialect(COMPACT, Order::Kept, Strings::Plain, Numbers::Python),
    dialect(COMPACT, Order::Kept, Strings::Ascii, Numbers::Python),
    dialect(SPACED, Order::Kept, Strings::Plain, Numbers::Python),
    dialect(BY_2, Order::Script, Strings::Plain, Numbers::Script),
    dialect(BY_2, Order::Kept, Strings::Ascii, Numbers::Python),
    dialect(BY_4, Order::Script, Strings::Plain, Numbers::Script),
    dialect(BY_4, Order::Kept, Strings::Ascii, Numbers::Python),
    dialect(COMPACT, Order::SortedScript, Strings::Plain, Numbers::Script),
    dialect(COMPACT, Order::Sorted, Strings::Plain, Numbers::Python),
    dialect(COMPACT, Order::Sorted, Strings::Ascii, Numbers::Python),
    dialect(SPACED, Order::Sorted, Strings::Ascii, Numbers::Python),
    dialect(SPACED, Order::Sorted, Strings::Plain, Numbers::Python),
    dialect(COMPACT, Order::Sorted, Strings::Html, Numbers::Script), // json.Marshal of a map
    dialect(COMPACT, Order::Kept, Strings::Html, Numbers::Script),   // json.Marshal of a struct
    dialect(COMPACT, Order::Kept, Strings::Html, Numbers::Kept),
    dialect(COMPACT, Order::Kept, Strings::SlashesAscii, Numbers::Script), // json_encode
    dialect(COMPACT, Order::Kept, Strings::Slashes, Numbers::Script),
    dialect(SPACED, Order::Kept, Strings::Kept, Numbers::Kept),
    dialect(BY_2, Order::Kept, Strings::Kept, Numbers::Kept),
    dialect(BY_4, Order::Kept, Strings::Kept, Numbers::Kept),
    dialect(BY_2, Order::Kept, Strings::Plain, Numbers::Python),
    dialect(BY_4, Order::Kept, Strings::Plain, Numbers::Python),
    dialect(BY_2, Order::SortedScript, Strings::Plain, Numbers::Script),
    dialect(BY_2, Order::Sorted, Strings::Ascii, Numbers::Python),
    dialect(BY_4, Order::SortedScript, Strings::Plain, Numbers::Script),
    dialect(BY_4, Order::Sorted, Strings::Ascii, Numbers::Python),
    dialect(BY_2, Order::Sorted, Strings::Html, Numbers::Script), // json.MarshalIndent of a map
];

/// How files of JSON are written.
pub(super) const INDENTED: [Dialect; 2] = [
    dialect(BY_2, Order::Kept, Strings::Kept, Numbers::Kept),
    dialect(BY_4, Order::Kept, Strings::Kept, Numbers::Kept),
];

impl From<Dialect> for cause::Dialect {
    fn from(dialect: Dialect) -> Self {
        Self {
            indent: match dialect.layout {
                Layout::Indented(width) => Some(width),
                Layout::Compact | Layout::Spaced => None,
            },
            spaced: dialect.layout == Layout::Spaced,
            sorted: matches!(dialect.order, Order::Sorted | Order::SortedScript),
            escaped: match dialect.strings {
                Strings::Kept | Strings::Plain => None,
                Strings::Ascii => Some("non-ASCII characters"),
                Strings::Html => Some("HTML characters"),
                Strings::Slashes => Some("slashes"),
                Strings::SlashesAscii => Some("slashes and non-ASCII characters"),
            },
        }
    }
}
