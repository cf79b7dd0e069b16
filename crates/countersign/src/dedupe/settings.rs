//! What a user sets.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::erased::ErasedStore;
use super::key::Place;
use super::{DedupeStore, DeliveryKey};
use crate::{ConfigError, DedupeBy, Event, Provider, Rejection, Verified, report};

/// Runs a handler once for each delivery, for the layer of axum and the middleware of actix-web. Clones share the store.
///
/// # One delivery, one run
///
/// The store claims a delivery before its handler runs. A 2xx completes the delivery: repeats get a 200 without a handler from
/// then on. Any other answer, a panic and a timeout give the delivery back, and the next attempt is handled. While the handler runs,
/// repeats get a 503 with `Retry-After`. The 2xx counts when the handler returns it; a response body that still streams is
/// not watched.
///
/// # Crashes
///
/// If the process dies while a handler runs, the delivery waits for the end of the claim's lease, and the next attempt after it is
/// handled. The lease is at most an eighth of the time for which the provider retries, so that a retry still follows. Three things
/// remain:
///
/// - A crash during the provider's very last attempt cannot be retried, because nobody sends the delivery again.
/// - A crash between the handler's effect and the record of it means a second run. Only a handler that records the event in the
///   transaction of its own effect prevents that.
/// - A graceful shutdown does not wait for a handler whose client has hung up. The lease ends such a run as well.
///
/// # Which deliveries are equal
///
/// Only signed bytes decide: the event id, or else the whole body; see [`DedupeBy`]. Other headers, another spelling of the signature and
/// another secret change nothing. Deliveries are apart if their provider, [tenant](crate::Verifier::for_tenant),
/// [endpoint](Self::endpoint) or route differs. The route is the pattern that the framework's router matched, such as
/// `/hooks/{customer}`, so that path parameters do not split a delivery. The router knows no pattern for a fallback, a nested service or
/// a layer around the whole router. Name the endpoint there: without a pattern and a name, each delivery gets a 500 and the log says so.
///
/// One `Dedupe` serves any number of routes. Do not stack two of them with the same store and endpoint over one route: the inner
/// one sees the claim of the outer one and answers every delivery with 503.
///
/// After the retention a replay of a captured delivery is handled again. If that must never happen, record the event's id in the
/// handler's own database transaction, or rotate the secret.
///
/// ```
/// use std::time::Duration;
/// use countersign::dedupe::{Dedupe, MemoryStore, OnStoreError};
///
/// let dedupe = Dedupe::new(MemoryStore::new(100_000)); // that is enough; or:
/// let dedupe = dedupe
///     .handler_timeout(Duration::from_secs(10))
///     .retain(Duration::from_secs(7 * 24 * 60 * 60))
///     .on_store_error(OnStoreError::FailClosed)
///     .endpoint("billing")?;
/// # Ok::<(), countersign::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Dedupe {
    pub(super) store: Arc<dyn ErasedStore>,
    handler_timeout: Duration,
    retention: Duration,
    pub(super) on_store_error: OnStoreError,
    endpoint: Option<Arc<str>>,
    equal_bodies: bool,
}

/// What to do with a delivery while the store cannot be asked, or is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum OnStoreError {
    /// Answer 503 and handle nothing. The provider tries again. This is the default.
    #[default]
    FailClosed,
    /// Handle the delivery, even though it may be a repeat. For handlers that bear repeats, and providers that soon give up.
    ///
    /// If the store took the claim and only its answer was lost, retries get a 503 until the lease ends, even if the handler failed.
    FailOpen,
}

/// Extra lease time after the handler's timeout, for recording and for clock skew. Also the timeout of one store call.
const MARGIN: Duration = Duration::from_secs(10);

/// The shortest timeout of a handler.
const SHORTEST: Duration = Duration::from_millis(1);

/// A lease is at most this part of the time for which a provider retries, so that a crash leaves attempts to come.
const LEASES_IN_A_HORIZON: u32 = 8;

/// The retries of a provider that does not document them are assumed to go on for at least this long.
const ASSUMED_HORIZON: Duration = Duration::from_secs(60 * 60);

/// The retention where the provider does not document its retries, and the default.
const USUAL_RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest retention. Every store can count up to it.
const LONGEST_RETENTION: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// How long the parts of one attempt may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// The handler, from the moment at which the claim is asked for.
    pub(super) handler: Duration,
    /// The claim.
    pub(super) lease: Duration,
    /// One call of the store.
    pub(super) store: Duration,
}

impl Dedupe {
    /// With this store and the defaults.
    #[must_use]
    pub fn new(store: impl DedupeStore) -> Self {
        Self {
            store: Arc::new(store),
            handler_timeout: Duration::from_secs(20),
            retention: USUAL_RETENTION,
            on_store_error: OnStoreError::default(),
            endpoint: None,
            equal_bodies: false,
        }
    }

