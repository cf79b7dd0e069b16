//! What a user sets.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::erased::ErasedStore;
use crate::{ConfigError, DedupeStore, DeliveryKey, Event, Outcome, Provider, Repeats, Verified};

/// Runs a handler once for each delivery, for the layer of axum and the middleware of actix-web. Clones share the store.
///
/// A delivery is claimed before its handler runs. A 2xx completes it, and repeats get a 200 without a handler from then on. Any
/// other answer, a panic or an overrun gives it back, and the next attempt is handled. While it runs, repeats get a 503 with
/// `Retry-After`. Where a process dies half-way, as it does of a panic with `panic = "abort"`, the claim's lease ends it, and then the
/// next attempt is handled. The same goes for a handler whose client has hung up when the process is stopped in good order: no
/// server's graceful shutdown waits for it.
///
/// A delivery passes one of these. A second with the same store and endpoint on its way, on the router and on the route, takes
/// the first one's claim for another attempt, and answers each with 503.
///
/// The 2xx counts when the handler returns it. What is left to do while its body streams is not watched over.
///
/// What a repeat is, signed bytes alone say: the event id where the sender has one, else the whole body; see
/// [`Repeats`]. Changed headers, another spelling of the signature and another secret change nothing. Nothing is
/// deduplicated for a sender whose honest events can be equal byte for byte, unless [`equal_bodies`](Self::equal_bodies) asks for it.
///
/// After the retention a replay of a captured delivery is new. Where that must never be, record the event's id in the
/// handler's own database transaction, or rotate the secret.
///
/// ```
/// use std::time::Duration;
/// use countersign::{Dedupe, MemoryStore, Outage};
///
/// let dedupe = Dedupe::new(MemoryStore::new(100_000)); // that is enough; or:
/// let dedupe = dedupe
///     .deadline(Duration::from_secs(20))
///     .retain(Duration::from_secs(7 * 24 * 60 * 60))
///     .on_outage(Outage::Refuse)
///     .endpoint("billing")?
///     .on_outcome(|outcome| println!("{}", outcome.as_str()));
/// # Ok::<(), countersign::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Dedupe {
    pub(super) store: Arc<dyn ErasedStore>,
    pub(super) deadline: Duration,
    retention: Duration,
    pub(super) on_outage: Outage,
    endpoint: Option<Arc<str>>,
    equal_bodies: bool,
    pub(super) on_outcome: Option<Arc<dyn Fn(Outcome) + Send + Sync>>,
}

/// What to do with a delivery while the store cannot be asked, or is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Outage {
    /// Answer 503 and handle nothing: the sender tries again. The default.
    #[default]
    Refuse,
    /// Handle it, even though it may be a repeat: for handlers that bear one, and senders that soon give up. Where the store took the
    /// claim and only its answer was lost, the retries of a handler that failed get 503 until the lease ends.
    ProcessAnyway,
}

/// Between the handler's last moment and the end of its lease: for the store to record it, and for clocks that differ. As long as
/// that, a store may take for a verb.
pub(super) const MARGIN: Duration = Duration::from_secs(10);

/// What a handler needs at the least, and what a sender may be kept from trying again at the most.
const DEADLINES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_secs(24 * 60 * 60));

/// Where a sender does not say when it gives up.
const USUAL_HORIZON: Duration = Duration::from_secs(24 * 60 * 60);

/// What every store can count up to.
const LONGEST_RETENTION: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

impl Dedupe {
    /// With this store and the defaults.
    #[must_use]
    pub fn new(store: impl DedupeStore) -> Self {
        Self {
            store: Arc::new(store),
            deadline: Duration::from_secs(50),
            retention: USUAL_HORIZON,
            on_outage: Outage::default(),
            endpoint: None,
            equal_bodies: false,
            on_outcome: None,
        }
    }

