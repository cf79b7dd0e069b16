//! The console sessions in `tests/sessions`, with the secret in `S`. `TRYCMD=overwrite` writes the present output into them.
#![allow(unreachable_pub, missing_docs, reason = "a test has no public interface")]

mod support;

#[test]
fn sessions() {
    trycmd::TestCases::new().env("S", support::SECRET).case("tests/sessions/*.md");
}
