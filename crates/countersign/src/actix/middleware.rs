//! The middleware: verifies in front of whatever it wraps.

use std::cell::Cell;
use std::fmt;
use std::future::{Future, Ready, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError, web};
use tracing::Instrument as _;

use super::verify;
use crate::dedupe::{Delivery, Ran};
use crate::verified::Proof;
use crate::{Dedupe, Event, Provider, Rejection, Verified, Verifier, report};

/// Lets only verified deliveries of one sender through, to an app, a scope or a resource.
///
/// What it wraps gets the very same bytes as its payload, so that a handler can still take `web::Bytes`, `web::Json<T>` or `String`,
/// and the proof: as `web::ReqData<Verified<E>>`, or by the extractor `Verified<E>`, which takes it from here and does not hash again if
/// `app_data` has a clone of this verifier, or none.
/// actix-web's own limits on those extractors are raised to the verifier's, unless the app sets its own, or a middleware in front keeps
/// a clone of the request.
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
    /// What is wrapped runs in a task of its own then, to its end, whether or not its client hangs up. It takes the request with
    /// it: a panic or an overrun is an error to the middleware in front, and becomes its answer behind all of them.
    ///
    /// ```
    /// # use countersign::{Massu, Verifier, actix::Verify, massu};
    /// use countersign::{Dedupe, MemoryStore};
    ///
    /// # fn verify(verifier: Verifier<Massu>, store: &MemoryStore) -> Verify<massu::Event> {
    /// // One store for all workers: made before `HttpServer::new`, and cloned in it.
    /// Verify::new(verifier).dedupe(Dedupe::new(store.clone()))
    /// # }
    /// ```
    #[must_use]
    pub fn dedupe(self, dedupe: Dedupe) -> Self {
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
            let verified = match verify::<E>(&verifier, request.headers(), payload).await {
                Ok(verified) => verified,
                Err(rejection) => {
                    dedupe.iter().for_each(|dedupe| dedupe.note_refusal(&rejection));
                    return Ok(refuse(request, &rejection));
                }
            };
            let delivery = dedupe.as_ref().map(|dedupe| dedupe.delivery(&verified));
            hand_over(&mut request, verified, verifier);
            match dedupe.zip(delivery) {
                Some((dedupe, delivery)) => once(inner, request, dedupe, delivery).await,
                None => Ok(inner.call(request).await?.map_into_left_body()),
            }
        })
    }
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
    let body = verified.body().clone();
    if body.len() > ACTIX_LIMIT {
        raise_limits::<E>(request, verifier.settings.body_limit);
    }
    request.set_payload(Payload::from(body));
    request.extensions_mut().insert(Proof::<E>::by(verifier));
    request.extensions_mut().insert(verified);
}

/// The lowest limit of actix-web's extractors, in bytes: that of `web::Bytes` and `String`.
const ACTIX_LIMIT: usize = 256 * 1024;

/// Gives the extractors behind the verifier's limit, where the app has not set one.
fn raise_limits<E: Event>(request: &mut ServiceRequest, body_limit: usize) {
    let mut limits = actix_web::dev::Extensions::new();
    if !sets::<web::PayloadConfig>(request) {
        limits.insert(web::PayloadConfig::new(body_limit));
    }
    if !sets::<web::JsonConfig>(request) {
        limits.insert(web::JsonConfig::default().limit(body_limit));
    }
    // actix-web panics here, before it has changed anything, where a middleware in front keeps a clone of the request, and tells
    // nobody in advance. Then its own limit stays.
    let raised = catch_unwind(AssertUnwindSafe(|| request.add_data_container(Rc::new(limits))));
    if raised.is_err() {
        report::limits_not_raised(E::Provider::NAME);
    }
}

fn sets<T: 'static>(request: &ServiceRequest) -> bool {
    request.app_data::<T>().is_some() || request.app_data::<web::Data<T>>().is_some()
}
