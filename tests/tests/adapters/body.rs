//! Bodies as a framework delivers them: slow, broken, endless, with trailers, and under the framework's own limit.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{DefaultBodyLimit, FromRef, Request};
use axum::http::header::EXPECT;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::routing::{Router, post};
use countersign::testing::{Samples, SignedRequest};
use countersign::{
    Hook, Massu, Muchaw, Mutx, Secret, Verified, Verifier, Workspace, hook, massu, muchaw, mutx, workspace,
};
use futures_util::{StreamExt, stream};
use http_body_util::{BodyExt, Full};
use tokio::time::Instant;
use tower::ServiceExt;

fn secret() -> Secret {
    Secret::new("s").unwrap()
}

/// A state that counts the deliveries that reach the handler.
#[derive(Clone)]
struct State {
    verifier: Verifier<Workspace>,
    runs: Arc<AtomicUsize>,
}

impl FromRef<State> for Verifier<Workspace> {
    fn from_ref(state: &State) -> Self {
        state.verifier.clone()
    }
}

struct Service {
    router: Router,
    runs: Arc<AtomicUsize>,
}

impl Service {
    fn new(verifier: Verifier<Workspace>) -> Self {
        let state = State { verifier, runs: Arc::default() };
        let runs = Arc::clone(&state.runs);
        let hook = |axum::extract::State(state): axum::extract::State<State>,
                    event: Verified<workspace::Event>| async move {
            state.runs.fetch_add(1, Ordering::Relaxed);
            event.into_inner().into_bytes()
        };
        Self { router: Router::new().route("/", post(hook)).with_state(state), runs }
    }

    async fn answer(&self, request: Request) -> (u16, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    fn runs(&self) -> usize {
        self.runs.load(Ordering::Relaxed)
    }
}

fn signed(body: &'static str) -> HeaderMap {
    headers(&SignedRequest::new::<Workspace>(&secret(), body))
}

fn headers(request: &SignedRequest) -> HeaderMap {
    let pairs = request.headers().iter().map(|(name, value)| {
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_bytes(value).unwrap())
    });
    pairs.collect()
}

fn request(headers: HeaderMap, body: Body) -> Request {
    let mut request = Request::post("/").body(body).unwrap();
    *request.headers_mut() = headers;
    request
}

/// A body that panics if anybody reads it.
fn untouchable() -> Body {
    Body::from_stream(stream::poll_fn(|_| -> std::task::Poll<Option<Result<Bytes, Infallible>>> {
        panic!("the body was read")
    }))
}

