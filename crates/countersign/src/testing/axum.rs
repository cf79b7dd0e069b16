//! For axum's routers, which take an `http::Request` by `oneshot`.

use axum_core::body::Body;
use http::Request;

use super::SignedRequest;

impl SignedRequest {
    /// Makes a request of it that `Router::oneshot` takes.
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
    /// The URI is none, or a header was added that HTTP does not allow.
    pub fn into_axum(self, uri: &str) -> Result<Request<Body>, http::Error> {
        let start = Request::builder().method(self.method()).uri(uri);
        self.headers()
            .iter()
            .fold(start, |request, (name, value)| request.header(name, value.as_slice()))
            .body(Body::from(self.body().clone()))
    }
}
