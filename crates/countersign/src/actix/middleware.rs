//! The middleware: verifies in front of whatever it wraps.

use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::{Error, HttpMessage, ResponseError, web};

use super::verify;
use crate::{Event, Verified, Verifier};

/// Lets only verified deliveries of one sender through, to an app, a scope or a resource.
///
/// What it wraps gets the very same bytes as its payload, so that a handler can still take `web::Bytes`, `web::Json<T>` or `String`,
/// and the proof: as `web::ReqData<Verified<E>>`, or by the extractor `Verified<E>`, which takes it from here and does not hash again.
/// actix-web's own limits on those extractors are raised to the verifier's, unless the app sets its own.
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
pub struct Verify<E: Event> {
    verifier: Verifier<E::Provider>,
}

impl<E: Event> Verify<E> {
    /// A middleware with this verifier.
    #[must_use]
    pub const fn new(verifier: Verifier<E::Provider>) -> Self {
        Self { verifier }
    }
}

impl<E: Event> Clone for Verify<E> {
    fn clone(&self) -> Self {
        Self { verifier: self.verifier.clone() }
    }
}

impl<E: Event> fmt::Debug for Verify<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verify").field("verifier", &self.verifier).finish()
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
        let verifier = self.verify.verifier.clone();
        Box::pin(async move {
            let payload = request.take_payload();
            match verify::<E>(&verifier, request.headers(), payload).await {
                Ok(verified) => {
                    hand_over(&mut request, verified, verifier.settings.body_limit);
                    Ok(inner.call(request).await?.map_into_left_body())
                }
                // As a response: an error would pass by the middleware in front.
                Err(rejection) => Ok(request.into_response(rejection.error_response()).map_into_right_body()),
            }
        })
    }
}

/// Puts the bytes back, and the proof beside them.
fn hand_over<E: Event>(request: &mut ServiceRequest, verified: Verified<E>, body_limit: usize) {
    let body = verified.body().clone();
    if body.len() > ACTIX_LIMIT {
        raise_limits(request, body_limit);
    }
    request.set_payload(Payload::from(body));
    request.extensions_mut().insert(verified);
}

/// The lowest limit of actix-web's extractors, in bytes: that of `web::Bytes` and `String`.
const ACTIX_LIMIT: usize = 256 * 1024;

/// Gives the extractors behind the verifier's limit, where the app has not set one.
fn raise_limits(request: &mut ServiceRequest, body_limit: usize) {
    let mut limits = actix_web::dev::Extensions::new();
    if !sets::<web::PayloadConfig>(request) {
        limits.insert(web::PayloadConfig::new(body_limit));
    }
    if !sets::<web::JsonConfig>(request) {
        limits.insert(web::JsonConfig::default().limit(body_limit));
    }
    // Needs the request to itself, as the router in front of every handler does.
    request.add_data_container(Rc::new(limits));
}

fn sets<T: 'static>(request: &ServiceRequest) -> bool {
    request.app_data::<T>().is_some() || request.app_data::<web::Data<T>>().is_some()
}
