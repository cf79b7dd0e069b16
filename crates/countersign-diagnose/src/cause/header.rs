//! Mistakes in the signature header.

use countersign::{Scheme, VerifyError};

use super::{Outcomes, causes, holds};
use crate::mac::{Hash, Method};
use crate::request::{Request, shown};
use crate::secret::Sent;
use crate::signature::{Claim, Found};
use crate::value::Spelling;
use crate::verdict::{Refusal, hash_of};

/// An experiment on the signature header.
#[derive(Clone, Copy)]
pub(crate) enum Experiment {
    /// Looks at the headers. The cause holds whichever tag was meant.
    Seen(for<'e> fn(&'e Request<'e>) -> Outcomes<'e, HeaderCause, ()>),
    /// Looks at what stands around a tag, and how it is written.
    Found(for<'e> fn(&'e Found<'e>) -> Outcomes<'e, HeaderCause, ()>),
    /// Looks at the reason for which the verifier refuses the request.
    Judged(for<'e> fn(&'e Refusal<'e>) -> Outcomes<'e, HeaderCause, ()>),
    /// Names the method that makes the tag.
    MadeBy(for<'e> fn(&'e Scheme) -> Outcomes<'e, HeaderCause, Method>),
    /// Compares a tag that matched with what the method makes.
    Matched(for<'e> fn(&'e Claim<'e>) -> Outcomes<'e, HeaderCause, ()>),
    /// Compares a tag that nothing explains with what the scheme's method makes.
    Suspected(for<'e> fn(&'e Claim<'e>) -> Outcomes<'e, HeaderCause, ()>),
    /// Looks for a secret in the headers.
    Sent(for<'e> fn(&'e Sent<'e>) -> Outcomes<'e, HeaderCause, ()>),
}

