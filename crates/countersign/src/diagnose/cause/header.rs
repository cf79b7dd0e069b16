//! How a signature came.

use super::{Culprit, causes};

causes! {
    /// How the signature came.
    pub enum HeaderCause {
        /// No such header.
        Missing => "header-missing", Unclear, "no signature header; set a secret for this endpoint at the sender, and see that no proxy drops the header";
        /// The header is there more than once.
        Repeated => "header-repeated", InBetween, "the signature header is there more than once; have it sent once, and see that no proxy adds one";
        /// The header has no value.
        Empty => "header-empty", Sender, "the signature header has no value; set a secret for this endpoint at the sender";
        /// The value is nothing that a tag could be read from.
        Unreadable => "header-unreadable", Unclear, "the value is not a tag of 64 hex digits; compare it with the sender's documents";
        /// The header of another sender is there instead.
        Other {
            /// Its name.
            header: String,
        } => "header-other", Receiver, "the signature is in '{header}', another sender's header; choose that sender's provider, or tell this one which header to send";
        /// `sha256=` is missing.
        PrefixMissing => "header-prefix-missing", Sender, "'sha256=' is missing before the tag; send it, or take the scheme for bare hex";
        /// `sha256=` is there, where bare hex belongs.
        PrefixUnexpected => "header-prefix-unexpected", Sender, "there is a prefix where bare hex belongs; leave it out, or take the scheme for 'sha256='";
        /// `sha256=` is there twice.
        PrefixDoubled => "header-prefix-doubled", Sender, "'sha256=' is there twice; the sender adds it to a value that has it";
        /// The prefix is spelled in another way: in capitals, with a colon, with another name.
        PrefixMisspelt => "header-prefix-misspelt", Sender, "the prefix is not exactly 'sha256=' in lower case; correct it at the sender";
        /// White space or quotes around the value.
        Surrounded => "header-surrounded", InBetween, "white space or quotes are around the value; have the bare value passed on";
        /// Base64 instead of hex.
        Base64 => "header-base64", Sender, "the tag is in base64; have it sent in hex";
        /// Only the beginning of the tag.
        Truncated {
            /// Hex digits or bytes that are there.
            digits: usize,
        } => "header-truncated", Sender, "the tag is cut to {digits} of its 64 hex digits; have all of it sent";
        /// The tag, and more behind it.
        Overlong => "header-overlong", Sender, "there is something behind the tag; have the tag alone sent";
        /// HMAC with SHA-1.
        Sha1 => "header-sha1", Sender, "the tag is an HMAC with SHA-1; have it made with SHA-256";
        /// HMAC with SHA-512.
        Sha512 => "header-sha512", Sender, "the tag is an HMAC with SHA-512; have it made with SHA-256";
        /// A hash of the body without any key: SHA-1, SHA-256 or SHA-512.
        PlainHash => "header-plain-hash", Sender, "the tag is a hash of the body without any secret, which anybody can make; have the sender use HMAC-SHA256";
        /// `v1,<base64>` over `id.timestamp.body`.
        StandardWebhooks => "header-standard-webhooks", Receiver, "this is a Standard Webhooks signature ('v1,' and base64): it signs 'id.timestamp.body' with the secret decoded from base64, where this scheme signs the body alone; use a Standard Webhooks library for this sender";
        /// `t=<time>,v1=<hex>` over `time.body`.
        Stripe => "header-stripe", Receiver, "this is a signature in Stripe's style ('t=…,v1=…'): it signs 'timestamp.body', where this scheme signs the body alone; use that sender's library";
        /// `v0=<hex>` over `v0:time:body`.
        Slack => "header-slack", Receiver, "this is a signature in Slack's style ('v0=…'): it signs 'v0:timestamp:body', where this scheme signs the body alone; use that sender's library";
    }
}
