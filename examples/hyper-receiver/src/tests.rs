//! Over TCP, with a genuine delivery, its repeat, and forgeries.

use std::time::{Duration, Instant};

use countersign::Secret;
use countersign::testing::{Samples, SignedRequest, forgeries};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;

const BODY: &str = Massu::SAMPLES[0].body;

fn secret() -> Secret {
    Secret::new("whsec_abc123").unwrap()
}

/// Starts a receiver on a free port, and returns its address.
async fn start() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { run(listener, Verifier::new(secret()).unwrap()).await.unwrap() });
    address
}

async fn post(address: std::net::SocketAddr, request: &SignedRequest) -> String {
    try_post(address, request).await.unwrap()
}

/// Posts a request, and returns the answer with its head in lower case.
async fn try_post(address: std::net::SocketAddr, request: &SignedRequest) -> std::io::Result<String> {
    let mut bytes = b"POST /webhooks/massu HTTP/1.1\r\nhost: test\r\nconnection: close\r\n".to_vec();
    for (name, value) in request.headers() {
        bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    bytes.extend(format!("content-length: {}\r\n\r\n", request.body().len()).as_bytes());
    bytes.extend(request.body());
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&bytes).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.to_lowercase())
}

#[tokio::test]
async fn a_genuine_delivery_is_handled_once() {
    let address = start().await;
    let request = SignedRequest::new::<Massu>(&secret(), BODY);
    let (first, second) = (post(address, &request).await, post(address, &request).await);
    assert!(first.starts_with("http/1.1 200 ") && first.ends_with("received session.completed"), "{first}");
    assert!(second.starts_with("http/1.1 200 ") && second.ends_with("\r\n\r\n"), "{second}");
}

#[tokio::test]
async fn a_forgery_is_refused() {
    let address = start().await;
    for forgery in forgeries::<Massu>(&secret(), BODY) {
        let answer = post(address, forgery.request()).await;
        assert!(answer.starts_with("http/1.1 401 "), "{forgery}: {answer}");
        assert!(answer.contains("\r\nwww-authenticate: signature\r\n"), "{forgery}: {answer}");
        assert!(answer.ends_with(r#"{"error":"invalid signature"}"#), "{forgery}: {answer}");
    }
}

/// The body is larger than the socket's buffers hold, so the client is still sending when it is refused.
#[tokio::test]
async fn a_client_that_sends_a_large_forgery_sees_its_answer() {
    let address = start().await;
    let forged = SignedRequest::new::<Massu>(&secret(), vec![b' '; 7 * 1024 * 1024]);
    // A refused body is read for two seconds. A busy machine may need longer to send it.
    let mut answer = Ok(String::new());
    for _ in 0..10 {
        let begun = Instant::now();
        answer = try_post(address, &forged).await;
        if answer.is_ok() || begun.elapsed() < Duration::from_secs(2) {
            break;
        }
    }
    assert!(answer.as_ref().is_ok_and(|answer| answer.starts_with("http/1.1 413 ")), "{answer:?}");
}
