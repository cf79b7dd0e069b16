//! [`VerifyMiddleware`] as a middleware of actix-web.

use std::cell::Cell;
use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::{Error, HttpMessage as _, ResponseError as _};

use super::resolve::find;
use super::{Resolve, receive, unread};
use crate::dedupe::{Dedupe, Handled};
use crate::middleware::{Proof, outlive_client};
use crate::receive::only_post;
use crate::{Answer, Event, Rejection, Verified, Verifier, VerifyMiddleware};

impl<S, B, E, R> Transform<S, ServiceRequest> for VerifyMiddleware<E, R>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
    E: Event + Clone,
    R: Resolve<E::Provider> + Clone + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = VerifyService<S, E, R>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(VerifyService { inner: Rc::new(inner), middleware: self.clone() }))
    }
}

/// The service that [`VerifyMiddleware`] makes.
pub struct VerifyService<S, E: Event, R = Verifier<<E as Event>::Provider>> {
    inner: Rc<S>,
    middleware: VerifyMiddleware<E, R>,
}

impl<S, E: Event, R> fmt::Debug for VerifyService<S, E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyService").field("middleware", &self.middleware).finish_non_exhaustive()
    }
}

impl<S, B, E, R> Service<ServiceRequest> for VerifyService<S, E, R>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
    E: Event + Clone,
    R: Resolve<E::Provider> + Clone + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let (inner, middleware) = (Rc::clone(&self.inner), self.middleware.clone());
        Box::pin(async move {
            let payload = request.take_payload();
            let is_post = only_post::<E::Provider>(request.method().as_str(), ADD_OUTSIDE);
            let found = find(is_post, &middleware.resolver, request.request()).await;
            match receive(unread(request.request(), payload), found, request.request()).await {
                Ok((verified, verifier)) => run(inner, middleware, request, verified, verifier).await,
                Err(rejection) => Ok(refuse(&middleware, request, &rejection)),
            }
        })
    }
}

const ADD_OUTSIDE: &str = "add other methods outside of the middleware, in a second resource on the same path: one has \
    guard::Post() and the other guard::Get()";

fn refuse<B, E: Event, R>(
    middleware: &VerifyMiddleware<E, R>,
    request: ServiceRequest,
    rejection: &Rejection,
) -> ServiceResponse<EitherBody<B>> {
    middleware.note_refusal(rejection);
    answer(request, rejection.answer())
}

/// Makes a response and not an error, because a middleware in front may not see an error.
fn answer<B>(request: ServiceRequest, answer: Answer) -> ServiceResponse<EitherBody<B>> {
    request.into_response(answer.error_response()).map_into_right_body()
}

/// Runs the handler for a verified delivery. With dedupe, it runs once for each delivery.
async fn run<S, B, E, R>(
    inner: Rc<S>,
    middleware: VerifyMiddleware<E, R>,
    mut request: ServiceRequest,
    verified: Verified<E>,
    verifier: Verifier<E::Provider>,
) -> Result<ServiceResponse<EitherBody<B>>, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
    E: Event + Clone,
    R: 'static,
{
    match middleware.dedupe.clone() {
        Some(dedupe) => once(inner, middleware, dedupe, request, verified, verifier).await,
        None => {
            hand_over(&mut request, verified, verifier);
            // The block catches a panic of `call` itself, which runs before there is a future.
            let answer = middleware.noted(async { inner.call(request).await }, is_success).await;
            Ok(answer?.map_into_left_body())
        }
    }
}

async fn once<S, B, E, R>(
    inner: Rc<S>,
    middleware: VerifyMiddleware<E, R>,
    dedupe: Dedupe,
    request: ServiceRequest,
    verified: Verified<E>,
    verifier: Verifier<E::Provider>,
) -> Result<ServiceResponse<EitherBody<B>>, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
    E: Event + Clone,
    R: 'static,
{
    let plan = dedupe.plan(&verified);
    // actix-web makes a response from the request. The handler takes the request out of this cell. If the handler does not run, the request
    // is still here for the library's answer.
    let request = Rc::new(Cell::new(Some(request)));
    let taken = Rc::clone(&request);
    let attempt = async move {
        let handler = async {
            let Some(mut request) = taken.take() else { return Err(Answer::HANDLER_FAILED.into()) };
            hand_over(&mut request, verified, verifier);
            inner.call(request).await
        };
        let handled = dedupe.attempt(plan, handler, is_success).await;
        middleware.note(handled.outcome());
        handled
    };
    let handled = outlive_client(attempt, actix_web::rt::spawn).await.unwrap_or(Handled::Panicked);
    match (handled.into_answer(), request.take()) {
        (Ok(answered), _) => Ok(answered?.map_into_left_body()),
        (Err(instead), Some(request)) => Ok(answer(request, instead)),
        (Err(instead), None) => Err(instead.into()),
    }
}

/// Whether the answer is a 2xx. A middleware between this one and the handler may return a 2xx as an error.
fn is_success<B>(answer: &Result<ServiceResponse<B>, Error>) -> bool {
    match answer {
        Ok(response) => response.status().is_success(),
        Err(error) => error.as_response_error().status_code().is_success(),
    }
}

/// Puts the verified bytes back into the request, and the event and the proof into its extensions.
fn hand_over<E: Event + Clone>(
    request: &mut ServiceRequest,
    verified: Verified<E>,
    verifier: Verifier<E::Provider>,
) {
    request.set_payload(Payload::from(verified.body().clone()));
    request.extensions_mut().insert(Proof::<E>::by(verifier));
    request.extensions_mut().insert(verified);
}
