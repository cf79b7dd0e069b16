//! One request, and the verdict on its answer.

use std::time::Duration;

use crate::client::{Fault, Line, Manner};
use crate::delivery::{Addressed, Number};
use crate::judge::{self, Attempt, Kind, Right, Wrong};
use crate::ledger::Delivery;
use crate::load::Load;
use crate::outages::{Moment, micros, now};
use crate::replica::{LEASE, REDIS_TIMEOUT};

/// A replica that was killed may take this long to answer after it was started again.
const GRACE: Duration = Duration::from_secs(2);

/// The time of an attempt whose two calls of the store are each tried twice, and some time more for a busy machine.
const LONGEST_ATTEMPT: Duration = REDIS_TIMEOUT.saturating_mul(5);

/// An attempt whose client has gone claims its delivery later, and a busy machine is late. So a claim may end this much later than the lease
/// after the client has gone.
const LATE: Duration = Duration::from_secs(10);

/// The client's pause after a connection was lost, so that it does not spin while a replica is down.
const PAUSE: Duration = Duration::from_millis(20);

impl Load {
    /// Sends a delivery that may be handled. If it is not acknowledged, it is sent again later.
    pub(crate) async fn deliver(&self, line: &mut Line, number: Number, kind: Kind, manner: Manner) {
        let request = self.deliveries.genuine(number);
        let (before, began) = (self.ledger.begin(number), now());
        let answer = line.send(&request, manner).await;
        let ended = now();
        let after = self.ledger.get(number);
        let left_behind = self.left_behind(&after, ended);
        let judged = match &answer {
            Ok(answer) => {
                let outages = &self.outages;
                let may_be_held = may_be_held(&after, left_behind, ended);
                judge::delivered(
                    answer,
                    &Attempt { number, before, after, began, ended, may_be_held, outages },
                )
            }
            Err(fault) => self.lost(line, manner, (began, ended), fault),
        };
        self.ledger.end(number, !matches!(judged, Ok(Right::InProgress)), left_behind);
        match &judged {
            Ok(Right::Acknowledged) => self.ledger.acknowledge(number),
            Ok(Right::Stuck) => self.ledger.stick(number),
            Ok(_) | Err(_) => self.ledger.retry(number),
        }
        let status = answer.as_ref().ok().map(|answer| answer.status);
        self.count(line, kind, status, judged, &request).await;
    }

    /// Sends a request that no handler may see.
    pub(crate) async fn refuse(&self, line: &mut Line, request: &Addressed, kind: Kind, manner: Manner) {
        let began = now();
        let answer = line.send(request, manner).await;
        let judged = match &answer {
            Ok(answer) => judge::refused(kind, answer),
            Err(fault) => self.lost(line, manner, (began, now()), fault),
        };
        self.count(line, kind, answer.ok().map(|answer| answer.status), judged, request).await;
    }

    /// The end of the last attempt during which something failed, so that it may have left its claim behind.
    fn left_behind(&self, delivery: &Delivery, now: Moment) -> Option<Moment> {
        let span = micros(LONGEST_ATTEMPT);
        let has_failed = |left: &Moment| {
            let outages = self.targets.iter().map(|target| &*target.kills).chain([&*self.outages]);
            outages.into_iter().any(|all| all.explain(left - span, now.min(left + span), Duration::ZERO))
        };
        delivery.left.filter(has_failed).or(delivery.left_behind)
    }

    fn lost(
        &self,
        line: &Line,
        manner: Manner,
        during: (Moment, Moment),
        fault: &Fault,
    ) -> Result<Right, Wrong> {
        let has_left = matches!(manner, Manner::Cut | Manner::HangUp(_));
        let was_killed = self.targets[line.replica].kills.explain(during.0, during.1, GRACE);
        if has_left || was_killed { Ok(Right::Lost) } else { Err(Wrong::lost(fault)) }
    }

    async fn count(
        &self,
        line: &Line,
        kind: Kind,
        status: Option<u16>,
        judged: Result<Right, Wrong>,
        request: &Addressed,
    ) {
        self.tally.count(kind, line.version, status);
        if let Err(wrong) = judged {
            self.tally.wrong(&format!(
                "{kind:?} at {}, {}: {wrong}",
                self.targets[line.replica].name, request.path
            ));
        }
        if status.is_none() {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Whether an attempt other than the one that ended now may hold the claim of a delivery. An attempt goes on when its client has gone.
/// Only a fault leaves a claim to its lease.
fn may_be_held(delivery: &Delivery, left_behind: Option<Moment>, now: Moment) -> bool {
    let is_within = |time, left: Option<Moment>| left.is_some_and(|left| now - left < micros(time));
    delivery.under_way > 1
        || is_within(LONGEST_ATTEMPT, delivery.left)
        || is_within(LEASE + LONGEST_ATTEMPT + LATE, left_behind)
}
