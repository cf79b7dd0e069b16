//! The same JSON as other programs write it: the diagnosis explains the one that was signed by the one that came.
//!
//! `serialisers/make.sh` has the programs write `outputs.json`, and Python's `hmac` signs it. The expected causes are in `causes.txt`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use countersign::Scheme;
use countersign_diagnose::{Cause, Diagnose, SecretBytes};
use serde::Deserialize;

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
