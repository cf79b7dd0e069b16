//! The errors: [`VerifyError`] for a signature, [`DecodeError`] for a body, [`ConfigError`] for a setting. A [`Rejection`] is a whole
//! request that was refused.

mod answer;

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

pub use answer::Answer;

use crate::plain::plain;

/// The reason why a signature was refused. It is for logs: the HTTP answer is always `invalid signature`.
///
/// A variant may gain fields in a minor release of this 0.x library, so match it with `..`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The request has no signature header. A signature in the trailers or in the query does not count.
    #[error("no signature header")]
    Missing,
    /// The request has more than one signature header, with equal values or different ones.
    #[error("signature header sent more than once")]
    Repeated,
    /// The value does not begin with the prefix of the provider's [`Scheme`](crate::Scheme), such as `sha256=`.
    #[error("signature does not begin with the scheme's prefix")]
    Prefix,
    /// No entry of the list begins with the prefix of the provider's scheme, such as `v1=`.
    #[error("signature has no entry with the scheme's prefix")]
    NoEntry,
    /// The tag does not have the length that the scheme's algorithm and encoding give, such as 64 hex digits.
    #[error("signature has {found} bytes after its prefix, which is not the length of a tag")]
    Length {
        /// Number of bytes after the prefix.
        found: usize,
    },
    /// The tag has a byte that is no digit of the scheme's encoding, or it is a second spelling of a tag in base64.
    #[error("signature is not in the scheme's encoding")]
    Digit,
    /// The request has no signed time.
    #[error("no signed time")]
    MissingTime,
    /// The request has more than one signed time.
    #[error("signed time sent more than once")]
    RepeatedTime,
    /// The signed time does not have the form that the scheme asks for.
    #[error("signed time is malformed")]
    MalformedTime,
    /// The request has no signed id.
    #[error("no signed id")]
    MissingId,
    /// The request has more than one signed id.
    #[error("signed id sent more than once")]
    RepeatedId,
    /// The signed id is empty or longer than 256 bytes. Or it has a character that is not visible ASCII, or that could belong to its
    /// neighbour in the signed text.
    #[error("signed id is malformed")]
    MalformedId,
    /// The signature is well formed, but no secret of the verifier made it for this body, time and id.
    #[error("signature does not match the body")]
    Mismatch,
    /// The signature matches, but its time is too far in the past.
    #[error("signed time is older than the tolerance by {:?}", rounded(*by))]
    TooOld {
        /// The time beyond the [tolerance](crate::Verifier::tolerance).
        by: Duration,
    },
    /// The signature matches, but its time is too far in the future.
    #[error("signed time is ahead of the tolerance by {:?}", rounded(*by))]
    FromTheFuture {
        /// The time beyond the [tolerance](crate::Verifier::tolerance).
        by: Duration,
    },
    /// The signature is well formed, but the look-up of the tenant has found none. The whole body was read and hashed before.
    #[error("tenant is unknown")]
    UnknownTenant,
    /// The secret is no key for the scheme. Only a function that takes a secret in each call returns this. A verifier refuses such a secret
    /// when it is made.
    #[error("secret is no key for the scheme")]
    UnusableSecret,
    /// The scheme has a [fault](crate::Scheme::fault). Only a function of the scheme itself says so. A verifier refuses such a scheme when it
    /// is made.
    #[error("scheme is unusable: {fault}")]
    UnusableScheme {
        /// The mistake, and the advice to mend it.
        fault: &'static str,
    },
}

/// A time for people: whole seconds, or whole milliseconds below one second.
const fn rounded(time: Duration) -> Duration {
    match time.as_secs() {
        0 => Duration::from_millis(time.subsec_millis() as u64),
        seconds => Duration::from_secs(seconds),
    }
}

/// The reason why an authentic body or its payload could not be decoded. Lines and columns count from 1. An error never quotes the body.
///
/// A variant may gain fields in a minor release of this 0.x library, so match it with `..`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The body is not UTF-8.
    #[error("body is not UTF-8 from byte {offset} on")]
    NotUtf8 {
        /// Number of valid bytes before the first invalid one.
        offset: usize,
    },
    /// The body is not JSON.
    #[error("body is not JSON at line {line} column {column}")]
    NotJson {
        /// Line of the error.
        line: usize,
        /// Column of the error, in bytes.
        column: usize,
    },
    /// The body is JSON, but not an object.
    #[error("body is not a JSON object")]
    NotObject,
    /// The body has more bytes after its JSON object.
    #[error("body has more bytes after its JSON object at line {line} column {column}")]
    TrailingBytes {
        /// Line of the first of these bytes.
        line: usize,
        /// Column of the first of these bytes. It counts bytes.
        column: usize,
    },
    /// The body has a key of the envelope twice. Two programs could read two different events from it.
    #[error("envelope has the key '{key}' twice")]
    DuplicateKey {
        /// The key.
        key: &'static str,
    },
    /// The envelope has no event type. If the event type is in a header, the header was not sent, was sent twice or is not UTF-8.
    #[error("envelope has no event type in '{key}'")]
    MissingType {
        /// The key or the header of the event type.
        key: &'static str,
    },
    /// The event type is not a string.
    #[error("envelope's '{key}' is not a string")]
    TypeNotString {
        /// The key of the event type.
        key: &'static str,
    },
    /// The event needs an event type, but the provider's [`ENVELOPE`](crate::Provider::ENVELOPE) is `None` or
    /// [untyped](crate::Envelope::untyped).
    #[error("provider has no documented envelope")]
    NoEnvelope,
    /// The payload does not fit the type into which it was parsed.
    #[error("payload does not fit: {expectation}{}", place(path, *line, *column))]
    PayloadMismatch {
        /// The type's expectation, in its own words: `missing field 'email'`, `expected a string`. It is escaped and cut after 256
        /// characters, because a type may write any message.
        expectation: String,
        /// The path of the field, as in `items[3].price`. Empty if it is the payload itself, or if the type hides the path, as an untagged
        /// enum does. A key in it may be one that the provider chose, so it is shortened and escaped.
        path: String,
        /// Line in the payload. It is 0 if the type hides it, as an untagged enum does.
        line: usize,
        /// Column in the payload, in bytes.
        column: usize,
    },
}

