//! actix-web: [`Verified`] as an extractor, [`VerifyMiddleware`](crate::VerifyMiddleware) as a middleware, [`Rejection`] as a response.
//!
//! The extractor takes its verifier from `app_data`, as `web::Data<Verifier<P>>` or as `Verifier<P>` itself:
//!
//! ```
//! use actix_web::{App, HttpResponse, web};
//! use countersign::{Massu, Secret, Verified, Verifier, massu};
//!
//! async fn hook(event: Verified<massu::Event>) -> HttpResponse {
//!     println!("{}", event.event_type());
//!     HttpResponse::NoContent().finish()
//! }
//!
//! let verifier = Verifier::<Massu>::new(Secret::new("whsec_abc123")?)?;
//! let app = App::new().app_data(web::Data::new(verifier)).route("/webhooks/massu", web::post().to(hook));
//! # Ok::<(), countersign::ConfigError>(())
//! ```
//!
//! A handler that takes `Result<Verified<E>, Rejection>` answers refusals itself.
//!
//! # Arguments that let a forgery in
//!
//! Take `Verified<E>` or `Result<Verified<E>, Rejection>`, and nothing around them. actix-web has extractors that wrap any other one, and
//! this library cannot forbid them:
//!
//! - `Option<Verified<E>>` is `None` for a forgery, and **the handler runs**.
//! - `Either<Verified<E>, web::Bytes>` gives a handler the bytes of the forgery, and **the handler runs**.
//!
//! Let `Verified<E>` be the first argument that reads the body. A `web::Bytes`, `web::Json<T>` or `String` in front of it takes the body
//! away, and every genuine delivery is refused with 401. Behind a `VerifyMiddleware` the order does not matter, because all arguments get
//! the body.
//!
//! # A secret for each tenant
//!
//! A type of your own implements [`Resolve`], which looks up the verifier of a request:
//!
//! ```
//! use std::collections::HashMap;
//! use std::sync::Arc;
//!
//! use actix_web::{HttpRequest, HttpResponse, web};
//! use countersign::actix::Resolve;
//! use countersign::dedupe::Dedupe;
//! use countersign::{Hook, Rejection, Secret, Verified, Verifier, VerifyMiddleware, hook};
//!
//! #[derive(Clone)]
//! struct App(Arc<Inner>);
//!
//! struct Inner {
//!     /// It has the settings of all tenants.
//!     template: Verifier<Hook>,
//!     /// A real service asks its database.
//!     secrets: HashMap<String, Secret>,
//! }
//!
//! impl Resolve<Hook> for App {
//!     async fn resolve(&self, request: &HttpRequest) -> Result<Option<Verifier<Hook>>, Rejection> {
//!         let tenant = request.match_info().query("tenant");
//!         let Some(secret) = self.0.secrets.get(tenant) else { return Ok(None) };
//!         let verifier = self.0.template.for_tenant(tenant, secret.clone());
//!         verifier.map(Some).map_err(Rejection::lookup_failed)
//!     }
//!
//!     fn template(&self) -> Option<Verifier<Hook>> {
//!         Some(self.0.template.clone())
//!     }
//! }
//!
//! async fn hook(event: Verified<hook::Event>) -> HttpResponse {
//!     println!("{:?}: {}", event.tenant(), event.event_type());
//!     HttpResponse::NoContent().finish()
//! }
//!
//! fn configure(config: &mut web::ServiceConfig, app: App, dedupe: Dedupe) {
//!     let verify = VerifyMiddleware::<hook::Event, _>::resolving(app).dedupe(dedupe);
//!     config.service(web::resource("/hooks/{tenant}").wrap(verify).route(web::post().to(hook)));
//! }
//! ```
//!
//! Wrap the resource, because the middleware of a scope does not see the parameters of the path. The extractor takes the event from
//! the middleware. An app without the middleware gives the extractor its look-up by `.app_data(Resolver::<Hook>::new(app))`.
//!
//! # Workers
//!
//! Make a verifier before `HttpServer::new`, and clone it for each worker. A verifier that a worker makes by itself does not see
//! [`replace_secrets`](crate::Verifier::replace_secrets) of the others, and has a [`total_body_limit`](crate::Verifier::total_body_limit)
//! of its own.
//!
//! # Refused requests
//!
//! The rest of a refused body is read and discarded, up to 8 MiB and for 2 seconds, and then the request is answered. Otherwise, a client
//! that sends its whole body first would see a broken connection instead of the answer.
//!
//! `HttpServer` sends `100 Continue` to a client that waits for it before any middleware or extractor runs. The client then sends its body
//! even if its headers are refused, and the body is discarded too. `examples/actix-receiver/src/serve.rs` shows a server that judges the
//! headers first.

mod resolve;
mod service;

use std::future::{Future, ready};
use std::pin::Pin;

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderValue};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, Responder, ResponseError, rt};
use tokio::time::sleep;

use self::resolve::Configured;
pub use self::resolve::{Resolve, Resolver};
pub use self::service::VerifyService;
use crate::dedupe::Handled;
use crate::handshake::{Refusal, Reply};
use crate::headers::Names;
use crate::middleware::Proof;
use crate::receive::{DISCARDING_TIME, Unread, expects_continue};
use crate::{Answer, Event, Headers, Provider, Rejection, Verified, Verifier, report};

