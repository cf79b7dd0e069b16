//! With each mistake, a promise breaks, and each promise breaks with one of them. So the model can see these mistakes.

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

#[test]
fn a_release_that_deletes_a_record() {
    breaks(Mistake::ReleaseDeletesARecord, "no run after a record");
}

#[test]
fn a_success_that_is_answered_503_because_it_has_no_record() {
    breaks(Mistake::RefusesAnUnrecordedSuccess, "a 2xx for a completed run");
}
