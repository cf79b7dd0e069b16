//! The settings of dedupe, and the limits and keys that follow from them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::erased::ErasedStore;
use super::key::Place;
pub(super) use super::limits::Limits;
use super::{DedupeStore, DeliveryKey};
use crate::{ConfigError, DedupeBy, Event, Provider, Rejection, Verified, report};

/// Runs a handler once for each delivery. Give it to a [`VerifyMiddleware`](crate::VerifyMiddleware), or call
/// [`handle`](Self::handle). Clones share the store.
///
/// # One delivery, one run
///
/// The store claims a delivery before its handler runs. If the handler answers with a 2xx, the store records the delivery as handled, and
/// each repeat gets a 200 without a handler. After any other answer, a panic or a timeout, the claim is released and the next attempt is
/// handled. While the handler runs, a repeat gets a 503 with `Retry-After`.
///
/// The 2xx counts at the moment at which the handler returns it. A response body that is still streaming is not watched.
///
/// # Crashes
///
/// If the process dies while a handler runs, its claim ends with the lease, and the next attempt after that is handled. The lease is at
/// most an eighth of the time for which the provider retries, so that a retry still follows. Three limits remain:
///
/// - A crash during the provider's last attempt cannot be repaired, because nobody sends the delivery again.
/// - A crash after the handler's effect and before its record means a second run. Only a handler that records the event in the database
///   transaction of its effect prevents that.
/// - A graceful shutdown does not wait for a handler whose client has closed the connection. The claim of such a handler ends with the
///   lease too.
///
/// # Which deliveries are equal
///
/// Only signed bytes count: the event id, or otherwise the whole body, as [`DedupeBy`] says. A delivery with other headers, another
/// spelling of the signature or another secret is still the same delivery.
///
/// Deliveries are different if their provider, [tenant](crate::Verifier::for_tenant), [endpoint](Self::endpoint) or route is different. The
/// route is the pattern that the framework's router matched, such as `/hooks/{customer}`, and not the path.
///
/// Two handlers with one pattern are one route, for example if a guard of actix-web or the host tells them apart. Name the endpoint of
/// each. Otherwise a delivery to one of them is a repeat for the other.
///
/// The router knows no pattern for a fallback, a service without routes or a layer around the whole router. Name the endpoint there. A
/// delivery without a pattern and a name gets a 500, and the log says what to add.
///
/// One `Dedupe` serves any number of routes. Do not stack two of them with the same store and endpoint over one route. The inner one would
/// see the claim of the outer one and answer every delivery with 503.
///
/// A delivery that somebody captured and sends again after the retention is handled again. If that must never happen, record the event's
/// id in the handler's own database transaction, or rotate the secret.
///
/// ```
/// use std::time::Duration;
/// use countersign::dedupe::{Dedupe, MemoryStore, OnStoreError};
///
/// // The defaults:
/// let dedupe = Dedupe::new(MemoryStore::new(100_000));
/// // Every setting:
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

/// The decision about a delivery if the store fails or is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum OnStoreError {
    /// Handle nothing and answer 503. The provider tries again. This is the default.
    #[default]
    FailClosed,
    /// Handle the delivery without a claim, even though it may be a repeat, or run beside another attempt. Use it for a handler that
    /// tolerates both, or a provider that soon gives up.
    ///
    /// The store may have taken the claim although its answer was lost. Retries then get a 503 until the lease ends, even if the handler
    /// failed.
    FailOpen,
}

/// The default retention, and the shortest one for a provider that does not document its retries.
const USUAL_RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest retention: 100 years. Every store can count up to it.
const LONGEST_RETENTION: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

impl Dedupe {
    /// Makes a `Dedupe` with this store and the default settings.
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

    /// Sets how long a handler may take, from the moment at which its delivery is claimed. A slower handler is dropped, and the answer is
    /// a 503. Default: 20 seconds. A shorter time than 1 millisecond counts as 1 millisecond.
    ///
    /// The lease of the claim is 10 seconds longer, so that no other attempt begins while the handler runs. But the lease is at most an
    /// eighth of [`RETRY_HORIZON`](Provider::RETRY_HORIZON), or of one hour if that is undocumented. A timeout that needs a longer lease is
    /// cut, and the log says so.
    ///
    /// Prefer a short timeout. Providers wait only 5 to 30 seconds for an answer, and after a crash every retry gets a 503 until the lease
    /// ends.
    ///
    /// A handler is not polled after its time is over, even if the thread, the process or the machine stood still for a while. Nothing can
    /// stop code that blocks within one poll, or a task that the handler has spawned. If such code runs for longer than the lease, another
    /// attempt may run at the same time.
    #[must_use]
    pub fn handler_timeout(self, timeout: Duration) -> Self {
        Self { handler_timeout: timeout.max(Limits::SHORTEST), ..self }
    }

    /// Sets how long a handled delivery is remembered. Default: 24 hours. The longest time is 100 years.
    ///
    /// A time below [`RETRY_HORIZON`](Provider::RETRY_HORIZON) counts as that horizon, or as 24 hours if it is undocumented. Otherwise an
    /// honest retry would be handled again.
    #[must_use]
    pub fn retain(self, retention: Duration) -> Self {
        Self { retention: retention.min(LONGEST_RETENTION), ..self }
    }

