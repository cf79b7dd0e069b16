//! One error type per culprit: the signature, the body, the configuration; and [`Rejection`], the answer.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

/// Why a signature was refused. For logs: the sender is told `invalid signature`, whatever the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The header is not there. In trailers or in the query it does not count.
    #[error("no signature header")]
    Missing,
    /// The header is there more than once, be the values equal or not.
    #[error("signature header sent more than once")]
    Repeated,
    /// The value is not in the sender's `sha256=` format.
    #[error("signature does not begin with 'sha256='")]
    Prefix,
    /// The tag is not 64 hex digits long.
    #[error("signature has {found} bytes where 64 hex digits belong")]
    Length {
        /// Bytes after the prefix.
        found: usize,
    },
    /// The tag has something else than hex digits in it.
    #[error("signature has a character that is not a hex digit")]
    Digit,
    /// The signature is well formed, and none of the secrets made it for this body.
    #[error("signature does not match the body")]
    Mismatch,
}

/// Why an authentic body, or the data in it, could not be decoded. Positions count from 1 and content is never quoted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The body is not UTF-8.
    #[error("body is not UTF-8 from byte {offset} on")]
    NotUtf8 {
        /// Bytes before the first invalid one.
        offset: usize,
    },
    /// The body is not JSON.
    #[error("body is not JSON at line {line} column {column}")]
    NotJson {
        /// Line of the fault.
        line: usize,
        /// Column of the fault, in bytes.
        column: usize,
    },
    /// The body is JSON, but not an object.
    #[error("body is not a JSON object")]
    NotObject,
    /// There is something behind the object.
    #[error("body goes on behind its JSON object at line {line} column {column}")]
    TrailingBytes {
        /// Line of the first byte that is too much.
        line: usize,
        /// Its column, in bytes.
        column: usize,
    },
    /// A key of the envelope is there twice, so that two readers could see two events.
    #[error("envelope has the key '{key}' twice")]
    DuplicateKey {
        /// The key.
        key: &'static str,
    },
    /// The envelope does not name its event.
    #[error("envelope has no key '{key}'")]
    MissingType {
        /// The key that should.
        key: &'static str,
    },
    /// The envelope's event name is not a string.
    #[error("envelope's '{key}' is not a string")]
    TypeNotString {
        /// The key.
        key: &'static str,
    },
    /// The sender's [`ENVELOPE`](crate::Provider::ENVELOPE) is `None`, and something asked for its event.
    #[error("sender has no documented envelope")]
    NoEnvelope,
    /// The data does not fit the type it was parsed into.
    #[error("data does not fit: {expectation} at line {line} column {column}")]
    DataMismatch {
        /// What the type wanted, in its own words: `missing field 'email'`, `expected a string`.
        expectation: String,
        /// Line in the data.
        line: usize,
        /// Column in the data, in bytes.
        column: usize,
    },
}

/// What is wrong with a setting. Met when a service starts or rotates its secrets, never by a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A secret without a byte.
    #[error("secret is empty")]
    EmptySecret,
    /// A secret of zero bytes alone: HMAC pads keys with zeros, so that it is the empty one.
    #[error("secret has zero bytes alone")]
    ZeroSecret,
    /// A secret of white space alone.
    #[error("secret is blank")]
    BlankSecret,
    /// White space at an end is nearly always a slip; where it is not, `Secret::from_bytes` takes it.
    #[error("secret begins or ends with white space")]
    SurroundingWhiteSpace,
    /// A secret of zero-width characters alone, as a copy from a web page leaves them.
    #[error("secret has invisible characters alone")]
    InvisibleSecret,
    /// `whsec_` or `v1,whsec_`, and the secret behind it is missing.
    #[error("secret has nothing behind its prefix 'whsec_'")]
    BarePrefix,
    /// `${NAME}`: the variable's name is there, and nothing put its value in.
    #[error("secret is a variable in '${{...}}' that was not expanded")]
    UnexpandedVariable,
    /// An editor's byte order mark is not part of the secret.
    #[error("secret begins with a UTF-8 byte order mark; save it as UTF-8 without one")]
    ByteOrderMark,
    /// The content is UTF-16, as some shells and editors write it, and every other byte of it would be zero.
    #[error("secret begins with a UTF-16 byte order mark; save it as UTF-8 without one")]
    Utf16,
    /// The content of a variable or file is no secret: it is too large.
    #[error("secret is larger than {limit} bytes")]
    SecretTooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The environment variable is not there.
    #[error("environment variable {name} is not set")]
    UnsetVariable {
        /// Its name.
        name: String,
    },
    /// The file cannot be read.
    #[error("cannot read {}: {kind}", path.display())]
    UnreadableFile {
        /// Its path.
        path: PathBuf,
        /// What the operating system says.
        kind: io::ErrorKind,
    },
    /// A variable or file is there, and its content is refused.
    #[error("{origin}: {fault}")]
    Within {
        /// The name of the variable, or the path of the file.
        origin: String,
        /// What is wrong with the content.
        fault: Box<Self>,
    },
    /// A set of secrets is full.
    #[error("more than {max} secrets", max = crate::Secrets::MAX)]
    TooManySecrets,
    /// A label cannot be logged.
    #[error("secret label is empty, longer than {max} bytes or has control characters", max = crate::Secrets::MAX_LABEL)]
    UnusableLabel,
    /// Two secrets of a set have the same label.
    #[error("secret label '{label}' is taken")]
    RepeatedLabel {
        /// The label.
        label: String,
    },
    /// The name of an endpoint cannot be logged.
    #[error("endpoint name is empty, longer than {max} bytes or has control characters", max = crate::DeliveryKey::MAX_ENDPOINT)]
    UnusableEndpoint,
    /// The name of a tenant cannot be logged.
    #[error("tenant name is empty, longer than {max} bytes or has control characters", max = crate::DeliveryKey::MAX_TENANT)]
    UnusableTenant,
    /// The text is not the key of a delivery.
    #[error("delivery key is not 64 hex digits")]
    MalformedDeliveryKey,
}

