//! What was the key instead of the secret that is configured.

use super::{Culprit, causes};

causes! {
    /// What the key was, beside the secret that is configured.
    pub enum SecretCause {
        /// White space at an end of the configured secret.
        WhiteSpaceAdded => "secret-white-space-added", Receiver, "the configured one has white space at an end; take it away ('printf %s', not 'echo')";
        /// The sender's secret ends in white space, probably a newline.
        WhiteSpaceLost => "secret-white-space-lost", Sender, "the sender's ends in white space, probably the newline of a file; take it away there";
        /// Quotes around the configured secret.
        Quoted => "secret-quoted", Receiver, "the configured one has quotes around it; take them away";
        /// Quotes around the sender's secret.
        Unquoted => "secret-unquoted", Sender, "the sender's has quotes around it; take them away there";
        /// The sender strips `whsec_`.
        PrefixStripped => "secret-prefix-stripped", Sender, "the sender signs without 'whsec_'; have it sign with the whole text, or configure the secret without it";
        /// The configured secret lacks `whsec_`.
        PrefixLost => "secret-prefix-lost", Receiver, "the configured one lacks 'whsec_'; configure the whole text as the sender shows it";
        /// The sender decodes the secret from base64.
        Base64Decoded => "secret-base64-decoded", Sender, "the sender decodes it from base64; have it sign with the text, or configure the decoded bytes (Secret::from_bytes)";
        /// The sender strips `whsec_` and decodes the rest from base64.
        PrefixedBase64Decoded => "secret-prefixed-base64-decoded", Sender, "the sender strips 'whsec_' and decodes the rest from base64, as Standard Webhooks does; have it sign with the whole text, or configure the decoded bytes (Secret::from_bytes)";
        /// The configured secret was decoded from base64; the sender takes the text.
        Base64Encoded => "secret-base64-encoded", Receiver, "the configured one was decoded from base64; configure the text as the sender shows it";
        /// The sender decodes the secret from hex.
        HexDecoded => "secret-hex-decoded", Sender, "the sender decodes it from hex; have it sign with the text, or configure the decoded bytes (Secret::from_bytes)";
        /// The configured secret was decoded from hex; the sender takes the text.
        HexEncoded => "secret-hex-encoded", Receiver, "the configured one was decoded from hex; configure the text as the sender shows it";
        /// The sender's secret is in capitals.
        UpperCase => "secret-upper-case", Unclear, "it was signed with the secret in capitals; use the same text on both sides";
        /// The sender's secret is in lower case.
        LowerCase => "secret-lower-case", Unclear, "it was signed with the secret in lower case; use the same text on both sides";
        /// The sender signs with an empty key.
        Empty => "secret-empty", Sender, "it was signed with an empty key; set the secret at the sender (its variable is probably unset)";
        /// It is another secret that is configured.
        Other {
            /// Its label.
            label: String,
        } => "secret-other", Receiver, "it was signed with the secret '{label}'; configure that one for this endpoint";
    }
}
