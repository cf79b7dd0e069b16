//! Mistakes in the signature header.

use countersign::{Scheme, VerifyError};

use super::{Outcomes, causes, holds};
use crate::evidence::Evidence;
use crate::mac::Algorithm;
use crate::value::Value;
use crate::verdict::Refusal;

/// An experiment on the signature header.
#[derive(Clone, Copy)]
pub(crate) enum Experiment {
    /// Looks at the header. The cause holds whichever tag was meant.
    Seen(for<'e> fn(&'e Evidence<'e>) -> Outcomes<'e, HeaderCause, ()>),
    /// Looks at the name of the header that a value came in.
    Place(for<'e> fn(&'e Value<'e>) -> Outcomes<'e, HeaderCause, ()>),
    /// Reads the tags of a value in another family's format.
    Family(for<'e> fn(&'e Value<'e>) -> Outcomes<'e, HeaderCause, Vec<u8>>),
    /// Looks at what stands around the tag.
    Around(for<'e> fn(&'e Value<'e>) -> Outcomes<'e, HeaderCause, ()>),
    /// Reads a tag that is not written as 64 hex digits.
    Tag(for<'e> fn(&'e Value<'e>) -> Outcomes<'e, HeaderCause, Vec<u8>>),
    /// Looks at the reason for which the verifier refuses the request. It is for schemes that are not simple.
    Judged(for<'e> fn(&'e Refusal<'e>) -> Outcomes<'e, HeaderCause, ()>),
    /// Names the algorithm that makes the tag.
    MadeBy(for<'e> fn(&'e ()) -> Outcomes<'e, HeaderCause, Algorithm>),
}

