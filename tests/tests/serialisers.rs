//! The same JSON as other programs write it: the diagnosis explains the one that was signed by the one that came.
//!
//! `serialisers/make.sh` has the programs write `outputs.json`, and Python's `hmac` signs it. The expected causes are in `causes.txt`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use countersign::Scheme;
use countersign_diagnose::json::{Dialect, Json, Layout, Numbers, Order, Strings};
use countersign_diagnose::{Cause, Diagnose, SecretBytes};
use serde::Deserialize;

use Layout::{Compact, Indented, Ruby, Spaced, Tabs};
use Order::{Length, Sorted, SortedJavaScript};
use Strings::{
    AsciiButDelete, DotNetRelaxed, HtmlAll, HtmlLong, HtmlSlashesAscii, HtmlTags, LongControls, Meta, Plain,
    Separators, Slashes, UpperAscii,
};

#[derive(Deserialize)]
struct File {
    secret: String,
    outputs: Vec<Output>,
}

#[derive(Deserialize)]
struct Output {
    /// Empty for the document itself.
    program: String,
    /// Empty for the defaults of the program.
    options: String,
    document: String,
    text: String,
    tag: String,
}

/// The outputs of one document that have the same text.
type Equal<'o> = Vec<&'o Output>;

/// Names of causes, by the document that they are for, what was signed and what came.
type Causes = BTreeMap<(String, String, String), String>;

impl Output {
    fn name(&self) -> String {
        match (self.program.as_str(), self.options.as_str()) {
            ("", _) => "document".to_owned(),
            (program, "") => program.to_owned(),
            (program, options) => format!("{program} ({options})"),
        }
    }
}

fn has(outputs: &Equal<'_>, is: fn(&Output) -> bool) -> bool {
    outputs.iter().any(|output| is(output))
}

/// Whether one of the two is the document, or both are what programs write by default.
fn is_tested(signed: &Equal<'_>, came: &Equal<'_>) -> bool {
    let is_document = |output: &Output| output.program.is_empty();
    let is_default = |output: &Output| output.options.is_empty();
    let is_one_document = has(signed, is_document) || has(came, is_document);
    signed[0].text != came[0].text && (is_one_document || has(signed, is_default) && has(came, is_default))
}

fn causes(secret: &str, signed: &Output, came: &Output) -> String {
    let headers = [("x-signature", signed.tag.as_str())];
    let secrets = [SecretBytes::new(secret).unwrap()];
    let diagnosis = Diagnose::new(&Scheme::hex("x-signature"), secrets).run(&headers, came.text.as_bytes());
    assert!(diagnosis.is_complete(), "{}: {} came as {}", signed.document, signed.name(), came.name());
    let names: Vec<&str> = diagnosis.causes().iter().map(Cause::as_str).collect();
    assert!(names.iter().all(|name| name.starts_with("body-")), "{names:?}");
    let reach = if diagnosis.is_explained() { "" } else { "not explained " };
    format!("{reach}{}", names.join(", ")).trim().to_owned()
}

