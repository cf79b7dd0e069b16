//! HTTP/2 without TLS, over sockets. Both frameworks give the same answers as over HTTP/1.1.

use std::convert::Infallible;
use std::net::SocketAddr;

use actix_web::{App, HttpServer, rt, web};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Version};
use axum::routing::{Router, post};
use bytes::Bytes;
use countersign::testing::SignedRequest;
use countersign::{Massu, Secret, Verified, Verifier, massu};
use futures_util::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};

const EVENT: &str = r#"{"type":"session.completed","data":{}}"#;
const SIGNATURE: &str = "x-massu-signature-256";
/// The body limit in bytes. It is more than HTTP/2 lets a client send before the receiver asks for more.
const LIMIT: usize = 200_000;

fn secret() -> Secret {
    Secret::new("whsec_http2").unwrap()
}

fn verifier() -> Verifier<Massu> {
    Verifier::new(secret()).unwrap().body_limit(LIMIT)
}

async fn hook(event: Verified<massu::Event>) -> String {
    event.event_type().to_owned()
}

async fn axum() -> SocketAddr {
    let layer = countersign::VerifyMiddleware::<massu::Event>::new(verifier());
    let behind = Router::new().route("/behind", post(hook)).layer(layer);
    let app = Router::new().route("/extractor", post(hook)).merge(behind).with_state(verifier());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, app).into_future());
    address
}

/// Serves in a thread of its own, which ends with the process.
fn actix() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let server = HttpServer::new(|| {
            let verify = countersign::VerifyMiddleware::<massu::Event>::new(verifier());
            App::new()
                .app_data(web::Data::new(verifier()))
                .route("/extractor", web::post().to(hook))
                .service(web::resource("/behind").wrap(verify).post(hook))
        });
        let server = server.workers(1).disable_signals().listen_auto_h2c(listener).unwrap();
        rt::System::new().block_on(server.run()).unwrap();
    });
    address
}

type Body = BoxBody<Bytes, Infallible>;

/// A body with a declared length.
fn whole(request: &SignedRequest) -> Body {
    Full::new(request.body().clone()).boxed()
}

/// A body without a declared length, and with these trailers.
fn streamed(request: &SignedRequest, trailers: Option<HeaderMap>) -> Body {
    let mut frames: Vec<_> =
        request.body().chunks(10_000).map(|chunk| Ok(Frame::data(Bytes::copy_from_slice(chunk)))).collect();
    frames.extend(trailers.map(|trailers| Ok(Frame::trailers(trailers))));
    StreamBody::new(stream::iter(frames)).boxed()
}

async fn answer(url: &str, address: SocketAddr, request: &SignedRequest, body: Body) -> (u16, String) {
    let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (mut client, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut builder = Request::post(url);
    for (name, value) in request.headers() {
        builder = builder.header(name, value.as_slice());
    }
    let response = client.send_request(builder.body(body).unwrap()).await.unwrap();
    assert_eq!(response.version(), Version::HTTP_2);
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    connection.abort();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn signed(body: String) -> SignedRequest {
    SignedRequest::new::<Massu>(&secret(), body)
}

fn event_of(size: usize) -> String {
    format!("{EVENT}{}", " ".repeat(size - EVENT.len()))
}

/// The signature as a trailer, which does not count.
fn in_trailers(request: &SignedRequest) -> (SignedRequest, HeaderMap) {
    let values = request.headers().iter().filter(|(name, _)| name == SIGNATURE);
    let trailers = values
        .map(|(_, value)| (HeaderName::from_static(SIGNATURE), HeaderValue::from_bytes(value).unwrap()));
    (request.clone().without(SIGNATURE), trailers.collect())
}

#[tokio::test]
async fn both_frameworks_answer_http2_alike() {
    let accepted = (200, "session.completed".to_owned());
    let refused = (401, r#"{"error":"invalid signature"}"#.to_owned());
    let too_large = (413, r#"{"error":"body too large"}"#.to_owned());
    let (genuine, full, over) =
        (signed(EVENT.to_owned()), signed(event_of(LIMIT)), signed(event_of(LIMIT + 1)));
    let forged = genuine.clone().with_body(EVENT.replace("{}", "[]"));
    let (late, trailers) = in_trailers(&genuine);
    assert_eq!(trailers.len(), 1);

    for address in [axum().await, actix()] {
        for route in ["extractor", "behind"] {
            let url = format!("http://{address}/{route}");
            for (request, expected) in
                [(&genuine, &accepted), (&full, &accepted), (&forged, &refused), (&over, &too_large)]
            {
                for body in [whole(request), streamed(request, None)] {
                    assert_eq!(&answer(&url, address, request, body).await, expected, "{url}");
                }
            }
            let body = streamed(&late, Some(trailers.clone()));
            assert_eq!(answer(&url, address, &late, body).await, refused, "{url}");
        }
    }
}
