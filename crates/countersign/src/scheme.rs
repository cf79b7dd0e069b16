//! What a sender's signature looks like.

use crate::{Secret, VerifyError, signature};

/// Where a sender puts the signature, and how it writes it: HMAC-SHA256 of the raw body, in hex.
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

/// How a signature is written in its header. Each sender has one; the other is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// `sha256=` in lower case, then 64 hex digits.
    Sha256,
    /// 64 hex digits and nothing before them.
    Hex,
}

impl Scheme {
    /// A header whose value is `sha256=` and 64 hex digits.
    ///
    /// Header names are compared without regard to case, as HTTP has it.
    #[must_use]
    pub const fn sha256(header: &'static str) -> Self {
        Self { header, format: Format::Sha256 }
    }

    /// A header whose value is 64 bare hex digits.
    #[must_use]
    pub const fn hex(header: &'static str) -> Self {
        Self { header, format: Format::Hex }
    }

    /// The header's name.
    #[must_use]
    pub const fn header(&self) -> &'static str {
        self.header
    }

    /// The format of its value.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Verifies a body against the header's value. [`verify`](crate::verify) is this for `sha256=`.
    ///
    /// ```
    /// # use countersign::{Scheme, Secret};
    /// let secret = Secret::new("It's a Secret to Everybody")?;
    /// let value = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    /// assert!(Scheme::hex("x-webhook-signature").verify(&secret, "Hello, World!", value).is_ok());
    /// # Ok::<(), countersign::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Says how the value is malformed, or that it does not match.
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
    fn a_wrong_signature_is_refused_in_one_call_too() {
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
