//! One setting of the model, and the mistakes that can be put into it.

use std::time::Duration;

use crate::dedupe::limits::Limits;
use crate::dedupe::{OnStoreError, Place};
use crate::world::Ticks;

/// One tick of the model's clock. All times of the model are multiples of it, so smaller ticks would lead to nothing new.
pub(crate) const TICK: Duration = Duration::from_secs(4);

/// The model's provider retries for this time.
pub(crate) const HORIZON: Duration = Duration::from_secs(64);

/// The handler's timeout. The limits cut it to 4 seconds for this provider.
const HANDLER_TIMEOUT: Duration = Duration::from_secs(20);

/// The setting of one exploration.
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    /// The decision of the service if the store fails.
    pub on_store_error: OnStoreError,
    /// The most faults on one path.
    pub faults: u8,
    /// A mistake that the library does not make. The promises must break with it.
    pub mistake: Option<Mistake>,
    /// The key of the delivery, by route.
    keys: [u8; 2],
}

/// A mistake, put into the driver, the keys, the times or the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// The driver polls a handler first and looks at the clock afterwards.
    PollsBeforeTheClock,
    /// The key of a delivery does not depend on its route.
    OneKeyForAllRoutes,
    /// A lease may be longer than the provider retries.
    UncutLease,
    /// The handler's time begins when the claim is answered, and not before it is asked for.
    TimeBeginsAfterTheClaim,
    /// The lease ends with the handler's time, so that none is left to record the success.
    NoTimeToRecord,
    /// A release deletes the record of a success, too.
    ReleaseDeletesARecord,
    /// The driver answers 503 if the store could not record a success.
    RefusesAnUnrecordedSuccess,
}

impl Protocol {
    /// The library as it is.
    #[must_use]
    pub fn new(on_store_error: OnStoreError, faults: u8) -> Self {
        Self { on_store_error, faults, mistake: None, keys: keys([Some("/first"), Some("/second")]) }
    }

    /// The same setting with this mistake.
    #[must_use]
    pub fn with(self, mistake: Mistake) -> Self {
        let keys = if mistake == Mistake::OneKeyForAllRoutes { keys([None; 2]) } else { self.keys };
        Self { mistake: Some(mistake), keys, ..self }
    }

    pub(crate) fn makes(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }

    /// The key of the delivery at this route.
    pub(crate) fn key(&self, route: u8) -> u8 {
        self.keys[usize::from(route)]
    }

    /// The longest time that a fault may delay a delivery. The library promises an eighth of the time for which the provider retries.
    pub(crate) fn aftermath() -> Ticks {
        ticks(HORIZON / 8)
    }

    /// The time that a handler has.
    pub(crate) fn handler(&self) -> Ticks {
        ticks(self.limits().handler)
    }

    /// The time in which the store answers.
    pub(crate) fn store(&self) -> Ticks {
        ticks(self.limits().store)
    }

    /// The time after which a claim ends.
    pub(crate) fn lease(&self) -> Ticks {
        let lease =
            if self.makes(Mistake::NoTimeToRecord) { self.limits().handler } else { self.limits().lease };
        ticks(lease)
    }

    /// Whether no time lies between two ticks.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        let Limits { handler, lease, store } = self.limits();
        [handler, lease, store, HORIZON / 8].iter().all(|time| TICK * u32::from(ticks(*time)) == *time)
    }

    /// The limits, by the library's own rule.
    fn limits(&self) -> Limits {
        if self.makes(Mistake::UncutLease) {
            // A provider that retries for a day would leave these times uncut.
            return Limits::new(2 * HORIZON, Some(Duration::from_secs(24 * 60 * 60)));
        }
        Limits::new(HANDLER_TIMEOUT, Some(HORIZON))
    }
}

/// The keys of one delivery at two routes, as numbers. They are equal if the library makes the same key for both.
fn keys(routes: [Option<&str>; 2]) -> [u8; 2] {
    let [first, second] = routes.map(|route| {
        let place = Place { provider: "modelled", tenant: None, endpoint: None, route };
        place.event("evt_1")
    });
    [0, u8::from(first != second)]
}

/// The time in ticks, rounded up.
fn ticks(time: Duration) -> Ticks {
    Ticks::try_from(time.as_millis().div_ceil(TICK.as_millis())).expect("a short time")
}
