//! The verifier: the headers and the body of a request go in, and a proof or a refusal comes out.

#[cfg(any(feature = "actix", feature = "axum"))]
mod lookup;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::{ArcSwap, Guard};
use bytes::Bytes;

use crate::custom::SchemeOf;
use crate::dedupe::DeliveryKey;
use crate::incoming::{Judge, Total};
use crate::keys::Keys;
use crate::mac::Key;
use crate::scheme::LONGEST_TOLERANCE;
use crate::{
    ConfigError, Event, Headers, Incoming, Provider, Rejection, Scheme, Secret, Secrets, Unsigned, Verified,
    report,
};

/// Verifies the deliveries of one provider. It is cheap to clone, and the clones share their keys.
///
/// A verifier prepares keys from its secrets and drops the secrets, so it keeps no secret text in memory.
///
/// A service with axum or actix-web gives the verifier to its framework and never calls it. Any other program calls
/// [`verify`](Self::verify) with a whole request, or [`begin`](Self::begin) for a body that arrives in chunks.
///
/// ```
/// use countersign::{Hook, Secret, Verified, Verifier, hook};
///
/// let verifier = Verifier::<Hook>::new(Secret::new("whsec_abc123")?)?;
/// let body = r#"{"id":"evt_1","type":"user.deleted","created_at":"2026-01-15T12:30:00Z","data":{}}"#;
/// let headers = [("X-Webhook-Signature", "4ab4d634846de077b7f1cda452284ab7aab577c9460a4cd36b103e2a82c1a4ef")];
///
/// let event: Verified<hook::Event> = verifier.verify(&headers, body)?;
/// assert_eq!(event.event_type(), "user.deleted");
/// assert_eq!(event.event_id(), Some("evt_1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Verifier<P> {
    shared: Arc<Shared<P>>,
}

/// Everything that a verifier has. Clones of a verifier share it until one of them gets another setting.
struct Shared<P> {
    /// All clones share the outer `Arc`, whatever their settings are, so `replace_secrets` reaches each of them. A request keeps the set of
    /// keys with which it began.
    ///
    /// Every request reads the keys, and only a rotation replaces them. An `RwLock` would make all processors write to one counter for each
    /// request. A reader of an `ArcSwap` writes only to memory of its own thread.
    keys: Arc<ArcSwap<Keys>>,
    tenant: Option<Arc<str>>,
    settings: Settings,
    /// The memory that unfinished bodies hold. All clones count together.
    total: Total,
    scheme: SchemeOf<P>,
}

/// The settings that decide about a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) body_limit: usize,
    total_body_limit: usize,
    pub(crate) read_timeout: Duration,
    pub(crate) max_age: Option<Duration>,
    /// How far from now the signed time may be. `None`: as the scheme says.
    pub(crate) tolerance: Option<Duration>,
    pub(crate) clock: fn() -> SystemTime,
    /// Refuses every signature, because the tenant is unknown.
    pub(crate) unknown_tenant: bool,
}

impl Settings {
    /// The limit has room for two whole bodies at least, so that one body that never ends does not keep all others out.
    pub(crate) fn total_body_limit(&self) -> usize {
        self.total_body_limit.max(self.body_limit.saturating_mul(2))
    }
}

/// Equal settings decide the same about every request.
#[cfg(any(feature = "actix", feature = "axum"))]
impl PartialEq for Settings {
    fn eq(&self, other: &Self) -> bool {
        let Self { body_limit, total_body_limit, read_timeout, max_age, tolerance, clock, unknown_tenant } =
            *self;
        (body_limit, total_body_limit) == (other.body_limit, other.total_body_limit)
            && (read_timeout, max_age, tolerance) == (other.read_timeout, other.max_age, other.tolerance)
            && unknown_tenant == other.unknown_tenant
            // One function may have two addresses. The settings then count as different, and the request is verified a second time.
            && std::ptr::fn_addr_eq(clock, other.clock)
    }
}

