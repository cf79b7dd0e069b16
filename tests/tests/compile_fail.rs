//! What the compiler refuses, and so nobody can get wrong.

#[test]
fn what_does_not_compile() {
    let tests = trybuild::TestCases::new();
    tests.compile_fail("compile-fail/*.rs");
}
