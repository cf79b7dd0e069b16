//! The dialects of JSON that are tried: the defaults of the usual libraries, the options that are set most often, and each part alone.

use std::cell::RefCell;
use std::hash::{BuildHasher as _, RandomState};
use std::rc::Rc;

use crate::json::{Dialect, Json, Layout, Numbers, Order, Strings};

use Layout::{Apple, Compact, Indented, Jackson, Padded, Ruby, Spaced, SpacedColons, SpacedCommas, Tabs};
use Order::{Length, Sorted, SortedJavaScript};
use Strings::{Plain, SlashesAscii};

const JAVASCRIPT: Dialect = Dialect::JAVASCRIPT;
const PYTHON: Dialect = Dialect::PYTHON;
const GO: Dialect = Dialect::GO;
const PHP: Dialect = Dialect::PHP;

/// Longest text, in bytes, that is written in the unlikely layouts too.
const LONG: usize = 64 * 1024;

/// Number of likely layouts in [`LINED`].
const LIKELY_LINED: usize = 3;

/// The layouts that are on several lines.
pub(crate) const LINED: [Layout; 10] = [
    Indented(2),
    Indented(4),
    Tabs,
    Jackson,
    Ruby,
    Apple,
    Indented(3),
    Indented(1),
    Indented(8),
    Indented(0),
];

/// In each part, the ones that change least come first. If two make the same text, the first is named.
const LAYOUTS: [Layout; 6] = [Layout::Kept, Compact, Spaced, SpacedColons, SpacedCommas, Padded];
const ORDERS: [Order; 5] = [Order::Kept, Order::JavaScript, Sorted, SortedJavaScript, Length];
const STRINGS: [Strings; 23] = [
    Strings::Kept,
    Plain,
    Strings::UpperControls,
    Strings::Separators,
    Strings::LineEnds,
    Strings::LongControls,
    Strings::Slash,
    Strings::Slashes,
    Strings::AsciiButDelete,
    Strings::Ascii,
    Strings::UpperAscii,
    Strings::DotNetRelaxed,
    SlashesAscii,
    Strings::Html,
    Strings::HtmlLong,
    Strings::HtmlTags,
    Strings::Gson,
    Strings::HtmlAll,
    Strings::HtmlSlashesAscii,
    Strings::DotNet,
    Strings::Meta,
    Strings::LowerHex,
    Strings::UpperHex,
];
const NUMBERS: [Numbers; 11] = [
    Numbers::Kept,
    Numbers::JavaScript,
    Numbers::Python,
    Numbers::Php,
    Numbers::PhpFractions,
    Numbers::Ruby,
    Numbers::Java,
    Numbers::DotNet,
    Numbers::Go,
    Numbers::Decimal,
    Numbers::JavaDoubles,
];

/// Programs that change several parts. The likely ones come first.
const PROGRAMS: [Dialect; 41] = [
    JAVASCRIPT,
    PYTHON,
    PYTHON.layout(Compact).strings(Plain),
    PYTHON.layout(Compact),
    PYTHON.strings(Plain),
    JAVASCRIPT.layout(Indented(2)),
    PYTHON.layout(Indented(2)),
    JAVASCRIPT.layout(Indented(4)),
    PYTHON.layout(Indented(4)),
    JAVASCRIPT.layout(Tabs),
    JAVASCRIPT.order(SortedJavaScript),
    PYTHON.layout(Compact).order(Sorted).strings(Plain),
    PYTHON.layout(Compact).order(Sorted),
    PYTHON.order(Sorted),
    PYTHON.order(Sorted).strings(Plain),
    GO.order(Sorted), // json.Marshal of a map
    GO,
    GO.strings(Strings::HtmlLong).order(Sorted),
    GO.strings(Strings::Separators).order(Sorted), // SetEscapeHTML(false)
    PHP,
    PHP.strings(Strings::Slashes),
    PHP.strings(Strings::AsciiButDelete),
    PHP.strings(Strings::Separators),
    PHP.strings(Strings::HtmlSlashesAscii),
    PHP.layout(Indented(4)),
    PHP.layout(Indented(4)).strings(Strings::Separators),
    Dialect::RUBY,
    Dialect::RUBY.strings(Strings::Html), // Rails
    Dialect::JACKSON,
    Dialect::JACKSON.layout(Jackson),
    Dialect::GSON,
    Dialect::GSON.layout(Indented(2)),
    Dialect::GSON.numbers(Numbers::JavaDoubles),
    Dialect::DOT_NET,
    Dialect::DOT_NET.layout(Indented(2)),
    Dialect::NEWTONSOFT,
    Dialect::NEWTONSOFT.layout(Indented(2)),
    Dialect::MINIFIED.strings(Strings::Meta),
    PYTHON.layout(Indented(2)).strings(Plain),
    PYTHON.layout(Indented(4)).strings(Plain),
    Dialect::MINIFIED.layout(Spaced).order(Length).numbers(Numbers::Decimal), // jsonb of Postgres
];

