//! Requests that are dropped or refused leave no allocated byte behind.

use std::future::pending;
use std::io;
use std::time::Duration;

use actix_http::BoxedPayloadStream;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, web};
use allocation_counter::measure;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::{Router, post};
use bytes::Bytes;
use countersign::testing::SignedRequest;
use countersign::{Massu, Secret, Verified, Verifier, VerifyMiddleware, massu};
use futures_util::{Stream, StreamExt as _, stream};
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;
use tokio::time::{sleep, timeout};
use tower::ServiceExt as _;

const CLIENTS: usize = 500;
const PATHS: [&str; 2] = ["/extractor", "/middleware"];

/// The second half of a body of 100 000 bytes.
#[derive(Clone, Copy, Debug)]
enum Then {
    Stops,
    Breaks,
    Ends,
}

const ENDS: [Then; 3] = [Then::Stops, Then::Breaks, Then::Ends];

fn secret() -> Secret {
    Secret::new("whsec_leaks").unwrap()
}

fn verifier() -> Verifier<Massu> {
    Verifier::new(secret()).unwrap().read_timeout(Duration::from_secs(10))
}

async fn hook(event: Verified<massu::Event>) -> String {
    event.event_type().to_owned()
}

/// A request that is signed for another body, and one that is not signed.
fn requests() -> [SignedRequest; 2] {
    let signed = SignedRequest::new::<Massu>(&secret(), "{}");
    [signed.clone(), signed.without("x-massu-signature-256")]
}

fn body<E: 'static>(then: Then, broken: fn() -> E) -> impl Stream<Item = Result<Bytes, E>> + Send {
    let half = stream::iter((0..50).map(|_| Ok(Bytes::from(vec![b'a'; 1000]))));
    let rest = stream::once(async move {
        match then {
            Then::Stops => pending().await,
            Then::Breaks => Err(broken()),
            Then::Ends => Ok(Bytes::new()),
        }
    });
    half.chain(rest)
}

/// A runtime with a paused clock, which goes on when no task is ready.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

/// Sends a request of each kind. Its client waits one second for the answer, and hangs up then.
async fn to_axum(app: &Router) {
    for path in PATHS {
        for (request, then) in requests().iter().flat_map(|request| ENDS.map(|then| (request, then))) {
            let mut builder = Request::post(path);
            for (name, value) in request.headers() {
                builder = builder.header(name, value.as_slice());
            }
            let body = Body::from_stream(body(then, || io::Error::from(io::ErrorKind::ConnectionReset)));
            let answer = app.clone().oneshot(builder.body(body).unwrap());
            drop(timeout(Duration::from_secs(1), answer).await);
        }
    }
    // The tasks that discard bodies end within this time.
    sleep(Duration::from_secs(3)).await;
}

fn axum_app() -> Router {
    let layer = VerifyMiddleware::<massu::Event>::new(verifier());
    let behind = Router::new().route("/middleware", post(hook)).layer(layer);
    Router::new().route("/extractor", post(hook)).merge(behind).with_state(verifier())
}

#[track_caller]
fn assert_nothing_is_kept(mut round: impl FnMut()) {
    // The first rounds fill the pools of the frameworks.
    round();
    let kept = measure(|| (0..CLIENTS.div_ceil(12)).for_each(|_| round()));
    assert!(kept.bytes_total > 100_000, "it counts: {kept:?}");
    assert_eq!((kept.count_current, kept.bytes_current), (0, 0), "{kept:?}");
}

#[test]
fn in_axum() {
    let (runtime, app) = (runtime(), axum_app());
    assert_nothing_is_kept(|| runtime.block_on(to_axum(&app)));
}

#[test]
fn in_actix_web() {
    let (runtime, local) = (runtime(), LocalSet::new());
    let app = local.block_on(&runtime, async {
        let verify = VerifyMiddleware::<massu::Event>::new(verifier());
        let app = App::new()
            .app_data(web::Data::new(verifier()))
            .route("/extractor", web::post().to(hook))
            .service(web::resource("/middleware").wrap(verify).post(hook));
        init_service(app).await
    });
    assert_nothing_is_kept(|| {
        local.block_on(&runtime, async {
            for path in PATHS {
                for (request, then) in requests().iter().flat_map(|request| ENDS.map(|then| (request, then)))
                {
                    let mut builder = TestRequest::post().uri(path);
                    for (name, value) in request.headers() {
                        builder = builder.append_header((name.as_str(), value.as_slice()));
                    }
                    let body: BoxedPayloadStream = Box::pin(body(then, || PayloadError::Incomplete(None)));
                    let (request, _) = builder.to_request().replace_payload(Payload::from(body));
                    drop(timeout(Duration::from_secs(1), call_service(&app, request)).await);
                }
            }
            sleep(Duration::from_secs(5)).await;
        });
    });
}
