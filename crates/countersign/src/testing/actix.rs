//! For actix-web's `test::call_service`.

use actix_web::test::TestRequest;

use super::SignedRequest;

impl SignedRequest {
    /// Makes a request of it, to be finished with `uri` and `to_request`.
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
    /// As `TestRequest` does where a header was added that HTTP does not allow.
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