/// The other spellings of a text: each part of a dialect alone, and then the programs that change several. A dialect names only the parts
/// that change the text.
pub(crate) fn spellings<'j>(json: &'j Json<'_>) -> impl Iterator<Item = (Dialect, String)> + 'j {
    let parts = Rc::new(RefCell::new(Parts::default()));
    let (known, late) = (Rc::clone(&parts), Rc::clone(&parts));
    let learned = |parts: Rc<RefCell<Parts>>| {
        move |dialect| {
            let mut parts = parts.borrow_mut();
            let text = parts.learn(dialect, json)?;
            Some((parts.told(dialect)?, text))
        }
    };
    // The budget does not last for all spellings of a long text, so the programs come before the unlikely options there.
    let is_first = |dialect: &Dialect| json.text().len() <= LONG || is_likely(*dialect);
    let first = alone(json).filter(is_first).filter_map(learned(parts));
    let last = alone(json).filter(move |dialect| !is_first(dialect)).filter_map(learned(late));
    let orders = ORDERS.into_iter().map(|order| Dialect::KEPT.order(order));
    let programs = orders.chain(PROGRAMS).filter_map(move |dialect| {
        let parts = known.borrow();
        let told = parts.told(dialect).filter(|told| told.parts() > 1 || told.order != Order::Kept)?;
        Some((told, json.write(parts.written(told)?)?))
    });
    first.chain(programs).chain(last)
}

/// All spellings that change more than one part, in any way that is known. Those that change fewer come first.
pub(crate) fn mixed_spellings<'j>(json: &'j Json<'_>) -> impl Iterator<Item = (Dialect, String)> + 'j {
    let mut parts = Parts::default();
    for dialect in alone(json) {
        // Only what the parts learn is needed here.
        drop(parts.learn(dialect, json));
    }
    let products = parts.products();
    products.into_iter().filter_map(move |dialect| Some((dialect, json.write(parts.written(dialect)?)?)))
}

/// Whether the usual programs write this option.
fn is_likely(dialect: Dialect) -> bool {
    let Dialect { layout, order, strings, numbers } = dialect;
    matches!(layout, Layout::Kept | Compact | Spaced | Indented(2 | 4))
        && matches!(order, Order::Kept | Sorted)
        && matches!(strings, Strings::Kept | Strings::Ascii | Strings::Slashes | SlashesAscii | Strings::Html)
        && matches!(numbers, Numbers::Kept | Numbers::JavaScript | Numbers::Python)
}

/// The text as it came, and each other option of each part alone. An order is written without white space.
fn alone(json: &Json<'_>) -> impl Iterator<Item = Dialect> + use<> {
    let kept = Dialect::KEPT;
    let lined = LINED.into_iter().take(if json.text().len() > LONG { LIKELY_LINED } else { LINED.len() });
    let layouts = LAYOUTS.into_iter().chain(lined).map(move |layout| kept.layout(layout));
    let strings = STRINGS.into_iter().skip(1).map(move |strings| kept.strings(strings));
    let numbers = NUMBERS.into_iter().skip(1).map(move |numbers| kept.numbers(numbers));
    let orders = ORDERS.into_iter().skip(1).map(|order| Dialect::MINIFIED.order(order));
    layouts.chain(strings).chain(numbers).chain(orders)
}

