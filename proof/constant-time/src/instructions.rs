//! The number of instructions is the same, whatever is wrong with a tag. Callgrind counts them.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;

use countersign::{Algorithm, Scheme, Secret};
use crabgrind::callgrind;

use crate::cases::{ALGORITHMS, BODIES, COUNTS, Delivery, Random, Wrong};
use crate::{controls, outside};

/// The file that Callgrind writes. Each dump is a part of it.
const FILE: &str = "target/constant-time/callgrind";

/// The decoders of a tag.
const DECODERS: [(&str, Scheme); 2] =
    [("hex", Scheme::hex("x-signature")), ("base64", Scheme::base64("x-signature"))];

/// Counts every case in a second run, and compares the counts of each group.
pub(crate) fn check() -> bool {
    std::fs::create_dir_all("target/constant-time").expect("a folder in target/");
    let file = format!("--callgrind-out-file={FILE}");
    let tool =
        ["valgrind", "--tool=callgrind", "--quiet", "--collect-atstart=no", "--combine-dumps=yes", &file];
    let _ = outside::run(&tool, "instructions");
    let groups = groups(&std::fs::read_to_string(FILE).expect("the counts"));
    for (name, Group { counts, cases }) in &groups {
        println!("{name}: {cases} cases, {} instructions", list(counts));
    }

    let (controls, groups): (Vec<_>, Vec<_>) =
        groups.into_iter().partition(|(name, _)| name.starts_with("control"));
    let is_equal = groups.iter().all(|(_, group)| group.counts.len() == 1);
    let is_seen = controls.len() == ALGORITHMS.len() + DECODERS.len()
        && controls.iter().all(|(_, group)| group.counts.len() > 1);
    let cases: usize = groups.iter().map(|(_, group)| group.cases).sum();
    println!("figure: {cases} cases in {} groups have equal counts: {is_equal}", groups.len());
    println!("different numbers in each of {} controls: {is_seen}", controls.len());
    is_equal && is_seen
}

/// The counts of the cases that must be equal.
#[derive(Default)]
struct Group {
    counts: BTreeSet<u64>,
    cases: usize,
}

/// Reads the dumps. A dump has a line with the name that the program gave it, and a line with its sum.
fn groups(dumps: &str) -> BTreeMap<String, Group> {
    let (mut groups, mut name) = (BTreeMap::<String, Group>::new(), None);
    for line in dumps.lines() {
        if let Some(text) = line.strip_prefix("desc: Trigger: Client Request: ") {
            name = Some(text.to_owned());
        } else if let (Some(sum), Some(group)) =
            (line.strip_prefix("totals: "), name.take_if(|_| line.starts_with("totals: ")))
        {
            let group = groups.entry(group).or_default();
            group.counts.insert(sum.trim().parse().expect("a number"));
            group.cases += 1;
        }
    }
    groups
}

fn list(counts: &BTreeSet<u64>) -> String {
    counts.iter().map(u64::to_string).collect::<Vec<_>>().join(" or ")
}

/// The second run.
pub(crate) fn inside() -> bool {
    for algorithm in ALGORITHMS {
        comparisons(algorithm);
        control(algorithm);
    }
    decoders();
    true
}

/// The comparison alone, for tags that are already decoded.
fn comparisons(algorithm: Algorithm) {
    for (body, count) in BODIES.into_iter().flat_map(|body| COUNTS.map(|count| (body, count))) {
        for (delivery, wrong) in pairs(algorithm, body) {
            let mut comparison = delivery.comparison(&delivery.tags(count, wrong));
            let matches =
                counted(&format!("{algorithm:?}, body {body}, tags {count}"), || comparison.matches());
            assert_eq!(matches, matches!(wrong, Wrong::Nothing | Wrong::AllButTheLastTag), "{wrong:?}");
        }
    }
}

fn control(algorithm: Algorithm) {
    for (delivery, wrong) in pairs(algorithm, 64) {
        let tags = delivery.tags(1, wrong);
        counted(&format!("control, {algorithm:?}"), || controls::stops_early(&delivery.genuine, &tags[0]));
    }
}

fn pairs(algorithm: Algorithm, body: usize) -> impl Iterator<Item = (Delivery, Wrong)> {
    let each = move |wrong| Delivery::all(algorithm, body).map(move |delivery| (delivery, wrong));
    Wrong::EACH.into_iter().flat_map(each)
}

/// A whole verification with its decoder, and a control that compares the digits without one. A digit is changed to another one of its
/// class: a letter stays a letter, and a number a number.
fn decoders() {
    let secret = Secret::new("a secret of the check").expect("a secret");
    let body = Random::new(7).bytes(100);
    for (name, scheme) in DECODERS {
        let genuine = countersign::testing::sign(scheme, &secret, &body).into_bytes();
        // The first call prepares the key. In Base64, the last digit has bits that must be zero, so the one before it is changed.
        assert!(scheme.verify(&secret, &body, &genuine).is_ok());
        let digits = genuine.iter().take_while(|digit| **digit != b'=').count();
        for place in 0..digits - usize::from(name == "base64") {
            let mut value = genuine.clone();
            value[place] = other_digit(value[place]);
            let verified = counted(&format!("whole verification, {name}"), || {
                scheme.verify(&secret, &body, &value).is_ok()
            });
            assert!(!verified, "digit {place}");
            counted(&format!("control, whole verification, {name}"), || {
                controls::stops_early(&genuine, &value)
            });
        }
    }
}

/// Another digit of the same class.
fn other_digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'8' | b'a'..=b'e' | b'g'..=b'y' | b'A'..=b'Y' => digit + 1,
        b'+' => b'/',
        b'/' => b'+',
        _ => digit - 1,
    }
}

/// Counts the instructions of one call, and writes the count under this name.
fn counted<T>(name: &str, call: impl FnOnce() -> T) -> T {
    callgrind::toggle_collect();
    let result = black_box(call());
    callgrind::toggle_collect();
    callgrind::dump_stats(name);
    result
}
