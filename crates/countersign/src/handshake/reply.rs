//! The answer to a handshake, and the reasons why there is none.

use std::fmt;

use thiserror::Error;

use crate::Answer;

/// The answer to a handshake. Its status is 200.
///
/// axum and actix-web accept it as a response of a handler. Any other framework sends the status, the headers and the body unchanged.
///
/// ```
/// use countersign::handshake;
///
/// let reply = handshake::dropbox("challenge=abc123")?;
/// assert_eq!((reply.status(), reply.body()), (200, "abc123"));
/// let headers = [("content-type", "text/plain"), ("x-content-type-options", "nosniff")];
/// assert!(reply.headers().eq(headers));
/// # Ok::<(), handshake::Refusal>(())
/// ```
#[derive(Clone)]
pub struct Reply {
    content_type: &'static str,
    body: String,
}

impl Reply {
    /// A text without a charset, because the only texts are ASCII.
    pub(super) const fn text(body: String) -> Self {
        Self { content_type: "text/plain", body }
    }

    pub(super) const fn json(body: String) -> Self {
        Self { content_type: "application/json", body }
    }

    /// The HTTP status, which is 200.
    #[must_use]
    pub const fn status(&self) -> u16 {
        200
    }

    /// All headers, with names in lower case: `content-type` and `x-content-type-options`.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        [("content-type", self.content_type), ("x-content-type-options", "nosniff")].into_iter()
    }

    /// The body: the challenge, or JSON for Zoom.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Returns the body.
    #[must_use]
    pub fn into_body(self) -> String {
        self.body
    }
}

/// Prints no body, because it may have a token and its signature.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("content_type", &self.content_type)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// The reason why a handshake was refused. It is for logs, and the feature `tracing` writes it there. The HTTP [`answer`](Self::answer)
/// is a 403 and the same for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The query has a `%` without two hex digits after it, or is not UTF-8.
    #[error("query is malformed")]
    MalformedQuery,
    /// A parameter is not in the query.
    #[error("query has no parameter '{name}'")]
    MissingParameter {
        /// The name of the parameter.
        name: &'static str,
    },
    /// A parameter is in the query more than once, with equal values or different ones.
    #[error("query has the parameter '{name}' more than once")]
    RepeatedParameter {
        /// The name of the parameter.
        name: &'static str,
    },
    /// The verify token is not the one of this service.
    #[error("verify token is wrong")]
    WrongVerifyToken,
    /// `hub.mode` is not `subscribe`.
    #[error("hub.mode is not 'subscribe'")]
    Mode,
    /// The challenge is missing, or is not safe to repeat.
    #[error("challenge is not 1 to 256 visible ASCII characters without markup")]
    Challenge,
    /// The token is missing, or is not safe to sign.
    #[error("plainToken is not 1 to 128 ASCII letters, digits, '_' and '-'")]
    PlainToken,
    /// The provider does not sign like Zoom, so a signed token could be the signature of a delivery.
    #[error("provider does not sign like Zoom")]
    OtherScheme,
    /// The verifier is not the one that verified the request, or it has replaced the secret since.
    #[error("verifier does not have the secret that signed the request")]
    OtherSecret,
}

impl Refusal {
    /// The HTTP answer: a 403 with the body `{"error":"handshake refused"}`.
    #[must_use]
    pub const fn answer(&self) -> Answer {
        Answer::HANDSHAKE_REFUSED
    }
}
