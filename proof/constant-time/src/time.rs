//! The time is the same, whatever is wrong with a tag. After "Dude, is my code constant time?" (Reparaz, Balasch, Verbauwhede, 2017).
//!
//! Two classes of tags are wrong in the first byte or in the last one. They are measured in random order. Welch's t tells whether their
//! times differ. A comparison that stops early is measured in the same way. If its t is small, the machine is too noisy for the check to
//! mean anything, and the check fails.

use countersign::testing::Comparison;
use dudect_bencher::ctbench::{BenchMetadata, BenchName, BenchOpts, run_benches_console};
use dudect_bencher::{BenchRng, Class, CtRunner};

use crate::cases::{Delivery, Random, Wrong};
use crate::{controls, outside};

/// The paper takes a t above 4.5 for strong evidence. Its authors' program accepts up to 10, because a machine is never quiet.
const THRESHOLD: f64 = 10.0;

const SAMPLES: usize = 400_000;

/// The most measurements. A busy machine may disturb one class more than the other, but not each time. A leak is there each time.
const MEASUREMENTS: usize = 3;

pub(crate) fn check() -> bool {
    (0..MEASUREMENTS).any(|_| is_equal())
}

/// Measures in a second run, whose output it reads.
fn is_equal() -> bool {
    let output = outside::text(outside::run(&[], "time"));
    print!("{output}");
    let (library, control) = (t(&output, "library"), t(&output, "control"));
    println!("figure: |t| is {library:.1}, and {control:.1} for the control");
    println!("the library must be below {THRESHOLD}, and the control above");
    library < THRESHOLD && control > THRESHOLD
}

/// The largest t of a benchmark, without its sign. A line is `bench NAME ... : n == +0.4M, max t = -1.2, …`.
fn t(output: &str, name: &str) -> f64 {
    let line =
        output.lines().find(|line| line.starts_with(&format!("bench {name} ... :"))).expect("its line");
    let (_, rest) = line.split_once("max t = ").expect("its t");
    rest.split(',').next().and_then(|t| t.parse().ok()).map(f64::abs).expect("a number")
}

/// The second run.
pub(crate) fn inside() -> bool {
    let bench = |name, benchfn| BenchMetadata { name: BenchName(name), seed: None, benchfn };
    run_benches_console(BenchOpts::default(), vec![bench("library", library), bench("control", control)])
        .is_ok()
}

fn library(runner: &mut CtRunner, _: &mut BenchRng) {
    let delivery = delivery();
    let [first, last] =
        [Wrong::First, Wrong::Last].map(|wrong| delivery.comparison(&delivery.tags(1, wrong)));
    measure(runner, [first, last], |comparison: &Comparison| comparison.clone().matches());
}

fn control(runner: &mut CtRunner, _: &mut BenchRng) {
    let delivery = delivery();
    let tags = [Wrong::First, Wrong::Last].map(|wrong| delivery.tags(1, wrong).remove(0));
    // The same work, and then the comparison that must not be.
    let comparison = delivery.comparison(std::slice::from_ref(&tags[0]));
    measure(runner, tags, |tag| comparison.clone().matches() | controls::stops_early(&delivery.genuine, tag));
}

fn delivery() -> Delivery {
    let mut random = Random::new(11);
    Delivery::new(countersign::Algorithm::HmacSha256, random.bytes(32), random.bytes(13))
}

/// Measures the two classes in random order and in the same memory.
fn measure<T: Clone>(runner: &mut CtRunner, inputs: [T; 2], call: impl Fn(&T) -> bool) {
    let mut random = Random::new(13);
    let mut input = inputs[0].clone();
    for _ in 0..SAMPLES {
        let class = usize::from(random.next() >> 63 == 1);
        input.clone_from(&inputs[class]);
        let class = if class == 0 { Class::Left } else { Class::Right };
        runner.run_one(class, || call(&input));
    }
}