impl ConfigError {
    pub(crate) fn within(self, origin: String) -> Self {
        Self::Within { origin, fault: Box::new(self) }
    }
}

/// A request that was not let through: precise for `tracing`, uniform for the sender.
///
/// The answer is [`status`](Self::status), [`headers`](Self::headers) and [`body`](Self::body). A handler that wants its own answer
/// takes `Result<Verified<E>, Rejection>`.
///
/// ```
/// use countersign::{Secret, Verifier, Workspace, workspace};
///
/// let verifier = Verifier::<Workspace>::new(Secret::new("whsec_abc123")?);
/// let refused = verifier.verify::<workspace::Event>(&[("X-Signature-256", "sha1=…")], "{}").unwrap_err();
/// // For the sender, and for you:
/// assert_eq!((refused.status(), refused.body()), (401, r#"{"error":"invalid signature"}"#));
/// assert_eq!(refused.to_string(), "x-signature-256: signature does not begin with 'sha256='");
/// # Ok::<(), countersign::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum Rejection {
    /// 401: the signature was refused.
    #[error("{header}: {reason}")]
    InvalidSignature {
        /// The header that should hold it.
        header: &'static str,
        /// Why, for your eyes only.
        reason: VerifyError,
    },
    /// 413: the body is over the limit, as declared or as it came.
    #[error("body is over the limit of {limit} bytes")]
    BodyTooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// 503: the unfinished bodies of all requests together are at their [limit](crate::Verifier::total_body_limit).
    #[error("bodies under way exceed the total limit of {limit} bytes")]
    BodiesExceedTotalLimit {
        /// The limit, in bytes.
        limit: usize,
    },
    /// 408: the body was not complete in time.
    #[error("body was not complete after {timeout:?}")]
    BodyTimeout {
        /// The read timeout.
        timeout: Duration,
    },
    /// 408: the connection broke off, or its framing did. Rarely is anybody left to read the answer.
    #[error("body broke off")]
    BodyIncomplete,
    /// 415: the body is compressed or otherwise encoded.
    #[error("content-encoding is not identity")]
    ContentEncoding,
    /// 400: the body is authentic, but outside of the sender's envelope.
    #[error("malformed payload: {0}")]
    MalformedPayload(DecodeError),
    /// 400: the event is authentic, but older than [`max_age`](crate::Verifier::max_age), or its time cannot be read.
    #[error("event is not known to be younger than {max_age:?}")]
    StaleEvent {
        /// The age that is allowed.
        max_age: Duration,
    },
    /// 405: a middleware takes `POST` alone, because other methods carry no delivery.
    #[error("method is not POST: {advice}")]
    MethodNotAllowed {
        /// How to serve other methods on the same path.
        advice: &'static str,
    },
    /// 500: the service lacks a setting, such as a verifier for this provider.
    #[error("receiver of {sender} is misconfigured: {advice}")]
    Misconfigured {
        /// The sender's name.
        sender: &'static str,
        /// What to add.
        advice: &'static str,
    },
    /// 503: another attempt at the same delivery is being handled, or was cut off and its lease has not ended.
    #[error("delivery is being handled, for {retry_after:?} at most")]
    InProgress {
        /// What is left of its lease.
        retry_after: Duration,
    },
    /// 503: the dedupe store could not take the claim, and nothing was handled.
    #[error("dedupe store is unavailable")]
    StoreUnavailable,
    /// 503: the handler was not done in time, and was dropped.
    #[error("handler was not done after {deadline:?}")]
    HandlerOverrun {
        /// What it was given.
        deadline: Duration,
    },
    /// 500: the handler panicked.
    #[error("handler panicked")]
    HandlerPanicked,
}

