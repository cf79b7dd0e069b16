//! The requests of the page, and their answers.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::spawn_blocking;

use super::actions::{self, Order, Search};
use super::assets::{ASSETS, safety};
use super::delivery::Answerer;
use super::detail::Detail;
use super::{Inspector, Setup, curl, live};
use crate::commands::listen::Received;
use crate::failure::{Failure, Result};

pub(super) type Body = UnsyncBoxBody<Bytes, Infallible>;

/// An answer, or the reason why there is none.
type Answer = Result<Response<Body>, (StatusCode, String)>;

/// Largest body of an order, in bytes.
const ORDER: usize = 4 * 1024;

const JSON: &str = "application/json";

/// Answers a request of the page, if it is one.
pub(super) async fn answer(inspector: Arc<Inspector>, request: Request<Incoming>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let checked = match parts.uri.authority() {
        // A browser sends the path alone. The host of a whole address would not have been checked.
        Some(_) => Err(super::guard::Refusal::Host),
        None => inspector.guard.check(&parts.method, path, &parts.headers),
    };
    let answer = match checked {
        Ok(Some(path)) if parts.method == Method::GET => read(&inspector, path).await,
        Ok(Some(path)) if parts.method == Method::POST => act(&inspector, path, body).await,
        Ok(None) if parts.method == Method::GET => Ok(redirect(&inspector)),
        Ok(_) => Err((StatusCode::METHOD_NOT_ALLOWED, "GET or POST".to_owned())),
        Err(refusal) => Err((StatusCode::FORBIDDEN, refusal.as_str().to_owned())),
    };
    let mut response = answer.unwrap_or_else(|(status, reason)| error(status, &reason));
    response.headers_mut().extend(safety());
    response
}

async fn read(inspector: &Arc<Inspector>, path: &str) -> Answer {
    if let Some((_, kind, content)) = ASSETS.iter().find(|(name, ..)| *name == path) {
        return Ok(response(kind, Bytes::from_static(content.as_bytes())));
    }
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["about"] => json(&inspector.about().map_err(failed)?),
        ["events"] => Ok(live::response(Arc::clone(inspector))),
        ["deliveries", number] => detail(inspector, number).await,
        ["deliveries", number, "curl"] => {
            let received = find(inspector, number)?.1;
            let command = curl::command(&received, &inspector.setup).map_err(failed)?;
            Ok(response("text/plain; charset=utf-8", command.into()))
        }
        ["deliveries", number, "request.http"] => {
            let received = find(inspector, number)?.1;
            let mut file = response("application/octet-stream", actions::as_file(&received).into());
            file.headers_mut().insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
            Ok(file)
        }
        _ => Err(unknown()),
    }
}

async fn act(inspector: &Arc<Inspector>, path: &str, body: Incoming) -> Answer {
    let body = Limited::new(body, ORDER)
        .collect()
        .await
        .map_err(|error| (StatusCode::BAD_REQUEST, format!("the order cannot be read: {error}")))?
        .to_bytes();
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["clear"] => {
            inspector.store.clear();
            json(&())
        }
        ["send"] => send(inspector, understood(&body)?).await,
        ["search"] => search(inspector, understood(&body)?).await,
        ["deliveries", number, "replay"] => replay(inspector, number).await,
        _ => Err(unknown()),
    }
}

async fn send(inspector: &Arc<Inspector>, order: Order) -> Answer {
    let (inspector, place) = (Arc::clone(inspector), place_to_send(inspector)?);
    let sent = blocking(place, move || {
        let Setup { provider, secret, forward, .. } = &inspector.setup;
        actions::send(provider, secret, forward.as_ref().ok_or_else(no_target)?, &order)
    });
    json(&sent.await?)
}

async fn search(inspector: &Arc<Inspector>, search: Search) -> Answer {
    let (inspector, place) = (Arc::clone(inspector), place_to_work(inspector).await?);
    json(&blocking(place, move || Ok(actions::search(&inspector.store, &search))).await?)
}