impl<P: Provider> Verifier<P> {
    /// Makes a verifier with one [`Secret`](crate::Secret) or a set of [`Secrets`], and the default settings.
    ///
    /// # Errors
    ///
    /// A secret is not a valid key for this provider: its text is not encoded as the provider's
    /// [`KeyEncoding`](crate::KeyEncoding) says.
    pub fn new(secrets: impl Into<Secrets>) -> Result<Self, ConfigError> {
        Self::with_scheme(SchemeOf::constant(), secrets)
    }

    pub(crate) fn with_scheme(scheme: SchemeOf<P>, secrets: impl Into<Secrets>) -> Result<Self, ConfigError> {
        let settings = Settings {
            body_limit: P::BODY_LIMIT,
            total_body_limit: 256 * 1024 * 1024,
            read_timeout: Duration::from_secs(10),
            max_age: None,
            tolerance: None,
            clock: SystemTime::now,
            unknown_tenant: false,
        };
        Self::with(scheme, secrets, None, settings, Total::default())
    }

    /// Makes a verifier with the secret in the environment variable `name`.
    ///
    /// ```no_run
    /// use countersign::{Massu, Verifier};
    ///
    /// let verifier = Verifier::<Massu>::from_env("MASSU_WEBHOOK_SECRET")?;
    /// # Ok::<(), countersign::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The variable is not set, or its value is refused by [`Secret::from_env`](crate::Secret::from_env) or [`new`](Self::new).
    pub fn from_env(name: &str) -> Result<Self, ConfigError> {
        Self::new(Secret::from_env(name)?)
    }

    fn with(
        scheme: SchemeOf<P>,
        secrets: impl Into<Secrets>,
        tenant: Option<Arc<str>>,
        settings: Settings,
        total: Total,
    ) -> Result<Self, ConfigError> {
        let keys = Arc::new(ArcSwap::from_pointee(secrets.into().into_keys(&scheme)?));
        Ok(Self { shared: Arc::new(Shared { keys, tenant, settings, total, scheme }) })
    }

