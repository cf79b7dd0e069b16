//! The console sessions in `tests/sessions` and in the README, with the secret in `S`. `TRYCMD=overwrite` writes the present output into them.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a test may fail loudly, in its helpers too"
)]

mod support;

#[test]
fn sessions() {
    trycmd::TestCases::new()
        .env("S", support::SECRET)
        .env("NO_COLOR", "1")
        .case("tests/sessions/*.md")
        .case("README.md");
}