async fn replay(inspector: &Arc<Inspector>, number: &str) -> Answer {
    let (number, received) = find(inspector, number)?;
    let (inspector, place) = (Arc::clone(inspector), place_to_send(inspector)?);
    let replayed = blocking(place, move || {
        let target = inspector.setup.forward.as_ref().ok_or_else(no_target)?;
        let (answered, _) = actions::ask(target, &received.request, Answerer::Replay);
        inspector.answered(number, answered);
        Ok(())
    });
    json(&replayed.await?)
}

/// A comparison of large bodies takes some time.
async fn detail(inspector: &Arc<Inspector>, number: &str) -> Answer {
    let (number, _) = find(inspector, number)?;
    let (inspector, place) = (Arc::clone(inspector), place_to_work(inspector).await?);
    let detail =
        blocking(place, move || Ok(Detail::new(&inspector.setup.provider, &inspector.store, number))).await?;
    json(&detail.ok_or_else(gone)?)
}

fn find(inspector: &Inspector, number: &str) -> Result<(u64, Arc<Received>), (StatusCode, String)> {
    let number = number.parse().map_err(|_| unknown())?;
    let delivery = inspector.store.get(number).ok_or_else(gone)?;
    Ok((number, delivery.received))
}

fn understood<T: DeserializeOwned>(body: &[u8]) -> Result<T, (StatusCode, String)> {
    serde_json::from_slice(body)
        .map_err(|_| (StatusCode::BAD_REQUEST, "the order is not understood".to_owned()))
}

/// A place for a request to the forward target. The receiver of deliveries needs threads as well, so a page may not take all of them.
fn place_to_send(inspector: &Inspector) -> Result<OwnedSemaphorePermit, (StatusCode, String)> {
    Arc::clone(&inspector.sending).try_acquire_owned().map_err(|_| {
        let reason = "the forward target has not answered earlier requests; wait for it".to_owned();
        (StatusCode::SERVICE_UNAVAILABLE, reason)
    })
}

/// A place for work that ends soon.
async fn place_to_work(inspector: &Inspector) -> Result<OwnedSemaphorePermit, (StatusCode, String)> {
    Arc::clone(&inspector.working).acquire_owned().await.map_err(|error| failed(Failure::new(error)))
}

/// Runs work that blocks, away from the connections. It keeps its place until it ends, even if the page is closed.
async fn blocking<T: Send + 'static>(
    place: OwnedSemaphorePermit,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T, (StatusCode, String)> {
    let work = move || {
        let done = work();
        drop(place);
        done
    };
    let done = spawn_blocking(work).await;
    done.map_err(|_| (StatusCode::INTERNAL_SERVER_ERROR, "the inspector has a bug".to_owned()))?
        .map_err(failed)
}

fn no_target() -> Failure {
    Failure::new("there is no forward target; start the listener with --forward URL")
}

fn failed(failure: Failure) -> (StatusCode, String) {
    let message = match failure {
        Failure::Message(message) => message,
        Failure::OutputClosed => "the listener ends".to_owned(),
    };
    (StatusCode::BAD_GATEWAY, message)
}

fn unknown() -> (StatusCode, String) {
    (StatusCode::NOT_FOUND, "the inspector has no such page".to_owned())
}

fn gone() -> (StatusCode, String) {
    (StatusCode::NOT_FOUND, "this delivery was dropped".to_owned())
}

fn redirect(inspector: &Inspector) -> Response<Body> {
    let mut response = response("text/plain", Bytes::new());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    if let Ok(address) = HeaderValue::from_str(&inspector.guard.address()) {
        response.headers_mut().insert(LOCATION, address);
    }
    response
}

fn error(status: StatusCode, reason: &str) -> Response<Body> {
    let body = serde_json::json!({ "error": reason }).to_string();
    let mut response = response(JSON, body.into());
    *response.status_mut() = status;
    response
}

fn json(value: &impl Serialize) -> Answer {
    let text = serde_json::to_vec(value).map_err(|error| failed(Failure::from(error)))?;
    Ok(response(JSON, text.into()))
}

fn response(kind: &'static str, body: Bytes) -> Response<Body> {
    with_body(kind, Full::new(body).boxed_unsync())
}

pub(super) fn with_body(kind: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let (name, value): (HeaderName, _) = (CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(name, value);
    response
}
