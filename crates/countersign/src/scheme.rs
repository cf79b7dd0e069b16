//! How a provider signs.

use crate::{Secret, VerifyError, signature};

/// How a provider signs: the header that has the signature, and its format. The signature is the HMAC-SHA256 of the raw body, in hex.
///
/// ```
/// # use countersign::Scheme;
/// const ACME: Scheme = Scheme::sha256("x-acme-signature-256"); // X-Acme-Signature-256: sha256=757107ea…
/// const HOOK: Scheme = Scheme::hex("x-webhook-signature"); //     X-Webhook-Signature: 757107ea…
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scheme {
    header: &'static str,
    format: Format,
}

/// The format of a signature in its header. A provider has one format, and a signature in the other one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// `sha256=` in lower case, then 64 hex digits.
    Sha256,
    /// 64 hex digits without a prefix.
    Hex,
}

impl Scheme {
    /// A scheme whose header has the value `sha256=` and 64 hex digits.
    ///
    /// As in HTTP, case makes no difference in the header's name.
    #[must_use]
    pub const fn sha256(header: &'static str) -> Self {
        Self { header, format: Format::Sha256 }
    }

    /// A scheme whose header has 64 hex digits and no prefix.
    #[must_use]
    pub const fn hex(header: &'static str) -> Self {
        Self { header, format: Format::Hex }
    }

    /// The header's name.
    #[must_use]
    pub const fn header(&self) -> &'static str {
        self.header
    }

    /// The format of the header's value.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Verifies a body against `value`, the value of the header. [`verify`](crate::verify) does the same for `sha256=`.
    ///
    /// ```
    /// # use countersign::{Scheme, Secret};
    /// let secret = Secret::new("It's a Secret to Everybody")?;
    /// let value = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    /// assert!(Scheme::hex("x-webhook-signature").verify(&secret, "Hello, World!", value).is_ok());
    /// # Ok::<(), countersign::ConfigError>(())
    /// ```
    ///
    /// A scheme that signs more than the body has no [`Provider`](crate::Provider) yet. If it uses HMAC-SHA256 and hex, this compares its
    /// tag in constant time with the bytes that you join. Reading the header and refusing an old time are then up to you:
    ///
    /// ```
    /// # use countersign::{Scheme, Secret, VerifyError};
    /// fn verify(secret: &Secret, time: &str, body: &str, tag: &str) -> Result<(), VerifyError> {
    ///     let signed = format!("v0:{time}:{body}");
    ///     Scheme::hex("x-signature").verify(secret, signed, tag)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// The value is malformed, or does not match the body.
    pub fn verify(
        &self,
        secret: &Secret,
        body: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
    ) -> Result<(), VerifyError> {
        let tag = signature::parse(self.format, value.as_ref())?;
        if secret.key().matches(body.as_ref(), &tag) { Ok(()) } else { Err(VerifyError::Mismatch) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify;

    #[test]
    fn one_call_accepts_only_the_right_signature() {
        let secret = Secret::new("It's a Secret to Everybody").unwrap();
        let tag = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let value = format!("sha256={tag}");
        assert_eq!(verify(&secret, "Hello, World!", &value), Ok(()));
        assert_eq!(verify(&secret, "Hello, World?", &value), Err(VerifyError::Mismatch));
        assert_eq!(verify(&secret, "Hello, World!", tag), Err(VerifyError::Prefix));

        let bare = Scheme::hex("x-signature");
        assert_eq!(bare.verify(&secret, "Hello, World!", tag), Ok(()));
        assert_eq!(bare.verify(&secret, "Hello, World?", tag), Err(VerifyError::Mismatch));
    }
}
