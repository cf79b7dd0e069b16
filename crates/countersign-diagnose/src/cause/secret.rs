//! Mistakes in the key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use countersign::VerifyError;

use super::{Outcomes, causes};
use crate::encoding::from_base64;
use crate::secret::{Encoded, OtherSecret};
use crate::verdict::{Refusal, key_rule};

/// An experiment on a secret.
#[derive(Clone, Copy)]
pub(crate) enum Experiment {
    /// Makes the keys that a mistake makes of a configured secret.
    Key(for<'e> fn(&'e [u8]) -> Outcomes<'e, SecretCause, Vec<u8>>),
    /// Makes the keys that a mistake makes of a secret whose text encodes the key.
    Undecoded(for<'e> fn(&'e Encoded<'e>) -> Outcomes<'e, SecretCause, Vec<u8>>),
    /// Takes a secret that is configured for something else.
    Elsewhere(for<'e> fn(&'e OtherSecret) -> Outcomes<'e, SecretCause, Vec<u8>>),
    /// Looks at the reason for which the verifier refuses the request.
    Judged(for<'e> fn(&'e Refusal<'e>) -> Outcomes<'e, SecretCause, ()>),
}

const PREFIX: &[u8] = b"whsec_";

causes! {
    /// A mistake in the key. "The secret" is the one that the receiver has configured, unless the text says otherwise.
    pub enum SecretCause {
        /// The secret has white space at an end.
        WhiteSpaceAdded => "secret-white-space-added", Receiver,
            "the configured secret has white space at an end",
            "take it away ('printf %s', not 'echo')",
            Key(|secret| [secret.trim_ascii().to_vec()]);
        /// The provider's secret ends in white space, probably a newline.
        WhiteSpaceLost => "secret-white-space-lost", Provider,
            "the provider's secret ends in white space, probably the newline of a file",
            "take it away there",
            Key(|secret| [b"\n".as_slice(), b"\r\n", b" "].map(|end| [secret, end].concat()));
        /// The secret has quotes around it.
        Quoted => "secret-quoted", Receiver,
            "the configured secret has quotes around it",
            "take them away",
            Key(|secret| unquoted(secret));
        /// The provider's secret has quotes around it.
        Unquoted => "secret-unquoted", Provider,
            "the provider's secret has quotes around it",
            "take them away there",
            Key(|secret| [b"\"".as_slice(), b"'"].map(|quote| [quote, secret, quote].concat()));
        /// The provider strips `whsec_`.
        PrefixStripped => "secret-prefix-stripped", Provider,
            "the provider signs with the secret without its 'whsec_'",
            "have it sign with the whole text, or configure the secret without it",
            Key(|secret| secret.strip_prefix(PREFIX).map(<[u8]>::to_vec));
        /// The secret lacks `whsec_`.
        PrefixLost => "secret-prefix-lost", Receiver,
            "the configured secret lacks 'whsec_'",
            "configure the whole text as the provider shows it",
            Key(|secret| [[PREFIX, secret].concat()]);
        /// The provider strips `whsec_` and decodes the rest from base64.
        PrefixedBase64Decoded => "secret-prefixed-base64-decoded", Provider,
            "the provider strips 'whsec_' from the secret and decodes the rest from base64, as Standard Webhooks does",
            "have it sign with the whole text, or configure the decoded bytes (Secret::from_bytes)",
            Key(|secret| secret.strip_prefix(PREFIX).and_then(from_base64));
        /// The provider decodes the secret from base64.
        Base64Decoded => "secret-base64-decoded", Provider,
            "the provider decodes the secret from base64",
            "have it sign with the text, or configure the decoded bytes (Secret::from_bytes)",
            Key(|secret| from_base64(secret));
        /// The provider decodes the secret from hex.
        HexDecoded => "secret-hex-decoded", Provider,
            "the provider decodes the secret from hex",
            "have it sign with the text, or configure the decoded bytes (Secret::from_bytes)",
            Key(|secret| hex::decode(secret).or_else(|error| hex::decode(secret.strip_prefix(PREFIX).ok_or(error)?)));
        /// The secret was decoded from base64, and the provider signs with the text.
        Base64Encoded => "secret-base64-encoded", Receiver,
            "the configured secret was decoded from base64",
            "configure the text as the provider shows it",
            Key(|secret| [b"".as_slice(), PREFIX].map(|prefix| [prefix, STANDARD.encode(secret).as_bytes()].concat()));
        /// The secret was decoded from hex, and the provider signs with the text.
        HexEncoded => "secret-hex-encoded", Receiver,
            "the configured secret was decoded from hex",
            "configure the text as the provider shows it",
            Key(|secret| [hex::encode(secret).into_bytes()]);
        /// The scheme decodes the secret, and the provider signs with the text.
        NotDecoded => "secret-not-decoded", Provider,
            "the provider signs with the text of the secret, and not with the key that the text encodes",
            "have the signer decode the text, or configure the text as the key (Secret::from_bytes)",
            Undecoded(|encoded| [encoded.rest.to_vec(), encoded.text.to_vec()]);
        /// The provider's secret is in capitals.
        UpperCase => "secret-upper-case", Unclear,
            "the provider signs with the secret in capitals",
            "use the same text on both sides",
            Key(|secret| [secret.to_ascii_uppercase()]);
        /// The provider's secret is in lower case.
        LowerCase => "secret-lower-case", Unclear,
            "the provider signs with the secret in lower case",
            "use the same text on both sides",
            Key(|secret| [secret.to_ascii_lowercase()]);
        /// The provider signs with an empty key.
        Empty => "secret-empty", Provider,
            "the provider signs with an empty key",
            "set the secret at the provider (its variable is probably unset)",
            Key(|_secret| [Vec::new()]);
        /// The secret cannot be decoded as the scheme asks.
        Unusable {
            /// The way from the text to the key, in words.
            rule: String,
        } => "secret-unusable", Receiver,
            "the configured secret is no key for this scheme, which {rule}",
            "configure the text as the provider shows it",
            Judged(|refusal| refusal.when(VerifyError::UnusableSecret, key_rule));
        /// The provider signs with a secret that the receiver has configured for something else.
        Other {
            /// The label of that secret.
            label: String,
        } => "secret-other", Receiver,
            "the provider signs with the secret '{label}'",
            "configure that one for this endpoint",
            Elsewhere(|other| [(other.label.clone(), other.bytes())]);
    }
}

fn unquoted(secret: &[u8]) -> Option<Vec<u8>> {
    let secret = secret.trim_ascii();
    let inner = |quote: &[u8]| secret.strip_prefix(quote)?.strip_suffix(quote).map(<[u8]>::to_vec);
    inner(b"\"").or_else(|| inner(b"'"))
}