/// Takes the verifier or the [`Resolver`] from `app_data`, verifies the whole request, and returns the event.
///
/// **Never take it in an `Option` or an `Either`.** These are extractors of actix-web, and they run the handler for a forgery too.
///
/// Take it before every other argument that reads the body, such as `web::Bytes`. If the bytes are gone, it answers 401.
///
/// Neither rule matters behind a [`VerifyMiddleware`](crate::VerifyMiddleware) with the same verifier, because that has refused the forgery
/// before.
impl<E: Event> FromRequest for Verified<E> {
    type Error = Rejection;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Rejection>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let configured = Configured::of(request);
        if let Ok(configured) = &configured
            && let Some(verified) = left_in_front(request, configured)
        {
            return Box::pin(ready(Ok(verified)));
        }
        let request = request.clone();
        let body = unread(&request, payload.take());
        Box::pin(async move {
            let found = match configured {
                Ok(configured) => configured.find(&request).await,
                Err(rejection) => Err(rejection),
            };
            Ok(receive(body, found, &request).await?.0)
        })
    }
}

/// The event that a middleware in front has verified. It stays in the extensions for the next extractor.
fn left_in_front<E: Event>(
    request: &HttpRequest,
    configured: &Configured<E::Provider>,
) -> Option<Verified<E>> {
    let own = match configured {
        Configured::Nothing => None,
        Configured::Verifier(verifier) => Some(verifier),
        // The look-up may find another tenant than that of the middleware.
        Configured::Resolver(_) => return None,
    };
    let extensions = request.extensions();
    // The event stays there for the next extractor of the same handler.
    let (proof, verified) = (extensions.get::<Proof<E>>()?, extensions.get()?);
    proof.counts_for(own).then(|| proof.copy(verified))
}

fn misconfigured<P: Provider>(advice: &'static str) -> Rejection {
    report::refused(P::NAME, None, Rejection::Misconfigured { provider: P::NAME, advice })
}

/// Verifies a request, if a verifier was found for it. Otherwise, and if it is refused, the rest of its body is discarded.
async fn receive<E: Event>(
    mut body: Unread<Payload>,
    found: Result<Verifier<E::Provider>, Rejection>,
    request: &HttpRequest,
) -> Result<(Verified<E>, Verifier<E::Provider>), Rejection> {
    match body.receive::<E>(found, request.headers()).await {
        Ok((mut verified, verifier)) => {
            verified.delivery.route = route(request).map(Into::into);
            Ok((verified, verifier))
        }
        Err(rejection) => {
            discard(body).await;
            Err(rejection)
        }
    }
}

/// The pattern of the route that the request is on its way to.
///
/// actix-web knows the route once it has reached it. Further out, such as in the middleware of a scope, `match_pattern` looks for the
/// path as it was sent, and a path with escapes would find another pattern than the router, which decodes them first.
fn route(request: &HttpRequest) -> Option<String> {
    let (sent, decoded) = (request.path(), request.match_info().as_str());
    let (pattern, routes) = (request.match_pattern(), request.resource_map());
    if sent == decoded || pattern != routes.match_pattern(sent) {
        return pattern;
    }
    routes.match_pattern(decoded)
}

/// Discards the unread body of a refused request, so that the client sees the answer. The caller awaits this before it answers, because
/// actix-web closes a connection with unread bytes right after the answer.
async fn discard(mut body: Unread<Payload>) {
    body.discard().await;
    if body.is_under_way() {
        // If the payload is dropped before the answer, actix-web reads a chunked body to its end, and that may be far. If the payload is
        // still there, actix-web closes the connection after the answer. So the payload is kept until the answer has been sent.
        rt::spawn(async move {
            sleep(DISCARDING_TIME).await;
            drop(body);
        });
    }
}

/// The raw body, which nothing in actix-web has decoded or limited.
///
/// In HTTP/1.1, the server has already sent `100 Continue`. In HTTP/2, it never sends one.
fn unread(request: &HttpRequest, payload: Payload) -> Unread<Payload> {
    let asked =
        matches!(payload, Payload::H1 { .. }) || !expects_continue(request.headers().values("expect"));
    Unread::new(asked, payload)
}

impl ResponseError for Rejection {
    fn status_code(&self) -> StatusCode {
        self.answer().status_code()
    }

    fn error_response(&self) -> HttpResponse {
        self.answer().error_response()
    }
}

impl ResponseError for Answer {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        for (name, value) in self.headers() {
            response.insert_header((name, &*value));
        }
        response.body(self.body())
    }
}

/// The answer to a handshake, for a handler that answers deliveries with an `HttpResponse` too.
impl From<Reply> for HttpResponse {
    fn from(reply: Reply) -> Self {
        let status = StatusCode::from_u16(reply.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = Self::build(status);
        for header in reply.headers() {
            response.insert_header(header);
        }
        response.body(reply.into_body())
    }
}

/// The answer to a handshake.
impl Responder for Reply {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.into()
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.answer().status_code()
    }

    fn error_response(&self) -> HttpResponse {
        self.answer().error_response()
    }
}

/// The handler's answer, or the library's in its place.
impl<R: Responder + 'static> Responder for Handled<R> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        match self.into_answer() {
            Ok(answer) => answer.respond_to(request).map_into_boxed_body(),
            Err(instead) => instead.error_response(),
        }
    }
}

impl Headers for HeaderMap {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.get_all(name).map(HeaderValue::as_bytes)
    }

    fn visit<'a>(&'a self, names: Names<'a>, mut take: impl FnMut(usize, &'a [u8])) {
        for (name, value) in self {
            names.places(name.as_str(), |place| take(place, value.as_bytes()));
        }
    }
}