    /// Sets the decision about a delivery if the store fails or is full. Default: [`OnStoreError::FailClosed`].
    #[must_use]
    pub fn on_store_error(self, decision: OnStoreError) -> Self {
        Self { on_store_error: decision, ..self }
    }

    /// Sets the name of the endpoint. A delivery to one endpoint is never a repeat of a delivery to another. Default: no name, so only the
    /// route's pattern keeps endpoints apart.
    ///
    /// You need a name if the router knows no pattern, or if two apps share one store. A new name, like a new route, forgets the deliveries
    /// of the old one.
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

    /// Also treats equal bodies as repeats if neither an id nor a time makes them unique.
    pub(crate) fn equal_bodies(self) -> Self {
        Self { equal_bodies: true, ..self }
    }

    /// The key of this delivery in the store. `None` if a repeat of it cannot be told from a new event.
    pub(super) fn key<E: Event>(&self, verified: &Verified<E>) -> Result<Option<DeliveryKey>, Rejection> {
        let (provider, endpoint) = (E::Provider::NAME, self.endpoint.as_deref());
        let route = verified.delivery.route.as_deref();
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
        Limits::new(self.handler_timeout, P::RETRY_HORIZON)
    }

    /// Logs if the handler's timeout is cut, because the provider does not retry for long enough.
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

/// Does not compile for a provider that signs neither an id nor a time, or whose `DEDUPE_BY` is `EventId` without an id in the envelope.
pub(crate) const fn assert_told_apart<E: Event>() {
    assert!(
        !matches!(E::Provider::DEDUPE_BY, DedupeBy::Nothing) && !E::Provider::SCHEME.is_at_run_time(),
        "this provider signs no id and no time, so two honest events may be equal: use .dedupe_equal_bodies(…), or handle_equal_bodies(…), if they ask for the same"
    );
    let envelope_has_id = matches!(E::Provider::ENVELOPE, Some(envelope) if envelope.id_key().is_some());
    let has_id = envelope_has_id || E::Provider::SCHEME.id_header().is_some();
    assert!(
        has_id || !matches!(E::Provider::DEDUPE_BY, DedupeBy::EventId),
        "DEDUPE_BY is EventId, but neither the scheme nor the envelope has an id"
    );
}

/// Whether the body is unique, so that an equal body can only be a repeat. If the provider's envelope has a time, the body must have a
/// readable one.
fn is_unique<E: Event>(verified: &Verified<E>) -> bool {
    let by_time = E::Provider::ENVELOPE.is_some_and(|envelope| envelope.time_key().is_some());
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
    use crate::{Custom, Hook, Massu, Mutx, Raw, Scheme};

    const HOUR: Duration = Duration::from_secs(60 * 60);

    fn dedupe() -> Dedupe {
        Dedupe::new(MemoryStore::new(1))
    }

    fn limits<P: Provider>(timeout: Duration) -> (u64, u64) {
        let limits = dedupe().handler_timeout(timeout).limits::<P>();
        (limits.handler.as_secs(), limits.lease.as_secs())
    }

    #[test]
    fn a_retention_is_at_most_100_years() {
        let years = dedupe().retain(Duration::MAX).retention::<Mutx>();
        assert_eq!(years, Duration::from_secs(3_153_600_000));
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
        const SCHEME: Scheme = Scheme::hex("x-signature");
        const RETRY_HORIZON: Option<Duration> = Some(Duration::from_secs(64));
    }

    struct Once;

    impl Provider for Once {
        const NAME: &'static str = "once";
        const SCHEME: Scheme = Scheme::hex("x-signature");
        const RETRY_HORIZON: Option<Duration> = Some(Duration::ZERO);
    }

    #[test]
    fn a_provider_that_soon_gives_up_leaves_time_for_the_record() {
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

    /// The check of compile time also runs at run time.
    #[test]
    fn only_deliveries_that_are_told_apart_are_deduped() {
        struct Idless;
        impl Provider for Idless {
            const NAME: &'static str = "idless";
            const SCHEME: Scheme = Scheme::hex("x-signature");
            const DEDUPE_BY: DedupeBy = DedupeBy::EventId;
        }
        let compiles = |check: fn()| std::panic::catch_unwind(check).is_ok();
        assert!(compiles(assert_told_apart::<Raw<Hook>>));
        assert!(compiles(assert_told_apart::<Raw<Massu>>));
        assert!(!compiles(assert_told_apart::<Raw<Mutx>>));
        assert!(!compiles(assert_told_apart::<Raw<Custom>>));
        assert!(!compiles(assert_told_apart::<Raw<Idless>>));
    }

    #[test]
    fn the_name_of_an_endpoint_can_be_logged() {
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
    fn debug_shows_the_settings() {
        let debug = format!("{:?}", dedupe().endpoint("billing").unwrap());
        assert_eq!(
            debug,
            r#"Dedupe { handler_timeout: 20s, retention: 86400s, on_store_error: FailClosed, endpoint: Some("billing"), equal_bodies: false, .. }"#
        );
    }
}