causes! {
    /// A mistake in the signature header.
    pub enum HeaderCause {
        /// The request has no such header.
        Missing => "header-missing", Unclear,
            "the request has no signature",
            "set a secret for this endpoint at the provider, see that no proxy drops the header, and know that some providers do not sign a test delivery",
            Seen(|came| holds(came.own.is_empty() && came.signatures.is_empty()));
        /// The request has the header more than once.
        Repeated => "header-repeated", Intermediary,
            "the signature header is there more than once",
            "have it sent once, and see that no proxy adds one",
            Seen(|came| holds(came.own.len() > 1));
        /// The header has no value.
        Empty => "header-empty", Provider,
            "the signature header has no value",
            "set a secret for this endpoint at the provider",
            Seen(|came| holds(came.own == [b""]));
        /// No tag can be read from the value.
        Unreadable => "header-unreadable", Unclear,
            "the value of the signature header is not a tag of 64 hex digits",
            "compare it with the provider's documents",
            Seen(|came| holds(came.is_unreadable()));

        /// The value does not begin with the scheme's prefix.
        NoPrefix {
            /// The prefix.
            prefix: String,
        } => "header-no-prefix", Unclear,
            "the signature does not begin with '{prefix}'",
            "compare it with the provider's documents",
            Judged(|refusal| refusal.when(VerifyError::Prefix, prefix));
        /// No entry of the list begins with the scheme's prefix.
        NoEntry {
            /// The prefix.
            prefix: String,
        } => "header-no-entry", Unclear,
            "no entry of the signature header begins with '{prefix}'",
            "compare it with the provider's documents",
            Judged(|refusal| refusal.when(VerifyError::NoEntry, prefix));
        /// The tag does not have the length or the alphabet of the scheme's tags.
        NotATag {
            /// The form of a tag.
            form: String,
        } => "header-not-a-tag", Unclear,
            "the tag is not {form}",
            "compare it with the provider's documents",
            Judged(|refusal| refusal.form());
        /// The request has no signed id.
        IdMissing {
            /// The header of the id.
            header: String,
        } => "header-id-missing", Unclear,
            "the signed id in '{header}' is missing",
            "keep the whole request, and see that no proxy drops a header",
            Judged(|refusal| refusal.when(VerifyError::MissingId, id_header));
        /// The request has more than one signed id.
        IdRepeated {
            /// The header of the id.
            header: String,
        } => "header-id-repeated", Intermediary,
            "the signed id in '{header}' is there more than once",
            "have it sent once, and see that no proxy adds one",
            Judged(|refusal| refusal.when(VerifyError::RepeatedId, id_header));
        /// The signed id is too long, or it has a character that no id may have.
        IdMalformed {
            /// The header of the id.
            header: String,
        } => "header-id-malformed", Unclear,
            "the signed id in '{header}' is too long, or has a character that no id may have",
            "compare it with the provider's documents",
            Judged(|refusal| refusal.when(VerifyError::MalformedId, id_header));

        /// Another provider's header is there instead.
        Other {
            /// Its name.
            header: String,
        } => "header-other", Receiver,
            "the signature is in '{header}', another provider's header",
            "choose that provider, or tell this one which header to send",
            Place(|value| value.elsewhere.map(|header| (header.to_owned(), ())));

        /// The value is `t=<time>,v1=<hex>`, which signs `time.body`.
        Stripe => "header-stripe", Receiver,
            "this is a signature in Stripe's style ('t=…,v1=…'): it signs 'timestamp.body', where this scheme signs the body alone",
            "verify with that provider's scheme",
            Family(|value| value.stripe_tags());
        /// The value is `v0=<hex>`, which signs `v0:time:body`.
        Slack => "header-slack", Receiver,
            "this is a signature in Slack's style ('v0=…'): it signs 'v0:timestamp:body', where this scheme signs the body alone",
            "verify with that provider's scheme",
            Family(|value| value.slack_tag());
        /// The value is `v1,<base64>`, which signs `id.time.body`.
        StandardWebhooks => "header-standard-webhooks", Receiver,
            "this is a Standard Webhooks signature ('v1,' and base64): it signs 'id.timestamp.body' with the secret decoded from base64, where this scheme signs the body alone",
            "verify with the scheme of Standard Webhooks",
            Family(|value| value.standard_tags());

        /// White space or quotes stand around the value.
        Surrounded => "header-surrounded", Intermediary,
            "white space or quotes are around the signature",
            "have the bare value passed on",
            Around(|value| holds(value.bare.len() != value.raw.len()));
        /// The prefix `sha256=` is missing.
        PrefixMissing => "header-prefix-missing", Provider,
            "'sha256=' is missing before the tag",
            "send it, or take the scheme for bare hex",
            Around(|value| holds(value.wants_prefix() && value.prefixes.is_empty()));
        /// A prefix is there, and the scheme has none.
        PrefixUnexpected => "header-prefix-unexpected", Provider,
            "there is a prefix where bare hex belongs",
            "leave it out, or take the scheme for 'sha256='",
            Around(|value| holds(!value.wants_prefix() && !value.prefixes.is_empty()));
        /// The prefix `sha256=` is there twice.
        PrefixDoubled => "header-prefix-doubled", Provider,
            "'sha256=' is there twice",
            "add it once: the provider adds it to a value that has it",
            Around(|value| holds(value.wants_prefix() && value.prefixes.len() > 1));
        /// The prefix has another spelling: capitals, a colon, another name.
        PrefixMisspelt => "header-prefix-misspelt", Provider,
            "the prefix of the tag is not exactly 'sha256=' in lower case",
            "correct it at the provider",
            Around(|value| holds(value.has_wrong_prefix()));

        /// More follows the tag.
        Overlong => "header-overlong", Provider,
            "there is something behind the tag",
            "have the tag alone sent",
            Tag(|value| value.overlong_tag());
        /// The tag is in base64 instead of hex.
        Base64 => "header-base64", Provider,
            "the tag is in base64",
            "have it sent in hex",
            Tag(|value| value.base64_tag());
        /// Only the beginning of the tag is there.
        Truncated {
            /// The number of hex digits that are there.
            digits: usize,
        } => "header-truncated", Provider,
            "the tag is cut to {digits} of its 64 hex digits",
            "have all of it sent",
            Tag(|value| value.truncated_tag());

        /// The tag is an HMAC with SHA-1.
        Sha1 => "header-sha1", Provider,
            "the tag is an HMAC with SHA-1",
            "have it made with SHA-256",
            MadeBy(|_unit| [Algorithm::HmacSha1]);
        /// The tag is an HMAC with SHA-512.
        Sha512 => "header-sha512", Provider,
            "the tag is an HMAC with SHA-512",
            "have it made with SHA-256",
            MadeBy(|_unit| [Algorithm::HmacSha512]);
        /// The tag is a hash of the body without any key: SHA-256, SHA-1 or SHA-512.
        PlainHash => "header-plain-hash", Provider,
            "the tag is a hash of the body without any secret, which anybody can make",
            "have the provider use HMAC-SHA256",
            MadeBy(|_unit| [Algorithm::Sha256, Algorithm::Sha1, Algorithm::Sha512]);
    }
}

fn prefix(scheme: &Scheme) -> String {
    scheme.tag_prefix().to_owned()
}

fn id_header(scheme: &Scheme) -> String {
    scheme.id_header().unwrap_or_default().to_owned()
}

impl HeaderCause {
    /// Whether it names a family whose signatures cover more than the body.
    pub(crate) const fn is_family(&self) -> bool {
        matches!(self, Self::Stripe | Self::Slack | Self::StandardWebhooks)
    }
}