causes! {
    /// A mistake in the signature header.
    pub enum HeaderCause {
        /// The request has no such header.
        Missing => "header-missing", Unclear,
            "the request has no signature",
            "set a secret for this endpoint at the provider, see that no proxy drops the header, and know that some providers do not sign a test delivery",
            Seen(|request| holds(request.values(request.scheme.header()).next().is_none()));
        /// The request has the header more than once.
        Repeated => "header-repeated", Intermediary,
            "the signature header is there more than once",
            "have it sent once, and see that no proxy adds one",
            Seen(|request| holds(request.own().nth(1).is_some()));
        /// The header has no value.
        Empty => "header-empty", Provider,
            "the signature header has no value",
            "set a secret for this endpoint at the provider",
            Seen(|request| holds(request.own().eq([b""])));
        /// No tag can be read from the value.
        Unreadable => "header-unreadable", Unclear,
            "nothing in the signature header reads as a tag",
            "compare it with the provider's documents",
            Judged(|refusal| holds(refusal.is_unreadable()));

        /// The value does not begin with the scheme's prefix.
        NoPrefix {
            /// The prefix.
            prefix: String,
        } => "header-no-prefix", Unclear,
            "the signature does not begin with '{prefix}'",
            "compare it with the provider's documents",
            Judged(|refusal| refusal.when(VerifyError::Prefix, prefix).filter(|_| !refusal.is_unreadable()));
        /// No entry of the list begins with the scheme's prefix.
        NoEntry {
            /// The prefix.
            prefix: String,
        } => "header-no-entry", Unclear,
            "no entry of the signature header begins with '{prefix}'",
            "compare it with the provider's documents",
            Judged(|refusal| refusal.when(VerifyError::NoEntry, prefix).filter(|_| !refusal.is_unreadable()));
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

        /// The header has another name: a gateway or a framework has rewritten it.
        Renamed {
            /// The name that came.
            header: String,
        } => "header-renamed", Receiver,
            "the signature is in '{header}': the name of the header was rewritten",
            "read the headers as they came, before a gateway or CGI writes '_' for '-' or adds 'HTTP_'",
            Found(|found| found.renamed().and_then(shown).map(|header| (header, ())));
        /// The signature is in another header.
        Other {
            /// Its name.
            header: String,
        } => "header-other", Receiver,
            "the signature is in the header '{header}', which this scheme does not read",
            "verify with the scheme that reads that header",
            Found(|found| found.elsewhere().and_then(shown).map(|header| (header, ())));

        /// The signature is in the URL.
        InQuery {
            /// The name of the parameter.
            name: String,
        } => "header-in-query", Unclear,
            "the signature is in the URL's parameter '{name}', and this scheme reads it from a header",
            "have the provider send it in a header: no scheme of this library reads a signature from a URL",
            Found(|found| found.in_query().and_then(|name| shown(name.as_bytes())).map(|name| (name, ())));
        /// The signature is in the body.
        InBody {
            /// The key.
            key: String,
        } => "header-in-body", Unclear,
            "the signature is in the body, in '{key}', and this scheme reads it from a header",
            "have the provider send it in a header: no scheme of this library reads a signature from a body",
            Found(|found| found.in_body().and_then(|key| shown(key.as_bytes())).map(|key| (key, ())));

        /// The value is `t=<time>,v1=<hex>`, which signs `time.body`.
        Stripe => "header-stripe", Receiver,
            "this is a signature in Stripe's style ('t=…,v1=…'), which signs 'timestamp.body'",
            "verify with the scheme of that provider",
            Found(|found| holds(found.is_stripe()));
        /// The value is `v0=<hex>`, which signs `v0:time:body`.
        Slack => "header-slack", Receiver,
            "this is a signature in Slack's style ('v0=…'), which signs 'v0:timestamp:body'",
            "verify with the scheme of that provider",
            Found(|found| holds(found.is_slack()));
        /// The value is `v1,<base64>`, which signs `id.time.body`.
        StandardWebhooks => "header-standard-webhooks", Receiver,
            "this is a Standard Webhooks signature ('v1,' and base64), which signs 'id.timestamp.body' with the secret decoded from base64",
            "verify with the scheme of Standard Webhooks",
            Found(|found| holds(found.is_standard()));

        /// White space or quotes stand around the value.
        Surrounded => "header-surrounded", Intermediary,
            "white space, quotes or brackets are around the signature",
            "have the bare value passed on (in Python, decode bytes before they become a part of a text)",
            Found(|found| holds(found.is_surrounded || found.is_quoted()));
        /// The entries of the list stand apart by another sign.
        Separator => "header-separator", Unclear,
            "the entries of the signature header stand apart by another sign than this scheme's",
            "take a scheme with that sign, or have the provider send this one",
            Found(|found| holds(found.is_otherwise_separated() && !found.has_family()));
        /// The value has several tags, and the scheme takes one.
        Several => "header-several", Unclear,
            "the header has several signatures, and this scheme takes one",
            "verify with a scheme that takes a list, as providers send it while a secret is rotated",
            Found(|found| holds(found.is_one_of_several()));
        /// The prefix of the scheme is missing.
        PrefixMissing {
            /// The prefix.
            prefix: String,
        } => "header-prefix-missing", Unclear,
            "'{prefix}' is missing before the tag",
            "take a scheme without this prefix, or have the provider send it",
            Found(|found| found.prefix(|wanted, came| !wanted.is_empty() && came.is_empty()));
        /// A prefix is there, and the scheme has none.
        PrefixUnexpected => "header-prefix-unexpected", Unclear,
            "there is a prefix before the tag, and this scheme has none",
            "take a scheme with this prefix, or have the provider leave it out",
            Found(|found| holds(found.prefix(|wanted, _| wanted.is_empty()).is_some()));
        /// The prefix of the scheme is there twice.
        PrefixDoubled {
            /// The prefix.
            prefix: String,
        } => "header-prefix-doubled", Provider,
            "'{prefix}' is there twice",
            "add it once: the provider adds it to a value that has it",
            Found(|found| found.prefix(is_doubled));
        /// The prefix is another one, or it has another spelling: capitals, a colon.
        PrefixMisspelt {
            /// The prefix of the scheme.
            prefix: String,
        } => "header-prefix-misspelt", Unclear,
            "the prefix of the tag is not exactly '{prefix}'",
            "take a scheme with the prefix that came, or have the provider correct it",
            Found(|found| found.prefix(|wanted, came| !wanted.is_empty() && !came.is_empty() && !is_doubled(wanted, came)));

        /// More follows the tag.
        Overlong => "header-overlong", Unclear,
            "there is something behind the tag",
            "have the tag alone sent",
            Found(|found| holds(found.is_followed()));
        /// The tag is at the end of something longer.
        AtTheEnd => "header-at-the-end", Provider,
            "the tag is at the end of something longer",
            "have the tag alone sent: in Go, 'h.Sum(nil)' and not 'h.Sum(body)'",
            Found(|found| holds(found.is_at_the_end()));
        /// The tag is in base64 instead of hex.
        Base64 => "header-base64", Unclear,
            "the tag is in base64, and this scheme takes hex",
            "take a scheme with base64, or have the tag sent in hex",
            Found(|found| holds(found.is_hex_scheme() && found.is_spelled(Spelling::Base64) && !found.has_family()));
        /// The tag is in hex instead of base64.
        Hex => "header-hex", Unclear,
            "the tag is in hex, and this scheme takes base64",
            "take a scheme with hex, or have the tag sent in base64",
            Found(|found| holds(!found.is_hex_scheme() && found.is_spelled(Spelling::Hex) && !found.has_family()));
        /// The tag is in base64, and what is decoded is hex.
        Base64OfHex => "header-base64-of-hex", Provider,
            "the tag is in hex, and that text in base64 once more",
            "have the provider encode the bytes of the tag once",
            Found(|found| holds(found.is_spelled(Spelling::Base64OfHex)));
        /// The tag is in hex, and what is decoded is base64.
        HexOfBase64 => "header-hex-of-base64", Provider,
            "the tag is in base64, and that text in hex once more",
            "have the provider encode the bytes of the tag once",
            Found(|found| holds(found.is_spelled(Spelling::HexOfBase64)));
        /// The hex lacks zeros.
        Unpadded => "header-unpadded", Provider,
            "the hex of the tag lacks zeros, as a number or each byte is written without those in front",
            "have the provider write two digits for each byte ('%02x'; in Java, HexFormat)",
            Matched(|claim| holds(claim.signature.spelling == Spelling::Unpadded));
        /// Blanks stand for `+`.
        Plus => "header-plus", Unclear,
            "the tag has blanks in place of '+', as a form or a URL decodes base64",
            "take the value as it came, and do not decode it as a part of a URL",
            Found(|found| holds(found.is_blank));
        /// A dash or a colon stands after each byte.
        Spaced => "header-spaced", Provider,
            "the hex of the tag has a '-' or ':' after each byte, as BitConverter.ToString writes it",
            "have the provider send plain hex",
            Found(|found| holds(found.is_spelled(Spelling::Spaced)));
        /// White space or line breaks stand inside the tag.
        Folded => "header-folded", Provider,
            "white space or line breaks are inside the tag, as some base64 encoders put them in",
            "have the provider encode it without line breaks",
            Found(|found| holds(found.is_folded));
        /// The value has percent escapes.
        Escaped => "header-escaped", Unclear,
            "the signature has percent escapes, as in a URL",
            "decode the value once before it is verified",
            Found(|found| holds(found.is_escaped));
        /// Only the beginning of the tag is there.
        Truncated {
            /// The number of bytes that are there, and of all bytes, in words.
            length: String,
        } => "header-truncated", Unclear,
            "the tag is cut to {length}",
            "have all of it sent, and see that no log or column has cut it",
            Matched(|claim| claim.cut().map(|length| (length, ())));
        /// The signature is the secret itself.
        SecretSent {
            /// The header.
            header: String,
        } => "header-secret-sent", Unclear,
            "the header '{header}' has the secret itself, and no signature",
            "have the provider sign with it: a request with the secret in it proves nothing about its body, and anybody who sees it can forge others",
            Sent(|sent| sent.header().map(|header| (header, ())));
        /// The tag has the length of another hash.
        Length {
            /// The hash.
            hash: &'static str,
        } => "header-length", Unclear,
            "the tag has the length of one made with {hash}, or it is cut",
            "compare the algorithm with the provider's documents",
            Suspected(|claim| claim.other_hash().map(|hash| (hash.name(), ())));

        /// The tag is an HMAC with MD5.
        Md5 {
            /// The hash that the scheme takes.
            wanted: &'static str,
        } => "header-md5", Unclear,
            "the tag is an HMAC with MD5, and this scheme takes {wanted}",
            "have the provider sign with the hash of this scheme",
            MadeBy(|scheme| hmac(scheme, Hash::Md5));
        /// The tag is an HMAC with SHA-1.
        Sha1 {
            /// The hash that the scheme takes.
            wanted: &'static str,
        } => "header-sha1", Unclear,
            "the tag is an HMAC with SHA-1, and this scheme takes {wanted}",
            "take a scheme with SHA-1, or have the provider sign with the hash of this scheme",
            MadeBy(|scheme| hmac(scheme, Hash::Sha1));
        /// The tag is an HMAC with SHA-224.
        Sha224 {
            /// The hash that the scheme takes.
            wanted: &'static str,
        } => "header-sha224", Unclear,
            "the tag is an HMAC with SHA-224, and this scheme takes {wanted}",
            "have the provider sign with the hash of this scheme",
            MadeBy(|scheme| hmac(scheme, Hash::Sha224));
        /// The tag is an HMAC with SHA-256.
        Sha256 {
            /// The hash that the scheme takes.
            wanted: &'static str,
        } => "header-sha256", Unclear,
            "the tag is an HMAC with SHA-256, and this scheme takes {wanted}",
            "take a scheme with SHA-256, or have the provider sign with the hash of this scheme",
            MadeBy(|scheme| hmac(scheme, Hash::Sha256));
        /// The tag is an HMAC with SHA-384.
        Sha384 {
            /// The hash that the scheme takes.
            wanted: &'static str,
        } => "header-sha384", Unclear,
            "the tag is an HMAC with SHA-384, and this scheme takes {wanted}",
            "have the provider sign with the hash of this scheme",
            MadeBy(|scheme| hmac(scheme, Hash::Sha384));
        /// The tag is an HMAC with SHA-512.
        Sha512 {
            /// The hash that the scheme takes.
            wanted: &'static str,
        } => "header-sha512", Unclear,
            "the tag is an HMAC with SHA-512, and this scheme takes {wanted}",
            "take a scheme with SHA-512, or have the provider sign with the hash of this scheme",
            MadeBy(|scheme| hmac(scheme, Hash::Sha512));
        /// The tag is a hash of the text without any key.
        PlainHash {
            /// The hash.
            hash: &'static str,
        } => "header-plain-hash", Provider,
            "the tag is a plain {hash} without any secret, which anybody can make",
            "have the provider use an HMAC",
            MadeBy(|_scheme| Hash::ALL.map(|hash| (hash.name(), Method::Plain(hash))));
        /// The tag is a hash of the secret and the text, and no HMAC.
        KeyedHash {
            /// The hash.
            hash: &'static str,
        } => "header-keyed-hash", Provider,
            "the tag is a plain {hash} of the secret and the text together, and no HMAC",
            "have the provider use an HMAC",
            MadeBy(|_scheme| Hash::ALL.into_iter().flat_map(|hash| {
                [Method::SecretFirst(hash), Method::SecretLast(hash)].map(|method| (hash.name(), method))
            }));
    }
}

