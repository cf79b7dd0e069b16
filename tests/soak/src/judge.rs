//! The right answer to each request.

use std::fmt;
use std::time::Duration;

use hyper::header::{RETRY_AFTER, WWW_AUTHENTICATE};

use crate::client::{Answer, Fault};
use crate::delivery::{self, Number};
use crate::ledger::Delivery;
use crate::outages::{Moment, Outages};
use crate::replica::REDIS_TIMEOUT;

/// A kind of request. The order is that of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A delivery in good order, or its retry.
    Genuine,
    /// A delivery that was acknowledged before.
    Repeated,
    /// A request that the provider has not signed as it is.
    Forged,
    /// A delivery whose body comes in pieces.
    Slow,
    /// A body that does not end.
    Stalled,
    /// A body that breaks off, or a client that goes away.
    Aborted,
    /// A body over the limit.
    Oversized,
}

/// An answer that is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// A 2xx.
    Acknowledged,
    /// The delivery was acknowledged before, and another attempt at it has not ended.
    Stuck,
    /// Another attempt may still hold the claim.
    InProgress,
    /// Redis was away.
    Unavailable,
    /// No answer, because the client went away or the replica was killed.
    Lost,
    /// A refusal that is final.
    Refused,
}

/// The store may need this time after an outage to open a new connection: as long as four attempts.
pub(crate) const GRACE: Duration = REDIS_TIMEOUT.saturating_mul(4);

/// An answer to a delivery, and everything that tells whether it is right.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    pub(crate) number: Number,
    /// The delivery before this attempt, and now.
    pub(crate) before: Delivery,
    pub(crate) after: Delivery,
    pub(crate) began: Moment,
    pub(crate) ended: Moment,
    /// Whether another attempt may hold the claim.
    pub(crate) may_be_held: bool,
    pub(crate) outages: &'a Outages,
}

