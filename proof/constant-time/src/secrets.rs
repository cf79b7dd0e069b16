//! No branch and no index depends on a secret. Memcheck watches them.
//!
//! Memcheck finds decisions that depend on memory without a value. The secrets are marked as such memory, and Memcheck marks everything that
//! is computed from them. So a branch or an index that depends on them is an error.

use std::ffi::c_void;
use std::hint::black_box;

use crabgrind::RunMode;
use crabgrind::memcheck::{MemState, mark_mem};

use crate::cases::{ALGORITHMS, BODIES, COUNTS, Delivery, Wrong};
use crate::{controls, outside};

/// Runs every case in a second run, and reads the errors of each.
pub(crate) fn check() -> bool {
    let output =
        outside::text(outside::run(&["valgrind", "--tool=memcheck", "--log-file=/dev/null"], "secrets"));
    print!("{output}");
    let errors =
        |name: &str| output.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<usize>().ok());
    // A result that is computed by branches is known to Memcheck, although it depends on the key.
    let clean = errors("the library:") == Some(0) && errors("results that Memcheck knows:") == Some(0);
    let seen = ["control, a branch:", "control, an index:"].into_iter().all(|name| errors(name) > Some(0));
    println!("figure: Memcheck finds no error: {clean}");
    println!("errors in each control: {seen}");
    clean && seen
}

/// The second run. It prints a line for each count of errors.
pub(crate) fn inside() -> bool {
    assert!(matches!(crabgrind::run_mode(), RunMode::Valgrind), "this runs under Valgrind");
    let (mut cases, mut known) = (0, 0);
    let errors = errors_of(|| {
        for algorithm in ALGORITHMS {
            for (body, count) in BODIES.into_iter().flat_map(|body| COUNTS.map(|count| (body, count))) {
                let (compared, knows) = compare(Delivery::all(algorithm, body), count);
                cases += compared;
                known += knows;
            }
        }
    });
    println!("cases: {cases}");
    println!("results that Memcheck knows: {known}");
    println!("the library: {errors}");

    let secret = secret(&[7; 32]);
    println!("control, a branch: {}", errors_of(|| controls::stops_early(&secret, &[7; 32])));
    let table = std::array::from_fn(|place| place.to_le_bytes()[0]);
    println!("control, an index: {}", errors_of(|| controls::looks_up(&table, &secret)));
    true
}

/// Compares tags under secret keys. Returns the number of comparisons, and the number of results that Memcheck knows.
fn compare(deliveries: impl Iterator<Item = Delivery>, count: usize) -> (usize, usize) {
    let (mut cases, mut known) = (0, 0);
    for mut delivery in deliveries {
        let tags = Wrong::EACH.map(|wrong| delivery.tags(count, wrong));
        delivery.key = secret(&delivery.key);
        for (tags, wrong) in tags.iter().zip(Wrong::EACH) {
            let mut comparison = delivery.comparison(tags);
            let mut matches = comparison.matches();
            known += usize::from(is_public(&matches));
            // The result is no secret, because the answer tells it.
            mark(std::slice::from_mut(&mut matches), MemState::Defined);
            assert_eq!(matches, matches!(wrong, Wrong::Nothing | Wrong::AllButTheLastTag), "{wrong:?}");
            cases += 1;
        }
    }
    (cases, known)
}

/// A copy of these bytes that Memcheck takes for memory without a value.
fn secret(bytes: &[u8]) -> Vec<u8> {
    let mut secret = bytes.to_vec();
    mark(&mut secret, MemState::Undefined);
    secret
}

fn mark<T>(values: &mut [T], state: MemState) {
    // Versions of Valgrind disagree about the result of this request, so its effect is checked instead.
    mark_mem(values.as_mut_ptr().cast::<c_void>(), size_of_val(values), state).ok();
    let is_defined = state == MemState::Defined;
    assert!(values.iter().all(|value| is_public(value) == is_defined), "the memory is not {state:?}");
}

/// Whether Memcheck knows the value. To ask is no error.
fn is_public<T>(value: &T) -> bool {
    let mut bits = vec![0xff_u8; size_of::<T>()];
    let place = std::ptr::from_ref(value).cast_mut().cast::<c_void>();
    crabgrind::memcheck::vbits(place, bits.as_mut_ptr(), bits.len()).expect("Memcheck");
    bits.iter().all(|unknown| *unknown == 0)
}

fn errors_of<T>(call: impl FnOnce() -> T) -> usize {
    let before = crabgrind::count_errors();
    black_box(call());
    crabgrind::count_errors() - before
}
