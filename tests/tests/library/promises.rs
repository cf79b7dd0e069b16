//! The table of promises in SECURITY.md names checks that exist.

use std::path::Path;

/// The text of a file of the project.
fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The checks in the last cell of a row.
fn checks(row: &str) -> impl Iterator<Item = &str> {
    row.trim_end_matches(" |").rsplit(" | ").next().unwrap().split(", ")
}

/// A check is a part of a script, in backquotes, or a link to the file that has the test.
fn assert_exists(check: &str) {
    if let Some((script, part)) = check.trim_matches('`').split_once(' ')
        && script.starts_with("scripts/")
    {
        assert!(read(script).contains(&format!("\n{part}() {{")), "{script} has no part {part}");
        return;
    }
    let (name, path) =
        check.strip_prefix('[').and_then(|link| link.strip_suffix(')')?.split_once("](")).expect(check);
    let text = read(path);
    if let Some(target) = name.strip_prefix("fuzz target ") {
        assert_eq!(path, format!("fuzz/src/{}.rs", target.trim_matches('`')));
        return;
    }
    let found = match name.trim_matches('`') {
        test if test == name => text.contains(name),
        test => text.contains(&format!("fn {test}(")),
    };
    assert!(found, "{path} has no {name}");
}

#[test]
fn every_check_of_a_promise_exists() {
    let security = read("SECURITY.md");
    let rows: Vec<_> =
        security.lines().filter(|line| line.starts_with("| ") && line.contains("| **")).collect();
    assert!(rows.len() > 20, "{} promises", rows.len());
    for check in rows.iter().flat_map(|row| checks(row)) {
        assert_exists(check);
    }
}
