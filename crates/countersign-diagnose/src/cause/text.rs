//! Mistakes in the text that was signed: what stands around the body, and what the body is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Outcomes, causes, holds};
use crate::bytes::Bytes;
use crate::content::{base64_lines, decompressed, fields, joined, members, parts, sorted};
use crate::evidence::Evidence;
use crate::frame::{Frame, Room};
use crate::mac::Hash;

/// An experiment on the signed text.
#[derive(Clone, Copy)]
pub(crate) enum Experiment {
    /// Makes what may stand around the body.
    Framed(for<'e> fn(&'e Room<'e>) -> Outcomes<'e, TextCause, Frame>),
    /// Makes the content of the body, or another text in its place.
    Content(for<'e> fn(&'e Evidence<'e>) -> Outcomes<'e, TextCause, Bytes<'e>>),
    /// Looks at what came. The cause is told only if nothing explains the signature.
    Suspected(for<'e> fn(&'e Evidence<'e>) -> Outcomes<'e, TextCause, ()>),
}

causes! {
    /// A mistake in the text that was signed.
    pub enum TextCause {
        /// The body alone was signed, and the scheme signs a time or an id too.
        Alone => "text-body-alone", Unclear,
            "the body was signed alone, and this scheme signs a time or an id with it",
            "take the scheme that the provider has, or have the provider sign the whole signed text",
            Framed(|room| room.alone());
        /// A time or an id was signed with the body, in another way than the scheme says.
        Stamped {
            /// The template of the signed text.
            template: String,
        } => "text-stamped", Unclear,
            "the provider signs '{template}', and this scheme another text",
            "take a scheme that signs this text, or have the provider sign the text of this scheme",
            Framed(|room| room.stamped());
        /// The URL or the method was signed with the body.
        Requested {
            /// The template of the signed text.
            template: String,
        } => "text-requested", Unclear,
            "the provider signs '{template}', so a part of the request line (its URL or its method) is signed too",
            "have the provider sign the body without it: no scheme of this library signs a URL or a method",
            Framed(|room| room.requested());

        /// The body is compressed, and its content was signed.
        Compressed => "text-compressed", Unclear,
            "the body is compressed (gzip), and its content was signed",
            "have it sent uncompressed, or verify what the server has decompressed",
            Content(|came| decompressed(came.body).map(Bytes::Owned));
        /// The body is a multipart message, and the content of one part was signed.
        Multipart => "text-multipart", Unclear,
            "the body is a multipart message, and the content of one part was signed",
            "have the JSON sent as application/json, the raw body signed",
            Content(|came| parts(came.body).into_iter().map(Bytes::Borrowed));
        /// The body is a form, and one field of it was signed.
        Field {
            /// The name of the field.
            field: String,
        } => "text-field", Unclear,
            "the body is a form, and the content of its field '{field}' was signed",
            "have the JSON sent as application/json, the raw body signed",
            Content(|came| fields(came.body).into_iter().map(|(field, value)| (field, Bytes::Owned(value))));
        /// One value inside the JSON was signed.
        Member {
            /// The path of the value.
            path: String,
        } => "text-member", Unclear,
            "the value at '{path}' in the JSON was signed, and not the whole body",
            "hand that value over as the body if a gateway or a workflow tool has put it there, and otherwise have the provider sign the whole body",
            Content(|came| came.json.iter().flat_map(members).map(|(path, value)| (path, Bytes::Owned(value))));
        /// The names and values of a form were signed in alphabetical order.
        Sorted => "text-sorted", Unclear,
            "the names and values of the form were signed in alphabetical order and without signs between them, as Twilio does",
            "verify with the provider's own library: no scheme of this library signs a form so",
            Content(|came| sorted(came.body).map(Bytes::Owned));
        /// The fields of the body were signed, joined to one text.
        Joined => "text-joined", Unclear,
            "the fields of the body were signed, joined to one text, and not the body itself",
            "have the provider sign the body itself: no scheme of this library signs joined fields",
            Content(|came| joined(came.body, came.json.as_ref()).into_iter().map(Bytes::Owned));
        /// The body was signed in base64 with line breaks.
        Base64Lines => "text-base64-lines", Unclear,
            "the body was signed in base64 with line breaks, as Ruby's encode64 and MIME write it",
            "have the provider sign the body itself",
            Content(|came| base64_lines(came.body).into_iter().map(Bytes::Owned));
        /// The hash of the body was signed, and not the body.
        Hashed {
            /// The hash.
            hash: &'static str,
        } => "text-hashed", Unclear,
            "the {hash} of the body was signed, and not the body itself",
            "have the provider sign the body itself: no scheme of this library signs a hash",
            Content(|came| [Hash::Sha256, Hash::Md5, Hash::Sha1].into_iter().flat_map(|hash| {
                let digest = hash.digest(&[came.body]);
                let hex = hex::encode(&digest);
                let capital = hex.to_ascii_uppercase().into_bytes();
                let texts = [hex.into_bytes(), STANDARD.encode(&digest).into_bytes(), capital, digest];
                texts.map(|text| (hash.name(), Bytes::Owned(text)))
            }));

        /// The request is a GET without a body: a redirect has made it of a POST.
        Redirected => "text-redirected", Unclear,
            "the request is a GET without a body, as a redirect makes it of a POST",
            "give the provider the URL to which the redirect leads (https, the final slash, the right host)",
            Suspected(|came| holds(came.body.is_empty() && came.request.line.is_some_and(|(method, _)| method == "GET")));
        /// The body does not have the length that the headers say.
        Misfit {
            /// The two lengths, in words.
            lengths: String,
        } => "text-misfit", Receiver,
            "the body is not the one that came: {lengths}",
            "capture the raw body, before any parser, and as bytes",
            Suspected(|came| came.request.misfit.filter(|_| !came.body.is_empty()).map(|(declared, length)| {
                (format!("it has {length} bytes, and its Content-Length is {declared}"), ())
            }));
    }
}
