//! Prints the content of `PROVIDERS.md`.

fn main() {
    print!("{}", countersign_tests::providers::markdown());
}
