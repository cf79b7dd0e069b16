//! The middleware for both frameworks: its settings, and the proof that it leaves for an extractor.

mod outlive;

use std::any::type_name;
use std::fmt;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

pub(crate) use self::outlive::outlive_client;
#[cfg(feature = "actix")]
use crate::Verified;
use crate::dedupe::{Dedupe, Outcome, assert_told_apart};
use crate::{Event, Provider as _, Rejection, Verifier};

/// Passes only verified deliveries on to its handler. It is a tower layer for axum and a middleware for actix-web.
///
/// The handler gets the verified bytes as its body. It gets the event by the extractor `Verified<E>`, or as `Extension<Verified<E>>` in
/// axum and `ReqData<Verified<E>>` in actix-web.
///
/// The extractor usually takes the event from the middleware and hashes nothing. It verifies the same bytes again if its own verifier has
/// other secrets or settings.
///
/// The middleware accepts only `POST`, because no other method carries a delivery. Any other method gets a 405.
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
/// Put the layer on the route. A route that is added after `.layer(verify)` is **not** behind the layer. This helps if the same path needs
/// another method, such as `GET` for a handshake: `post(hook).layer(verify).get(handshake)`.
///
/// axum's own body limit of 2 MiB does not apply behind the layer, because the body has passed the verifier's limit.
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
/// Wrap a resource. If the same path needs `GET` for a handshake, make two resources: one with `guard::Post()` and this middleware, and
/// one with `guard::Get()`.
///
/// The extractor `Verified<E>` has only the verifier's limit. actix-web's own extractors keep their own limits: 256 KiB for `web::Bytes`
/// and `String`, and 2 MiB for `web::Json<T>`. For larger bodies, `web::Bytes` needs
/// `.app_data(web::PayloadConfig::new(1024 * 1024))` on the app, and `web::Json<T>` needs a `web::JsonConfig`.
pub struct VerifyMiddleware<E: Event, R = Verifier<<E as Event>::Provider>> {
    pub(crate) resolver: R,
    pub(crate) dedupe: Option<Dedupe>,
    on_outcome: Option<Arc<dyn Fn(Outcome) + Send + Sync>>,
    /// A function pointer, so that the middleware is `Send` and `Sync` for every type of event.
    event: PhantomData<fn() -> E>,
}

impl<E: Event> VerifyMiddleware<E> {
    /// Makes a middleware with this verifier, without dedupe.
    #[must_use]
    pub const fn new(verifier: Verifier<E::Provider>) -> Self {
        Self::resolving(verifier)
    }
}

impl<E: Event, R> VerifyMiddleware<E, R> {
    /// Makes a middleware that looks up the verifier of each request, without dedupe. It is for services with a secret for each tenant.
    ///
    /// The resolver implements `countersign::axum::Resolve` or `countersign::actix::Resolve`. Their modules have an example.
    ///
    /// An extractor `Verified<E>` whose state is a resolver too looks up the tenant again and verifies the same bytes again. The event of
    /// this middleware costs no second look-up: take `Extension<Verified<E>>` in axum, or `ReqData<Verified<E>>` in actix-web.
    #[must_use]
    pub const fn resolving(resolver: R) -> Self {
        Self { resolver, dedupe: None, on_outcome: None, event: PhantomData }
    }

    /// Handles each delivery once. Default: every delivery is handled, even a repeat.
    ///
    /// The handler runs to its end, even if the client closes the connection. A handler that has to wait goes on in a task of its own. The
    /// current `tracing` span goes with it. A value of `tokio::task_local!` that a layer in front has set does not.
    ///
    /// The route's pattern is a part of each delivery's key. A fallback, a service without routes and a layer around a whole router have no
    /// pattern, so there the [endpoint](Dedupe::endpoint) needs a name.
    ///
    /// In actix-web, make the store before `HttpServer::new` and clone it inside, so that all workers share it. If a handler panics or
    /// times out there, the middleware in front of this one sees an error and not a response, because the handler has taken the request.
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
    /// This does not compile for a provider whose [`DEDUPE_BY`](crate::Provider::DEDUPE_BY) is
    /// [`Nothing`](crate::DedupeBy::Nothing), because two of its honest events may be equal.
    #[must_use]
    pub fn dedupe(self, dedupe: Dedupe) -> Self {
        const { assert_told_apart::<E>() };
        self.with(dedupe)
    }

    /// Handles each body once. It is for a provider whose deliveries have neither an id nor a time. For [`Custom`](crate::Custom), it
    /// handles each signed id once if the scheme has one.
    ///
    /// If two honest events have equal bodies, the second counts as a repeat and is lost. Use this only if equal bodies ask for the same
    /// thing.
    #[must_use]
    pub fn dedupe_equal_bodies(self, dedupe: Dedupe) -> Self {
        self.with(dedupe.equal_bodies())
    }

