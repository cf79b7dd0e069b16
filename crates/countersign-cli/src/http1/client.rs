//! Sends one request and reads its answer.

use std::io::{BufReader, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::read::answer_from_stream;
use super::timed::{Timed, from_now, too_long};
use super::{Answer, Framing, ReadError, Request};
use crate::failure::{Failure, Result};

/// The timeout of an exchange. Providers wait for about 10 s. Debugging needs more time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Largest answer, in bytes.
const ANSWER_LIMIT: usize = 8 * 1024 * 1024;

/// The endpoint of requests.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    url: String,
    host: String,
    port: u16,
    /// The value of the `host` header.
    authority: String,
    path: String,
    tls: Option<Arc<ClientConfig>>,
}

impl Target {
    /// # Errors
    ///
    /// The URL cannot be used. The message says why.
    pub(crate) fn new(url: &str) -> Result<Self> {
        let wrong = |what: &str| {
            Failure::new(format_args!(
                "{what}: '{}'; a URL looks like http://127.0.0.1:3000/webhook",
                url.escape_debug()
            ))
        };
        let uri: http::Uri = url.parse().map_err(|_| wrong("not a URL"))?;
        let authority = uri.authority().ok_or_else(|| wrong("no host in the URL"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("no user or password belongs in the URL"));
        }
        let tls = match uri.scheme_str() {
            Some("http") => None,
            Some("https") => Some(Arc::new(trust_the_system()?)),
            _ => return Err(wrong("neither http:// nor https://")),
        };
        Ok(Self {
            url: url.to_owned(),
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            port: authority.port_u16().unwrap_or(if tls.is_some() { 443 } else { 80 }),
            authority: authority.as_str().to_owned(),
            path: uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str).to_owned(),
            tls,
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    fn connect(&self, until: Instant) -> Result<TcpStream> {
        let cannot = |error: &dyn std::fmt::Display| {
            Failure::new(format_args!(
                "cannot connect to {}: {error}; does the endpoint run, and is the URL right?",
                self.url
            ))
        };
        let addresses = (self.host.as_str(), self.port).to_socket_addrs().map_err(|error| cannot(&error))?;
        let mut last = None;
        for address in addresses {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                last = Some(too_long());
                break;
            }
            match TcpStream::connect_timeout(&address, left) {
                Ok(stream) => return Ok(stream),
                Err(error) => last = Some(error),
            }
        }
        Err(last.map_or_else(|| cannot(&"the host has no address"), |error| cannot(&error)))
    }
}

fn trust_the_system() -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    // A certificate that cannot be read is skipped. The endpoint's certificate may be among the others.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = versions.map_err(|error| Failure::new(format_args!("no TLS: {error}")))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Sends `request` to `target`, in place of its own path and host, and reads the answer. The whole exchange with the connection takes
/// `patience` at most. The look-up of the host's address has a timeout of the system's own.
pub(crate) fn exchange(
    target: &Target,
    request: &Request,
    framing: Framing,
    patience: Duration,
) -> Result<Answer> {
    let until = from_now(patience);
    let bytes = request.to_bytes(&target.path, Some(&target.authority), framing);
    let stream = target.connect(until)?;
    let stream = Timed::until(&stream, until);
    match &target.tls {
        None => converse(target, stream, &bytes, &request.method),
        Some(config) => {
            let name = ServerName::try_from(target.host.clone()).map_err(Failure::new)?;
            let session = ClientConnection::new(Arc::clone(config), name).map_err(Failure::new)?;
            converse(target, StreamOwned::new(session, stream), &bytes, &request.method)
        }
    }
}

fn converse(target: &Target, mut stream: impl Read + Write, bytes: &[u8], method: &str) -> Result<Answer> {
    // An endpoint may answer and close before it has read a body that is too large. Then the answer counts, and not the broken pipe.
    let written = stream.write_all(bytes).and_then(|()| stream.flush());
    answer_from_stream(&mut BufReader::new(stream), method, ANSWER_LIMIT).map_err(|error| {
        let hint = match &error {
            ReadError::Io(error) if error.kind() == ErrorKind::TimedOut => {
                "; does the endpoint answer before its work is done?"
            }
            _ => "",
        };
        let what = written.map_or_else(|error| error.to_string(), |()| error.to_string());
        Failure::new(format_args!("no answer from {}: {what}{hint}", target.url))
    })
}
