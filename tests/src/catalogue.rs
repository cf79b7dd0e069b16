//! The deliveries of the folder `catalogue`, which Python signed by the facts of the catalogued providers.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use countersign::{Event, Verified};
use serde::{Deserialize, Serialize};

/// A provider of `signed.json`, and its deliveries.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// The provider's name.
    pub provider: String,
    /// The text of the receiver's secret.
    pub secret: String,
    /// The receiver's clock, in Unix seconds.
    pub now: u64,
    /// The deliveries.
    pub cases: Vec<SignedCase>,
}

/// A delivery and the verdict on it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedCase {
    /// The class of the delivery or of its fault.
    pub name: String,
    headers: Vec<(String, String)>,
    body: Body,
    /// The facts that a receiver learns.
    pub accepted: Option<Facts>,
    /// The reason of a refusal, as `Debug` shows it, or the name of its variant.
    pub refused: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Body {
    Text(String),
    Base64 { base64: String },
}

/// The facts of a genuine delivery. Times are nanoseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The event type, which may be that of an unsigned header.
    pub event_type: Option<String>,
    /// The signed id.
    pub event_id: Option<String>,
    /// The signed time.
    pub sent_at_ns: Option<u64>,
    /// The time in the envelope.
    pub occurred_at_ns: Option<u64>,
}

impl Facts {
    /// Reads the facts of a delivery.
    #[must_use]
    pub fn of<E: Event>(verified: &Verified<E>) -> Self {
        Self {
            event_type: verified.event_type().map(str::to_owned),
            event_id: verified.event_id().map(str::to_owned),
            sent_at_ns: verified.sent_at().map(nanos),
            occurred_at_ns: verified.occurred_at().map(nanos),
        }
    }
}

fn nanos(time: SystemTime) -> u64 {
    u64::try_from(time.duration_since(UNIX_EPOCH).unwrap().as_nanos()).unwrap()
}

/// A delivery and its receiver, as the doors take them.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The text of the receiver's secret.
    pub secret: String,
    /// The receiver's clock.
    pub now: SystemTime,
    /// Names and values.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Bytes,
}

impl Signed {
    /// All providers of `signed.json`.
    #[must_use]
    pub fn all() -> Vec<Self> {
        serde_json::from_str(&file("signed.json")).unwrap()
    }

    /// The delivery of a case.
    #[must_use]
    pub fn delivery(&self, case: &SignedCase) -> Delivery {
        let body = match &case.body {
            Body::Text(text) => text.clone().into_bytes(),
            Body::Base64 { base64 } => STANDARD.decode(base64).unwrap(),
        };
        let headers = case.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes()));
        Delivery {
            secret: self.secret.clone(),
            now: UNIX_EPOCH + Duration::from_secs(self.now),
            headers: headers.collect(),
            body: body.into(),
        }
    }
}

/// The text of a file of the folder `catalogue`.
#[must_use]
pub fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogue").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
