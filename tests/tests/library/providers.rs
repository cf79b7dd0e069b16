//! The lists of the built-in providers agree with each other.

use std::collections::BTreeSet;
use std::path::Path;

use countersign::providers::catalogue;
use countersign::{Provider, for_each_catalogued, for_each_provider};
use countersign_tests::providers;

const CATALOGUE: &str = include_str!("../../../crates/countersign/src/providers/catalogue.rs");

macro_rules! names {
    ({} $($provider:ident $module:ident,)+) => {
        [$(<countersign::$module::$provider as Provider>::NAME),+]
    };
    ({} $($provider:ident,)+) => {
        [$(<catalogue::$provider as Provider>::NAME),+]
    };
}

/// Each row of the table: the provider's name, and the text from the end of the row before it.
fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    let (_, table) = CATALOGUE.split_once("\ncatalogue! {").unwrap();
    table.split_inclusive("\n    }\n").filter(|row| row.contains(" {\n")).map(|row| {
        let (docs, _) = row.split_once("\" {\n").unwrap();
        (docs.rsplit_once('"').unwrap().1, row)
    })
}

#[test]
fn providers_md_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../PROVIDERS.md");
    let anew = "write it anew: cargo run -p countersign-tests --bin providers > PROVIDERS.md";
    assert!(std::fs::read_to_string(path).unwrap() == providers::markdown(), "PROVIDERS.md is old; {anew}");
}

#[test]
fn no_two_providers_have_the_same_name() {
    let names = [for_each_provider!(names).as_slice(), for_each_catalogued!(names).as_slice()].concat();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    for name in names {
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{name}");
    }
}

#[test]
fn the_docs_of_a_provider_name_the_source_and_the_published_vector() {
    let listed: Vec<_> = rows().map(|(name, _)| name).collect();
    assert_eq!(listed, for_each_catalogued!(names));
    for (name, row) in rows() {
        assert!(row.contains("    /// Source: "), "{name}");
        let says =
            row.contains("A published vector is tested.") || row.contains("Published vectors are tested.");
        assert_eq!(says, providers::with_vectors().contains(name), "{name}");
    }
}
