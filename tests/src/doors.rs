//! The doors: all ways to hand a delivery to the library. A door is a function from a case to its outcome.
//!
//! A new door is one function and one line in [`DOORS`]. It returns `None` for a case that does not apply to it.

mod actix;

use std::convert::Infallible;
use std::pin::Pin;

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{self, HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, Router, post};
use bytes::Bytes;
use countersign::{
    Event, Headers, Provider, Rejection, Scheme, Verified, Verifier, VerifyError, VerifyMiddleware,
    for_each_provider,
};
use futures_util::stream;
use tower::ServiceExt;

use crate::{Case, Seen};

/// The outcome of a case at a door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The answer of a door for whole requests.
    Answer {
        /// The HTTP status.
        status: u16,
        /// Names and values, sorted. The length is left out, because the door has compared it with the body.
        headers: Vec<(String, String)>,
        /// The body. It is [`Seen`] if the request reached the handler.
        body: String,
        /// The cause of a refusal, or `None` if the door does not tell it.
        reason: Option<String>,
    },
    /// The verdict of a door for signatures, with the reason of a refusal.
    Verdict(Result<(), String>),
}

/// A door.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    /// Its name.
    pub name: &'static str,
    /// Hands a case to the door.
    pub run: for<'a> fn(&'a Case) -> Run<'a>,
}

/// A case at a door. The result is `None` if the case does not apply to the door.
pub type Run<'a> = Pin<Box<dyn Future<Output = Option<Outcome>> + 'a>>;

/// Awaits an expression in which `$event` is the event type of the case's provider.
macro_rules! run_with_event {
    ({ $case:ident, $event:ident, $run:expr } $($provider:ident $module:ident,)+) => {
        match $case.provider.as_str() {
            $(<countersign::$provider as Provider>::NAME => {
                type $event = countersign::$module::Event;
                $run.await
            })+
            other => panic!("no provider {other}"),
        }
    };
}

/// Makes a list of doors from expressions that use the event type of the case's provider.
macro_rules! doors {
    ($($name:literal => |$case:ident, $event:ident| $run:expr),+ $(,)?) => {&[$(
        Door {
            name: $name,
            run: |$case| Box::pin(async move { for_each_provider!(run_with_event, $case, $event, $run) }),
        },
    )+]};
}

/// All doors.
pub const DOORS: &[Door] = doors! {
    "verify" => |case, E| function::<E>(case),
    "Scheme::verify" => |case, E| scheme::<E>(case),
    "Verifier::verify" => |case, E| verifier::<E>(case),
    "Incoming, whole" => |case, E| incoming::<E>(case, usize::MAX),
    "Incoming, 7 bytes" => |case, E| incoming::<E>(case, 7),
    "Incoming, 1 byte" => |case, E| incoming::<E>(case, 1),
    "axum extractor" => |case, E| axum(case, post(hook::<E>), Body::from),
    "axum extractor in a Result, 1000 bytes" => |case, E| axum(case, post(hook_or_not::<E>), chunked_body),
    "axum layer" => |case, E| axum(case, behind::<E>(case, post(extended::<E>)), Body::from),
    "axum extractor behind the layer, 1000 bytes" =>
        |case, E| axum(case, behind::<E>(case, post(hook::<E>)), chunked_body),
    "actix extractor" => |case, E| actix::extractor::<E>(case, usize::MAX),
    "actix extractor, 1000 bytes" => |case, E| actix::extractor::<E>(case, 1000),
    "actix middleware" => |case, E| actix::middleware::<E>(case, usize::MAX),
    "actix extractor behind the middleware, 1000 bytes" => |case, E| actix::extractor_behind::<E>(case, 1000),
};

async fn function<E: Event>(case: &Case) -> Option<Outcome> {
    if E::Provider::SCHEME.tag_prefix() != "sha256=" {
        return None;
    }
    verdict::<E>(case, |_, secret, body, value| countersign::verify(secret, body, value))
}

async fn scheme<E: Event>(case: &Case) -> Option<Outcome> {
    verdict::<E>(case, Scheme::verify)
}

/// The verdict on a case that depends on one signature and one secret alone.
fn verdict<E: Event>(
    case: &Case,
    verify: fn(&Scheme, &countersign::Secret, Bytes, Vec<u8>) -> Result<(), VerifyError>,
) -> Option<Outcome> {
    let (scheme, headers, secret) = (E::Provider::SCHEME, case.headers(), case.only_secret()?);
    let mut values = headers.values(scheme.header());
    let (Some(value), None, 200 | 400 | 401) = (values.next(), values.next(), case.expect.status) else {
        return None;
    };
    let verdict = verify(&scheme, &secret, case.body(), value.to_vec());
    Some(Outcome::Verdict(verdict.map_err(|reason| format!("{reason:?}"))))
}