    /// Changes settings of this verifier, and of no clone.
    fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut Arc::make_mut(&mut self.shared).settings);
        self
    }

    /// Sets the size of the largest body, in bytes. A larger one gets a 413. Default: [`P::BODY_LIMIT`](Provider::BODY_LIMIT), which is
    /// 1 MiB for most providers.
    ///
    /// The body limits of the frameworks do not apply to what the verifier reads.
    #[must_use]
    pub fn body_limit(self, bytes: usize) -> Self {
        self.set(|settings| settings.body_limit = bytes)
    }

    /// Sets how many bytes all unfinished bodies may hold together, over all clones and tenants of this verifier. A delivery that needs
    /// more gets a 503. Default: 256 MiB. A value below twice the [`body_limit`](Self::body_limit) counts as twice the `body_limit`.
    ///
    /// The first 64 KiB of each body are free, so that small deliveries always pass. The memory beyond them counts until the
    /// [`Incoming`] is verified or dropped. A [`Verified`] does not count.
    ///
    /// The read buffers of the server come on top. hyper takes up to 400 KiB for each connection, unless `max_buf_size` sets less.
    /// actix-web takes about 200 KiB and has no setting for it. The receivers in `examples/` show how to keep both small.
    #[must_use]
    pub fn total_body_limit(self, bytes: usize) -> Self {
        self.set(|settings| settings.total_body_limit = bytes)
    }

    /// Sets how long a body may take, from the moment at which its headers are accepted to its last byte. A slower one gets a 408.
    /// Default: 10 seconds.
    ///
    /// The adapters and `receive` keep this timeout. [`verify`](Self::verify) and [`Incoming`] have no clock and ignore it.
    #[must_use]
    pub fn read_timeout(self, timeout: Duration) -> Self {
        self.set(|settings| settings.read_timeout = timeout)
    }

    /// Refuses events that are older than `age`, and events without a readable time, with a 400. Default: off.
    ///
    /// An age below [`P::RETRY_HORIZON`](Provider::RETRY_HORIZON) counts as that horizon, because honest retries must not be refused. An
    /// event from the future is accepted. The call does not compile for a provider whose envelope has no time.
    #[must_use]
    pub fn max_age(self, age: Duration) -> Self {
        const {
            assert!(
                matches!(P::ENVELOPE, Some(envelope) if envelope.time_key().is_some()),
                "max_age needs a provider whose envelope has a time"
            );
        }
        self.set(|settings| settings.max_age = Some(P::RETRY_HORIZON.map_or(age, |horizon| age.max(horizon))))
    }

    /// Sets how far from now the signed time may be, in either direction. Default: the tolerance of the provider's scheme, which is 5
    /// minutes for most.
    ///
    /// Until that time is over, somebody who has captured a delivery can send it again. A tolerance above one day counts as one day. The
    /// call does not compile for a provider that signs no time. A verifier of [`Custom`](crate::Custom) without a signed time ignores it.
    #[must_use]
    pub fn tolerance(self, tolerance: Duration) -> Self {
        const {
            assert!(
                P::SCHEME.signed_time().is_some() || P::SCHEME.is_at_run_time(),
                "tolerance needs a provider whose scheme signs a time: this one has no .timestamp(…)"
            );
        }
        self.set(|settings| settings.tolerance = Some(tolerance.min(LONGEST_TOLERANCE)))
    }

    /// Sets the function that tells the time, for the [`tolerance`](Self::tolerance) of a signed time and for [`max_age`](Self::max_age).
    /// Default: [`SystemTime::now`].
    ///
    /// Set it on `wasm32-unknown-unknown` if the provider signs a time or if you use `max_age`. That target has no clock, so
    /// `SystemTime::now` panics there.
    #[must_use]
    pub fn clock(self, now: fn() -> SystemTime) -> Self {
        self.set(|settings| settings.clock = now)
    }

    /// Makes a verifier for a tenant, with the same settings and the tenant's own secrets.
    ///
    /// [`Verified::tenant`] and the log name the tenant. The tenant is also a part of each [`DeliveryKey`]. Otherwise a tenant could sign
    /// an event id of another tenant, and the other tenant's delivery would then count as a repeat.
    ///
    /// The modules `axum` and `actix` of this crate have a trait `Resolve`, which looks up the tenant of a request.
    ///
    /// ```
    /// use countersign::{Hook, Secret, Verifier};
    ///
    /// let verifier = Verifier::<Hook>::new(Secret::new("whsec_abc123")?)?;
    /// let tenant = verifier.for_tenant("tenant-7", Secret::new("whsec_def456")?)?;
    /// # Ok::<(), countersign::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The name is empty, longer than [`DeliveryKey::MAX_TENANT`] bytes or has control characters. A secret is not a valid key for this
    /// provider.
    pub fn for_tenant(&self, name: &str, secrets: impl Into<Secrets>) -> Result<Self, ConfigError> {
        if !report::is_loggable(name, DeliveryKey::MAX_TENANT) {
            return Err(ConfigError::UnusableTenant);
        }
        let Shared { settings, total, scheme, .. } = &*self.shared;
        Self::with(scheme.clone(), secrets, Some(name.into()), *settings, total.clone())
    }

    /// Replaces the secrets in every clone, while the service runs. A request that has begun keeps the secrets with which it began.
    ///
    /// # Errors
    ///
    /// A secret is not a valid key for this provider. The verifier then keeps its old secrets.
    pub fn replace_secrets(&self, secrets: impl Into<Secrets>) -> Result<(), ConfigError> {
        self.shared.keys.store(Arc::new(secrets.into().into_keys(&self.shared.scheme)?));
        Ok(())
    }

    /// Whether both verifiers decide the same about every request. They must share their secrets, and have equal settings. Only clones
    /// share secrets, so their schemes are equal too.
    #[cfg(any(feature = "actix", feature = "axum"))]
    pub(crate) fn decides_as(&self, other: &Self) -> bool {
        let (own, other) = (&*self.shared, &*other.shared);
        Arc::ptr_eq(&own.keys, &other.keys) && own.settings == other.settings
    }

    /// Verifies and decodes a whole request.
    ///
    /// The body must be the raw bytes as they arrived. A body that was parsed and written again has other bytes, and its signature no
    /// longer matches.
    ///
    /// # Errors
    ///
    /// A [`Rejection`], which knows its HTTP [answer](Rejection::answer).
    pub fn verify<E: Event<Provider = P>>(
        &self,
        headers: &(impl Headers + ?Sized),
        body: impl Into<Bytes>,
    ) -> Result<Verified<E>, Rejection> {
        let (judge, body) = (self.judge(), body.into());
        let mut claim = judge.headers(headers)?;
        // A whole body is in memory already, so it does not count as unfinished.
        let limit = self.settings().body_limit;
        if body.len() > limit {
            return Err(judge.refused(Rejection::BodyTooLarge { limit }));
        }
        let keys = self.keys();
        let matching = keys.matching_label(self.scheme(), &claim, &body);
        judge.body(&mut claim, matching, body, Unsigned::read::<P>(headers))
    }

    /// Checks the headers of a request whose body has not been read yet. The body of a refused request need not be read.
    ///
    /// # Errors
    ///
    /// The signature, the signed time or the signed id is missing, repeated or malformed. The body is encoded, or declares more bytes than
    /// the limit.
    pub fn begin(&self, headers: &(impl Headers + ?Sized)) -> Result<Incoming<P>, Rejection> {
        Incoming::begin(headers, self.clone())
    }

    /// Logs a refusal by this verifier, and returns it.
    pub(crate) fn refused(&self, rejection: Rejection) -> Rejection {
        self.judge().refused(rejection)
    }

    /// The key that verified a request, for the handshake of Zoom.
    ///
    /// `None` if the request is of another verifier or tenant, or if the secret was replaced since.
    pub(crate) fn key_of<E>(&self, verified: &Verified<E>) -> Option<Key> {
        let is_own = verified.tenant() == self.shared.tenant.as_deref();
        is_own.then(|| self.keys().labelled(verified.delivery.secret_label).cloned()).flatten()
    }

    /// How the provider signs.
    pub(crate) fn scheme(&self) -> &Scheme {
        &self.shared.scheme
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    pub(crate) fn total(&self) -> Total {
        self.shared.total.clone()
    }

    pub(crate) fn judge(&self) -> Judge<'_, P> {
        let Shared { scheme, tenant, settings, .. } = &*self.shared;
        Judge { scheme, tenant: tenant.as_ref(), settings }
    }

    /// The keys, for a moment. A guard is cheaper than an `Arc` of its own, but a thread should hold few.
    fn keys(&self) -> Guard<Arc<Keys>> {
        self.shared.keys.load()
    }

    /// The keys, for a request whose body is still to come.
    pub(crate) fn keys_to_keep(&self) -> Arc<Keys> {
        self.shared.keys.load_full()
    }
}

