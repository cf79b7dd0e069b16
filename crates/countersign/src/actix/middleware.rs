//! The middleware: verifies in front of whatever it wraps.

use std::cell::Cell;
use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError};
use tracing::Instrument as _;

use super::verify;
use crate::dedupe::{Delivery, Ran, assert_told_apart};
use crate::receive::only_post;
use crate::verified::Proof;
use crate::{Dedupe, Event, Rejection, Verified, Verifier};

/// Lets only verified deliveries of one sender through to the resource that it wraps.
///
/// The handler gets the very same bytes as its payload, so that it can still take `web::Bytes`, `web::Json<T>` or `String`. It also
/// gets the event: as `web::ReqData<Verified<E>>`, or by the extractor `Verified<E>`. The extractor takes the event from the middleware
/// and does not hash again if `app_data` has no verifier, or one that shares this one's secrets and settings. Otherwise it verifies the
/// same bytes again.
///
/// The middleware takes `POST` alone, since no other method carries a delivery. Any other one gets a 405. A path that also answers a
/// handshake by `GET` has two resources, one with `guard::Post()` and this middleware, and one with `guard::Get()`.
///
/// actix-web's own extractors keep their own limits: 256 KiB for `web::Bytes` and `String`, and 2 MiB for `web::Json<T>`. The
/// extractor `Verified<E>` has the verifier's limit alone. A handler that takes larger bodies by `web::Bytes` needs
/// `.app_data(web::PayloadConfig::new(1024 * 1024))` on the app, and by `web::Json<T>` a `web::JsonConfig`.
///
/// ```
/// use actix_web::{App, HttpResponse, web};
/// use countersign::{Massu, Secret, Verified, Verifier, actix::Verify, massu};
///
/// async fn hook(event: web::ReqData<Verified<massu::Event>>) -> HttpResponse {
///     println!("{}", event.kind());
///     HttpResponse::NoContent().finish()
/// }
///
/// let verifier = Verifier::<Massu>::new(Secret::new("whsec_abc123")?);
/// let verify = Verify::<massu::Event>::new(verifier);
/// let app = App::new().service(web::resource("/webhooks/massu").wrap(verify).post(hook));
/// # Ok::<(), countersign::ConfigError>(())
/// ```
///
/// With [`dedupe`](Self::dedupe), it also runs the handler once for each delivery.
pub struct Verify<E: Event> {
    verifier: Verifier<E::Provider>,
    dedupe: Option<Dedupe>,
}

impl<E: Event> Verify<E> {
    /// A middleware with this verifier.
    #[must_use]
    pub const fn new(verifier: Verifier<E::Provider>) -> Self {
        Self { verifier, dedupe: None }
    }

    /// Handles each delivery once. Default: every delivery is handled, repeats too.
    ///
    /// The handler then runs in a task of its own, to its end, whether or not its client hangs up. It takes the request with
    /// it: a panic or a timeout is an error to the middleware in front, and becomes its answer behind all of them.
    ///
    /// Wrap a resource. One handler stands behind the middleware, and a repeat is answered in its name. The path of a default service
    /// has no pattern, and the [endpoint](Dedupe::endpoint) needs a name there.
    ///
    /// ```
    /// # use actix_web::web;
    /// # use countersign::{Massu, Verifier, actix::Verify, massu};
    /// use countersign::{Dedupe, MemoryStore};
    ///
    /// # fn app(app: &mut web::ServiceConfig, verifier: Verifier<Massu>, store: &MemoryStore) {
    /// # async fn hook() -> &'static str { "" }
    /// // All workers share one store: it is made before `HttpServer::new`, and cloned in it.
    /// let verify = Verify::<massu::Event>::new(verifier).dedupe(Dedupe::new(store.clone()));
    /// app.service(web::resource("/webhooks/massu").wrap(verify).post(hook));
    /// # }
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
    /// Two honest events with equal bodies are then handled as one, and the second is lost. Use it only if equal bodies ask for the
    /// same thing.
    #[must_use]
    pub fn dedupe_equal_bodies(self, dedupe: Dedupe) -> Self {
        self.with(dedupe.equal_bodies())
    }

    fn with(self, dedupe: Dedupe) -> Self {
        dedupe.report_cuts::<E::Provider>();
        Self { dedupe: Some(dedupe), ..self }
    }
}

impl<E: Event> Clone for Verify<E> {
    fn clone(&self) -> Self {
        Self { verifier: self.verifier.clone(), dedupe: self.dedupe.clone() }
    }
}

impl<E: Event> fmt::Debug for Verify<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verify").field("verifier", &self.verifier).field("dedupe", &self.dedupe).finish()
    }
}

