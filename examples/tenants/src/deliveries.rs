//! The deliveries of the demonstration, the outcome that each must have, and the client that sends them.

use std::io;
use std::net::SocketAddr;

use countersign::testing::SignedRequest;
use countersign::{ConfigError, Hook, Secret};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A request to a tenant's path.
pub(crate) struct Delivery {
    pub(crate) title: &'static str,
    pub(crate) tenant: &'static str,
    request: SignedRequest,
    /// The status of the answer.
    pub(crate) status: u16,
    /// The event's id, if the handler must receive the event.
    pub(crate) received: Option<&'static str>,
}

/// The secret of a tenant. A real one is random.
pub(crate) fn secret_of(tenant: &str) -> Result<Secret, ConfigError> {
    Secret::new(format!("whsec_demo_{tenant}"))
}

/// All deliveries, in the order in which they are sent.
pub(crate) fn deliveries() -> Result<[Delivery; 7], ConfigError> {
    let signed = |id: &str, tenant| {
        let body = format!(
            r#"{{"id":"{id}","type":"user.deleted","created_at":"2026-01-15T12:30:00Z","data":{{}}}}"#
        );
        secret_of(tenant).map(|secret| SignedRequest::new::<Hook>(&secret, body))
    };
    let accepted = |title, tenant, received| {
        let request = signed("evt_1", tenant)?;
        Ok(Delivery { title, tenant, request, status: 200, received })
    };
    let refused =
        |title, tenant, status, request| Delivery { title, tenant, request, status, received: None };
    let unsigned = signed("evt_2", "acme")?.without("x-webhook-signature");
    Ok([
        accepted("a delivery of acme", "acme", Some("evt_1"))?,
        accepted("the same id at another tenant", "globex", Some("evt_1"))?,
        accepted("a repeat", "acme", None)?,
        refused("signed by acme, sent to globex", "globex", 401, signed("evt_2", "acme")?),
        refused("an unknown tenant", "initech", 401, signed("evt_2", "initech")?),
        refused("no signature", "acme", 401, unsigned),
        refused("a look-up that fails", "hooli", 503, signed("evt_2", "hooli")?),
    ])
}

impl Delivery {
    /// Posts the request on a new connection, and returns the status of the answer.
    pub(crate) async fn send(&self, address: SocketAddr) -> io::Result<u16> {
        let (path, body) = (format!("/hooks/{}", self.tenant), self.request.body());
        let mut message =
            format!("POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n").into_bytes();
        message.extend(format!("content-length: {}\r\n", body.len()).bytes());
        for (name, value) in self.request.headers() {
            message.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        message.extend([b"\r\n", &body[..]].concat());

        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(&message).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        // `HTTP/1.1 200 OK`
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        status.ok_or_else(|| io::Error::other("the answer has no status"))
    }
}
