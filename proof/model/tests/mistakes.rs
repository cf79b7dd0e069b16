//! With each mistake, a promise breaks. So the model can see these mistakes.

use countersign_model::{Mistake, breaks};

#[test]
fn a_driver_that_polls_before_it_looks_at_the_clock() {
    breaks(Mistake::PollsBeforeTheClock, "no two runs overlap");
}

#[test]
fn a_key_without_the_route() {
    breaks(Mistake::OneKeyForAllRoutes, "no 2xx without a completed run");
}

#[test]
fn a_lease_that_outlives_the_retries() {
    breaks(Mistake::UncutLease, "handled after the last fault");
}

#[test]
fn a_handler_whose_time_begins_after_its_claim() {
    breaks(Mistake::TimeBeginsAfterTheClaim, "no two runs overlap");
}

#[test]
fn a_lease_without_time_to_record() {
    breaks(Mistake::NoTimeToRecord, "one success without faults");
}
