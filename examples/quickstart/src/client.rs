//! Sends a delivery over TCP, as a provider does.

use std::error::Error;
use std::net::SocketAddr;

use countersign::testing::SignedRequest;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Posts a request on a new connection, and returns the status and the body of the answer.
pub(crate) async fn post(
    address: SocketAddr,
    path: &str,
    delivery: &SignedRequest,
) -> Result<(u16, String), Box<dyn Error>> {
    let stream = TcpStream::connect(address).await?;
    let (mut connection, io) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let request = delivery
        .headers()
        .iter()
        .fold(Request::post(path), |request, (name, value)| request.header(name, &**value));
    let request =
        request.header(header::HOST, address.to_string()).body(Full::new(delivery.body().clone()))?;

    let exchange = async move {
        let answer = connection.send_request(request).await?;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await?.to_bytes();
        Ok((status, String::from_utf8(body.into())?))
    };
    // The exchange and its connection run side by side. If the connection breaks, the exchange returns the error.
    let (answer, _closed) = tokio::join!(exchange, io);
    answer
}
