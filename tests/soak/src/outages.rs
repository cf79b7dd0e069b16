//! The times at which something was down, by the system's clock. The logs of the services use the same clock.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

/// Microseconds since 1970.
pub(crate) type Moment = i64;

/// A time between two moments.
pub(crate) fn micros(time: Duration) -> Moment {
    i64::try_from(time.as_micros()).unwrap()
}

/// This moment.
pub(crate) fn now() -> Moment {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    micros(since)
}

/// The outages of one server, in their order.
#[derive(Debug, Default)]
pub(crate) struct Outages(Mutex<Vec<Outage>>);

#[derive(Clone, Copy, Debug)]
struct Outage {
    begin: Moment,
    /// `None` while it lasts.
    end: Option<Moment>,
}

impl Outages {
    /// One outage, for tests.
    #[cfg(test)]
    pub(crate) fn of(begin: Moment, end: Moment) -> Self {
        Self(Mutex::new(vec![Outage { begin, end: Some(end) }]))
    }

    /// Begins one. Call it before the server is harmed, so that no answer comes in between.
    pub(crate) fn begin(&self) {
        self.0.lock().unwrap().push(Outage { begin: now(), end: None });
    }

    /// Ends the last one. Call it when the server is there again.
    pub(crate) fn end(&self) {
        self.0.lock().unwrap().last_mut().unwrap().end = Some(now());
    }

    /// Whether one of them explains a failure between these two moments. Its consequences may last for `grace` after its end.
    pub(crate) fn explain(&self, from: Moment, to: Moment, grace: Duration) -> bool {
        let grace = micros(grace);
        let is_reason =
            |outage: &Outage| outage.begin <= to && outage.end.is_none_or(|end| from <= end + grace);
        self.0.lock().unwrap().iter().any(is_reason)
    }

    /// Whether one began in the time `within` after this moment.
    pub(crate) fn follow(&self, moment: Moment, within: Duration) -> bool {
        let last = moment + micros(within);
        self.0.lock().unwrap().iter().any(|outage| (moment..=last).contains(&outage.begin))
    }
}
