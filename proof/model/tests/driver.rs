//! The library's driver takes the steps of the model's driver.

use countersign_model::OnStoreError::{FailClosed, FailOpen};
use countersign_model::replay;

#[test]
fn every_way_of_one_attempt() {
    for (on_store_error, faults) in [(FailClosed, 2), (FailOpen, 2)] {
        let ways = replay(on_store_error, faults);
        println!("{on_store_error:?}, faults: {faults}, ways: {ways}");
        assert!(ways > 400, "{ways}");
    }
}
