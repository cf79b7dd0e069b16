//! The middleware of both frameworks: its settings, and the proof that it leaves for an extractor.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::dedupe::{Dedupe, Outcome, assert_told_apart};
use crate::{Event, Rejection, Verified, Verifier};

/// Lets only verified deliveries through to the handler behind it. It is a tower layer for axum and a middleware for actix-web.
///
/// The handler gets the very same bytes as its body. It also gets the event: by the extractor `Verified<E>`, or as `Extension<Verified<E>>`
/// in axum and `ReqData<Verified<E>>` in actix-web. The extractor takes the event from the middleware and does not hash again if its
/// verifier shares this one's secrets and settings, or if it has none. Otherwise it verifies the same bytes again.
///
/// The middleware takes `POST` alone, since no other method carries a delivery. Any other one gets a 405.
///
/// # axum
///
/// ```
/// # #[cfg(feature = "axum")] {
/// use axum::{Router, http::StatusCode, routing::post};
/// use countersign::{Massu, Verified, Verifier, VerifyMiddleware, massu};
///
/// async fn hook(event: Verified<massu::Event>) -> StatusCode {
///     println!("{}", event.event_type());
///     StatusCode::NO_CONTENT
/// }
///
/// fn app(verifier: Verifier<Massu>) -> Router {
///     let verify = VerifyMiddleware::<massu::Event>::new(verifier.clone());
///     Router::new().route("/webhooks/massu", post(hook).layer(verify)).with_state(verifier)
/// }
/// # }
/// ```
///
/// Put the layer on the route. A route that is added after `.layer(verify)` is not behind it. Another method on the same path, such as a
/// handshake by `GET`, is added after the layer: `post(hook).layer(verify).get(handshake)`.
///
/// The body behind the layer is free of axum's own limit of 2 MiB, because it has passed the verifier's.
///
/// # actix-web
///
/// ```
/// # #[cfg(feature = "actix")] {
/// use actix_web::{HttpResponse, web};
/// use countersign::{Massu, Verified, Verifier, VerifyMiddleware, massu};
///
/// async fn hook(event: Verified<massu::Event>) -> HttpResponse {
///     println!("{}", event.event_type());
///     HttpResponse::NoContent().finish()
/// }
///
/// fn app(app: &mut web::ServiceConfig, verifier: Verifier<Massu>) {
///     let verify = VerifyMiddleware::<massu::Event>::new(verifier);
///     app.service(web::resource("/webhooks/massu").wrap(verify).route(web::post().to(hook)));
/// }
/// # }
/// ```
///
/// Wrap a resource. A path that also answers a handshake by `GET` has two resources: one with `guard::Post()` and this middleware, and one
/// with `guard::Get()`.
///
/// actix-web's own extractors keep their own limits: 256 KiB for `web::Bytes` and `String`, and 2 MiB for `web::Json<T>`. The extractor
/// `Verified<E>` has the verifier's limit alone. A handler that takes larger bodies by `web::Bytes` needs
/// `.app_data(web::PayloadConfig::new(1024 * 1024))` on the app, and by `web::Json<T>` a `web::JsonConfig`.
pub struct VerifyMiddleware<E: Event> {
    pub(crate) verifier: Verifier<E::Provider>,
    pub(crate) dedupe: Option<Dedupe>,
    on_outcome: Option<Arc<dyn Fn(Outcome) + Send + Sync>>,
}

impl<E: Event> VerifyMiddleware<E> {
    /// A middleware with this verifier.
    #[must_use]
    pub const fn new(verifier: Verifier<E::Provider>) -> Self {
        Self { verifier, dedupe: None, on_outcome: None }
    }