impl<P> Clone for Verifier<P> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<P> Clone for Shared<P> {
    fn clone(&self) -> Self {
        let Self { keys, tenant, settings, total, scheme } = self;
        Self {
            keys: Arc::clone(keys),
            tenant: tenant.clone(),
            settings: *settings,
            total: total.clone(),
            scheme: scheme.clone(),
        }
    }
}

impl<P: Provider> fmt::Debug for Verifier<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shared { tenant, settings, scheme, .. } = &*self.shared;
        f.debug_struct("Verifier")
            .field("provider", &P::NAME)
            .field("tenant", tenant)
            .field("body_limit", &settings.body_limit)
            .field("total_body_limit", &settings.total_body_limit())
            .field("read_timeout", &settings.read_timeout)
            .field("max_age", &settings.max_age)
            .field("tolerance", &settings.tolerance.or(scheme.tolerance()))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Massu, Secret, massu};

    const BODY: &str = r#"{"type":"security.alert","data":{},"timestamp":"2026-02-15T10:30:00.000Z"}"#;

    /// Python's hmac signed it with the key `old`.
    const HEADERS: [(&str, &str); 1] = [(
        "x-massu-signature-256",
        "sha256=25edc088f5d776b6558e2de3ab5131deb77ea74abfaa8f3b38bc5bf5fd4d556a",
    )];

    fn secret(text: &str) -> Secret {
        Secret::new(text).unwrap()
    }

    #[test]
    fn a_clone_sees_new_secrets_and_a_request_that_has_begun_does_not() {
        let verifier = Verifier::<Massu>::new(secret("old")).unwrap();
        let clone = verifier.clone();
        let mut under_way = clone.begin(&HEADERS).unwrap();
        under_way.update(BODY).unwrap();

        verifier.replace_secrets(secret("new")).unwrap();
        assert!(under_way.verify::<massu::Event>().is_ok());
        assert!(clone.verify::<massu::Event>(&HEADERS, BODY).is_err());
    }

    #[test]
    fn a_setting_stays_with_one_clone_and_new_secrets_reach_all() {
        let verifier = Verifier::<Massu>::new(secret("new")).unwrap();
        let clone = verifier.clone();
        let strict = clone.clone().body_limit(7).clock(|| SystemTime::UNIX_EPOCH);
        let limits = [&verifier, &clone, &strict].map(|verifier| verifier.settings().body_limit);
        assert_eq!(limits, [Massu::BODY_LIMIT, Massu::BODY_LIMIT, 7]);

        strict.replace_secrets(secret("old")).unwrap();
        assert!(verifier.verify::<massu::Event>(&HEADERS, BODY).is_ok());
        assert!(clone.body_limit(BODY.len()).verify::<massu::Event>(&HEADERS, BODY).is_ok());
        assert_eq!(
            strict.verify::<massu::Event>(&HEADERS, BODY).err(),
            Some(Rejection::BodyTooLarge { limit: 7 })
        );
    }

    #[test]
    fn a_tenant_has_secrets_of_its_own_and_the_same_settings() {
        let verifier = Verifier::<Massu>::new(secret("a")).unwrap().body_limit(7);
        let tenant = verifier.for_tenant("tenant-7", secret("b")).unwrap();
        assert_eq!(tenant.settings().body_limit, 7);
        assert_eq!(tenant.shared.tenant.as_deref(), Some("tenant-7"));
        tenant.replace_secrets(secret("c")).unwrap();
        assert!(!Arc::ptr_eq(&tenant.shared.keys, &verifier.shared.keys));
        for name in ["", "a\nb", &"x".repeat(129)] {
            let error = verifier.for_tenant(name, secret("b")).unwrap_err();
            assert_eq!(
                error.to_string(),
                "tenant name is empty, longer than 128 bytes or has control characters"
            );
        }
    }

    #[test]
    #[cfg(any(feature = "actix", feature = "axum"))]
    fn only_a_verifier_with_the_same_secrets_and_settings_decides_the_same() {
        let verifier = Verifier::<Massu>::new(secret("s")).unwrap();
        assert!(verifier.decides_as(&verifier.clone()));
        let others = [
            Verifier::new(secret("s")).unwrap(),
            verifier.for_tenant("tenant-7", secret("s")).unwrap(),
            verifier.clone().body_limit(7),
            verifier.clone().total_body_limit(7),
            verifier.clone().read_timeout(Duration::ZERO),
            verifier.clone().max_age(Duration::from_secs(60 * 60)),
            verifier.clone().clock(|| SystemTime::UNIX_EPOCH),
            verifier.clone().set(|settings| settings.tolerance = Some(Duration::ZERO)),
            Verifier::of_unknown_tenant(Some(verifier.clone())).unwrap(),
        ];
        for other in &others {
            assert!(!verifier.decides_as(other), "{other:?}");
            assert!(!other.decides_as(&verifier), "{other:?}");
        }
    }

    #[test]
    fn clones_share_the_total_body_limit_and_a_verified_body_does_not_count() {
        const SIZE: usize = 256 * 1024;
        let headers = [("x-massu-signature-256", format!("sha256={}", "0".repeat(64)))];
        let verifier = Verifier::<Massu>::new(secret("s")).unwrap().body_limit(SIZE).total_body_limit(0);
        let clone = verifier.clone();
        let unfinished = |verifier: &Verifier<Massu>| {
            let mut incoming = verifier.begin(&headers).unwrap();
            for _ in 0..4 {
                incoming.update(vec![b'a'; SIZE / 4])?;
            }
            Ok::<_, Rejection>(incoming)
        };
        let first = unfinished(&verifier).unwrap();
        let second = unfinished(&clone).unwrap();
        let limit = 2 * SIZE;
        let refused = Some(Rejection::BodiesExceedTotalLimit { limit });
        assert_eq!(unfinished(&verifier).err(), refused);
        // A small body still passes.
        clone.begin(&headers).unwrap().update(vec![b'a'; 64 * 1024]).unwrap();

        drop(first);
        let third = unfinished(&clone).unwrap();
        assert_eq!(unfinished(&verifier).err(), refused);
        assert!(second.verify::<massu::Event>().is_err());
        let fourth = unfinished(&verifier).unwrap();
        drop((third, fourth));
        assert_eq!(verifier.total().held(), 0);

        // Python's hmac signed it with the key `s`.
        let headers = [(
            "x-massu-signature-256",
            "sha256=b1a58d57994f75b4aea6e56a6d3d0ee507d18192288f58dadbb826c03708c1ec",
        )];
        let verified = verifier.verify::<crate::Raw<Massu>>(&headers, vec![b'a'; SIZE]).unwrap();
        assert_eq!((verified.body().len(), verifier.total().held()), (SIZE, 0));
    }

    #[test]
    fn debug_shows_the_settings_and_their_defaults() {
        let verifier = Verifier::<Massu>::new(secret("s")).unwrap();
        let shown = "Verifier { provider: \"massu\", tenant: None, body_limit: 1048576, total_body_limit: 268435456, \
                     read_timeout: 10s, max_age: None, tolerance: None, .. }";
        assert_eq!(format!("{verifier:?}"), shown);
        // The total has room for two bodies at least, and the age is at least the provider's retry horizon.
        let verifier = verifier.body_limit(7).total_body_limit(1).read_timeout(Duration::from_secs(1));
        let verifier = verifier.max_age(Duration::ZERO);
        let shown = "Verifier { provider: \"massu\", tenant: None, body_limit: 7, total_body_limit: 14, \
                     read_timeout: 1s, max_age: Some(2160s), tolerance: None, .. }";
        assert_eq!(format!("{verifier:?}"), shown);
    }

    #[test]
    fn tenants_share_what_bodies_under_way_may_hold() {
        const SIZE: usize = 256 * 1024;
        let headers = [("x-massu-signature-256", format!("sha256={}", "0".repeat(64)))];
        let verifier = Verifier::<Massu>::new(secret("s")).unwrap().body_limit(SIZE).total_body_limit(0);
        let tenant = verifier.for_tenant("tenant-7", secret("t")).unwrap();
        let mut bodies = [&tenant, &tenant, &verifier].map(|verifier| verifier.begin(&headers).unwrap());
        let refused = bodies.each_mut().map(|body| body.update(vec![b'a'; SIZE]).is_err());
        assert_eq!(refused, [false, false, true]);
        drop(bodies);
        assert_eq!(verifier.total().held(), 0);
    }
}
