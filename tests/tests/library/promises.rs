//! Each promise in the table of SECURITY.md has a limit and names checks that exist.

use std::path::Path;

/// The text of a file of the project.
fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The number, the promise, its limit, and the checks of a row.
fn cells(row: &str) -> Vec<&str> {
    row.trim_matches(['|', ' ']).split(" | ").map(str::trim).collect()
}

/// Whether the function of this name is a test. The attributes of a function stand in the lines before it.
fn has_test(text: &str, name: &str) -> bool {
    let Some((before, _)) = text.split_once(&format!("fn {name}(")) else { return false };
    let lines = before.split('\n').rev().skip(1).map(str::trim_start);
    lines
        .take_while(|line| line.starts_with(['#', '/']))
        .any(|line| line.starts_with('#') && line.contains("test"))
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
        test => has_test(&text, test),
    };
    assert!(found, "{path} has no {name}");
}

#[test]
fn every_promise_has_a_limit_and_checks_that_exist() {
    let security = read("SECURITY.md");
    let rows: Vec<_> =
        security.lines().filter(|line| line.starts_with("| ") && line.contains("| **")).collect();
    assert!(rows.len() > 20, "{} promises", rows.len());
    for row in rows {
        let [_, _, limit, checks] = cells(row)[..] else { panic!("{row}") };
        assert!(!limit.is_empty(), "{row}");
        checks.split(", ").for_each(assert_exists);
    }
}
