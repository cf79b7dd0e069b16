//! The dialects of JSON that are tried: the defaults of the usual libraries, and the options that are set most often.

use crate::json::{Dialect, Layout, Numbers, Order, Strings};

use Layout::{Compact, Spaced};
use Order::{Sorted, SortedJavaScript};
use Strings::{Plain, Slashes};

const JAVASCRIPT: Dialect = Dialect::JAVASCRIPT;
const PYTHON: Dialect = Dialect::PYTHON;
const GO: Dialect = Dialect::GO;
const MINIFIED: Dialect = Dialect::MINIFIED;
const BY_2: Layout = Layout::Indented(2);
const BY_4: Layout = Layout::Indented(4);

/// The likely dialects come first.
pub(crate) const DIALECTS: [Dialect; 30] = [
    JAVASCRIPT,
    PYTHON,
    MINIFIED,
    PYTHON.layout(Compact).strings(Plain),
    PYTHON.layout(Compact),
    PYTHON.strings(Plain),
    JAVASCRIPT.layout(BY_2),
    PYTHON.layout(BY_2),
    JAVASCRIPT.layout(BY_4),
    PYTHON.layout(BY_4),
    JAVASCRIPT.order(SortedJavaScript),
    PYTHON.layout(Compact).order(Sorted).strings(Plain),
    PYTHON.layout(Compact).order(Sorted),
    PYTHON.order(Sorted),
    PYTHON.order(Sorted).strings(Plain),
    GO.order(Sorted), // json.Marshal of a map
    GO,
    GO.numbers(Numbers::Kept),
    Dialect::PHP,
    Dialect::PHP.strings(Slashes),
    MINIFIED.layout(Spaced),
    MINIFIED.layout(BY_2),
    MINIFIED.layout(BY_4),
    PYTHON.layout(BY_2).strings(Plain),
    PYTHON.layout(BY_4).strings(Plain),
    JAVASCRIPT.layout(BY_2).order(SortedJavaScript),
    PYTHON.layout(BY_2).order(Sorted),
    JAVASCRIPT.layout(BY_4).order(SortedJavaScript),
    PYTHON.layout(BY_4).order(Sorted),
    GO.layout(BY_2).order(Sorted), // json.MarshalIndent of a map
];

/// The layouts of JSON in files.
pub(crate) const INDENTED: [Dialect; 2] = [MINIFIED.layout(BY_2), MINIFIED.layout(BY_4)];
