#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|input: &[u8]| countersign_fuzz::headers::run(input));

/// A build without libFuzzer replays the corpus once.
#[cfg(not(fuzzing))]
fn main() {
    let inputs = countersign_fuzz::replay("headers", countersign_fuzz::headers::run);
    println!("headers: {inputs} inputs replayed");
}
