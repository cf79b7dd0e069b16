//! Signatures, for services that send webhooks and for programs that play the provider.

use std::fmt;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::custom::SchemeOf;
use crate::mac::{Key, sha256};
use crate::scheme::{Encoding, TimeSource, TimeUnit};
use crate::{ConfigError, Custom, Part, Provider, Scheme, Secret, Timestamp};

/// Signs deliveries as a provider does. Needs the feature `sign`.
///
/// It is for a service that sends webhooks of its own, for tests and for tools. It signs by the scheme of a provider: a catalogued one such
/// as [`StandardWebhooks`](crate::providers::StandardWebhooks), or one of your own that implements [`Provider`]. For a scheme that is known
/// only at run time, use [`for_scheme`](Self::for_scheme).
///
/// # Sending webhooks
///
/// A signature covers exact bytes. Serialise an event **once**, keep the bytes, sign them and send them. An HTTP client that serialises the
/// event again, by a method such as `.json(&event)`, may send other bytes: the keys may have another order, or a number another spelling.
/// No receiver can verify such a delivery.
///
/// Sign each attempt when it is sent. A retry has the same bytes and the same [`id`](Self::id), by which its receiver knows
/// the event. It has a new signed time, because a receiver refuses an old one.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use countersign::providers::StandardWebhooks;
/// use countersign::{Raw, Secret, Signer, Verified, Verifier};
///
/// /// An event that is being delivered. Its bytes are stored as they are sent.
/// struct Delivery {
///     id: String,
///     body: Vec<u8>,
/// }
///
/// /// The headers of one attempt. The body of the attempt is `delivery.body`, and nothing else.
/// fn attempt(
///     signer: &Signer<StandardWebhooks>,
///     delivery: &Delivery,
///     now: SystemTime,
/// ) -> Vec<(String, String)> {
///     signer.clone().id(&delivery.id).sign_at(&delivery.body, now)
/// }
///
/// let secret = Secret::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")?;
/// let signer = Signer::<StandardWebhooks>::new(&secret)?;
/// let event = serde_json::json!({ "type": "invoice.paid", "data": { "total_cents": 4200 } });
/// let delivery = Delivery { id: "msg_1".to_owned(), body: serde_json::to_vec(&event)? };
///
/// // The receiver knows by the id that the second attempt is a repeat.
/// let verifier = Verifier::<StandardWebhooks>::new(secret)?;
/// for now in [SystemTime::now(), SystemTime::now() + Duration::from_secs(30)] {
///     let headers = attempt(&signer, &delivery, now);
///     let received: Verified<Raw<StandardWebhooks>> = verifier.verify(&headers, delivery.body.clone())?;
///     assert_eq!(received.event_id(), Some("msg_1"));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Signer<P> {
    scheme: SchemeOf<P>,
    key: Key,
    id: Option<String>,
}

impl<P: Provider> Signer<P> {
    /// Makes a signer with this secret.
    ///
    /// # Errors
    ///
    /// The secret is not a valid key for this provider.
    pub fn new(secret: &Secret) -> Result<Self, ConfigError> {
        Self::with(SchemeOf::constant(), secret)
    }

    fn with(scheme: SchemeOf<P>, secret: &Secret) -> Result<Self, ConfigError> {
        Ok(Self { key: secret.to_key(&scheme)?, scheme, id: None })
    }

    /// Sets the signed id of the next deliveries. Default: an id that is made of the body, so that a retry has the same.
    ///
    /// A service that sends webhooks sets the id of each event, because two events may have equal bodies. With equal ids, a receiver takes
    /// the second for a repeat and drops it. A clone of a signer is cheap, so `signer.clone().id(…)` signs one delivery.
    ///
    /// Only a provider whose scheme signs an id in a header uses it. It is not checked: a verifier refuses an id that the scheme does not
    /// allow. An id of ASCII letters, digits, `-` and `_` always fits, if it has 256 characters or fewer.
    #[must_use]
    pub fn id(self, id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    /// The headers of a delivery with this body, signed now: the signature, and the signed time and id if the provider signs them.
    ///
    /// The body is signed as it is. A provider with its time in the body must have written it there before.
    ///
    /// This reads the system's clock, which `wasm32-unknown-unknown` does not have. Use [`sign_at`](Self::sign_at) there.
    pub fn sign(&self, body: impl AsRef<[u8]>) -> Vec<(String, String)> {
        self.sign_at(body, SystemTime::now())
    }

    /// The headers of a delivery with this body, signed at another time. A time before 1970 counts as 1970.
    pub fn sign_at(&self, body: impl AsRef<[u8]>, time: SystemTime) -> Vec<(String, String)> {
        let draft = Draft::new(*self.scheme, body.as_ref(), time, self.id.as_deref());
        draft.signed(&self.key, body.as_ref())
    }
}

impl Signer<Custom> {
    /// Makes a signer for a scheme that is known only at run time.
    ///
    /// # Errors
    ///
    /// The scheme has a [fault](Scheme::fault), or the secret is not a valid key for it.
    pub fn for_scheme(scheme: Scheme, secret: &Secret) -> Result<Self, ConfigError> {
        Self::with(SchemeOf::value(scheme)?, secret)
    }
}

impl<P: Provider> fmt::Debug for Signer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("provider", &P::NAME).finish_non_exhaustive()
    }
}

