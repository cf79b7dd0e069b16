//! The table of answers. The library gives them in place of a handler.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// An HTTP answer that the library gives in place of a handler. It has a status, headers and a fixed body.
///
/// An adapter sends it unchanged. axum and actix-web accept it as a response of a handler.
///
/// ```
/// use countersign::{Secret, Verifier, Workspace, workspace};
///
/// let verifier = Verifier::<Workspace>::new(Secret::new("whsec_abc123")?)?;
/// let answer = verifier.verify::<workspace::Event>(&[("Host", "localhost")], "{}").unwrap_err().answer();
/// assert_eq!((answer.status(), answer.body()), (401, r#"{"error":"invalid signature"}"#));
/// assert!(answer.headers().any(|(name, value)| (name, &*value) == ("www-authenticate", "Signature")));
/// # Ok::<(), countersign::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Answer {
    status: u16,
    body: &'static str,
    retry_after: Option<Duration>,
}

/// How long a provider should wait for a store, a handler or the memory to recover.
const PAUSE: Duration = Duration::from_secs(5);

impl Answer {
    pub(super) const INVALID_SIGNATURE: Self = Self::json(401, r#"{"error":"invalid signature"}"#);
    pub(super) const BODY_TOO_LARGE: Self = Self::json(413, r#"{"error":"body too large"}"#);
    pub(super) const BODY_TIMEOUT: Self = Self::json(408, r#"{"error":"body timeout"}"#);
    pub(super) const CONTENT_ENCODING: Self = Self::json(415, r#"{"error":"unsupported content encoding"}"#);
    pub(super) const MALFORMED_PAYLOAD: Self = Self::json(400, r#"{"error":"malformed payload"}"#);
    pub(super) const STALE_EVENT: Self = Self::json(400, r#"{"error":"stale event"}"#);
    pub(super) const METHOD_NOT_ALLOWED: Self = Self::json(405, r#"{"error":"method not allowed"}"#);
    pub(super) const MISCONFIGURED: Self = Self::json(500, r#"{"error":"webhook receiver misconfigured"}"#);
    pub(crate) const UNAVAILABLE: Self =
        Self { retry_after: Some(PAUSE), ..Self::json(503, r#"{"error":"temporarily unavailable"}"#) };
    pub(crate) const HANDSHAKE_REFUSED: Self = Self::json(403, r#"{"error":"handshake refused"}"#);
    #[cfg(feature = "async")]
    pub(crate) const HANDLER_FAILED: Self = Self::json(500, r#"{"error":"handler failed"}"#);
    /// The answer if the delivery was handled before.
    #[cfg(feature = "async")]
    pub(crate) const REPEAT: Self = Self::json(200, "");

    const fn json(status: u16, body: &'static str) -> Self {
        Self { status, body, retry_after: None }
    }

    /// The answer while another attempt at the delivery is being handled.
    #[cfg(feature = "async")]
    pub(crate) const fn in_progress(retry_after: Duration) -> Self {
        let retry_after = Some(whole_seconds(retry_after));
        Self { retry_after, ..Self::json(503, r#"{"error":"delivery in progress"}"#) }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The body: JSON, or empty.
    #[must_use]
    pub const fn body(&self) -> &'static str {
        self.body
    }

    /// The time in the header `Retry-After`: one second or more, in whole seconds. `None` if the answer has no such header.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// All headers, with names in lower case. An answer with a body has `content-type`, a 401 has `www-authenticate`, a 405 has `allow`, and
    /// a 503 has `retry-after`.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, Cow<'static, str>)> + use<> {
        let json = (!self.body.is_empty()).then_some(("content-type", Cow::Borrowed("application/json")));
        // RFC 9110, sections 15.5.2 and 15.5.6, requires these two headers. Some HTTP clients fail without them.
        let demanded = match self.status {
            401 => Some(("www-authenticate", Cow::Borrowed("Signature"))),
            405 => Some(("allow", Cow::Borrowed("POST"))),
            _ => None,
        };
        let pause = self.retry_after.map(|pause| ("retry-after", Cow::Owned(pause.as_secs().to_string())));
        [json, demanded, pause].into_iter().flatten()
    }
}

/// Writes the status and the body, for logs.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.body)
    }
}

/// Rounds up to whole seconds, because a retry that comes too early is refused again.
#[cfg(feature = "async")]
const fn whole_seconds(time: Duration) -> Duration {
    let begun = if time.subsec_nanos() > 0 || time.is_zero() { 1 } else { 0 };
    Duration::from_secs(time.as_secs().saturating_add(begun))
}

#[cfg(test)]
#[cfg(feature = "async")]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_shown_as_its_status_and_its_body() {
        assert_eq!(Answer::HANDLER_FAILED.to_string(), r#"500 {"error":"handler failed"}"#);
    }

    #[test]
    fn retry_after_is_in_whole_seconds_and_never_zero() {
        let cases = [(0, 1), (1, 1), (999, 1), (1_000, 1), (1_001, 2), (59_999, 60)];
        for (millis, seconds) in cases {
            let answer = Answer::in_progress(Duration::from_millis(millis));
            assert_eq!(answer.retry_after(), Some(Duration::from_secs(seconds)), "{millis}");
        }
        let endless = Answer::in_progress(Duration::MAX);
        assert_eq!(endless.retry_after(), Some(Duration::from_secs(u64::MAX)));
        assert_eq!(Answer::CONTENT_ENCODING.retry_after(), None);
    }

    #[test]
    fn an_answer_has_the_headers_that_its_status_requires() {
        let headers = |answer: Answer| answer.headers().collect::<Vec<_>>();
        let json = ("content-type", "application/json".into());
        assert_eq!(headers(Answer::REPEAT), []);
        assert_eq!(headers(Answer::BODY_TOO_LARGE), std::slice::from_ref(&json));
        let challenge = ("www-authenticate", "Signature".into());
        assert_eq!(headers(Answer::INVALID_SIGNATURE), [json.clone(), challenge]);
        assert_eq!(headers(Answer::METHOD_NOT_ALLOWED), [json.clone(), ("allow", "POST".into())]);
        assert_eq!(headers(Answer::UNAVAILABLE), [json, ("retry-after", "5".into())]);
    }
}
