//! The fuzz targets. Each one compares the library with an oracle that shares no code with it.
//!
//! They run under libFuzzer (`cargo fuzz run <target>`), and over the committed corpus on a stable compiler (`cargo test`).

use std::fs;
use std::path::Path;

pub mod envelope;
pub mod headers;
pub mod incoming;
pub mod signature;

/// The secret of [`TAG`].
pub const SECRET: &str = "whsec_abc123";

/// The body of [`TAG`].
pub const BODY: &str = r#"{"type":"a","event":"a","data":{}}"#;

/// HMAC-SHA256 of [`BODY`], made by Node's crypto.
pub const TAG: &str = "0049ad1988f836287ff018f2a8b4461641876f6fc54049ffd5fb0bb7bf32e42b";

/// Runs a target over its whole corpus and returns the number of inputs.
///
/// # Panics
///
/// An input breaks an assertion, or the corpus is empty.
#[track_caller]
pub fn replay(target: &str, run: impl Fn(&[u8])) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let inputs: Vec<_> =
        fs::read_dir(&folder).expect("a corpus").map(|entry| entry.expect("an entry").path()).collect();
    assert!(!inputs.is_empty(), "{} is empty", folder.display());
    for input in &inputs {
        // The test harness shows this only if the test fails.
        println!("{}", input.display());
        run(&fs::read(input).expect("an input"));
    }
    inputs.len()
}
