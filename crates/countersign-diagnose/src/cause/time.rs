//! Mistakes in the signed time.

use countersign::VerifyError;

use super::{Outcomes, causes};
use crate::verdict::{Refusal, time_place};

/// An experiment on the signed time.
#[derive(Clone, Copy)]
pub(crate) enum Experiment {
    /// Looks at the reason for which the verifier refuses the request.
    Judged(for<'e> fn(&'e Refusal<'e>) -> Outcomes<'e, TimeCause, ()>),
}

causes! {
    /// A mistake in the signed time.
    pub enum TimeCause {
        /// The request has no signed time.
        Missing {
            /// Its place, in words.
            place: String,
        } => "time-missing", Unclear,
            "the signed time is missing in {place}",
            "keep the whole request, and see that no proxy drops a header",
            Judged(|refusal| refusal.when(VerifyError::MissingTime, time_place));
        /// The request has more than one signed time.
        Repeated {
            /// Its place, in words.
            place: String,
        } => "time-repeated", Intermediary,
            "the signed time is more than once in {place}",
            "have it sent once, and see that no proxy adds one",
            Judged(|refusal| refusal.when(VerifyError::RepeatedTime, time_place));
        /// The signed time is not in the form that the scheme asks for.
        Malformed {
            /// Its place, in words.
            place: String,
        } => "time-malformed", Unclear,
            "the signed time in {place} has another form than this scheme asks for",
            "compare its unit with the provider's documents",
            Judged(|refusal| refusal.when(VerifyError::MalformedTime, time_place));
        /// The signed time is in another unit than the scheme says.
        OtherUnit {
            /// The unit that came, and the scheme's.
            units: &'static str,
        } => "time-other-unit", Unclear,
            "the signed time is in {units}",
            "take a scheme with the unit of the provider, or have the provider send the unit of this one",
            Judged(|refusal| refusal.other_unit());
        /// The signed time is too far in the past.
        TooOld {
            /// Seconds beyond the tolerance.
            seconds: u64,
        } => "time-too-old", Unclear,
            "the signed time is too old, by {seconds} s beyond the tolerance",
            "verify a stored delivery as of the time at which it came, and for a new one compare the clocks of both machines",
            Judged(|refusal| refusal.seconds_too_old());
        /// The signed time is too far in the future.
        Ahead {
            /// Seconds beyond the tolerance.
            seconds: u64,
        } => "time-ahead", Unclear,
            "the signed time is in the future, by {seconds} s beyond the tolerance",
            "compare the clocks of both machines",
            Judged(|refusal| refusal.seconds_ahead());
    }
}