fn all_causes(file: &File) -> Causes {
    let mut documents: BTreeMap<&str, BTreeMap<&str, Equal<'_>>> = BTreeMap::new();
    for output in &file.outputs {
        documents.entry(&output.document).or_default().entry(&output.text).or_default().push(output);
    }
    let equal: Vec<Vec<Equal<'_>>> =
        documents.into_values().map(|texts| texts.into_values().collect()).collect();
    let (todo, all) = (Mutex::new(equal.iter()), Mutex::new(Causes::new()));
    let work = || {
        while let Some(outputs) = { todo.lock().unwrap().next() } {
            for (signed, came) in
                outputs.iter().flat_map(|signed| outputs.iter().map(move |came| (signed, came)))
            {
                if is_tested(signed, came) {
                    let (signed, came) = (signed[0], came[0]);
                    let key = (signed.document.clone(), signed.name(), came.name());
                    let causes = causes(&file.secret, signed, came);
                    all.lock().unwrap().insert(key, causes);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(work);
        }
    });
    all.into_inner().unwrap()
}

/// A line for each pair of programs and the causes, with the documents for which they are told.
fn table(causes: &Causes) -> String {
    let mut lines: BTreeMap<(&str, &str, &str), BTreeSet<&str>> = BTreeMap::new();
    for ((document, signed, came), causes) in causes {
        lines.entry((signed, came, causes)).or_default().insert(document);
    }
    let line = |((signed, came, causes), documents): (&(&str, &str, &str), &BTreeSet<&str>)| {
        let documents: Vec<&str> = documents.iter().copied().collect();
        format!("{signed} | came as {came} | {causes} | {}\n", documents.join(", "))
    };
    lines.iter().map(line).collect()
}

#[test]
fn a_text_of_one_program_is_explained_if_another_program_has_rewritten_it() {
    let file: File = serde_json::from_str(include_str!("../serialisers/outputs.json")).unwrap();
    let causes = all_causes(&file);
    let explained = causes.values().filter(|causes| !causes.starts_with("not explained")).count();
    println!("{explained} of {} pairs are explained", causes.len());
    let made = table(&causes);
    if made != include_str!("../serialisers/causes.txt") {
        let path = std::env::temp_dir().join("countersign-causes.txt");
        std::fs::write(&path, made).unwrap();
        panic!("the causes differ from tests/serialisers/causes.txt; they are in {}", path.display());
    }
}

/// The dialect of each program with its options.
const PROGRAMS: [(&str, &str, Dialect); 52] = [
    ("node", "", Dialect::JAVASCRIPT),
    ("node", "indent 2", Dialect::JAVASCRIPT.layout(Indented(2))),
    ("node", "indent 4", Dialect::JAVASCRIPT.layout(Indented(4))),
    ("node", "indent tab", Dialect::JAVASCRIPT.layout(Tabs)),
    ("node", "sorted", Dialect::JAVASCRIPT.order(SortedJavaScript)),
    ("python", "", Dialect::PYTHON),
    ("python", "compact", Dialect::PYTHON.layout(Compact)),
    ("python", "not ascii", Dialect::PYTHON.strings(Plain)),
    ("python", "compact, not ascii", Dialect::PYTHON.layout(Compact).strings(Plain)),
    ("python", "sorted", Dialect::PYTHON.order(Sorted)),
    ("python", "sorted, compact", Dialect::PYTHON.order(Sorted).layout(Compact)),
    ("python", "sorted, compact, not ascii", Dialect::PYTHON.order(Sorted).layout(Compact).strings(Plain)),
    ("python", "indent 2", Dialect::PYTHON.layout(Indented(2))),
    ("python", "indent 4, not ascii", Dialect::PYTHON.layout(Indented(4)).strings(Plain)),
    ("python", "indent 0", Dialect::PYTHON.layout(Indented(0))),
    ("go", "", Dialect::GO.order(Sorted).strings(HtmlLong)),
    ("go", "indent 2", Dialect::GO.order(Sorted).strings(HtmlLong).layout(Indented(2))),
    ("go", "encoder", Dialect::GO.order(Sorted).strings(HtmlLong)),
    ("go", "encoder, html as it is", Dialect::GO.order(Sorted).strings(LongControls)),
    ("go", "encoder, indent tab", Dialect::GO.order(Sorted).strings(HtmlLong).layout(Tabs)),
    ("go", "numbers as they are", Dialect::GO.order(Sorted).strings(HtmlLong).numbers(Numbers::Kept)),
    ("php", "", Dialect::PHP),
    ("php", "unescaped slashes", Dialect::PHP.strings(AsciiButDelete)),
    ("php", "unescaped unicode", Dialect::PHP.strings(Slashes)),
    ("php", "unescaped slashes and unicode", Dialect::PHP.strings(Separators)),
    ("php", "unescaped lines too", Dialect::PHP.strings(Plain)),
    ("php", "zero fraction", Dialect::PHP.numbers(Numbers::PhpFractions)),
    ("php", "pretty", Dialect::PHP.layout(Indented(4))),
    ("php", "pretty, unescaped", Dialect::PHP.strings(Separators).layout(Indented(4))),
    ("php", "hex", Dialect::PHP.strings(HtmlSlashesAscii)),
    ("php", "hex tag", Dialect::PHP.strings(HtmlTags)),
    ("ruby", "", Dialect::RUBY),
    ("ruby", "pretty", Dialect::RUBY.layout(Ruby)),
    ("ruby", "ascii only", Dialect::RUBY.strings(AsciiButDelete)),
    ("ruby", "sorted", Dialect::RUBY.order(Sorted)),
    ("jackson", "", Dialect::JACKSON),
    ("jackson", "map", Dialect::JACKSON),
    ("jackson", "pretty", Dialect::JACKSON.layout(Layout::Jackson)),
    ("jackson", "ascii", Dialect::JACKSON.strings(UpperAscii)),
    ("jackson", "sorted", Dialect::JACKSON.order(Sorted)),
    ("gson", "nulls", Dialect::GSON),
    ("gson", "nulls, html as it is", Dialect::GSON.strings(Separators)),
    ("gson", "map", Dialect::GSON.numbers(Numbers::JavaDoubles)),
    ("system.text.json", "", Dialect::DOT_NET),
    ("system.text.json", "indented", Dialect::DOT_NET.layout(Indented(2))),
    ("system.text.json", "relaxed", Dialect::DOT_NET.strings(DotNetRelaxed)),
    ("newtonsoft", "", Dialect::NEWTONSOFT),
    ("newtonsoft", "indented", Dialect::NEWTONSOFT.layout(Indented(2))),
    ("newtonsoft", "non-ascii escaped", Dialect::NEWTONSOFT.strings(AsciiButDelete)),
    ("newtonsoft", "html escaped", Dialect::NEWTONSOFT.strings(HtmlAll)),
    ("meta", "", Dialect::MINIFIED.strings(Meta)),
    ("jsonb", "", Dialect::MINIFIED.layout(Spaced).order(Length).strings(Plain).numbers(Numbers::Decimal)),
];

/// Documents in which a program changes more than the spelling: Newtonsoft.Json reads times, and old versions of Java write more digits of
/// a large double than are needed.
const CHANGED: [(&str, &str); 4] = [
    ("newtonsoft", "event"),
    ("newtonsoft", "times"),
    ("gson", "big integers"),
    ("gson", "two big integers"),
];

#[test]
fn a_dialect_writes_each_document_as_its_program_does() {
    let file: File = serde_json::from_str(include_str!("../serialisers/outputs.json")).unwrap();
    let of_program = |program: &'static str, options: &'static str| {
        let is_of_it = move |output: &&Output| output.program == program && output.options == options;
        file.outputs.iter().filter(is_of_it)
    };
    let documents: BTreeMap<&str, &str> =
        of_program("", "").map(|output| (output.document.as_str(), output.text.as_str())).collect();
    for (program, options, dialect) in PROGRAMS {
        let is_spelled = |output: &&Output| {
            let is_changed = CHANGED.contains(&(program, &*output.document));
            !(is_changed && (program != "gson" || options == "map"))
        };
        let mut count = 0;
        for output in of_program(program, options).filter(is_spelled) {
            let json = Json::parse(documents[&*output.document].as_bytes()).unwrap();
            // Go's encoder ends a text with a newline.
            let written = output.text.trim_end();
            assert_eq!(
                json.write(dialect).as_deref(),
                Some(written),
                "{program} ({options}), {}",
                output.document
            );
            count += 1;
        }
        assert!(count >= 26, "{program} ({options}): {count}");
    }
}
