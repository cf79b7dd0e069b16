//! Mistakes in the key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use countersign::VerifyError;

use super::{Outcomes, causes, holds};
use crate::encoding::{from_base64, to_latin1, to_utf8};
use crate::mac::Hash;
use crate::mangled;
use crate::secret::{self, Encoded, OtherSecret, PREFIX};
use crate::verdict::{Refusal, key_rule};

/// An experiment on a secret.
#[derive(Clone, Copy)]
pub(crate) enum Experiment {
    /// Makes the texts that a mistake makes of a configured secret.
    Text(for<'e> fn(&'e [u8]) -> Outcomes<'e, SecretCause, Vec<u8>>),
    /// Makes the keys that a mistake makes on the way from the text to the key.
    Key(for<'e> fn(&'e Encoded<'e>) -> Outcomes<'e, SecretCause, Vec<u8>>),
    /// Takes a secret that is configured for something else.
    Elsewhere(for<'e> fn(&'e OtherSecret) -> Outcomes<'e, SecretCause, Vec<u8>>),
    /// Looks at the reason for which the verifier refuses the request.
    Judged(for<'e> fn(&'e Refusal<'e>) -> Outcomes<'e, SecretCause, ()>),
    /// Looks at a configured secret. The cause is told only if nothing explains the signature.
    Suspected(for<'e> fn(&'e [u8]) -> Outcomes<'e, SecretCause, ()>),
    /// Makes the texts that a mistake signs with the body as the key.
    Exchanged(for<'e> fn(&'e [u8]) -> Outcomes<'e, SecretCause, Vec<u8>>),
}

