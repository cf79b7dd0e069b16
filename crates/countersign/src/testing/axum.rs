//! Requests for the `oneshot` of axum's routers.

use axum_core::body::Body;
use http::Request;

use super::SignedRequest;

impl SignedRequest {
    /// Turns it into a request for `Router::oneshot`.
    ///
    /// ```
    /// # use countersign::{Hook, Secret, testing::SignedRequest};
    /// let secret = Secret::new("whsec_abc123")?;
    /// let request = SignedRequest::new::<Hook>(&secret, "{}").into_axum("/webhooks/hook")?;
    /// assert_eq!(request.method(), "POST");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The URI is not valid, or a header was added that HTTP does not allow.
    pub fn into_axum(self, uri: &str) -> Result<Request<Body>, http::Error> {
        let start = Request::builder().method(self.method()).uri(uri);
        self.headers()
            .iter()
            .fold(start, |request, (name, value)| request.header(name, value.as_slice()))
            .body(Body::from(self.body().clone()))
    }
}
