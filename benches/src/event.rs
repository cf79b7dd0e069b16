//! The deliveries of all parts: a provider with events, and signed requests.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::testing::SignedRequest;
use countersign::{Envelope, Provider, Scheme, Secret};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Deserialize;

/// The secret is valid for the schemes that read it as text, and for those that decode it.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// The header of GitHub, because the other crates know the scheme by its provider.
pub const HEADER: &str = "x-hub-signature-256";

/// A provider that signs `sha256=<hex>`, and whose events are of types.
pub struct Acme;

impl Provider for Acme {
    const NAME: &'static str = "acme";
    const SCHEME: Scheme = Scheme::sha256(HEADER);
    const ENVELOPE: Option<Envelope> = Some(Envelope::new("type", "data").id("id").time("created_at"));
}

/// The same scheme without an envelope. A `Raw` of it is the verification alone.
pub struct Opaque;

impl Provider for Opaque {
    const NAME: &'static str = "opaque";
    const SCHEME: Scheme = Scheme::sha256(HEADER);
}

countersign::events! {
    pub enum Event for Acme {
        "order.created" => OrderCreated(Order),
        "order.paid" => OrderPaid(Order),
        "order.refunded" => OrderRefunded(Refund),
    }
}

#[derive(Clone, Deserialize)]
#[allow(dead_code, reason = "a payload is parsed, and nobody reads it")]
pub struct Order {
    pub order: String,
    pub currency: String,
    pub total: u64,
    pub items: Vec<Item>,
    pub note: String,
}

#[derive(Clone, Deserialize)]
#[allow(dead_code, reason = "a payload is parsed, and nobody reads it")]
pub struct Item {
    pub sku: String,
    pub name: String,
    pub quantity: u32,
    pub price: u64,
}

#[derive(Clone, Deserialize)]
#[allow(dead_code, reason = "a payload is parsed, and nobody reads it")]
pub struct Refund {
    pub order: String,
}

/// The enum that one writes by hand for events of several types.
#[derive(Deserialize)]
#[serde(tag = "type", content = "data")]
#[allow(dead_code, reason = "a payload is parsed, and nobody reads it")]
pub enum Tagged {
    #[serde(rename = "order.created")]
    Created(Order),
    #[serde(rename = "order.paid")]
    Paid(Order),
    #[serde(rename = "order.refunded")]
    Refunded(Refund),
}

/// A body of this size. Each number makes another event. A body that is too small for an event is a JSON string, or empty.
pub fn body(number: u64, size: usize) -> Bytes {
    if size < 256 {
        let text = |letters| format!("\"{}\"", "a".repeat(letters));
        return size.checked_sub(2).map(text).unwrap_or_default().into();
    }
    let mut text = format!(
        r#"{{"id":"evt_{number:012}","type":"order.created","created_at":"2026-01-15T12:30:00Z","data":{{"order":"ord_1","currency":"EUR","total":4200,"items":["#
    );
    let (item, end) = (r#"{"sku":"A-0042","name":"cup","quantity":2,"price":1050}"#, r#"],"note":""}}"#);
    text.push_str(item);
    while text.len() + 1 + item.len() + end.len() <= size {
        text.push(',');
        text.push_str(item);
    }
    let note = "a".repeat(size - text.len() - end.len());
    format!(r#"{text}],"note":"{note}"}}}}"#).into()
}

/// A signed request.
pub struct Delivery {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Delivery {
    pub fn new(scheme: Scheme, body: Bytes, time: SystemTime) -> Self {
        let signed = SignedRequest::with_scheme_at(scheme, &secret(), body, time, None);
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("hooks.example.com"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static("Acme-Hooks/1.0"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(header::CONTENT_LENGTH, signed.body().len().into());
        for (name, value) in signed.headers() {
            let name: HeaderName = name.parse().unwrap();
            headers.insert(name, HeaderValue::from_bytes(value).unwrap());
        }
        Self { headers, body: signed.body().clone() }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

pub fn secret() -> Secret {
    Secret::new(SECRET).unwrap()
}

/// The time of a clock that stands still.
pub const NOW: u64 = 1_768_480_200;

pub fn clock() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)
}
