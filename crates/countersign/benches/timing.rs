//! Does the time of a refusal tell how much of the tag was right? After "Dude, is my code constant time?" (Reparaz, Balasch,
//! Verbauwhede, 2017).
//!
//! Two classes of tags, wrong in the first digit or in the last, are measured in random order. Welch's t says whether their
//! times differ. A comparison that stops at the first difference is measured in the same way: where that is not caught, the
//! machine is too noisy for the test to mean anything, and it fails.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a report is what this is for, and it may fail loudly"
)]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use countersign::{Scheme, Secret};

const SAMPLES: usize = 400_000;
/// Above it, by the paper, there is a leak with near certainty.
const THRESHOLD: f64 = 10.0;
const BODY: &str = "Hello, World!";
const TAG: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

fn main() -> ExitCode {
    let secret = Secret::new("It's a Secret to Everybody").unwrap();
    let scheme = Scheme::hex("x-signature");
    assert!(scheme.verify(&secret, BODY, TAG).is_ok(), "the tag that is made wrong is right");

    let ours = t(|tag| scheme.verify(&secret, BODY, tag).is_ok());
    // The same work, and then the comparison that must not be.
    let leaky = t(|tag| scheme.verify(&secret, BODY, tag).is_ok() || stops_early(tag));
    println!("countersign:                 |t| = {ours:.1}, must be below {THRESHOLD}");
    println!("a comparison that stops:     |t| = {leaky:.1}, must be above");
    if ours < THRESHOLD && leaky > THRESHOLD { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[inline(never)]
fn stops_early(tag: &[u8]) -> bool {
    TAG.bytes().zip(tag).all(|(expected, byte)| black_box(expected) == black_box(*byte))
}

/// Welch's t of the two classes, without its sign.
fn t(refuses: impl Fn(&[u8]) -> bool) -> f64 {
    let mut times = [Vec::with_capacity(SAMPLES), Vec::with_capacity(SAMPLES)];
    // Both classes are measured in the same memory.
    let mut tag = [0; 64];
    for class in random_classes().take(2 * SAMPLES) {
        tag.copy_from_slice(TAG.as_bytes());
        tag[[0, 63][class]] = other_digit(tag[[0, 63][class]]);
        let start = Instant::now();
        assert!(!refuses(black_box(&tag)));
        times[class].push(start.elapsed().as_nanos() as f64);
    }
    // An interrupt is no difference between classes: the slowest tenth of all is left out.
    let mut all: Vec<f64> = times.iter().flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    let slowest = all[all.len() * 9 / 10];
    let [first, last] = times.map(|times| Moments::of(times.into_iter().filter(|time| *time <= slowest)));
    (first.mean - last.mean).abs() / (first.variance / first.count + last.variance / last.count).sqrt()
}

/// Another digit of the same kind, so that reading it takes the same way.
fn other_digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'8' | b'a'..=b'e' => digit + 1,
        _ => digit - 1,
    }
}

/// Xorshift: what is measured must not follow a pattern, and that is all that is asked of it.
fn random_classes() -> impl Iterator<Item = usize> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::from(state >> 63 == 1)
    })
}

struct Moments {
    count: f64,
    mean: f64,
    variance: f64,
}

impl Moments {
    /// By Welford, in one pass.
    fn of(times: impl Iterator<Item = f64>) -> Self {
        let (mut count, mut mean, mut sum) = (0.0, 0.0, 0.0);
        for time in times {
            count += 1.0;
            let distance: f64 = time - mean;
            mean += distance / count;
            sum += distance * (time - mean);
        }
        Self { count, mean, variance: sum / (count - 1.0) }
    }
}
