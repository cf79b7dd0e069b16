//! One request, and the verdict on its answer.

use std::time::Duration;

use crate::client::{Fault, Line, Manner};
use crate::delivery::{Addressed, Number};
use crate::judge::{self, Attempt, Kind, Right, Wrong};
use crate::ledger::Delivery;
use crate::load::Load;
use crate::outages::{Moment, Outages, now};
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
        let judged = match &answer {
            Ok(answer) => {
                let (after, outages) = (self.ledger.get(number), &self.outages);
                let may_be_held = self.may_be_held(&after, ended);
                judge::delivered(
                    answer,
                    &Attempt { number, before, after, began, ended, may_be_held, outages },
                )
            }
            Err(fault) => self.lost(line, manner, (began, ended), fault),
        };
        self.ledger.end(number, !matches!(judged, Ok(Right::InProgress)));
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

    /// Whether an attempt other than the one that ended now may hold the claim of a delivery. An attempt goes on when its client has gone.
    /// Only a fault leaves a claim to its lease.
    fn may_be_held(&self, delivery: &Delivery, now: Moment) -> bool {
        let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap();
        let Some(left) = delivery.left else { return delivery.under_way > 1 };
        let since = left - micros(LONGEST_ATTEMPT);
        let has_failed = |outages: &Outages| {
            outages.explain(since, now.min(left + micros(LONGEST_ATTEMPT)), Duration::ZERO)
        };
        let is_left_behind =
            has_failed(&self.outages) || self.targets.iter().any(|target| has_failed(&target.kills));
        let longest = if is_left_behind { LEASE + LONGEST_ATTEMPT + LATE } else { LONGEST_ATTEMPT };
        delivery.under_way > 1 || now - left < micros(longest)
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