    /// Handles each delivery once. Default: every delivery is handled, repeats too.
    ///
    /// The handler then runs in a task of its own, to its end, whether or not its client hangs up. The key of a delivery contains the
    /// route's pattern. A fallback, a nested service and a layer around a whole router have no pattern, and there the
    /// [endpoint](Dedupe::endpoint) needs a name.
    ///
    /// In actix-web, the handler takes the request with it. A panic or a timeout is then an error to the middleware in front of this one,
    /// and becomes its answer behind all of them. All workers share one store: make it before `HttpServer::new`, and clone it inside.
    ///
    /// ```
    /// use countersign::dedupe::{Dedupe, MemoryStore};
    /// use countersign::{Massu, Verifier, VerifyMiddleware, massu};
    ///
    /// fn verify(verifier: Verifier<Massu>, store: &MemoryStore) -> VerifyMiddleware<massu::Event> {
    ///     VerifyMiddleware::new(verifier).dedupe(Dedupe::new(store.clone()))
    /// }
    /// ```
    ///
    /// Does not compile for a provider whose [`DEDUPE_BY`](crate::Provider::DEDUPE_BY) is
    /// [`Nothing`](crate::DedupeBy::Nothing), because two of its honest events may be equal.
    #[must_use]
    pub fn dedupe(self, dedupe: Dedupe) -> Self {
        const { assert_told_apart::<E>() };
        self.with(dedupe)
    }

    /// Handles each body once, for a provider whose deliveries nothing else tells apart.
    ///
    /// Two honest events with equal bodies are then handled as one, and the second is lost. Use it only if equal bodies ask for the same
    /// thing.
    #[must_use]
    pub fn dedupe_equal_bodies(self, dedupe: Dedupe) -> Self {
        self.with(dedupe.equal_bodies())
    }

    fn with(self, dedupe: Dedupe) -> Self {
        dedupe.report_cuts::<E::Provider>();
        Self { dedupe: Some(dedupe), ..self }
    }

    /// Calls `hook` with the outcome of each request, refused ones too. For counters: it must not block. Default: none.
    ///
    /// A panic in the hook changes no answer.
    #[must_use]
    pub fn on_outcome(self, hook: impl Fn(Outcome) + Send + Sync + 'static) -> Self {
        Self { on_outcome: Some(Arc::new(hook)), ..self }
    }

    pub(crate) fn note(&self, outcome: Outcome) {
        if let Some(hook) = &self.on_outcome {
            // The answer is certain by now. The panic's own message has been printed, and nothing else is to be done about it.
            drop(catch_unwind(AssertUnwindSafe(|| hook(outcome))));
        }
    }

    pub(crate) fn note_refusal(&self, rejection: &Rejection) {
        self.note(Outcome::Refused { reason: rejection.as_str() });
    }
}

impl<E: Event> Clone for VerifyMiddleware<E> {
    fn clone(&self) -> Self {
        let Self { verifier, dedupe, on_outcome } = self;
        Self { verifier: verifier.clone(), dedupe: dedupe.clone(), on_outcome: on_outcome.clone() }
    }
}

impl<E: Event> fmt::Debug for VerifyMiddleware<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyMiddleware")
            .field("verifier", &self.verifier)
            .field("dedupe", &self.dedupe)
            .finish_non_exhaustive()
    }
}

/// The proof that a middleware leaves beside its [`Verified`], for the extractor behind it.
pub(crate) struct Proof<E: Event> {
    verifier: Verifier<E::Provider>,
    /// A middleware requires `E: Clone`, and an extractor does not. The middleware leaves its way to clone.
    copy: fn(&Verified<E>) -> Verified<E>,
}

impl<E: Event> Proof<E> {
    pub(crate) fn by(verifier: Verifier<E::Provider>) -> Self
    where
        E: Clone,
    {
        Self { verifier, copy: Verified::clone }
    }

    /// Hands over the proved event if the extractor has no verifier of its own, or one that would decide the same. Otherwise the
    /// extractor verifies by itself: its secrets may be those of another tenant, and its settings may be stricter.
    pub(crate) fn of(
        &self,
        verified: &Verified<E>,
        own: Option<&Verifier<E::Provider>>,
    ) -> Option<Verified<E>> {
        own.is_none_or(|own| own.decides_as(&self.verifier)).then(|| (self.copy)(verified))
    }
}

impl<E: Event> Clone for Proof<E> {
    fn clone(&self) -> Self {
        Self { verifier: self.verifier.clone(), copy: self.copy }
    }
}