impl Rejection {
    /// The HTTP status of the answer.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.answer().0
    }

    /// The body of the answer: JSON, and the same for every cause of a status but 400's two.
    #[must_use]
    pub const fn body(&self) -> &'static str {
        self.answer().1
    }

    /// The cause as a label for metrics, one of a few: `invalid_signature`, `body_too_large`, `stale_event`, …
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::InvalidSignature { .. } => "invalid_signature",
            Self::BodyTooLarge { .. } => "body_too_large",
            Self::BodiesExceedTotalLimit { .. } => "bodies_exceed_total_limit",
            Self::BodyTimeout { .. } => "body_timeout",
            Self::BodyIncomplete => "body_incomplete",
            Self::ContentEncoding => "content_encoding",
            Self::MalformedPayload(_) => "malformed_payload",
            Self::StaleEvent { .. } => "stale_event",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::Misconfigured { .. } => "misconfigured",
            Self::InProgress { .. } => "in_progress",
            Self::StoreUnavailable => "store_unavailable",
            Self::HandlerOverrun { .. } => "handler_overrun",
            Self::HandlerPanicked => "handler_panicked",
        }
    }

    /// The one table of answers.
    const fn answer(&self) -> (u16, &'static str) {
        match self {
            Self::InvalidSignature { .. } => (401, r#"{"error":"invalid signature"}"#),
            Self::BodyTooLarge { .. } => (413, r#"{"error":"body too large"}"#),
            Self::BodyTimeout { .. } | Self::BodyIncomplete => (408, r#"{"error":"body timeout"}"#),
            Self::ContentEncoding => (415, r#"{"error":"unsupported content encoding"}"#),
            Self::MalformedPayload(_) => (400, r#"{"error":"malformed payload"}"#),
            Self::StaleEvent { .. } => (400, r#"{"error":"stale event"}"#),
            Self::MethodNotAllowed { .. } => (405, r#"{"error":"method not allowed"}"#),
            Self::Misconfigured { .. } => (500, r#"{"error":"webhook receiver misconfigured"}"#),
            Self::InProgress { .. } => (503, r#"{"error":"delivery in progress"}"#),
            Self::BodiesExceedTotalLimit { .. } | Self::StoreUnavailable | Self::HandlerOverrun { .. } => {
                (503, r#"{"error":"temporarily unavailable"}"#)
            }
            Self::HandlerPanicked => (500, r#"{"error":"handler failed"}"#),
        }
    }

    /// All headers of the answer, names in lower case: `content-type`, `www-authenticate` with a 401, `allow` with a 405, and
    /// `retry-after` if [`retry_after`](Self::retry_after) has one. An adapter adds no other.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, Cow<'static, str>)> + use<> {
        // RFC 9110, 15.5.2 and 15.5.6: a 401 names a scheme, and a 405 the methods. Some HTTP clients fail without them.
        let demanded = match self.status() {
            401 => Some(("www-authenticate", Cow::Borrowed("Signature"))),
            405 => Some(("allow", Cow::Borrowed("POST"))),
            _ => None,
        };
        let pause = self.retry_after().map(|pause| ("retry-after", Cow::Owned(pause.as_secs().to_string())));
        [Some(("content-type", Cow::Borrowed("application/json"))), demanded, pause].into_iter().flatten()
    }

    /// The `Retry-After` of the answer, in whole seconds and never zero; `None` where it has none.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::InProgress { retry_after } => Some(whole_seconds(*retry_after)),
            Self::BodiesExceedTotalLimit { .. } | Self::StoreUnavailable | Self::HandlerOverrun { .. } => {
                Some(PAUSE)
            }
            _ => None,
        }
    }
}

/// How long a sender should wait for a store, a handler or the memory to recover.
const PAUSE: Duration = Duration::from_secs(5);

/// Rounds up, since a retry that comes too early is turned away again.
const fn whole_seconds(time: Duration) -> Duration {
    let begun = if time.subsec_nanos() > 0 || time.is_zero() { 1 } else { 0 };
    Duration::from_secs(time.as_secs().saturating_add(begun))
}