/// The HMAC with a hash that the scheme does not take.
fn hmac(scheme: &Scheme, hash: Hash) -> Option<(&'static str, Method)> {
    let wanted = hash_of(scheme);
    (hash != wanted).then(|| (wanted.name(), Method::Hmac(hash)))
}

fn is_doubled(prefix: &[u8], came: &[u8]) -> bool {
    !prefix.is_empty() && came.eq_ignore_ascii_case(&prefix.repeat(2))
}

fn prefix(scheme: &Scheme) -> String {
    scheme.tag_prefix().to_owned()
}

fn id_header(scheme: &Scheme) -> String {
    scheme.id_header().unwrap_or_default().to_owned()
}

impl HeaderCause {
    /// The end of the text that a family signs, if it names one.
    pub(crate) const fn template(&self) -> Option<&'static str> {
        match self {
            Self::Stripe => Some("{timestamp}.{body}"),
            Self::Slack => Some("v0:{timestamp}:{body}"),
            Self::StandardWebhooks => Some("id}.{timestamp}.{body}"),
            _ => None,
        }
    }

    /// Whether it is about the prefix, which the verifier names too.
    pub(crate) const fn is_prefix(&self) -> bool {
        matches!(
            self,
            Self::PrefixMissing { .. }
                | Self::PrefixUnexpected
                | Self::PrefixDoubled { .. }
                | Self::PrefixMisspelt { .. }
        )
    }
}