impl<S, B, E> Transform<S, ServiceRequest> for Verify<E>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
    E: Event + Clone,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = VerifyService<S, E>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(VerifyService { inner: Rc::new(inner), verify: self.clone() }))
    }
}

/// The service that [`Verify`] makes.
pub struct VerifyService<S, E: Event> {
    inner: Rc<S>,
    verify: Verify<E>,
}

impl<S, E: Event> fmt::Debug for VerifyService<S, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyService").field("verify", &self.verify).finish_non_exhaustive()
    }
}

impl<S, B, E> Service<ServiceRequest> for VerifyService<S, E>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
    E: Event + Clone,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let inner = Rc::clone(&self.inner);
        let Verify { verifier, dedupe } = self.verify.clone();
        Box::pin(async move {
            let payload = request.take_payload();
            let verified = match receive_post::<E>(&verifier, &request, payload).await {
                Ok(verified) => verified,
                Err(rejection) => return Ok(refuse_and_note(request, dedupe.as_ref(), &rejection)),
            };
            let Some(dedupe) = dedupe else {
                hand_over(&mut request, verified, verifier);
                return Ok(inner.call(request).await?.map_into_left_body());
            };
            let route = request.match_pattern();
            let delivery = match dedupe.delivery(&verified, route.as_deref()) {
                Ok(delivery) => delivery,
                Err(rejection) => return Ok(refuse_and_note(request, Some(&dedupe), &rejection)),
            };
            hand_over(&mut request, verified, verifier);
            once(inner, request, dedupe, delivery).await
        })
    }
}

async fn receive_post<E: Event>(
    verifier: &Verifier<E::Provider>,
    request: &ServiceRequest,
    payload: Payload,
) -> Result<Verified<E>, Rejection> {
    let is_post = only_post::<E::Provider>(request.method().as_str(), ADD_OUTSIDE);
    verify(is_post, verifier, request.headers(), payload).await
}

const ADD_OUTSIDE: &str = "add other methods outside of the middleware, in a second resource on the same path: one has \
    guard::Post() and the other guard::Get()";

fn refuse_and_note<B>(
    request: ServiceRequest,
    dedupe: Option<&Dedupe>,
    rejection: &Rejection,
) -> ServiceResponse<EitherBody<B>> {
    dedupe.inspect(|dedupe| dedupe.note_refusal(rejection));
    refuse(request, rejection)
}

/// An answer, rather than an error, which would pass by the middleware in front.
fn refuse<B>(request: ServiceRequest, rejection: &Rejection) -> ServiceResponse<EitherBody<B>> {
    request.into_response(rejection.error_response()).map_into_right_body()
}

/// Hands the delivery to what is wrapped, unless it is a repeat.
async fn once<S, B>(
    inner: Rc<S>,
    request: ServiceRequest,
    dedupe: Dedupe,
    delivery: Delivery,
) -> Result<ServiceResponse<EitherBody<B>>, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
{
    // Whoever is first: the handler takes the request away, or it is still there to be answered.
    let request = Rc::new(Cell::new(Some(request)));
    let taken = Rc::clone(&request);
    let run = async move {
        let handler = async {
            match taken.take() {
                Some(request) => inner.call(request).await,
                None => Err(Rejection::HandlerPanicked.into()),
            }
        };
        // A middleware may answer by an error too, even with a 2xx.
        let succeeded = |answer: &Result<ServiceResponse<B>, Error>| match answer {
            Ok(response) => response.status().is_success(),
            Err(error) => error.as_response_error().status_code().is_success(),
        };
        dedupe.run(delivery, handler, succeeded).await
    };
    // What the handler logs belongs to the request's span, though it outlives the request.
    let run = actix_web::rt::spawn(run.in_current_span());
    match (Dedupe::joined(run).await, request.take()) {
        (Ok(Ran::Answer(answer)), _) => Ok(answer?.map_into_left_body()),
        (Ok(Ran::Repeat), Some(request)) => {
            Ok(request.into_response(HttpResponse::Ok().finish()).map_into_right_body())
        }
        (Err(rejection), Some(request)) => Ok(refuse(request, &rejection)),
        (Err(rejection), None) => Err(rejection.into()),
        (Ok(Ran::Repeat), None) => Err(Rejection::HandlerPanicked.into()),
    }
}

/// Puts the bytes back, and the proof beside them.
fn hand_over<E: Event + Clone>(
    request: &mut ServiceRequest,
    verified: Verified<E>,
    verifier: Verifier<E::Provider>,
) {
    request.set_payload(Payload::from(verified.body().clone()));
    request.extensions_mut().insert(Proof::<E>::by(verifier));
    request.extensions_mut().insert(verified);
}