#[tokio::test]
async fn a_request_with_bad_headers_is_refused_before_its_body_is_read() {
    let service = Service::new(Verifier::new(secret()).unwrap());
    for (name, value, expected) in [
        ("x-signature-256", "sha256=", (401, r#"{"error":"invalid signature"}"#)),
        ("content-encoding", "gzip", (415, r#"{"error":"unsupported content encoding"}"#)),
        ("content-length", "70368744177664", (413, r#"{"error":"body too large"}"#)),
    ] {
        let mut headers = signed("{}");
        headers.insert(name, HeaderValue::from_static(value));
        let (status, body) = service.answer(request(headers, untouchable())).await;
        assert_eq!((status, body.as_str()), expected);
    }
    let (status, _) = service.answer(request(HeaderMap::new(), untouchable())).await;
    assert_eq!((status, service.runs()), (401, 0));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_a_408() {
    for (verifier, seconds) in [
        (Verifier::new(secret()).unwrap(), 10),
        (Verifier::new(secret()).unwrap().read_timeout(Duration::from_secs(3)), 3),
    ] {
        let service = Service::new(verifier);
        let start = Instant::now();
        let body = Body::from_stream(stream::iter([Ok::<_, Infallible>("{")]).chain(stream::pending()));
        let (status, body) = service.answer(request(signed("{}"), body)).await;
        assert_eq!((status, body.as_str()), (408, r#"{"error":"body timeout"}"#));
        // Tokio's timer has a resolution of one millisecond.
        assert!((start.elapsed().as_secs_f64() - f64::from(seconds)).abs() < 0.01, "{:?}", start.elapsed());
        assert_eq!(service.runs(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_of_one_byte_a_second_does_not_extend_the_timeout() {
    let service = Service::new(Verifier::new(secret()).unwrap());
    let start = Instant::now();
    let drip = stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Some((Ok::<_, Infallible>("a"), ()))
    });
    let (status, _) = service.answer(request(signed("{}"), Body::from_stream(drip))).await;
    assert_eq!(status, 408);
    assert_eq!(start.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_slow_body_within_the_timeout_is_whole() {
    let service = Service::new(Verifier::new(secret()).unwrap().read_timeout(Duration::MAX));
    let chunks = stream::unfold(0, |at| async move {
        tokio::time::sleep(Duration::from_secs(4)).await;
        Some((Ok::<_, Infallible>("{}".get(at..=at)?), at + 1))
    });
    let answer = service.answer(request(signed("{}"), Body::from_stream(chunks))).await;
    assert_eq!(answer, (200, "{}".to_owned()));
}

#[tokio::test]
async fn a_body_that_ends_with_an_error_is_a_408_even_if_it_is_complete() {
    let service = Service::new(Verifier::new(secret()).unwrap());
    let broken = stream::iter([Ok("{}"), Err(io::Error::from(io::ErrorKind::ConnectionReset))]);
    let (status, body) = service.answer(request(signed("{}"), Body::from_stream(broken))).await;
    assert_eq!((status, body.as_str(), service.runs()), (408, r#"{"error":"body timeout"}"#, 0));
}

fn with_trailers(body: &'static str, trailers: HeaderMap) -> Body {
    Body::new(Full::new(Bytes::from_static(body.as_bytes())).with_trailers(async { Some(Ok(trailers)) }))
}

#[tokio::test]
async fn a_signature_in_the_trailers_is_ignored() {
    let service = Service::new(Verifier::new(secret()).unwrap());
    let (status, _) = service.answer(request(HeaderMap::new(), with_trailers("{}", signed("{}")))).await;
    assert_eq!((status, service.runs()), (401, 0), "a signature in the trailers");

    let answer = service.answer(request(signed("{}"), with_trailers("{}", signed("other")))).await;
    assert_eq!(answer, (200, "{}".to_owned()), "a second signature in the trailers");
}

#[tokio::test]
async fn a_signature_in_the_query_is_ignored() {
    let service = Service::new(Verifier::new(secret()).unwrap());
    let value = signed("{}").get("x-signature-256").unwrap().to_str().unwrap().to_owned();
    let request = Request::post(format!("/?X-Signature-256={value}&x-signature-256={value}"));
    let (status, _) = service.answer(request.body(Body::from("{}")).unwrap()).await;
    assert_eq!((status, service.runs()), (401, 0));
}

#[tokio::test]
async fn the_limit_of_the_framework_is_ignored() {
    let service = Service::new(Verifier::new(secret()).unwrap().body_limit(8));
    for (limit, body, status) in [(4, "12345678", 200), (4, "123456789", 413), (1 << 20, "123456789", 413)] {
        let limited = Service {
            router: service.router.clone().layer(DefaultBodyLimit::max(limit)),
            runs: Arc::default(),
        };
        assert_eq!(
            limited.answer(request(signed(body), Body::from(body))).await.0,
            status,
            "{limit}: {body}"
        );
    }
}

#[tokio::test]
async fn an_endless_body_is_cut_at_the_limit() {
    let service = Service::new(Verifier::new(secret()).unwrap().body_limit(4096));
    let read = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&read);
    let endless = stream::repeat_with(move || {
        count.fetch_add(1000, Ordering::Relaxed);
        Ok::<_, Infallible>(vec![b'a'; 1000])
    });
    let (status, body) = service.answer(request(signed("{}"), Body::from_stream(endless))).await;
    assert_eq!((status, body.as_str()), (413, r#"{"error":"body too large"}"#));
    assert_eq!(read.load(Ordering::Relaxed), 5000, "not a chunk more is read");
}

/// hyper asks a client for its body when the body is polled. The client of a refused request is not asked.
#[tokio::test]
async fn a_body_that_was_not_asked_for_is_not_polled() {
    for (expected, polls) in [(Some("100-continue"), 0), (None, 1)] {
        let service = Service::new(Verifier::new(secret()).unwrap());
        let polled = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&polled);
        let body = stream::once(async move {
            count.fetch_add(1, Ordering::Relaxed);
            Ok::<_, Infallible>("{}")
        });
        let mut headers = HeaderMap::new();
        headers.extend(expected.map(|value| (EXPECT, HeaderValue::from_static(value))));
        assert_eq!(service.answer(request(headers, Body::from_stream(body))).await.0, 401);
        // A task of its own discards the body.
        tokio::task::yield_now().await;
        assert_eq!(polled.load(Ordering::Relaxed), polls, "{expected:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_dropped_half_way_keeps_nothing() {
    let service = Service::new(Verifier::new(secret()).unwrap());
    let held = Arc::new(());
    let inside = Arc::clone(&held);
    let body = stream::iter([Ok::<_, Infallible>("{")]).chain(stream::poll_fn(move |_| {
        let _ = &inside;
        std::task::Poll::Pending
    }));
    let answer = tokio::time::timeout(
        Duration::from_millis(1),
        service.answer(request(signed("{}"), Body::from_stream(body))),
    );
    assert!(answer.await.is_err());
    assert_eq!((Arc::strong_count(&held), service.runs()), (1, 0));
}

#[tokio::test]
async fn obs_text_in_every_header_is_a_401_at_most() {
    let service = Service::new(Verifier::new(secret()).unwrap());
    for byte in (0x21..=0xff_u8).filter(|byte| *byte != 0x7f) {
        for name in ["x-signature-256", "content-encoding", "content-length", "x-massu-event"] {
            let mut headers = signed("{}");
            headers.insert(name, HeaderValue::from_bytes(&[byte]).unwrap());
            let (status, _) = service.answer(request(headers, Body::from("{}"))).await;
            let expected = match name {
                "x-signature-256" => 401,
                "content-encoding" => 415,
                _ => 200,
            };
            assert_eq!(status, expected, "{name}: {byte:#x}");
        }
    }
}

#[tokio::test]
async fn empty_chunks_change_nothing() {
    let service = Service::new(Verifier::new(secret()).unwrap());
    let body = Body::from_stream(stream::iter(["", "{", "", "}", ""].map(Ok::<_, Infallible>)));
    assert_eq!(service.answer(request(signed("{}"), body)).await, (200, "{}".to_owned()));
}

/// The state of a service for all providers, with a verifier for each.
#[derive(Clone)]
struct Providers {
    massu: Verifier<Massu>,
    hook: Verifier<Hook>,
    mutx: Verifier<Mutx>,
    muchaw: Verifier<Muchaw>,
    workspace: Verifier<Workspace>,
}

macro_rules! from_providers {
    ($($field:ident: $provider:ident),+) => {$(
        impl FromRef<Providers> for Verifier<$provider> {
            fn from_ref(providers: &Providers) -> Self {
                providers.$field.clone()
            }
        }
    )+};
}
from_providers!(massu: Massu, hook: Hook, mutx: Mutx, muchaw: Muchaw, workspace: Workspace);

#[tokio::test]
async fn each_provider_of_one_state_is_verified_with_its_own_secret() {
    let key = |name: &str| Secret::new(format!("{name}'s secret")).unwrap();
    let providers = Providers {
        massu: Verifier::new(key("massu")).unwrap(),
        hook: Verifier::new(key("hook")).unwrap(),
        mutx: Verifier::new(key("mutx")).unwrap(),
        muchaw: Verifier::new(key("muchaw")).unwrap(),
        workspace: Verifier::new(key("workspace")).unwrap(),
    };
    let router = Router::new()
        .route("/massu", post(async |event: Verified<massu::Event>| event.event_type().to_owned()))
        .route("/hook", post(async |event: Verified<hook::Event>| event.event_type().to_owned()))
        .route("/mutx", post(async |event: Verified<mutx::Event>| event.event_type().to_owned()))
        .route("/muchaw", post(async |event: Verified<muchaw::Event>| event.event_type().to_owned()))
        .route("/workspace", post(async |event: Verified<workspace::Event>| event.into_inner().into_bytes()))
        .with_state(providers);

    async fn statuses<P: Samples>(router: &Router, key: impl Fn(&str) -> Secret) {
        let body = P::SAMPLES[0].body;
        for path in ["massu", "hook", "mutx", "muchaw", "workspace"] {
            for owner in ["massu", "hook", "mutx", "muchaw", "workspace"] {
                let delivery = SignedRequest::new::<P>(&key(owner), body);
                let mut request = request(headers(&delivery), Body::from(body));
                *request.uri_mut() = format!("/{path}").parse().unwrap();
                let status = router.clone().oneshot(request).await.unwrap().status();
                let expected = if path == P::NAME && owner == P::NAME { 200 } else { 401 };
                assert_eq!(status, expected, "{} at /{path} with the secret of {owner}", P::NAME);
            }
        }
    }
    statuses::<Massu>(&router, key).await;
    statuses::<Hook>(&router, key).await;
    statuses::<Mutx>(&router, key).await;
    statuses::<Muchaw>(&router, key).await;
    statuses::<Workspace>(&router, key).await;
}