/// A delivery before it is signed. The forgeries of the test kit change its parts.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) scheme: Scheme,
    /// The text of the signed time. Empty if the scheme has none outside of the body.
    pub(crate) time: String,
    /// The signed id. Empty if the scheme has none.
    pub(crate) id: String,
}

impl Draft {
    pub(crate) fn new(scheme: Scheme, body: &[u8], time: SystemTime, id: Option<&str>) -> Self {
        let time = scheme.signed_time().map(|timestamp| text_of(time, timestamp.unit())).unwrap_or_default();
        let id = id.map_or_else(|| id_of(&scheme, body), str::to_owned);
        Self { scheme, time, id }
    }

    /// The headers with the genuine signature.
    pub(crate) fn signed(&self, key: &Key, body: &[u8]) -> Vec<(String, String)> {
        self.headers(&self.value(&self.encoded(&self.tag(key, body))))
    }

    pub(crate) fn tag(&self, key: &Key, body: &[u8]) -> Vec<u8> {
        let mut mac = key.start();
        self.scheme.parts().for_each(|part| mac.update(self.text(part, body)));
        mac.into_tag()
    }

    /// The signed text.
    #[cfg(feature = "testing")]
    pub(crate) fn signed_text(&self, body: &[u8]) -> Vec<u8> {
        self.scheme.parts().flat_map(|part| self.text(part, body).to_vec()).collect()
    }

    fn text<'a>(&'a self, part: Part<'a>, body: &'a [u8]) -> &'a [u8] {
        match part {
            Part::Text(text) => text.as_bytes(),
            Part::Timestamp => self.time.as_bytes(),
            Part::Id(_) => self.id.as_bytes(),
            Part::Body => body,
        }
    }

    /// A tag in the scheme's encoding.
    pub(crate) fn encoded(&self, tag: &[u8]) -> String {
        match self.scheme.encoding() {
            Encoding::Hex => hex::encode(tag),
            Encoding::Base64 => STANDARD.encode(tag),
            Encoding::Base64Url => URL_SAFE_NO_PAD.encode(tag),
        }
    }

    /// The value of the signature header around an encoded tag.
    pub(crate) fn value(&self, tag: &str) -> String {
        self.around(&format!("{}{tag}", self.scheme.tag_prefix()))
    }

    /// The value of the signature header around the entry of the tag.
    pub(crate) fn around(&self, entry: &str) -> String {
        match (self.scheme.separator(), self.scheme.signed_time().map(Timestamp::source)) {
            (Some(separator), Some(TimeSource::Entry(prefix))) => {
                format!("{prefix}{}{}{entry}", self.time, char::from(separator))
            }
            _ => entry.to_owned(),
        }
    }

    /// The headers of the delivery, with this value of the signature header.
    pub(crate) fn headers(&self, value: &str) -> Vec<(String, String)> {
        let time = match self.scheme.signed_time().map(Timestamp::source) {
            Some(TimeSource::Header(name)) => Some((name, &*self.time)),
            _ => None,
        };
        let id = self.scheme.id_header().map(|name| (name, &*self.id));
        let pairs = id.into_iter().chain(time).chain([(self.scheme.header(), value)]);
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

/// A time as a provider writes it. A time before 1970 counts as 1970.
pub(crate) fn text_of(time: SystemTime, unit: TimeUnit) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    match unit {
        TimeUnit::Seconds => since.as_secs().to_string(),
        TimeUnit::Millis => since.as_millis().to_string(),
        // A time beyond the year 9999 has no text in RFC 3339.
        TimeUnit::Rfc3339 => jiff::Timestamp::try_from(time).unwrap_or(jiff::Timestamp::MAX).to_string(),
    }
}

/// An id that is the same for every delivery of a body. It does not contain the first byte of the fixed text after it, because a verifier
/// refuses such an id.
fn id_of(scheme: &Scheme, body: &[u8]) -> String {
    let start = sha256(body).into_iter().take(8);
    let id = start.fold("msg_".to_owned(), |id, byte| format!("{id}{byte:02x}"));
    match scheme.byte_after_id() {
        Some(next) => id.replace(char::from(next), "-"),
        None => id,
    }
}