causes! {
    /// A mistake in the key. "The secret" is the one that the receiver has configured, unless the text says otherwise.
    pub enum SecretCause {
        /// The secret has white space at an end.
        WhiteSpaceAdded => "secret-white-space-added", Receiver,
            "the configured secret has white space at an end",
            "take it away ('printf %s', not 'echo')",
            Text(|secret| [secret.trim_ascii(), secret.trim_ascii_end(), secret.trim_ascii_start()].map(<[u8]>::to_vec));
        /// The provider's secret has white space at an end, probably a newline.
        WhiteSpaceLost => "secret-white-space-lost", Unclear,
            "the provider's secret has white space at an end, probably the newline of a file",
            "take it away there",
            Text(|secret| secret::spaced(secret));
        /// The secret has quotes around it.
        Quoted => "secret-quoted", Receiver,
            "the configured secret has quotes around it",
            "take them away",
            Text(|secret| secret::unquoted(secret));
        /// The provider's secret has quotes around it.
        Unquoted => "secret-unquoted", Provider,
            "the provider's secret has quotes around it",
            "take them away there",
            Text(|secret| [b"\"".as_slice(), b"'"].map(|quote| [quote, secret, quote].concat()));
        /// The secret has a version in front: `v1,whsec_…`.
        VersionKept => "secret-version-kept", Receiver,
            "the configured secret begins with 'v1,', which is no part of it",
            "configure it without 'v1,'",
            Text(|secret| secret.strip_prefix(b"v1,").map(<[u8]>::to_vec));
        /// The secret has the name of a variable in front: `SECRET=…`.
        Named => "secret-named", Receiver,
            "the configured secret has a name and '=' or ':' in front of it",
            "configure what stands behind it",
            Text(|secret| secret::unnamed(secret));
        /// The configured text has the secret in it, and more.
        Surrounded => "secret-surrounded", Receiver,
            "the configured text holds more than the provider's secret",
            "configure the secret alone: no name, bracket, comma, comment or second value",
            Text(|secret| mangled::parts(secret));
        /// The secret has backslash escapes.
        Backslashes => "secret-backslashes", Receiver,
            "the configured secret has backslash escapes (such as '\\n' or '\\$') that nothing has resolved",
            "configure the plain text",
            Text(|secret| mangled::unescaped(secret));
        /// The provider's secret has `\n` for a line break.
        BackslashesSigned => "secret-backslashes-signed", Provider,
            "the provider's secret has the two characters '\\n' that mean a line break",
            "take them away there",
            Text(|secret| mangled::with_escapes(secret));
        /// The secret has `$$` for `$`.
        DollarsDoubled => "secret-dollars-doubled", Receiver,
            "the configured secret has '$$' for '$', as some settings files escape it",
            "configure a single '$'",
            Text(|secret| mangled::replaced(secret, "$$", "$"));
        /// The provider's secret has `$$` for `$`.
        DollarsDoubledSigned => "secret-dollars-doubled-signed", Provider,
            "the provider's secret has '$$' for '$'",
            "use a single '$' there",
            Text(|secret| mangled::replaced(secret, "$", "$$"));
        /// The provider's secret lacks what begins with `$`.
        Expanded => "secret-expanded", Provider,
            "the provider's secret lacks the part that begins with '$', as a shell or a settings file expands a variable",
            "put the secret in single quotes there, or use one of letters and digits",
            Text(|secret| mangled::expanded(secret));
        /// The provider's secret ends before `#`.
        Uncommented => "secret-uncommented", Unclear,
            "the provider's secret ends before the '#', as if a comment began there",
            "put the secret in quotes there, or configure it without the '#' and what follows",
            Text(|secret| mangled::uncommented(secret));
        /// The secret has entities of HTML.
        Entities => "secret-entities", Receiver,
            "the configured secret has entities of HTML (such as '&amp;')",
            "configure the plain text",
            Text(|secret| mangled::without_html(secret));
        /// The provider's secret has entities of HTML.
        EntitiesSigned => "secret-entities-signed", Provider,
            "the provider's secret has entities of HTML (such as '&amp;')",
            "use the plain text there, or a secret of letters and digits",
            Text(|secret| mangled::with_html(secret));
        /// The `=` at the end is missing.
        PaddingLost => "secret-padding-lost", Receiver,
            "the configured secret lacks the '=' at its end",
            "configure all of it: 'cut -d=' and a split at '=' lose it",
            Text(|secret| [[secret, b"="].concat(), [secret, b"=="].concat()]);
        /// The provider's secret lacks the `=` at its end.
        PaddingAdded => "secret-padding-added", Unclear,
            "the provider signs with the secret without the '=' at its end",
            "use the same text on both sides",
            Text(|secret| mangled::unpadded(secret));
        /// The secret is there twice.
        Twice => "secret-twice", Receiver,
            "the configured secret is there twice",
            "configure it once",
            Text(|secret| mangled::half(secret));
        /// The provider's secret is shorter.
        Cut {
            /// Number of bytes that are left.
            length: usize,
        } => "secret-cut", Unclear,
            "the provider signs with the first {length} bytes of the secret alone, as a form or a column cuts it",
            "use a shorter secret on both sides",
            Text(|secret| mangled::beginnings(secret));
        /// The provider's secret has no dashes.
        Undashed => "secret-undashed", Unclear,
            "the provider signs with the hex digits of the secret without its dashes, or with their bytes",
            "use the same text on both sides",
            Text(|secret| mangled::without_dashes(secret));
        /// The secret begins with a byte order mark.
        ByteOrderMark => "secret-byte-order-mark", Receiver,
            "the configured secret begins with a byte order mark",
            "save the file as UTF-8 without one",
            Text(|secret| secret.strip_prefix(secret::BYTE_ORDER_MARK).map(|text| text.trim_ascii().to_vec()));
        /// The provider's secret begins with a byte order mark.
        ByteOrderMarkLost => "secret-byte-order-mark-lost", Provider,
            "the provider's secret begins with a byte order mark",
            "have the provider read its file without it",
            Text(|secret| [[secret::BYTE_ORDER_MARK, secret].concat()]);
        /// The secret is in UTF-16.
        Utf16 => "secret-utf16", Receiver,
            "the configured secret is in UTF-16, as some shells and editors save a file",
            "save it as UTF-8",
            Text(|secret| secret::from_utf16(secret));
        /// The provider takes the secret in UTF-16.
        Utf16Signed => "secret-utf16-signed", Provider,
            "the provider signs with the secret in UTF-16",
            "have it sign with UTF-8, or configure those bytes (Secret::from_bytes)",
            Text(|secret| secret::to_utf16(secret));
        /// The secret has signs that no screen shows.
        Invisible => "secret-invisible", Receiver,
            "the configured secret has signs that no screen shows, or typographic quotes",
            "copy it from the provider again, as plain text",
            Text(|secret| mangled::visible(secret));
        /// The provider's secret has its accents in another form of Unicode.
        UnicodeForm => "secret-unicode-form", Unclear,
            "the provider's secret has its accents or signs in another form of Unicode",
            "use the same form on both sides, best a secret of ASCII",
            Text(|secret| secret::forms(secret));
        /// The provider takes the secret in Latin-1.
        Latin1Signed => "secret-latin1-signed", Provider,
            "the provider signs with the secret in Latin-1",
            "have it sign with UTF-8, or use a secret of ASCII",
            Text(|secret| std::str::from_utf8(secret).ok().filter(|text| !text.is_ascii()).and_then(to_latin1));
        /// The secret is in Latin-1, or it was read so.
        Latin1 => "secret-latin1", Receiver,
            "the configured secret is in Latin-1, and the provider's is in UTF-8",
            "save it as UTF-8, or use a secret of ASCII",
            Text(|secret| (!secret.is_ascii()).then(|| to_utf8(secret)));
        /// The secret has percent escapes.
        Escaped => "secret-escaped", Receiver,
            "the configured secret has percent escapes or '+' for a blank, as in a URL",
            "configure the decoded text",
            Text(|secret| mangled::decoded(secret));
        /// The provider's secret has percent escapes.
        EscapedSigned => "secret-escaped-signed", Provider,
            "the provider's secret has percent escapes or '+' for a blank, as in a URL",
            "use the decoded text there",
            Text(|secret| mangled::escaped(secret));
        /// The provider's secret is in capitals.
        UpperCase => "secret-upper-case", Unclear,
            "the provider signs with the secret in capitals",
            "use the same text on both sides",
            Text(|secret| [secret.to_ascii_uppercase()]);
        /// The provider's secret is in lower case.
        LowerCase => "secret-lower-case", Unclear,
            "the provider signs with the secret in lower case",
            "use the same text on both sides",
            Text(|secret| [secret.to_ascii_lowercase()]);

        /// The provider strips `whsec_`.
        PrefixStripped => "secret-prefix-stripped", Unclear,
            "the provider signs with the secret without its 'whsec_'",
            "have it sign with the whole text, or configure the secret without it",
            Key(|key| key.as_text().and_then(|text| text.strip_prefix(PREFIX)).map(<[u8]>::to_vec));
        /// The secret lacks the prefix that the provider shows.
        PrefixLost => "secret-prefix-lost", Receiver,
            "the configured secret lacks its prefix ('whsec_')",
            "configure the whole text as the provider shows it",
            Key(|key| key.with_prefix());
        /// The provider strips `whsec_` and decodes the rest from base64.
        PrefixedBase64Decoded => "secret-prefixed-base64-decoded", Unclear,
            "the provider strips 'whsec_' from the secret and decodes the rest from base64, as Standard Webhooks does",
            "take a scheme that decodes the secret, or configure the decoded bytes (Secret::from_bytes)",
            Key(|key| key.as_text().and_then(secret::standard));
        /// The secret is the base64 of a text.
        Base64Text => "secret-base64-text", Unclear,
            "the configured secret is base64, and the provider signs with the text that it encodes",
            "configure the decoded text (Kubernetes, for example, shows a secret in base64), or take a scheme that decodes it",
            Key(|key| key.otherwise(from_base64).into_iter().flat_map(|text| mangled::encoded_text(Some(text))));
        /// The provider decodes the secret from base64.
        Base64Decoded => "secret-base64-decoded", Unclear,
            "the provider decodes the secret from base64",
            "take a scheme that decodes the secret, or configure the decoded bytes (Secret::from_bytes)",
            Key(|key| key.otherwise(from_base64));
        /// The provider decodes the secret from hex.
        HexDecoded => "secret-hex-decoded", Unclear,
            "the provider decodes the secret from hex",
            "take a scheme that decodes the secret, or configure the decoded bytes (Secret::from_bytes)",
            Key(|key| key.otherwise(|text| hex::decode(text).ok()));
        /// The secret is encoded twice.
        EncodedTwice => "secret-encoded-twice", Receiver,
            "the configured secret is encoded once more than the provider's",
            "configure the text as the provider shows it",
            Key(|key| key.decoded_twice());
        /// The secret was decoded from base64, and the provider signs with the text.
        Base64Encoded => "secret-base64-encoded", Receiver,
            "the configured secret was decoded from base64",
            "configure the text as the provider shows it",
            Key(|key| key.as_text().into_iter().flat_map(|text| {
                [b"".as_slice(), PREFIX].map(|prefix| [prefix, STANDARD.encode(text).as_bytes()].concat())
            }));
        /// The secret was decoded from hex, and the provider signs with the text.
        HexEncoded => "secret-hex-encoded", Receiver,
            "the configured secret was decoded from hex",
            "configure the text as the provider shows it",
            Key(|key| key.as_text().map(|text| hex::encode(text).into_bytes()));
        /// The scheme decodes the secret, and the provider signs with the text.
        NotDecoded => "secret-not-decoded", Unclear,
            "the provider signs with the text of the secret, and not with the key that the text encodes",
            "have the signer decode the text, or configure the text as the key (Secret::from_bytes)",
            Key(|key| key.undecoded());
        /// The provider signs with the hash of the secret.
        Hashed => "secret-hashed", Unclear,
            "the provider signs with a hash of the secret",
            "have it sign with the secret, or configure the hash",
            Key(|key| [Hash::Sha256, Hash::Md5, Hash::Sha1].into_iter().flat_map(|hash| {
                let digest = hash.digest(&[key.text]);
                [hex::encode(&digest).into_bytes(), digest]
            }));
        /// The provider signs with an empty key.
        Empty => "secret-empty", Provider,
            "the provider signs with an empty key",
            "set the secret at the provider (its variable is probably unset)",
            Key(|_key| [Vec::new()]);
        /// The provider signs with the text of an unset value.
        Unset {
            /// The text.
            text: &'static str,
        } => "secret-unset", Provider,
            "the provider signs with the text '{text}' as its secret, as a language prints a value that is not set",
            "set the secret at the provider (its variable is probably unset or has another name)",
            Key(|_key| mangled::UNSET.map(|text| (text, text.as_bytes().to_vec())));
        /// The configured secret is an API key.
        ApiKey {
            /// The beginning that tells it.
            start: &'static str,
        } => "secret-api-key", Receiver,
            "the configured secret begins with '{start}', as an API key, a token or an id does, and not the signing secret of a webhook",
            "configure the signing secret that the provider shows for this endpoint",
            Suspected(|secret| mangled::api_key(secret).map(|start| (start, ())));
        /// The configured secret is a placeholder.
        Placeholder => "secret-placeholder", Receiver,
            "the configured secret is a placeholder or the name of a value, and not a secret",
            "configure the signing secret that the provider shows for this endpoint",
            Suspected(|secret| holds(mangled::is_placeholder(secret)));
        /// The key and the text are exchanged.
        Swapped => "secret-swapped", Provider,
            "the key and the text are exchanged: the provider signs the secret, with the body as the key",
            "have the provider exchange the two arguments of its HMAC",
            Exchanged(|secret| [secret.to_vec()]);
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