fn verifier_of<P: Provider>(case: &Case) -> Verifier<P> {
    let verifier = Verifier::new(case.secrets()).unwrap();
    match case.limit {
        Some(limit) => verifier.body_limit(limit),
        None => verifier,
    }
}

async fn verifier<E: Event>(case: &Case) -> Option<Outcome> {
    Some(answer(verifier_of(case).verify::<E>(&case.headers(), case.body())))
}

async fn incoming<E: Event>(case: &Case, size: usize) -> Option<Outcome> {
    Some(answer(in_chunks::<E>(case, size)))
}

fn in_chunks<E: Event>(case: &Case, size: usize) -> Result<Verified<E>, Rejection> {
    let mut incoming = verifier_of(case).begin(&case.headers())?;
    for chunk in chunks(&case.body(), size) {
        incoming.update(chunk)?;
    }
    incoming.verify()
}

fn chunks(body: &Bytes, size: usize) -> impl Iterator<Item = Bytes> + use<> {
    let mut rest = body.clone();
    std::iter::from_fn(move || (!rest.is_empty()).then(|| rest.split_to(size.min(rest.len()))))
}

/// The answer that a door with HTTP would give.
fn answer<E: Event>(verdict: Result<Verified<E>, Rejection>) -> Outcome {
    let json = ("content-type".to_owned(), "application/json".to_owned());
    match verdict {
        Ok(verified) => Outcome::Answer {
            status: 200,
            headers: vec![json],
            body: Seen::of(&verified).json(),
            reason: None,
        },
        Err(rejection) => Outcome::Answer {
            status: rejection.status(),
            headers: headers_of(&rejection),
            body: rejection.body().to_owned(),
            reason: Some(reason(&rejection)),
        },
    }
}

fn headers_of(rejection: &Rejection) -> Vec<(String, String)> {
    let mut headers: Vec<_> =
        rejection.answer().headers().map(|(name, value)| (name.to_owned(), value.into_owned())).collect();
    headers.sort();
    headers
}

/// The cause of a refusal, as the table names it.
fn reason(rejection: &Rejection) -> String {
    match rejection {
        Rejection::InvalidSignature { reason, .. } => format!("{reason:?}"),
        Rejection::MalformedEnvelope(error) => format!("{error:?}"),
        // The name of the variant. Its fields are the receiver's own settings.
        other => format!("{other:?}").split(' ').next().unwrap().to_owned(),
    }
}

/// The handler that every adapter is tried with.
async fn hook<E: Event>(event: Verified<E>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], Seen::of(&event).json()).into_response()
}

async fn hook_or_not<E: Event>(event: Result<Verified<E>, Rejection>) -> Response {
    match event {
        Ok(event) => hook(event).await,
        Err(rejection) => rejection.into_response(),
    }
}

async fn extended<E: Event + Clone>(Extension(event): Extension<Verified<E>>) -> Response {
    hook(event).await
}

/// The route behind a layer that has a verifier of its own.
fn behind<E: Event + Clone>(
    case: &Case,
    route: MethodRouter<Verifier<E::Provider>>,
) -> MethodRouter<Verifier<E::Provider>> {
    route.layer(VerifyMiddleware::<E>::new(verifier_of(case)))
}

#[expect(clippy::needless_pass_by_value, reason = "has the signature of `Body::from`")]
fn chunked_body(body: Bytes) -> Body {
    Body::from_stream(stream::iter(chunks(&body, 1000).map(Ok::<_, Infallible>)))
}

async fn axum<P: Provider>(
    case: &Case,
    route: MethodRouter<Verifier<P>>,
    body: fn(Bytes) -> Body,
) -> Option<Outcome> {
    let mut request = Request::post("/").body(body(case.body())).unwrap();
    *request.headers_mut() = header_map(case)?;
    let service = Router::new().route("/", route).with_state(verifier_of::<P>(case));
    Some(answer_of(service.oneshot(request).await.unwrap()).await)
}

/// `None` if a value has a NUL or a line break, which no HTTP library lets through.
fn header_map(case: &Case) -> Option<HeaderMap> {
    let mut map = HeaderMap::new();
    for (name, value) in case.headers() {
        map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_bytes(&value).ok()?);
    }
    Some(map)
}

async fn answer_of(response: http::Response<Body>) -> Outcome {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let mut headers: Vec<(String, String)> = Vec::new();
    for (name, value) in &parts.headers {
        if name == header::CONTENT_LENGTH {
            assert_eq!(value, &body.len().to_string());
        } else {
            headers.push((name.to_string(), value.to_str().unwrap().to_owned()));
        }
    }
    headers.sort();
    let body = String::from_utf8(body.to_vec()).unwrap();
    Outcome::Answer { status: parts.status.as_u16(), headers, body, reason: None }
}