/// The place of a mismatch, as far as it is known: its path, and its line and column.
fn place(path: &str, line: usize, column: usize) -> String {
    match (path, line) {
        ("", 0) => String::new(),
        ("", _) => format!(" at line {line} column {column}"),
        (_, 0) => format!(" at '{path}'"),
        _ => format!(" at '{path}', line {line} column {column}"),
    }
}

/// A mistake in a setting. It shows when a service starts or replaces its secrets, and never while it receives a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The secret has no bytes.
    #[error("secret is empty")]
    EmptySecret,
    /// The secret has only zero bytes. HMAC pads keys with zeros, so this is the same key as the empty secret.
    #[error("secret has only zero bytes")]
    ZeroSecret,
    /// The secret has only white space.
    #[error("secret is blank")]
    BlankSecret,
    /// The secret has white space at its start or end. This is nearly always a mistake; [`Secret::from_bytes`](crate::Secret::from_bytes)
    /// takes the secret if it is not.
    #[error("secret begins or ends with white space")]
    SurroundingWhiteSpace,
    /// The secret has only zero-width characters. A copy from a web page may leave them.
    #[error("secret has only invisible characters")]
    InvisibleSecret,
    /// The secret is `whsec_` or `v1,whsec_`, and the part after the prefix is missing.
    #[error("secret has nothing after its prefix 'whsec_'")]
    BarePrefix,
    /// The secret is `${NAME}`, because nothing put the variable's value in its place.
    #[error("secret is a variable in '${{...}}' that was not expanded")]
    UnexpandedVariable,
    /// The secret begins with the byte order mark that some editors write.
    #[error("secret begins with a UTF-8 byte order mark; save it as UTF-8 without one")]
    ByteOrderMark,
    /// The secret is UTF-16, which some shells and editors write.
    #[error("secret begins with a UTF-16 byte order mark; save it as UTF-8 without one")]
    Utf16,
    /// The secret lacks the prefix that every secret of this provider has. If your provider gave you the key itself, use
    /// [`Secret::from_bytes`](crate::Secret::from_bytes).
    #[error("secret does not begin with '{prefix}', as the secrets of this provider do")]
    MissingPrefix {
        /// The prefix.
        prefix: String,
    },
    /// The secret is not base64, in which this provider encodes its keys.
    #[error("secret is not base64 with padding after its prefix")]
    NotBase64,
    /// The secret is not hex, in which this provider encodes its keys.
    #[error("secret is not hex after its prefix")]
    NotHex,
    /// The scheme, which is known only at run time, makes no sense.
    #[error("scheme is unusable: {fault}")]
    UnusableScheme {
        /// The mistake, and the advice to mend it.
        fault: &'static str,
    },
    /// The variable or file is too large for a secret.
    #[error("secret is larger than {limit} bytes")]
    SecretTooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The environment variable is not set.
    #[error("environment variable {name} is not set")]
    UnsetVariable {
        /// The name of the variable.
        name: String,
    },
    /// The file cannot be read.
    #[error("cannot read {}: {kind}", path.display())]
    UnreadableFile {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        kind: io::ErrorKind,
    },
    /// The secret in a variable, in a file or with a label is refused.
    #[error("{origin}: {fault}")]
    Within {
        /// The name of the variable, the path of the file, or the label of the secret.
        origin: String,
        /// The mistake in the secret.
        fault: Box<Self>,
    },
    /// The set of secrets is full.
    #[error("more than {max} secrets", max = crate::Secrets::MAX)]
    TooManySecrets,
    /// The label of a secret cannot be logged.
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
    /// The text is not a [`DeliveryKey`](crate::dedupe::DeliveryKey).
    #[error("delivery key is not 64 hex digits")]
    MalformedDeliveryKey,
}

impl ConfigError {
    pub(crate) fn within(self, origin: String) -> Self {
        Self::Within { origin, fault: Box::new(self) }
    }
}

