//! One error type for each culprit: the signature, the body, the configuration; and [`Rejection`], the answer.

mod answer;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

pub use answer::Answer;

/// Why a signature was refused. For logs: the sender is told `invalid signature`, whatever the cause.
///
/// A variant may gain fields in a minor release of this 0.x library: match it with `..`.
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
///
/// A variant may gain fields in a minor release of this 0.x library: match it with `..`.
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
    /// The payload does not fit the type it was parsed into.
    #[error("payload does not fit: {expectation} at line {line} column {column}")]
    PayloadMismatch {
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
    #[error("endpoint name is empty, longer than {max} bytes or has control characters", max = crate::dedupe::DeliveryKey::MAX_ENDPOINT)]
    UnusableEndpoint,
    /// The name of a tenant cannot be logged.
    #[error("tenant name is empty, longer than {max} bytes or has control characters", max = crate::dedupe::DeliveryKey::MAX_TENANT)]
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
/// The sender gets the [`answer`](Self::answer). A handler that wants to answer by itself takes `Result<Verified<E>, Rejection>`.
///
/// ```
/// use countersign::{Secret, Verifier, Workspace, workspace};
///
/// let verifier = Verifier::<Workspace>::new(Secret::new("whsec_abc123")?)?;
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
    MalformedEnvelope(DecodeError),
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
    #[error("receiver of {provider} is misconfigured: {advice}")]
    Misconfigured {
        /// The provider's name.
        provider: &'static str,
        /// What to add.
        advice: &'static str,
    },
}

impl Rejection {
    /// The HTTP answer. It is the same for every cause of a status, except for the two causes of a 400.
    #[must_use]
    pub const fn answer(&self) -> Answer {
        match self {
            Self::InvalidSignature { .. } => Answer::INVALID_SIGNATURE,
            Self::BodyTooLarge { .. } => Answer::BODY_TOO_LARGE,
            Self::BodiesExceedTotalLimit { .. } => Answer::UNAVAILABLE,
            Self::BodyTimeout { .. } | Self::BodyIncomplete => Answer::BODY_TIMEOUT,
            Self::ContentEncoding => Answer::CONTENT_ENCODING,
            Self::MalformedEnvelope(_) => Answer::MALFORMED_PAYLOAD,
            Self::StaleEvent { .. } => Answer::STALE_EVENT,
            Self::MethodNotAllowed { .. } => Answer::METHOD_NOT_ALLOWED,
            Self::Misconfigured { .. } => Answer::MISCONFIGURED,
        }
    }

    /// The HTTP status of the answer.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.answer().status()
    }

    /// The body of the answer.
    #[must_use]
    pub const fn body(&self) -> &'static str {
        self.answer().body()
    }

    /// The machine name of the cause, for metrics: `invalid_signature`, `body_too_large`, `stale_event`, …
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::InvalidSignature { .. } => "invalid_signature",
            Self::BodyTooLarge { .. } => "body_too_large",
            Self::BodiesExceedTotalLimit { .. } => "bodies_exceed_total_limit",
            Self::BodyTimeout { .. } => "body_timeout",
            Self::BodyIncomplete => "body_incomplete",
            Self::ContentEncoding => "content_encoding",
            Self::MalformedEnvelope(_) => "malformed_envelope",
            Self::StaleEvent { .. } => "stale_event",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::Misconfigured { .. } => "misconfigured",
        }
    }
}

#[cfg(test)]
mod tests;
