//! The whole run, as a newcomer starts it.

use std::process::Command;

#[test]
fn both_frameworks_receive_the_same() {
    let output = Command::new(env!("CARGO_BIN_EXE_tenants")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert_eq!(output.stderr, b"");
    let receiver = "\
✓ a delivery of acme               200  acme received evt_1, user.deleted
✓ the same id at another tenant    200  globex received evt_1, user.deleted
✓ a repeat                         200  nothing
✓ signed by acme, sent to globex   401  nothing
✓ an unknown tenant                401  nothing
✓ no signature                     401  nothing
✓ a look-up that fails             503  nothing
";
    assert_eq!(text, format!("\naxum\n{receiver}\nactix-web\n{receiver}"));
}
