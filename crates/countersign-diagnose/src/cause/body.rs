//! Mistakes in the bytes that were signed.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Outcomes, causes, holds};
use crate::bytes::{self, Bytes};
use crate::dialects::spellings;
use crate::dump::{Language, dumps, is_printed, undumped};
use crate::edits;
use crate::encoding::{from_base64, from_form, from_hex};
use crate::evidence::Evidence;
use crate::form;
use crate::json::{Dialect, Json, fault};
use crate::members;
use crate::text;

/// Most bytes that all orders of the members may have together.
const MOST_BYTES: usize = 256 * 1024;

/// An experiment on the body.
#[derive(Clone, Copy)]
pub(crate) enum Experiment {
    /// Looks at what came. The cause holds whichever bytes were signed.
    Seen(for<'e> fn(&'e Evidence<'e>) -> Outcomes<'e, BodyCause, ()>),
    /// Makes the bytes that may have been signed.
    Signed(for<'e> fn(&'e Evidence<'e>) -> Outcomes<'e, BodyCause, Bytes<'e>>),
    /// Makes the bytes that may have been signed of a body that is JSON.
    Parsed(for<'e> fn(&'e Json<'e>) -> Outcomes<'e, BodyCause, Bytes<'e>>),
    /// The same for what is lost. It makes so many bodies that none of them is changed again.
    Guessed(for<'e> fn(&'e Json<'e>) -> Outcomes<'e, BodyCause, Bytes<'e>>),
    /// Looks at what came. The cause is told only if nothing explains the signature.
    Suspected(for<'e> fn(&'e Evidence<'e>) -> Outcomes<'e, BodyCause, ()>),
}

causes! {
    /// A mistake in the bytes that were signed. The likely causes come first.
    pub enum BodyCause {
        /// The headers say that the body is encoded, so it is refused.
        ContentEncoding => "body-content-encoding", Provider,
            "the header 'content-encoding' says that the body is encoded, and encoded bodies are refused",
            "have it sent without",
            Seen(|came| holds(came.request.is_encoded));

        /// A final newline came that was not signed.
        FinalNewlineAdded => "body-final-newline-added", Receiver,
            "the body ends in a newline that was not signed",
            "keep the raw bytes (an editor or 'echo' adds one, 'printf %s' does not)",
            Signed(|came| bytes::without_final_newline(came.body));
        /// A final newline was signed that did not come.
        FinalNewlineLost => "body-final-newline-lost", Unclear,
            "a final newline was signed and did not come",
            "keep the raw bytes, untrimmed ('curl --data-binary', not '-d')",
            Signed(|came| [bytes::joined(came.body, b"\n"), bytes::joined(came.body, b"\r\n")]);
        /// Newlines came that were not signed: a file was signed as `curl -d @file` sends it.
        NewlinesAdded => "body-newlines-added", Receiver,
            "the body was signed without its newlines, as 'curl -d @file' sends it",
            "keep the raw bytes that came, not the file",
            Signed(|came| bytes::without_all_newlines(came.body));
        /// `\r\n` came, `\n` was signed.
        CrlfForLf => "body-crlf-for-lf", Intermediary,
            "'\\n' was signed and '\\r\\n' came",
            "keep the bytes as they are (no text mode, no autocrlf)",
            Signed(|came| bytes::crlf_to_lf(came.body));
        /// `\n` came, `\r\n` was signed.
        LfForCrlf => "body-lf-for-crlf", Intermediary,
            "'\\r\\n' was signed and '\\n' came",
            "keep the bytes as they are (no text mode, no autocrlf)",
            Signed(|came| bytes::lf_to_crlf(came.body));
        /// White space at the ends came that was not signed.
        WhiteSpaceAdded => "body-white-space-added", Receiver,
            "white space at the ends of the body was not signed",
            "keep the raw bytes",
            Signed(|came| [came.body.trim_ascii().into()]);
        /// An empty body was signed.
        EmptySigned => "body-empty-signed", Provider,
            "an empty body was signed",
            "have the provider compute the tag once it has the body, and not of a stream that was read",
            Signed(|_came| [Cow::Borrowed(&[][..])]);
        /// Newlines were signed that did not come: `curl -d @file` drops them.
        NewlinesLost => "body-newlines-lost", Provider,
            "the body lost all its line ends on the way",
            "keep the raw bytes, not lines that are read and joined (send with 'curl --data-binary @file', not with '-d @file')",
            Signed(|came| bytes::with_lost_newlines(came));
        /// A byte order mark came that was not signed.
        ByteOrderMarkAdded => "body-byte-order-mark-added", Unclear,
            "the body begins with a byte order mark that was not signed",
            "keep the raw bytes",
            Signed(|came| bytes::without_byte_order_mark(came.body));
        /// A byte order mark was signed that did not come.
        ByteOrderMarkLost => "body-byte-order-mark-lost", Unclear,
            "a byte order mark was signed and did not come",
            "keep the raw bytes, undecoded",
            Signed(|came| [bytes::with_byte_order_mark(came.body)]);

        // The rows above are the likely ones of a second change.
        /// The same JSON was signed in another spelling.
        Reserialised {
            /// The spelling that was signed.
            dialect: Dialect,
        } => "body-reserialised", Receiver,
            "the JSON was signed {dialect}",
            "verify the raw bytes as they came, before any JSON parser, and if they are raw, have the provider sign the bytes that it sends",
            Parsed(|json| spellings(json).map(|(dialect, text)| (dialect, Cow::Owned(text.into_bytes()))));
        /// `{}` was signed, `[]` came.
        EmptyArrayForObject => "body-empty-array-for-object", Receiver,
            "'{{}}' was signed and '[]' came, as PHP writes an empty object that it read as an array",
            "verify the raw bytes as they came, before any JSON parser",
            Parsed(|json| bytes::of(edits::with_empty_objects(json)));
        /// `[]` was signed, `{}` came.
        EmptyObjectForArray => "body-empty-object-for-array", Receiver,
            "'[]' was signed and '{{}}' came",
            "verify the raw bytes as they came, before any JSON parser",
            Parsed(|json| bytes::of(edits::with_empty_arrays(json)));
        /// An empty string was signed, null came.
        NullForEmptyString => "body-null-for-empty-string", Receiver,
            "an empty string was signed and null came",
            "verify before any middleware that turns empty strings into null",
            Parsed(|json| bytes::of(edits::with_empty_strings(json)));
        /// Null was signed, an empty string came.
        EmptyStringForNull => "body-empty-string-for-null", Receiver,
            "null was signed and an empty string came",
            "verify the raw bytes as they came, before any JSON parser",
            Parsed(|json| bytes::of(edits::with_nulls(json)));
        /// Members came that are null and were not signed.
        NullAdded => "body-null-added", Receiver,
            "members that are null came and were not signed",
            "verify the raw bytes as they came, before any JSON parser",
            Parsed(|json| bytes::of(members::without_nulls(json)));
        /// Members came that are empty and were not signed.
        EmptyAdded => "body-empty-members-added", Receiver,
            "empty members came ('', [], {{}}) and were not signed",
            "verify the raw bytes as they came, before any JSON parser",
            Parsed(|json| bytes::of(members::without_empty(json)));
        /// `1.0` was signed, `1` came.
        FractionLost => "body-fraction-lost", Receiver,
            "a number was signed with a fraction ('1.0', '1.50') and came without it, as JavaScript writes numbers",
            "verify the raw bytes as they came, before any JSON parser",
            Parsed(|json| bytes::of(edits::with_fractions(json)));
        /// Numbers were signed as strings.
        NumberForString => "body-number-for-string", Receiver,
            "a string of digits was signed and a number came",
            "verify the raw bytes as they came, before any JSON parser",
            Parsed(|json| bytes::of(edits::with_quoted_numbers(json)));
        /// Numbers came as strings.
        StringForNumber => "body-string-for-number", Receiver,
            "a number was signed and a string of digits came",
            "verify the raw bytes as they came, before any JSON parser",
            Parsed(|json| bytes::of(edits::with_bare_numbers(json)));
        /// A time lost the zeros at the end of its fraction.
        TimeShortened => "body-time-shortened", Receiver,
            "a time was signed with zeros at the end of its fraction and came without them, as Newtonsoft.Json writes times",
            "verify the raw bytes as they came, before any JSON parser",
            Parsed(|json| bytes::of(edits::with_long_times(json)));
        /// A time came with zeros at the end of its fraction that were not signed.
        TimeLengthened => "body-time-lengthened", Receiver,
            "a time was signed without the zeros at the end of its fraction, as Newtonsoft.Json writes times",
            "verify the raw bytes as they came, before any JSON parser",
            Parsed(|json| bytes::of(edits::with_short_times(json)));
        /// A time has its zone in another spelling.
        ZoneRespelled => "body-zone-respelled", Receiver,
            "a time was signed with its zone in another spelling ('Z', '+00:00')",
            "verify the raw bytes as they came, before any JSON parser",
            Parsed(|json| bytes::of(edits::with_other_zones(json)));
        /// A boolean came as a string or as a number.
        BooleanLost => "body-boolean-lost", Receiver,
            "a boolean was signed and came as a string or a number",
            "verify the raw bytes as they came, before any JSON parser",
            Parsed(|json| bytes::of(edits::with_booleans(json)));
        /// A string or a number came as a boolean.
        BooleanAdded => "body-boolean-added", Receiver,
            "a boolean came that was signed as a string or a number",
            "verify the raw bytes as they came, before any JSON parser",
            Parsed(|json| bytes::of(edits::without_booleans(json)));
        /// The keys are in another case.
        KeysRecased => "body-keys-recased", Receiver,
            "the keys were signed in another case ('user_id', 'userId', 'UserId')",
            "verify the raw bytes as they came, before any JSON parser",
            Parsed(|json| bytes::of(members::recased(json)));
        /// The body was signed as a JSON string.
        StringifiedWhenSigned => "body-stringified-when-signed", Receiver,
            "the body was signed as a JSON string: the text was stringified twice",
            "sign and verify the raw bytes, and stringify nothing that is a text already",
            Signed(|came| bytes::of(text::stringified(came.body)));
        /// The body is a JSON string, and its content was signed.
        Stringified => "body-stringified", Receiver,
            "the body is a JSON string, and the JSON in it was signed: the text was stringified twice",
            "verify the raw bytes, and stringify nothing that is a text already",
            Signed(|came| bytes::of(text::unstringified(came.body)));
        /// A parsed body was signed as a language prints it.
        DumpedWhenSigned {
            /// The language that printed it.
            language: Language,
        } => "body-dumped-when-signed", Provider,
            "the text of {language} was signed, and not the body itself",
            "sign and verify the raw bytes, which are no printed object",
            Parsed(|json| dumps(json).map(|(language, text)| (language, Cow::Owned(text.into_bytes()))));
        /// A parsed body came as a language prints it, and its JSON was signed.
        Dumped {
            /// The language that printed it.
            language: Language,
        } => "body-dumped", Receiver,
            "the body is the text of {language}, and its JSON was signed",
            "verify the raw bytes, which are no printed object",
            Signed(|came| undumped(came.body).map(|(language, text)| (language, Cow::Owned(text.into_bytes()))));
        /// Control characters came raw that were signed as escapes.
        EscapesResolved => "body-escapes-resolved", Receiver,
            "control characters stand raw in the body's strings, and were signed as escapes ('\\n')",
            "keep the raw bytes (a string literal and 'echo' resolve escapes, 'printf %s' does not)",
            Signed(|came| bytes::of(text::with_escaped_controls(came.body)));
        /// The escapes of the body were resolved before it was signed.
        EscapesResolvedWhenSigned => "body-escapes-resolved-when-signed", Provider,
            "the body was signed with its escapes resolved ('\\n' as a newline)",
            "sign and verify the raw bytes",
            Signed(|came| bytes::of(text::with_resolved_escapes(came.body)));
        /// The body was signed with entities of HTML.
        EntitiesWhenSigned => "body-entities-when-signed", Provider,
            "the body was signed with HTML entities ('&quot;')",
            "sign and verify the raw bytes, before any escaping of HTML",
            Signed(|came| bytes::of(text::with_entities(came.body)));
        /// The body came with entities of HTML.
        Entities => "body-entities", Receiver,
            "the body has HTML entities that were not signed ('&quot;')",
            "verify the raw bytes, before any escaping of HTML",
            Signed(|came| bytes::of(text::without_entities(came.body)));
        /// The body was signed with `?` for each character beyond ASCII.
        AsciiWhenSigned => "body-ascii-when-signed", Receiver,
            "the body was signed as ASCII, with '?' for the characters that ASCII does not have",
            "hash the bytes of its UTF-8",
            Signed(|came| bytes::of(text::with_question_marks(came.body)));
        /// The body was signed in UTF-16.
        Utf16WhenSigned => "body-utf16-when-signed", Receiver,
            "the body was signed in UTF-16",
            "hash the bytes of its UTF-8",
            Signed(|came| text::to_utf16(came.body).into_iter().map(Cow::Owned));
        /// The body came in UTF-16.
        Utf16 => "body-utf16", Receiver,
            "the body is in UTF-16, and UTF-8 was signed",
            "keep the raw bytes (some editors and shells save UTF-16)",
            Signed(|came| bytes::of(text::from_utf16(came.body)));
        /// Windows-1252 was signed, UTF-8 came.
        Utf8ForWindows => "body-utf8-for-windows1252", Intermediary,
            "Windows-1252 was signed and UTF-8 came",
            "verify the raw bytes, before any decoding",
            Signed(|came| text::to_windows(came.body).map(Cow::Owned));
        /// UTF-8 was signed, Windows-1252 came.
        WindowsForUtf8 => "body-windows1252-for-utf8", Provider,
            "UTF-8 was signed and Windows-1252 came, or UTF-8 was read as Windows-1252",
            "have the provider send the bytes that it signs",
            Signed(|came| bytes::of(text::from_windows(came.body)));
        /// Tabs and spaces were exchanged.
        Retabbed => "body-retabbed", Receiver,
            "the body was signed with tabs for its spaces, or with spaces for its tabs",
            "keep the raw bytes (an editor or a terminal has changed them)",
            Signed(|came| bytes::of(text::retabbed(came.body)));
        /// Quotes or spaces are those of typography.
        Typographic => "body-typographic", Receiver,
            "the body has curly quotes or fixed spaces that were signed as plain ones",
            "keep the raw bytes, and copy them from no document or chat",
            Signed(|came| bytes::of(text::typed(came.body)));
        /// Zero bytes came at the end that were not signed.
        ZerosAdded => "body-zeros-added", Receiver,
            "the body ends in zero bytes that were not signed",
            "take only the bytes that were read into the buffer",
            Signed(|came| came.body.ends_with(b"\0").then(|| bytes::without_zeros(came.body)));
        /// Something stands around the JSON that was signed.
        Surrounded => "body-surrounded", Receiver,
            "the JSON in the body was signed, and something stands in front of it or behind it",
            "keep the raw bytes, without what a log or a protocol puts around them",
            Signed(|came| text::inner(came.body).map(Cow::Borrowed));
        /// Characters with marks were signed in another form of Unicode.
        UnicodeForm => "body-unicode-form", Receiver,
            "characters with accents were signed in another form of Unicode (composed or decomposed)",
            "verify the raw bytes, and normalise no text before",
            Signed(|came| bytes::of(text::normal_forms(came.body)));
        /// The last brackets of the JSON did not come.
        Cut => "body-cut", Provider,
            "the last quotes or brackets of the JSON were signed and did not come, as if the Content-Length counted characters and not bytes",
            "have the provider count the bytes of the body (Buffer.byteLength), and see that nothing else cuts it off",
            Signed(|came| bytes::of(text::closed(came.body)));
        /// A form came, and its `payload` field was signed.
        FormEncoded => "body-form-encoded", Provider,
            "the JSON in the form's 'payload' field was signed",
            "have it sent as application/json, the raw body signed",
            Signed(|came| from_form(came.body).map(Cow::Owned));
        /// The form was signed, and the content of its `payload` field came.
        FormDecoded => "body-form-decoded", Receiver,
            "the whole form was signed ('payload=…'), and its content came",
            "verify the raw bytes, before any form parser",
            Signed(|came| form::forms(came.body, came.json.as_ref()).into_iter().map(Cow::Owned));
        /// The same form was signed with other escapes, or in another order.
        FormRespelled => "body-form-respelled", Receiver,
            "the form was signed in another spelling",
            "verify the raw bytes, before any form parser",
            Signed(|came| form::respelled(came.body).into_iter().map(Cow::Owned));
        /// JSON was signed, a form came.
        FormForJson => "body-form-for-json", Provider,
            "JSON was signed, and its fields came as a form",
            "have the provider send the JSON that it signs, as application/json",
            Signed(|came| bytes::of(form::as_json(came.body)));
        /// The JSON has become the name of a form's field.
        FormName => "body-form-name", Receiver,
            "the JSON that was signed has become the name of a field: a form parser read it",
            "verify the raw bytes, and have the body sent as application/json ('curl -d' says that it is a form)",
            Parsed(|json| bytes::of(form::only_name(json)));
        /// The body came with percent escapes.
        PercentEscaped => "body-percent-escaped", Unclear,
            "the body was signed without its percent escapes ('%7B' for '{{')",
            "sign and verify the raw bytes, and escape nothing but the fields of a form",
            Signed(|came| form::unescaped(came.body).map(Cow::Owned));
        /// The body came in base64.
        Base64Encoded => "body-base64-encoded", Intermediary,
            "the body is in base64, as gateways hand binary bodies over",
            "decode it first (isBase64Encoded)",
            Signed(|came| from_base64(came.body.trim_ascii()).map(Cow::Owned));
        /// The body was signed in base64.
        Base64Decoded => "body-base64-decoded", Receiver,
            "the body was signed in base64",
            "verify the raw bytes, before they are decoded",
            Signed(|came| [STANDARD.encode(came.body).into_bytes().into()]);
        /// The body came in hex.
        HexEncoded => "body-hex-encoded", Receiver,
            "the body is in hex digits, as databases print bytes",
            "decode it first",
            Signed(|came| from_hex(came.body).map(Cow::Owned));
        /// UTF-8 was read as Latin-1 and written as UTF-8 once more.
        Utf8Twice => "body-utf8-twice", Intermediary,
            "the body's UTF-8 was read as Latin-1 and encoded again",
            "pass bytes on, not text",
            Signed(|came| bytes::latin1(came.body, true));
        /// Latin-1 was signed, UTF-8 came.
        Utf8ForLatin1 => "body-utf8-for-latin1", Intermediary,
            "Latin-1 was signed and UTF-8 came",
            "verify the raw bytes, before any decoding",
            Signed(|came| bytes::latin1(came.body, false));
        /// UTF-8 that was encoded twice was signed.
        Utf8TwiceSigned => "body-utf8-twice-signed", Provider,
            "UTF-8 encoded twice was signed",
            "have the provider sign the bytes that it sends",
            Signed(|came| bytes::utf8(came.body, true));
        /// UTF-8 was signed, Latin-1 came.
        Latin1ForUtf8 => "body-latin1-for-utf8", Provider,
            "UTF-8 was signed and Latin-1 came",
            "have the provider send the bytes that it signs",
            Signed(|came| bytes::utf8(came.body, false));
        /// The signed text has U+FFFD in place of the bytes that are not UTF-8.
        ReplacedWhenSigned => "body-replaced-when-signed", Provider,
            "bytes that are not UTF-8 were signed as U+FFFD",
            "have the provider sign bytes, not text",
            Signed(|came| [bytes::replaced(came.body)]);

        /// An integer came that was rounded to a double.
        IntegerRounded => "body-integer-rounded", Receiver,
            "an integer beyond 2^53 was signed and came rounded, as JavaScript reads numbers",
            "verify the raw bytes as they came, before any JSON parser",
            Guessed(|json| bytes::of(edits::with_exact_integers(json)));
        /// White space at an end of a string is gone.
        StringTrimmed => "body-string-trimmed", Receiver,
            "a string was signed with white space at an end and came without it",
            "verify before any middleware that trims strings",
            Guessed(|json| bytes::of(edits::with_white_space(json)));
        /// Members came that were not signed.
        MembersAdded => "body-members-added", Unclear,
            "the body was signed without some of its members",
            "verify the raw bytes, before a framework adds members of its own; if they are raw, have the provider sign all members",
            Guessed(|json| bytes::of(members::without_some(json)));
        /// The members were signed in another order.
        MembersReordered => "body-members-reordered", Receiver,
            "the JSON was signed compact, with its members in another order",
            "verify the raw bytes as they came, before any JSON parser or database",
            Guessed(|json| bytes::of(json.reordered(MOST_BYTES)));

        /// The body is empty.
        Empty => "body-empty", Receiver,
            "the body is empty",
            "verify before other code reads it, and see that no redirect turned POST into GET",
            Suspected(|came| holds(came.body.is_empty()));
        /// The body is compressed. Its content may be what was signed.
        Gzip => "body-gzip", Provider,
            "the body is compressed with gzip",
            "have it sent uncompressed, the same bytes signed",
            Suspected(|came| holds(bytes::is_gzip(came.body)));
        /// An integer came that JavaScript has probably rounded. Its digits are lost.
        PerhapsRounded => "body-perhaps-rounded", Unclear,
            "an integer beyond 2^53 looks as if JavaScript had rounded it",
            "verify the raw bytes as they came, before any JSON parser",
            Suspected(|came| holds(has_tags(came) && came.json.as_ref().is_some_and(edits::has_rounded_integers)));
        /// The body is what a language prints for an object.
        ObjectText => "body-object-text", Receiver,
            "the body is the text of an object, not its JSON",
            "verify the raw bytes, before any parser",
            Suspected(|came| holds(has_tags(came) && is_printed(came.body)));
        /// The body begins as JSON and is none.
        NotJson {
            /// The fault in words.
            fault: String,
        } => "body-not-json", Unclear,
            "the body begins as JSON, but {fault}",
            "verify the whole raw body: a buffer, a log, an editor or a parser may have cut or changed this one",
            Suspected(|came| {
                let is_told = is_printed(came.body) || bytes::has_replacements(came.body);
                fault(came.body).filter(|_| has_tags(came) && !is_told).map(|fault| (fault, ()))
            });
        /// The body has U+FFFD in place of bytes that were not UTF-8. Those bytes are lost.
        Replaced => "body-replaced", Unclear,
            "the body has U+FFFD in it: bytes that are not UTF-8 were replaced when it was read as text, and are lost",
            "verify the raw bytes",
            Suspected(|came| holds(bytes::has_replacements(came.body)));
    }
}

/// Whether a tag came. Otherwise nothing speaks against the body.
fn has_tags(came: &Evidence<'_>) -> bool {
    !came.request.signatures.is_empty()
}

impl BodyCause {
    /// Whether a value of the JSON was changed, and not only its spelling.
    pub(crate) const fn is_value(&self) -> bool {
        matches!(
            self,
            Self::EmptyArrayForObject
                | Self::EmptyObjectForArray
                | Self::NullForEmptyString
                | Self::EmptyStringForNull
                | Self::NullAdded
                | Self::FractionLost
                | Self::NumberForString
                | Self::StringForNumber
                | Self::TimeShortened
                | Self::TimeLengthened
                | Self::EmptyAdded
                | Self::ZoneRespelled
                | Self::BooleanLost
                | Self::BooleanAdded
                | Self::KeysRecased
        )
    }
}