    /// How long a handler may take, from the moment its delivery is claimed; then it is dropped and the answer is 503. Default:
    /// 50 seconds.
    ///
    /// The lease of the claim is this and ten seconds more, so that no successor begins while it runs. A handler that blocks its
    /// thread cannot be dropped, nor can what it has spawned: both must end by themselves before the lease does. Taken as 1
    /// millisecond where it is less, and as 24 hours where it is more.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline: deadline.clamp(DEADLINES.0, DEADLINES.1), ..self }
    }

    /// How long a delivery that has been handled is remembered. Default: 24 hours.
    ///
    /// Never less than [`RETRY_HORIZON`](Provider::RETRY_HORIZON), and never less than 24 hours where that is undocumented, since an
    /// honest retry would be handled again.
    #[must_use]
    pub fn retain(self, retention: Duration) -> Self {
        Self { retention: retention.min(LONGEST_RETENTION), ..self }
    }

    /// What to do while the store cannot be asked. Default: [`Outage::Refuse`].
    #[must_use]
    pub fn on_outage(self, outage: Outage) -> Self {
        Self { on_outage: outage, ..self }
    }

    /// The name of the route, where a sender has several that share a store: a delivery to one is not a repeat of one to
    /// another. So it is where several tenants have a secret each: without a name of its own, one could use up the event ids of
    /// another. Default: the sender's name.
    ///
    /// # Errors
    ///
    /// Refuses a name that is empty, longer than [`DeliveryKey::MAX_ENDPOINT`] bytes or has control characters.
    pub fn endpoint(self, name: &str) -> Result<Self, ConfigError> {
        if name.is_empty() || name.len() > DeliveryKey::MAX_ENDPOINT || name.contains(char::is_control) {
            return Err(ConfigError::UnusableEndpoint);
        }
        Ok(Self { endpoint: Some(name.into()), ..self })
    }

    /// Takes equal bodies for repeats even where the sender is [`Repeats::Indistinct`]: two honest events that are equal byte
    /// for byte are handled as one then. Changes nothing for other senders. Default: off.
    #[must_use]
    pub fn equal_bodies(self) -> Self {
        Self { equal_bodies: true, ..self }
    }

    /// Calls `hook` with the outcome of each request, refused ones too, once its answer is certain. It must not block; that it panics
    /// changes nothing.
    #[must_use]
    pub fn on_outcome(self, hook: impl Fn(Outcome) + Send + Sync + 'static) -> Self {
        Self { on_outcome: Some(Arc::new(hook)), ..self }
    }

    /// The key under which the store knows this delivery; `None` where its repeats are not told apart.
    #[must_use]
    pub fn key<E: Event>(&self, verified: &Verified<E>) -> Option<DeliveryKey> {
        let provider = E::Provider::NAME;
        let endpoint = self.endpoint.as_deref().unwrap_or(provider);
        let of_body = || DeliveryKey::of_body(provider, endpoint, verified.body());
        match (E::Provider::REPEATS, verified.event_id()) {
            (Repeats::EventId, Some(id)) => Some(DeliveryKey::of_event(provider, endpoint, id)),
            (Repeats::EventId, None) | (Repeats::EqualBodies, _) => Some(of_body()),
            (Repeats::Indistinct, _) => self.equal_bodies.then(of_body),
        }
    }

    /// How long a claim holds, if nothing ends it before.
    pub(super) fn lease(&self) -> Duration {
        self.deadline.saturating_add(MARGIN)
    }

    /// How long it is remembered, by the documents of the sender.
    pub(super) fn retention<P: Provider>(&self) -> Duration {
        self.retention.max(P::RETRY_HORIZON.unwrap_or(USUAL_HORIZON))
    }
}

impl fmt::Debug for Dedupe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dedupe")
            .field("deadline", &self.deadline)
            .field("retention", &self.retention)
            .field("on_outage", &self.on_outage)
            .field("endpoint", &self.endpoint)
            .field("equal_bodies", &self.equal_bodies)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hook, Massu, MemoryStore, Mutx};

    const HOUR: Duration = Duration::from_secs(60 * 60);

    fn dedupe() -> Dedupe {
        Dedupe::new(MemoryStore::new(1))
    }

    #[test]
    fn no_setting_can_be_wrong() {
        let lease = |deadline| dedupe().deadline(deadline).lease().as_secs();
        assert_eq!(dedupe().lease().as_secs(), 60);
        assert_eq!(dedupe().deadline(Duration::ZERO).lease(), Duration::from_millis(10_001));
        assert_eq!(lease(Duration::from_secs(20)), 30);
        assert_eq!(lease(Duration::MAX), 24 * 3600 + 10);

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
            r#"Dedupe { deadline: 50s, retention: 86400s, on_outage: Refuse, endpoint: Some("billing"), equal_bodies: false, .. }"#
        );
    }
}
