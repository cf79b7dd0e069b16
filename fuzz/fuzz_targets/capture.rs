#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|input: &[u8]| countersign_fuzz::capture::run(input));

/// A build without libFuzzer replays the corpus once.
#[cfg(not(fuzzing))]
fn main() {
    let inputs = countersign_fuzz::replay("capture", countersign_fuzz::capture::run);
    println!("capture: {inputs} inputs replayed");
}
