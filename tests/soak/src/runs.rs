//! The runs of handlers in the logs of the services, compared with the provider's list of deliveries.

use std::collections::HashSet;
use std::io::BufRead;
use std::time::Duration;

use crate::delivery::{self, Number};
use crate::judge::GRACE;
use crate::ledger::Delivery;
use crate::outages::{Moment, Outages, micros};
use crate::replica::{LEASE, REDIS_TIMEOUT};

/// Everything that is read from the logs.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    runs: Vec<Run>,
    /// Successes that the store could not record. `SECURITY.md` allows another run after the lease.
    unrecorded: HashSet<Number>,
    findings: Findings,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    number: Number,
    at: Moment,
    replica: usize,
}

/// The findings. All but the first four must be zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    pub(crate) runs: usize,
    /// Deliveries whose success the store could not record.
    pub(crate) unrecorded: usize,
    /// Further runs after a kill: the first run had no record and no answer.
    pub(crate) after_a_crash: usize,
    /// Further runs of deliveries whose success the store could not record.
    pub(crate) after_no_record: usize,
    /// Further runs after the answer to the delivery had arrived.
    pub(crate) after_an_answer: usize,
    /// Further runs that nothing explains.
    pub(crate) unexplained: usize,
    /// Deliveries that were acknowledged before they were handled, or that were never handled.
    pub(crate) not_handled: usize,
    pub(crate) not_acknowledged: usize,
    /// Deliveries that were said to be in progress after they were recorded.
    pub(crate) stuck: usize,
    /// Successes that were not recorded while the store was there.
    pub(crate) unexplained_unrecorded: usize,
    /// Runs for requests that no handler may see.
    pub(crate) forbidden: usize,
}

/// A kill explains a second run only if the first began within this time before the kill. Two attempts at the record take two thirds of it.
const LONGEST_RUN: Duration = REDIS_TIMEOUT.saturating_mul(3);

impl Runs {
    /// Reads the log of a replica.
    pub(crate) fn read(&mut self, replica: usize, log: impl BufRead, outages: &Outages) {
        for line in log.lines() {
            let line = line.unwrap();
            if line.contains(" countersign_service: received ") {
                match field(&line, "event_type").and_then(delivery::number_of) {
                    Some(number) => self.runs.push(Run { number, at: time(&line), replica }),
                    None => self.findings.forbidden += 1,
                }
            } else if field(&line, "outcome") == Some("unrecorded") {
                let number = field(&line, "event_type").and_then(delivery::number_of);
                self.unrecorded.insert(number.expect("an unrecorded delivery has a number"));
                let at = time(&line);
                self.findings.unexplained_unrecorded += usize::from(!outages.explain(at, at, GRACE));
            }
        }
    }

    /// Compares the runs with the deliveries. `kills` has the kills of each replica.
    pub(crate) fn judge(mut self, deliveries: &[Delivery], kills: &[&Outages]) -> Findings {
        self.runs.sort_unstable();
        let (runs, unrecorded) = (self.runs.len(), self.unrecorded.len());
        let mut findings = Findings { runs, unrecorded, ..self.findings };
        let mut rest = &self.runs[..];
        for (number, delivery) in (0..).zip(deliveries) {
            let count = rest.iter().take_while(|run| run.number == number).count();
            let (runs, others) = rest.split_at(count);
            rest = others;
            let is_recorded = !self.unrecorded.contains(&number);
            findings.stuck += usize::from(delivery.stuck && is_recorded);
            match (delivery.acknowledged, runs.first()) {
                (None, _) => findings.not_acknowledged += 1,
                (Some(answered), first) => {
                    findings.not_handled += usize::from(first.is_none_or(|first| first.at > answered));
                }
            }
            for pair in runs.windows(2) {
                // The claim that was granted before the first run holds until its lease ends.
                let is_after_lease = pair[1].at - pair[0].at >= micros(LEASE - LONGEST_RUN);
                let is_answered = delivery.acknowledged.is_some_and(|answered| pair[1].at > answered);
                *if !is_recorded && is_after_lease {
                    &mut findings.after_no_record
                } else if is_answered {
                    &mut findings.after_an_answer
                } else if kills[pair[0].replica].follow(pair[0].at, LONGEST_RUN) {
                    &mut findings.after_a_crash
                } else {
                    &mut findings.unexplained
                } += 1;
            }
        }
        // A number that was never sent.
        findings.unexplained += rest.len();
        findings
    }
}