/// A request that was refused. Its text and its fields are precise, for logs. Its HTTP [`answer`](Self::answer) says little, because a
/// forger reads it.
///
/// The adapters send the answer. A handler that wants to answer by itself takes `Result<Verified<E>, Rejection>`.
///
/// ```
/// use countersign::{Secret, Verifier, Workspace, workspace};
///
/// let verifier = Verifier::<Workspace>::new(Secret::new("whsec_abc123")?)?;
/// let refused = verifier.verify::<workspace::Event>(&[("X-Signature-256", "sha1=…")], "{}").unwrap_err();
/// // The answer:
/// assert_eq!((refused.status(), refused.body()), (401, r#"{"error":"invalid signature"}"#));
/// // The log:
/// assert_eq!(refused.to_string(), "x-signature-256: signature does not begin with the scheme's prefix");
/// # Ok::<(), countersign::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum Rejection {
    /// 401: the signature was refused.
    #[error("{header}: {reason}")]
    InvalidSignature {
        /// The name of the signature header.
        header: Cow<'static, str>,
        /// The reason, which only logs show.
        reason: VerifyError,
    },
    /// 413: the body is over the limit, by its declared length or by its real one.
    #[error("body is over the limit of {limit} bytes")]
    BodyTooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// 503: the unfinished bodies of all requests together would exceed their [limit](crate::Verifier::total_body_limit).
    #[error("unfinished bodies exceed the total limit of {limit} bytes")]
    BodiesExceedTotalLimit {
        /// The limit, in bytes.
        limit: usize,
    },
    /// 408: the body was not complete within the [read timeout](crate::Verifier::read_timeout).
    #[error("body was not complete after {timeout:?}")]
    BodyTimeout {
        /// The read timeout.
        timeout: Duration,
    },
    /// 408: the body ended early, because its connection or its framing broke. The client is usually gone and reads no answer.
    #[error("body ended early")]
    BodyIncomplete,
    /// 415: the body is compressed or otherwise encoded.
    #[error("content-encoding is not identity")]
    ContentEncoding,
    /// 400: the body is authentic, but does not have the provider's envelope.
    #[error("malformed envelope: {0}")]
    MalformedEnvelope(DecodeError),
    /// 400: the event is authentic, but it is older than [`max_age`](crate::Verifier::max_age) or its time cannot be read.
    #[error("{}, and max_age is {max_age:?}", age_of_event(*age))]
    StaleEvent {
        /// The age of the event. `None` if its time is missing or cannot be read.
        age: Option<Duration>,
        /// The greatest age that is accepted.
        max_age: Duration,
    },
    /// 405: the method is not `POST`. A middleware accepts no other method, because no other one carries a delivery.
    #[error("method is not POST: {advice}")]
    MethodNotAllowed {
        /// The way to serve other methods on the same path.
        advice: &'static str,
    },
    /// 503: the look-up of a tenant's verifier failed, or took longer than 5 seconds. [`lookup_failed`](Self::lookup_failed) makes it.
    #[error("tenant look-up failed: {}", plain(reason, 256))]
    LookupFailed {
        /// The reason, which only logs show.
        reason: String,
    },
    /// 500: the service lacks a setting, such as a verifier for this provider.
    #[error("receiver of {provider} is misconfigured: {advice}")]
    Misconfigured {
        /// The provider's name.
        provider: &'static str,
        /// The setting to add.
        advice: &'static str,
    },
}

/// The age in whole seconds, rounded up, so that it is never shown as equal to the limit that it exceeds.
fn age_of_event(age: Option<Duration>) -> String {
    let Some(age) = age else { return "event has no readable time".to_owned() };
    let seconds = age.as_secs().saturating_add(u64::from(age.subsec_nanos() > 0));
    format!("event is {seconds}s old")
}

impl Rejection {
    /// Makes a [`LookupFailed`](Self::LookupFailed) from the error of a database or another service. It keeps 256 characters of the
    /// error's text, for logs. The text must not quote a secret.
    ///
    /// ```
    /// use countersign::Rejection;
    ///
    /// let error = std::io::Error::other("connection refused");
    /// let rejection = Rejection::lookup_failed(error);
    /// assert_eq!((rejection.status(), rejection.body()), (503, r#"{"error":"temporarily unavailable"}"#));
    /// ```
    #[must_use]
    pub fn lookup_failed(error: impl fmt::Display) -> Self {
        Self::LookupFailed { reason: error.to_string().chars().take(256).collect() }
    }

    /// The HTTP answer. Rejections with the same status have the same answer, except for the two of a 400.
    #[must_use]
    pub const fn answer(&self) -> Answer {
        match self {
            Self::InvalidSignature { .. } => Answer::INVALID_SIGNATURE,
            Self::BodyTooLarge { .. } => Answer::BODY_TOO_LARGE,
            Self::BodiesExceedTotalLimit { .. } | Self::LookupFailed { .. } => Answer::UNAVAILABLE,
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

    /// The machine name, for metrics: `invalid_signature`, `body_too_large`, `stale_event`, …
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
            Self::LookupFailed { .. } => "lookup_failed",
            Self::Misconfigured { .. } => "misconfigured",
        }
    }
}

#[cfg(test)]
mod tests;