    /// How long a handler may take, from the moment at which its delivery is claimed. Then the handler is dropped and the answer is
    /// 503. Default: 20 seconds. The shortest is 1 millisecond.
    ///
    /// The lease of the claim is 10 seconds longer, so that no other attempt begins while the handler runs. The lease is
    /// at most an eighth of [`RETRY_HORIZON`](Provider::RETRY_HORIZON), or of one hour if that is undocumented. A timeout that needs
    /// a longer lease is cut, and the log says so.
    ///
    /// A long timeout has a price: providers wait only 5 to 30 seconds for an answer, and after a crash every retry gets a 503 until the
    /// lease ends.
    ///
    /// A handler is not polled after its time is over, however long the thread, the process or the machine stood still. Two things
    /// cannot be stopped from outside: code that blocks within one poll, and tasks that the handler has spawned. If such code goes
    /// on for longer than the lease, another attempt may run at the same time.
    #[must_use]
    pub fn handler_timeout(self, timeout: Duration) -> Self {
        Self { handler_timeout: timeout.max(SHORTEST), ..self }
    }

    /// How long a delivery that has been handled is remembered. Default: 24 hours.
    ///
    /// Never less than [`RETRY_HORIZON`](Provider::RETRY_HORIZON), and never less than 24 hours where that is undocumented, since an
    /// honest retry would be handled again.
    #[must_use]
    pub fn retain(self, retention: Duration) -> Self {
        Self { retention: retention.min(LONGEST_RETENTION), ..self }
    }

    /// What to do while the store cannot be asked. Default: [`OnStoreError::FailClosed`].
    #[must_use]
    pub fn on_store_error(self, what: OnStoreError) -> Self {
        Self { on_store_error: what, ..self }
    }

    /// The name of the endpoint. A delivery to one endpoint is never a repeat of a delivery to another. Default: none; the route's
    /// pattern keeps endpoints apart.
    ///
    /// A name is required where the router knows no pattern, and where two apps share one store. A renamed endpoint or route forgets
    /// its deliveries.
    ///
    /// # Errors
    ///
    /// Refuses a name that is empty, longer than [`DeliveryKey::MAX_ENDPOINT`] bytes or has control characters.
    pub fn endpoint(self, name: &str) -> Result<Self, ConfigError> {
        if !report::is_loggable(name, DeliveryKey::MAX_ENDPOINT) {
            return Err(ConfigError::UnusableEndpoint);
        }
        Ok(Self { endpoint: Some(name.into()), ..self })
    }

    /// Also treats equal bodies as repeats where neither an id nor a time makes them unique.
    #[cfg(feature = "async")]
    pub(crate) fn equal_bodies(self) -> Self {
        Self { equal_bodies: true, ..self }
    }

    /// The key under which the store knows this delivery. `None` if its repeats cannot be told from new events.
    pub(super) fn key<E: Event>(&self, verified: &Verified<E>) -> Result<Option<DeliveryKey>, Rejection> {
        let (provider, endpoint) = (E::Provider::NAME, self.endpoint.as_deref());
        let route = verified.facts.route.as_deref();
        if endpoint.or(route).is_none() {
            return Err(Rejection::Misconfigured { provider, advice: NAME_IT });
        }
        let place = Place { provider, tenant: verified.tenant(), endpoint, route };
        let by_id = matches!(E::Provider::DEDUPE_BY, DedupeBy::EventId);
        if let Some(id) = verified.event_id().filter(|_| by_id) {
            return Ok(Some(place.event(id)));
        }
        let by_body = self.equal_bodies || is_unique(verified);
        Ok(by_body.then(|| place.body(verified.body())))
    }

    pub(super) fn limits<P: Provider>(&self) -> Limits {
        // A provider that never retries has no attempt to come that a long lease could hold up.
        let horizon = P::RETRY_HORIZON.filter(|horizon| !horizon.is_zero()).unwrap_or(ASSUMED_HORIZON);
        let longest = horizon.checked_div(LEASES_IN_A_HORIZON).unwrap_or(horizon);
        let lease = self.handler_timeout.saturating_add(MARGIN).min(longest);
        let store = MARGIN.min(lease.checked_div(2).unwrap_or(lease));
        Limits { handler: self.handler_timeout.min(lease.saturating_sub(store)), lease, store }
    }

    /// Logs by how much the provider's retries cut the handler's timeout.
    #[cfg(feature = "async")]
    pub(crate) fn report_cuts<P: Provider>(&self) {
        let handler = self.limits::<P>().handler;
        if handler < self.handler_timeout {
            report::timeout_cut(P::NAME, self.handler_timeout, handler);
        }
    }

    /// How long a delivery of this provider is remembered.
    pub(super) fn retention<P: Provider>(&self) -> Duration {
        self.retention.max(P::RETRY_HORIZON.unwrap_or(USUAL_RETENTION))
    }
}

const NAME_IT: &str =
    "name the endpoint: the router matched no pattern here, so the dedupe needs .endpoint(\"…\")";