/// The text of a field. Neither event types nor outcomes have quotes in them.
fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, value) = line.split_once(&format!(" {name}=\""))?;
    value.split_once('"').map(|(value, _)| value)
}

/// The time at which the line was written.
fn time(line: &str) -> Moment {
    let time = line.split(' ').next().unwrap();
    time.parse::<jiff::Timestamp>().unwrap().as_microsecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line of a log, at a second of some minute.
    fn line(second: u32, rest: &str) -> String {
        format!("2026-11-26T09:14:{second:02}.000000Z {rest}\n")
    }

    fn handled(second: u32, event_type: &str) -> String {
        let rest = format!(
            r#" INFO countersign_service: received provider="hook" event_type="{event_type}" bytes=9"#
        );
        line(second, &rest)
    }

    fn unrecorded(second: u32) -> String {
        let rest = r#" WARN countersign::report: webhook delivery event_type="soak.0" outcome="unrecorded""#;
        line(second, rest)
    }

    fn at(second: u32) -> Moment {
        time(&line(second, ""))
    }

    /// Judges a log of one delivery that was acknowledged after 20 seconds.
    fn judged(log: &str, outages: &Outages, kills: &Outages) -> Findings {
        let mut runs = Runs::default();
        runs.read(0, log.as_bytes(), outages);
        let delivery = Delivery { acknowledged: Some(at(20)), stuck: true, ..Delivery::default() };
        runs.judge(&[delivery], &[kills])
    }

    #[test]
    fn each_finding() {
        let (none, at_10) = (Outages::default(), Outages::of(at(10), at(11)));
        let good = Findings { runs: 1, stuck: 1, ..Findings::default() };
        let twice = |first, second| handled(first, "soak.0") + &handled(second, "soak.0");
        let cases = [
            ("one run", handled(9, "soak.0"), &none, &none, good),
            ("no run", String::new(), &none, &none, Findings { runs: 0, not_handled: 1, ..good }),
            ("a late run", handled(21, "soak.0"), &none, &none, Findings { not_handled: 1, ..good }),
            ("a kill", twice(9, 12), &none, &at_10, Findings { runs: 2, after_a_crash: 1, ..good }),
            ("no kill", twice(9, 12), &none, &none, Findings { runs: 2, unexplained: 1, ..good }),
            ("an earlier kill", twice(12, 13), &none, &at_10, Findings { runs: 2, unexplained: 1, ..good }),
            ("an answer", twice(9, 21), &none, &at_10, Findings { runs: 2, after_an_answer: 1, ..good }),
            (
                "no record, in an outage",
                twice(9, 39) + &unrecorded(10),
                &at_10,
                &none,
                Findings { runs: 2, unrecorded: 1, after_no_record: 1, stuck: 0, ..good },
            ),
            (
                "no record, but within the lease",
                twice(9, 21) + &unrecorded(10),
                &at_10,
                &none,
                Findings { runs: 2, unrecorded: 1, after_an_answer: 1, stuck: 0, ..good },
            ),
            (
                "no record, before an outage",
                handled(9, "soak.0") + &unrecorded(9),
                &at_10,
                &none,
                Findings { unrecorded: 1, unexplained_unrecorded: 1, stuck: 0, ..good },
            ),
            (
                "a forged one",
                handled(9, "soak.0") + &handled(9, "never"),
                &none,
                &none,
                Findings { forbidden: 1, ..good },
            ),
            (
                "an unknown one",
                handled(9, "soak.0") + &handled(9, "soak.7"),
                &none,
                &none,
                Findings { runs: 2, unexplained: 1, ..good },
            ),
        ];
        for (name, log, outages, kills, expected) in cases {
            assert_eq!(judged(&log, outages, kills), expected, "{name}");
        }
    }

    #[test]
    fn a_delivery_that_nobody_acknowledged() {
        let kills = Outages::default();
        let findings = Runs::default().judge(&[Delivery::default()], &[&kills]);
        assert_eq!(findings, Findings { not_acknowledged: 1, ..Findings::default() });
    }
}