/// An answer that is wrong.
#[derive(Debug)]
pub(crate) struct Wrong(String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Judges the answer to a delivery that was whole and genuine.
pub(crate) fn delivered(answer: &Answer, attempt: &Attempt<'_>) -> Result<Right, Wrong> {
    let (before, after) = (attempt.before, attempt.after);
    let is_handled =
        answer.body == format!(r#"{{"received":true,"event":"{}"}}"#, delivery::event_type(attempt.number));
    match (answer.status, &*answer.body) {
        (200, _) if is_handled => Ok(Right::Acknowledged),
        // Only a delivery that was sent before is a repeat.
        (200, b"") if after.attempts > 1 => Ok(Right::Acknowledged),
        (503, br#"{"error":"delivery in progress"}"#) if is_retried(answer) && attempt.may_be_held => {
            Ok(if before.acknowledged.is_some() { Right::Stuck } else { Right::InProgress })
        }
        (503, br#"{"error":"temporarily unavailable"}"#)
            if is_retried(answer) && attempt.outages.explain(attempt.began, attempt.ended, GRACE) =>
        {
            Ok(Right::Unavailable)
        }
        _ => Err(attempt.wrong(answer)),
    }
}

/// Judges the answer to a request that no handler may see.
pub(crate) fn refused(kind: Kind, answer: &Answer) -> Result<Right, Wrong> {
    let is_right = match (kind, answer.status, &*answer.body) {
        (Kind::Forged, 401, br#"{"error":"invalid signature"}"#) => {
            answer.headers.get(WWW_AUTHENTICATE).is_some_and(|value| value == "Signature")
        }
        (Kind::Oversized, 413, br#"{"error":"body too large"}"#)
        | (Kind::Stalled, 408, br#"{"error":"body timeout"}"#) => true,
        _ => false,
    };
    is_right.then_some(Right::Refused).ok_or_else(|| wrong(answer))
}

fn is_retried(answer: &Answer) -> bool {
    let seconds = answer.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
    seconds.is_some_and(|seconds| seconds > 0)
}

fn wrong(answer: &Answer) -> Wrong {
    let body: String = String::from_utf8_lossy(&answer.body).chars().take(200).collect();
    Wrong(format!("{} {body:?}", answer.status))
}

impl Attempt<'_> {
    fn wrong(&self, answer: &Answer) -> Wrong {
        let Wrong(text) = wrong(answer);
        let since = self.after.left.map(|left| (self.ended - left) / 1000);
        Wrong(format!("{text}; an attempt that may have held the claim left {since:?} ms before"))
    }
}

impl Wrong {
    /// No answer came, and nothing explains it.
    pub(crate) fn lost(fault: &Fault) -> Self {
        let mut text = format!("no answer: {fault}");
        let mut cause = fault.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        Self(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDLED: &str = r#"{"received":true,"event":"soak.7"}"#;
    const PROGRESS: &str = r#"{"error":"delivery in progress"}"#;
    const UNAVAILABLE: &str = r#"{"error":"temporarily unavailable"}"#;

    fn answer(status: u16, body: &'static str) -> Answer {
        let mut headers = hyper::HeaderMap::new();
        if status == 503 {
            headers.insert(RETRY_AFTER, 1.into());
        }
        Answer { status, headers, body: body.into() }
    }

    /// The verdict on an answer that began and ended at moment 0.
    fn judged(answer: &Answer, attempts: u16, was_acknowledged: bool, outages: &Outages) -> Option<Right> {
        let before = Delivery { acknowledged: was_acknowledged.then_some(0), ..Delivery::default() };
        let after = Delivery { attempts, ..before };
        let may_be_held = attempts > 1;
        let attempt = Attempt { number: 7, before, after, began: 0, ended: 0, may_be_held, outages };
        delivered(answer, &attempt).ok()
    }

    #[test]
    fn an_answer_is_right_only_where_something_explains_it() {
        let (none, before, during) =
            (Outages::default(), Outages::of(-9_000_000, -8_000_000), Outages::of(-1, 1));
        let cases = [
            (200, HANDLED, 1, false, &none, Some(Right::Acknowledged)),
            (200, r#"{"received":true,"event":"soak.8"}"#, 1, false, &none, None),
            (200, "", 2, true, &none, Some(Right::Acknowledged)),
            (200, "", 1, false, &none, None),
            (503, PROGRESS, 2, false, &none, Some(Right::InProgress)),
            (503, PROGRESS, 2, true, &none, Some(Right::Stuck)),
            (503, PROGRESS, 1, false, &none, None),
            (503, UNAVAILABLE, 1, false, &during, Some(Right::Unavailable)),
            (503, UNAVAILABLE, 1, false, &none, None),
            (503, UNAVAILABLE, 1, false, &before, None),
            (401, r#"{"error":"invalid signature"}"#, 1, false, &during, None),
            (500, r#"{"error":"handler failed"}"#, 1, false, &during, None),
        ];
        for (status, body, attempts, was_acknowledged, outages, expected) in cases {
            let verdict = judged(&answer(status, body), attempts, was_acknowledged, outages);
            assert_eq!(verdict, expected, "{status} {body} {attempts} {was_acknowledged}");
        }
        let mut at_once = answer(503, UNAVAILABLE);
        at_once.headers.clear();
        assert_eq!(judged(&at_once, 1, false, &during), None);
    }

    #[test]
    fn a_request_that_no_handler_may_see_has_one_right_answer() {
        let mut unauthorized = answer(401, r#"{"error":"invalid signature"}"#);
        assert!(refused(Kind::Forged, &unauthorized).is_err());
        unauthorized.headers.insert(WWW_AUTHENTICATE, "Signature".parse().unwrap());
        let (large, slow) =
            (answer(413, r#"{"error":"body too large"}"#), answer(408, r#"{"error":"body timeout"}"#));
        for (kind, right) in
            [(Kind::Forged, &unauthorized), (Kind::Oversized, &large), (Kind::Stalled, &slow)]
        {
            for answer in [&unauthorized, &large, &slow, &answer(200, ""), &answer(503, UNAVAILABLE)] {
                assert_eq!(refused(kind, answer).is_ok(), std::ptr::eq(answer, right), "{kind:?} {answer:?}");
            }
        }
    }
}