/// Fails, at compile time, for a provider that signs nothing by which two deliveries could be told apart.
#[cfg(feature = "async")]
pub(crate) const fn assert_told_apart<E: Event>() {
    assert!(
        !matches!(E::Provider::DEDUPE_BY, DedupeBy::Nothing),
        "this provider signs no id and no time, so two honest events may be equal: use .dedupe_equal_bodies(…) if they ask for the same"
    );
}

/// Whether two honest events cannot have this body. If the provider's envelope has a time, the time must be there and readable.
fn is_unique<E: Event>(verified: &Verified<E>) -> bool {
    let by_time = E::Provider::ENVELOPE.is_some_and(|envelope| envelope.time.is_some());
    match E::Provider::DEDUPE_BY {
        DedupeBy::EventId => by_time && verified.occurred_at().is_some(),
        DedupeBy::Body => !by_time || verified.occurred_at().is_some(),
        DedupeBy::Nothing => false,
    }
}

impl fmt::Debug for Dedupe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dedupe")
            .field("handler_timeout", &self.handler_timeout)
            .field("retention", &self.retention)
            .field("on_store_error", &self.on_store_error)
            .field("endpoint", &self.endpoint)
            .field("equal_bodies", &self.equal_bodies)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dedupe::MemoryStore;
    use crate::{Hook, Massu, Mutx};

    const HOUR: Duration = Duration::from_secs(60 * 60);

    fn dedupe() -> Dedupe {
        Dedupe::new(MemoryStore::new(1))
    }

    fn limits<P: Provider>(timeout: Duration) -> (u64, u64) {
        let limits = dedupe().handler_timeout(timeout).limits::<P>();
        (limits.handler.as_secs(), limits.lease.as_secs())
    }

    #[test]
    fn a_lease_is_at_most_an_eighth_of_the_retries() {
        assert_eq!(dedupe().limits::<Massu>().lease.as_secs(), 30);
        assert_eq!(limits::<Massu>(Duration::from_secs(50)), (50, 60));
        // Massu retries for 36 minutes, Hook for 9330 seconds, and MUTX does not say.
        assert_eq!(limits::<Massu>(HOUR), (260, 270));
        assert_eq!(limits::<Hook>(HOUR), (1156, 1166));
        assert_eq!(limits::<Mutx>(Duration::MAX), (440, 450));
        let shortest = dedupe().handler_timeout(Duration::ZERO).limits::<Massu>();
        assert_eq!(shortest.handler, Duration::from_millis(1));
        assert_eq!(shortest.lease, Duration::from_millis(10_001));
    }

    struct Hurried;

    impl Provider for Hurried {
        const NAME: &'static str = "hurried";
        const SCHEME: crate::Scheme = crate::Scheme::hex("x-signature");
        const RETRY_HORIZON: Option<Duration> = Some(Duration::from_secs(64));
    }

    struct Once;

    impl Provider for Once {
        const NAME: &'static str = "once";
        const SCHEME: crate::Scheme = crate::Scheme::hex("x-signature");
        const RETRY_HORIZON: Option<Duration> = Some(Duration::ZERO);
    }

    #[test]
    fn a_provider_that_gives_up_soon_leaves_time_to_record() {
        let seconds = Duration::from_secs;
        assert_eq!(
            dedupe().limits::<Hurried>(),
            Limits { handler: seconds(4), lease: seconds(8), store: seconds(4) }
        );
        assert_eq!(limits::<Once>(HOUR), (440, 450));
    }

    #[test]
    fn a_delivery_is_remembered_for_longer_than_it_is_retried() {
        assert_eq!(dedupe().retention::<Massu>(), 24 * HOUR);
        let short = dedupe().retain(Duration::ZERO);
        assert_eq!(short.retention::<Massu>(), Duration::from_secs(36 * 60));
        assert_eq!(short.retention::<Hook>(), Duration::from_secs(2 * 3600 + 35 * 60 + 30));
        assert_eq!(short.retention::<Mutx>(), 24 * HOUR);
        assert_eq!(dedupe().retain(48 * HOUR).retention::<Massu>(), 48 * HOUR);
        assert_eq!(dedupe().retain(Duration::MAX).retention::<Massu>(), LONGEST_RETENTION);
    }

    #[test]
    fn an_endpoint_has_a_name_that_can_be_logged() {
        for name in ["", "a\nb", "\u{7f}", &"x".repeat(65)] {
            let error = dedupe().endpoint(name).unwrap_err();
            assert_eq!(
                error.to_string(),
                "endpoint name is empty, longer than 64 bytes or has control characters"
            );
        }
        assert!(dedupe().endpoint(&"x".repeat(64)).is_ok());
    }

    #[test]
    fn debug_shows_settings() {
        let debug = format!("{:?}", dedupe().endpoint("billing").unwrap());
        assert_eq!(
            debug,
            r#"Dedupe { handler_timeout: 20s, retention: 86400s, on_store_error: FailClosed, endpoint: Some("billing"), equal_bodies: false, .. }"#
        );
    }
}