/// The options of each part, each with a hash of what it makes of the text. Equal hashes mean that the text does not tell them apart.
#[derive(Default)]
struct Parts {
    hasher: RandomState,
    layouts: Vec<(Layout, u64)>,
    orders: Vec<(Order, u64)>,
    strings: Vec<(Strings, u64)>,
    numbers: Vec<(Numbers, u64)>,
    /// The layout that the text has.
    came: Option<Layout>,
}

impl Parts {
    /// Writes a text in a dialect that changes one part, and takes note of the result. [`Dialect::KEPT`] comes first, and
    /// [`Dialect::MINIFIED`] before all orders. A text that stays as it is is not written again.
    fn learn(&mut self, dialect: Dialect, json: &Json<'_>) -> Option<String> {
        let respells = dialect.strings != Strings::Kept || dialect.numbers != Numbers::Kept;
        if respells && json.keeps(dialect) {
            self.note(dialect, json.text(), json);
            return None;
        }
        let text = json.write(dialect)?;
        self.note(dialect, &text, json);
        Some(text)
    }

    fn note(&mut self, dialect: Dialect, text: &str, json: &Json<'_>) {
        let hash = self.hasher.hash_one(text);
        let Dialect { layout, order, strings, numbers } = dialect;
        if dialect == Dialect::KEPT {
            self.strings.push((strings, hash));
            self.numbers.push((numbers, hash));
        }
        if dialect == Dialect::MINIFIED {
            self.orders.push((order, hash));
        }
        match (order, strings, numbers) {
            (Order::Kept, Strings::Kept, Numbers::Kept) => {
                if layout != Layout::Kept && self.came.is_none() && text == json.text().trim_ascii() {
                    self.came = Some(layout);
                }
                self.layouts.push((layout, hash));
            }
            (Order::Kept, _, Numbers::Kept) => self.strings.push((strings, hash)),
            (Order::Kept, ..) => self.numbers.push((numbers, hash)),
            _ => self.orders.push((order, hash)),
        }
    }

    /// The dialect that makes the same text and names only the parts that change it. The result is `None` if nothing changes.
    fn told(&self, dialect: Dialect) -> Option<Dialect> {
        let told = Dialect {
            layout: first(&self.layouts, dialect.layout),
            order: first(&self.orders, dialect.order),
            strings: first(&self.strings, dialect.strings),
            numbers: first(&self.numbers, dialect.numbers),
        };
        (told != Dialect::KEPT).then_some(told)
    }

    /// The dialect by which it is written. If the members move, the white space cannot stay where it is.
    fn written(&self, told: Dialect) -> Option<Dialect> {
        let moves = told.order != Order::Kept && told.layout == Layout::Kept;
        Some(if moves { told.layout(self.came?) } else { told })
    }

    fn products(&self) -> Vec<Dialect> {
        let orders = distinct(&self.orders);
        let strings = distinct(&self.strings);
        let numbers = distinct(&self.numbers);
        let mut all = Vec::new();
        for layout in distinct(&self.layouts) {
            for order in &orders {
                for strings in &strings {
                    let dialect =
                        Dialect { layout, order: *order, strings: *strings, numbers: Numbers::Kept };
                    all.extend(numbers.iter().map(|numbers| dialect.numbers(*numbers)));
                }
            }
        }
        all.retain(|dialect| dialect.parts() > 1);
        all.sort_by_key(|dialect| dialect.parts());
        all
    }
}

/// The first option that makes the same text.
fn first<T: Copy + PartialEq>(options: &[(T, u64)], option: T) -> T {
    let hash = options.iter().find(|(known, _)| *known == option).map(|(_, hash)| *hash);
    options.iter().find(|(_, other)| Some(*other) == hash).map_or(option, |(first, _)| *first)
}

/// The options that make different texts.
fn distinct<T: Copy + PartialEq>(options: &[(T, u64)]) -> Vec<T> {
    options.iter().map(|(option, _)| *option).filter(|option| first(options, *option) == *option).collect()
}
