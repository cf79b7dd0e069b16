//! The tower layer: verifies in front of whatever is behind it.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::MatchedPath;
use axum_core::body::Body;
use axum_core::extract::{DefaultBodyLimit, Request};
use axum_core::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use tower_layer::Layer;
use tower_service::Service;
use tracing::Instrument as _;

use super::verify;
use crate::dedupe::{Ran, assert_told_apart};
use crate::receive::only_post;
use crate::verified::Proof;
use crate::{Dedupe, Event, Rejection, Verified, Verifier};

/// Lets only verified deliveries of one sender through to the route behind it.
///
/// The handler gets the very same bytes as its body, free of axum's own limit of 2 MiB. It also gets the event: as
/// `Extension<Verified<E>>`, or by the extractor `Verified<E>`. The extractor takes the event from the layer and does not hash again if
/// its verifier shares this one's secrets and settings. Otherwise it verifies the same bytes again.
///
/// The layer takes `POST` alone, since no other method carries a delivery. Any other one gets a 405. A route that also answers a
/// handshake by `GET` adds it after the layer: `post(hook).layer(verify).get(handshake)`.
///
/// ```
/// use axum::{Extension, Router, http::StatusCode, routing::post};
/// use countersign::{Massu, Secret, Verified, Verifier, axum::VerifyLayer, massu};
///
/// async fn hook(Extension(event): Extension<Verified<massu::Event>>) -> StatusCode {
///     println!("{}", event.kind());
///     StatusCode::NO_CONTENT
/// }
///
/// let verifier = Verifier::<Massu>::new(Secret::new("whsec_abc123")?);
/// let layer = VerifyLayer::<massu::Event>::new(verifier);
/// let app: Router = Router::new().route("/webhooks/massu", post(hook).layer(layer));
/// # Ok::<(), countersign::ConfigError>(())
/// ```
///
/// With [`dedupe`](Self::dedupe), it also runs the handler once for each delivery.
pub struct VerifyLayer<E: Event> {
    verifier: Verifier<E::Provider>,
    dedupe: Option<Dedupe>,
}

impl<E: Event> VerifyLayer<E> {
    /// A layer with this verifier.
    #[must_use]
    pub const fn new(verifier: Verifier<E::Provider>) -> Self {
        Self { verifier, dedupe: None }
    }

    /// Handles each delivery once. Default: every delivery is handled, repeats too.
    ///
    /// The handler then runs in a task of its own, to its end: axum would drop it when its client hangs up.
    ///
    /// Put the layer on the route. One handler stands behind it, and a repeat is answered in its name. On a whole router, the layer
    /// sees no route pattern, and the [endpoint](Dedupe::endpoint) needs a name.
    ///
    /// ```
    /// # use axum::{Router, routing::post};
    /// # use countersign::{Massu, Verifier, axum::VerifyLayer, massu};
    /// use countersign::{Dedupe, MemoryStore};
    ///
    /// # fn app(verifier: Verifier<Massu>) -> Router {
    /// # async fn hook() {}
    /// let verify = VerifyLayer::<massu::Event>::new(verifier).dedupe(Dedupe::new(MemoryStore::new(100_000)));
    /// Router::new().route("/webhooks/massu", post(hook).layer(verify))
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

impl<E: Event> Clone for VerifyLayer<E> {
    fn clone(&self) -> Self {
        Self { verifier: self.verifier.clone(), dedupe: self.dedupe.clone() }
    }
}

impl<E: Event> fmt::Debug for VerifyLayer<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyLayer").field("verifier", &self.verifier).field("dedupe", &self.dedupe).finish()
    }
}

impl<S, E: Event> Layer<S> for VerifyLayer<E> {
    type Service = Verify<S, E>;

    fn layer(&self, inner: S) -> Self::Service {
        Verify { inner, layer: self.clone() }
    }
}

/// The service that [`VerifyLayer`] makes.
pub struct Verify<S, E: Event> {
    inner: S,
    layer: VerifyLayer<E>,
}

impl<S: Clone, E: Event> Clone for Verify<S, E> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), layer: self.layer.clone() }
    }
}

impl<S: fmt::Debug, E: Event> fmt::Debug for Verify<S, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verify").field("inner", &self.inner).field("layer", &self.layer).finish()
    }
}

impl<S, E> Service<Request> for Verify<S, E>
where
    S: Service<Request, Error = Infallible> + Clone + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
    E: Event + Clone,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    /// Always ready: what is behind is asked once a delivery is verified, so that a forgery takes none of its capacity.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Self { inner, layer } = self.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let verified = match receive_post::<E>(&layer.verifier, &parts, body).await {
                Ok(verified) => verified,
                Err(rejection) => return Ok(refuse(layer.dedupe.as_ref(), rejection)),
            };
            let proof = Proof::by(layer.verifier);
            let Some(dedupe) = layer.dedupe else { return run(inner, parts, verified, proof).await };
            let route = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str);
            let delivery = match dedupe.delivery(&verified, route) {
                Ok(delivery) => delivery,
                Err(rejection) => return Ok(refuse(Some(&dedupe), rejection)),
            };
            let run = async move {
                let succeeded = |answer: &Result<Response, Infallible>| {
                    answer.as_ref().is_ok_and(|response| response.status().is_success())
                };
                dedupe.run(delivery, run(inner, parts, verified, proof), succeeded).await
            };
            // What the handler logs belongs to the request's span, though it outlives the request.
            let run = tokio::spawn(run.in_current_span());
            match Dedupe::joined(run).await {
                Ok(Ran::Answer(answer)) => answer,
                Ok(Ran::Repeat) => Ok(StatusCode::OK.into_response()),
                Err(rejection) => Ok(rejection.into_response()),
            }
        })
    }
}

async fn receive_post<E: Event>(
    verifier: &Verifier<E::Provider>,
    parts: &Parts,
    body: Body,
) -> Result<Verified<E>, Rejection> {
    let is_post = only_post::<E::Provider>(parts.method.as_str(), ADD_OUTSIDE);
    verify(is_post, verifier, &parts.headers, body).await
}

const ADD_OUTSIDE: &str =
    "add other methods outside of the layer, as in post(hook).layer(verify).get(handshake)";

fn refuse(dedupe: Option<&Dedupe>, rejection: Rejection) -> Response {
    dedupe.inspect(|dedupe| dedupe.note_refusal(&rejection));
    rejection.into_response()
}

/// Hands the delivery to what is behind.
async fn run<S, E>(
    mut inner: S,
    parts: Parts,
    verified: Verified<E>,
    proof: Proof<E>,
) -> Result<Response, Infallible>
where
    S: Service<Request, Error = Infallible>,
    S::Response: IntoResponse,
    E: Event + Clone,
{
    let mut request = Request::from_parts(parts, Body::from(verified.body().clone()));
    DefaultBodyLimit::disable().apply(&mut request);
    request.extensions_mut().insert(proof);
    request.extensions_mut().insert(verified);
    poll_fn(|cx| inner.poll_ready(cx)).await?;
    inner.call(request).await.map(IntoResponse::into_response)
}