    fn with(self, dedupe: Dedupe) -> Self {
        dedupe.report_cuts::<E::Provider>();
        Self { dedupe: Some(dedupe), ..self }
    }

    /// Calls `hook` with the outcome of each request, with dedupe or without. A refused request has an outcome too. Use it for counters.
    /// Default: no hook.
    ///
    /// The hook runs on the thread of the request, so it must not block. A panic in it changes no answer.
    ///
    /// Each request has one outcome, unless its client closes the connection before the answer. Such a request has an outcome only if a
    /// `Dedupe` runs its handler to the end. A panic of a handler without dedupe is counted, and then goes on to the server.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// use countersign::dedupe::Outcome;
    /// use countersign::{Hook, Verifier, VerifyMiddleware, hook};
    ///
    /// fn verify(verifier: Verifier<Hook>, refused: Arc<AtomicU64>) -> VerifyMiddleware<hook::Event> {
    ///     VerifyMiddleware::new(verifier).on_outcome(move |outcome| {
    ///         if let Outcome::Refused { .. } = outcome {
    ///             refused.fetch_add(1, Ordering::Relaxed);
    ///         }
    ///     })
    /// }
    /// ```
    #[must_use]
    pub fn on_outcome(self, hook: impl Fn(Outcome) + Send + Sync + 'static) -> Self {
        Self { on_outcome: Some(Arc::new(hook)), ..self }
    }

    pub(crate) fn note(&self, outcome: Outcome) {
        if let Some(hook) = &self.on_outcome {
            // The answer is already decided, so a panic in the hook must not reach the client. Rust has printed its message by now.
            drop(catch_unwind(AssertUnwindSafe(|| hook(outcome))));
        }
    }

    /// Runs a handler without dedupe, and notes its outcome. A panic is noted too, and then goes on as if nobody had caught it.
    pub(crate) async fn noted<A>(
        &self,
        handler: impl Future<Output = A>,
        succeeded: impl FnOnce(&A) -> bool,
    ) -> A {
        let judged = async {
            let answer = handler.await;
            let outcome = if succeeded(&answer) { Outcome::Accepted } else { Outcome::Failed };
            (answer, outcome)
        };
        let mut judged = pin!(judged);
        let caught = poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| judged.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        });
        match caught.await {
            Ok((answer, outcome)) => {
                self.note(outcome);
                answer
            }
            Err(panic) => {
                self.note(Outcome::Panicked);
                resume_unwind(panic)
            }
        }
    }

    pub(crate) fn note_refusal(&self, rejection: &Rejection) {
        self.note(Outcome::Refused { reason: rejection.as_str() });
    }
}

impl<E: Event, R: Clone> Clone for VerifyMiddleware<E, R> {
    fn clone(&self) -> Self {
        let Self { resolver, dedupe, on_outcome, event } = self;
        Self {
            resolver: resolver.clone(),
            dedupe: dedupe.clone(),
            on_outcome: on_outcome.clone(),
            event: *event,
        }
    }
}

/// A resolver may hold secrets, so only its type is shown.
impl<E: Event, R> fmt::Debug for VerifyMiddleware<E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyMiddleware")
            .field("provider", &E::Provider::NAME)
            .field("resolver", &type_name::<R>())
            .field("dedupe", &self.dedupe)
            .finish_non_exhaustive()
    }
}

/// The proof that a middleware leaves beside its [`Verified`], for the extractor behind it. It names the verifier, because another
/// verifier may decide otherwise.
pub(crate) struct Proof<E: Event> {
    verifier: Verifier<E::Provider>,
    /// `Verified::clone`. The middleware requires `E: Clone` and can name this function. The extractor does not require it, so it calls the
    /// function through this pointer.
    #[cfg(feature = "actix")]
    copy: fn(&Verified<E>) -> Verified<E>,
}

impl<E: Event> Proof<E> {
    pub(crate) fn by(verifier: Verifier<E::Provider>) -> Self
    where
        E: Clone,
    {
        Self {
            verifier,
            #[cfg(feature = "actix")]
            copy: Verified::clone,
        }
    }

    /// Whether the proof counts for an extractor: it has no verifier of its own, or one that decides the same. Otherwise the extractor
    /// verifies by itself, because its secrets may be of another tenant, or its settings may be stricter.
    ///
    /// An extractor that looks up its verifier never asks. Its look-up may find another tenant than that of the middleware.
    pub(crate) fn counts_for(&self, own: Option<&Verifier<E::Provider>>) -> bool {
        own.is_none_or(|own| own.decides_as(&self.verifier))
    }

    #[cfg(feature = "actix")]
    pub(crate) fn copy(&self, verified: &Verified<E>) -> Verified<E> {
        (self.copy)(verified)
    }
}

impl<E: Event> Clone for Proof<E> {
    fn clone(&self) -> Self {
        Self {
            verifier: self.verifier.clone(),
            #[cfg(feature = "actix")]
            copy: self.copy,
        }
    }
}
