//! What was signed instead of the body that came.

use std::fmt;

use super::{Culprit, causes};

causes! {
    /// What the signed bytes were, beside those that came.
    pub enum BodyCause {
        /// A final newline came that was not signed.
        FinalNewlineAdded => "body-final-newline-added", Receiver, "it ends in a newline that was not signed; keep the raw bytes (an editor or 'echo' adds one, 'printf %s' does not)";
        /// A final newline was signed that did not come.
        FinalNewlineLost => "body-final-newline-lost", Unclear, "a final newline was signed and did not come; keep the raw bytes, untrimmed ('curl --data-binary', not '-d')";
        /// White space at the ends came that was not signed.
        WhiteSpaceAdded => "body-white-space-added", Receiver, "there is white space at its ends that was not signed; keep the raw bytes";
        /// Newlines were signed that did not come: `curl -d @file` drops them.
        NewlinesLost => "body-newlines-lost", Sender, "all its newlines were lost on the way; send with 'curl --data-binary @file', not with '-d @file'";
        /// Newlines came that were not signed: a file was signed as `curl -d @file` sends it.
        NewlinesAdded => "body-newlines-added", Receiver, "it was signed without its newlines, as 'curl -d @file' sends it; keep the raw bytes that came, not the file";
        /// `\r\n` came, `\n` was signed.
        CrlfForLf => "body-crlf-for-lf", InBetween, "'\\n' was signed and '\\r\\n' came; keep the bytes as they are (no text mode, no autocrlf)";
        /// `\n` came, `\r\n` was signed.
        LfForCrlf => "body-lf-for-crlf", InBetween, "'\\r\\n' was signed and '\\n' came; keep the bytes as they are (no text mode, no autocrlf)";
        /// The same JSON, written in another way.
        Reserialised {
            /// How.
            dialect: Dialect,
        } => "body-reserialised", Receiver, "the JSON was signed {dialect}; verify the raw bytes as they came, before any JSON parser, and if they are raw, have the sender sign what it sends";
        /// A form came whose `payload` field was signed.
        FormEncoded => "body-form-encoded", Sender, "the JSON in the form's 'payload' field was signed; have it sent as application/json, the raw body signed";
        /// The form was signed, and the content of its `payload` field came.
        FormDecoded => "body-form-decoded", Receiver, "the whole form 'payload=…' was signed; verify the raw bytes, before any form parser";
        /// The body in base64 came.
        Base64Encoded => "body-base64-encoded", InBetween, "it is in base64, as gateways hand binary bodies over; decode it first (isBase64Encoded)";
        /// The body in base64 was signed.
        Base64Decoded => "body-base64-decoded", Receiver, "it was signed in base64; verify the raw bytes, before they are decoded";
        /// A byte order mark came that was not signed.
        ByteOrderMarkAdded => "body-byte-order-mark-added", Unclear, "it begins with a byte order mark that was not signed; keep the raw bytes";
        /// A byte order mark was signed that did not come.
        ByteOrderMarkLost => "body-byte-order-mark-lost", Unclear, "a byte order mark was signed and did not come; keep the raw bytes, undecoded";
        /// UTF-8 was read as Latin-1 and written as UTF-8 once more.
        Utf8Twice => "body-utf8-twice", InBetween, "its UTF-8 was read as Latin-1 and encoded again; pass bytes on, not text";
        /// UTF-8 was signed, Latin-1 came.
        Latin1ForUtf8 => "body-latin1-for-utf8", Sender, "UTF-8 was signed and Latin-1 came; have the sender send the bytes that it signs";
        /// Latin-1 was signed, UTF-8 came.
        Utf8ForLatin1 => "body-utf8-for-latin1", InBetween, "Latin-1 was signed and UTF-8 came; verify the raw bytes, before any decoding";
        /// UTF-8 that was encoded twice was signed.
        Utf8TwiceSigned => "body-utf8-twice-signed", Sender, "UTF-8 encoded twice was signed; have the sender sign the bytes that it sends";
        /// The signed text has U+FFFD where the body has bytes that are not UTF-8.
        ReplacedWhenSigned => "body-replaced-when-signed", Sender, "bytes that are not UTF-8 were signed as U+FFFD; have the sender sign bytes, not text";
        /// The body has U+FFFD, where some reader replaced bytes that are not UTF-8. What they were is lost.
        Replaced => "body-replaced", Unclear, "it has U+FFFD in it: bytes that are not UTF-8 were replaced when it was read as text, and are lost; verify the raw bytes";
        /// An empty body was signed.
        EmptySigned => "body-empty-signed", Sender, "an empty body was signed; the sender computes the tag before it has the body, or of a stream that was read";
        /// The body is empty.
        Empty => "body-empty", Receiver, "it is empty; verify before other code reads it, and see that no redirect turned POST into GET";
        /// The body is compressed. What was signed may be what is in it.
        Gzip => "body-gzip", Sender, "it is compressed with gzip; have it sent uncompressed, the same bytes signed";
        /// The headers say that the body is encoded, and it is refused for that.
        ContentEncoding => "body-content-encoding", Sender, "the header 'content-encoding' says that it is encoded, and encoded bodies are refused; have it sent without";
        /// A time, or an id and a time, was signed in front of the body.
        Stamped => "body-stamped", Sender, "a timestamp was signed in front of it; this scheme signs the body alone, so have the sender do so";
    }
}

/// How a JSON body was written when it was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Dialect {
    /// Spaces of indentation; `None` for a single line.
    pub indent: Option<u8>,
    /// Whether a space follows each comma and colon.
    pub spaced: bool,
    /// Whether keys are sorted.
    pub sorted: bool,
    /// What is escaped that need not be: `non-ASCII characters`, `slashes`.
    pub escaped: Option<&'static str>,
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.indent, self.spaced) {
            (Some(indent), _) => write!(f, "indented by {indent}")?,
            (None, true) => f.write_str("with spaces, as Python writes it")?,
            (None, false) => f.write_str("compact, as JavaScript writes it")?,
        }
        if self.sorted {
            f.write_str(", its keys sorted")?;
        }
        self.escaped.map_or(Ok(()), |what| write!(f, ", {what} escaped"))
    }
}
