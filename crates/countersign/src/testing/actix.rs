//! Requests for actix-web's `test::call_service`.

use actix_web::test::TestRequest;

use super::SignedRequest;

impl SignedRequest {
    /// Turns it into a `TestRequest`. Finish it with `uri` and `to_request`.
    ///
    /// ```
    /// # use countersign::{Hook, Secret, testing::SignedRequest};
    /// let secret = Secret::new("whsec_abc123")?;
    /// let request = SignedRequest::new::<Hook>(&secret, "{}").into_actix().uri("/webhooks/hook").to_request();
    /// assert_eq!(request.method(), "POST");
    /// # Ok::<(), countersign::ConfigError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// `TestRequest` panics if a header was added that HTTP does not allow.
    #[must_use]
    pub fn into_actix(self) -> TestRequest {
        self.headers()
            .iter()
            .fold(TestRequest::post(), |request, (name, value)| {
                request.append_header((name.as_str(), value.as_slice()))
            })
            .set_payload(self.body().clone())
    }
}
