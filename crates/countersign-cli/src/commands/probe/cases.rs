//! The requests of a probe.

use countersign::scheme::Encoding;
use countersign::testing::{SignedRequest, forgeries_with};
use countersign::{Scheme, Secret};

use crate::http1::Framing;

/// One request, and the right answer to it.
pub(super) struct Case<'a> {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// Makes the request at the moment at which it is sent, because its signed time must be the present then.
    pub(super) make: Box<dyn Fn() -> SignedRequest + 'a>,
    pub(super) framing: Framing,
    pub(super) accept: bool,
}

/// All requests of a probe, in the order in which they are sent.
pub(super) fn cases<'a>(scheme: Scheme, secret: &'a Secret, body: &'a [u8], limit: usize) -> Vec<Case<'a>> {
    let signed = move |body: &[u8]| SignedRequest::with_scheme(scheme, secret, body.to_vec());
    let genuine = move || signed(body);
    let full = move || signed(&padded(body, limit));
    let over = move || signed(&padded(body, limit.saturating_add(1)));
    let mut cases = vec![
        case("genuine", "a delivery as the provider makes it", genuine),
        case("repeat", "the same delivery once more", genuine),
        case("chunked", "a delivery without a declared length", genuine).chunked(),
    ];
    if scheme.encoding() == Encoding::Hex {
        let in_capitals = move || capitals(&scheme, genuine());
        cases.push(case("digits-in-capitals", "the right tag in capital hex digits", in_capitals));
    }
    if is_object(body) {
        let odd = move || signed(&odd(body));
        cases.push(case("beyond-ascii", "a body with characters beyond ASCII and odd white space", odd));
    }
    cases.extend(forged(scheme, secret, body));
    cases.extend([
        case("limit", "a signed body as large as the limit", full),
        case("over-limit", "a signed body that is one byte larger", over).refused(),
        case("over-limit-chunked", "the same without a declared length", over).chunked().refused(),
        case("genuine-after-all", "a delivery at the end", genuine),
    ]);
    cases
}

/// The forgeries of the test kit.
fn forged<'a>(scheme: Scheme, secret: &'a Secret, body: &'a [u8]) -> impl Iterator<Item = Case<'a>> {
    let forgeries = move || forgeries_with(scheme, secret, body.to_vec());
    forgeries().into_iter().enumerate().map(move |(place, first)| {
        let (name, description) = (first.name(), first.description());
        let now = move || forgeries().swap_remove(place).into_request();
        case(name, description, now).refused()
    })
}

pub(super) fn case<'a>(
    name: &'static str,
    description: &'static str,
    make: impl Fn() -> SignedRequest + 'a,
) -> Case<'a> {
    Case { name, description, make: Box::new(make), framing: Framing::Length, accept: true }
}

impl Case<'_> {
    fn chunked(self) -> Self {
        Self { framing: Framing::Chunked, ..self }
    }

    fn refused(self) -> Self {
        Self { accept: false, ..self }
    }
}

/// Writes the digits of the tag in capitals. The tag is the last thing in the value.
fn capitals(scheme: &Scheme, signed: SignedRequest) -> SignedRequest {
    let header = scheme.header();
    let value = signed.headers().iter().find(|(name, _)| name == header).map(|(_, value)| value.clone());
    let mut value = value.unwrap_or_default();
    let digits = scheme.mac_algorithm().tag_bytes().saturating_mul(2);
    value.iter_mut().rev().take(digits).for_each(u8::make_ascii_uppercase);
    signed.with(header, value)
}

/// The same event in unusual JSON. No JSON library would write the same bytes again.
fn odd(body: &[u8]) -> Vec<u8> {
    let rest = body.strip_prefix(b"{").unwrap_or(body);
    let comma: &[u8] = if rest == b"}" { b"" } else { b" ,\t" };
    [b"{ \"note\" :\"Zo\xc3\xab \\u00e9 \\/ 1.0\", \"n\":1.0".as_slice(), comma, rest].concat()
}

/// Whether the body looks like a JSON object. Another body may be a form.
fn is_object(body: &[u8]) -> bool {
    body.starts_with(b"{")
}

/// Makes a body of this size. Every JSON library would write the same bytes again, and a form gets one more field.
fn padded(body: &[u8], bytes: usize) -> Vec<u8> {
    let (start, end) = match body.strip_prefix(b"{") {
        None => ([body, b"&padding="].concat(), Vec::new()),
        Some(b"}") => (b"{\"padding\":\"".to_vec(), b"\"}".to_vec()),
        Some(rest) => (b"{\"padding\":\"".to_vec(), [b"\",", rest].concat()),
    };
    let padding = bytes.saturating_sub(start.len()).saturating_sub(end.len());
    [start, vec![b'x'; padding], end].concat()
}

#[cfg(test)]
mod tests {
    use countersign::{Part, Timestamp};

    use super::*;

    #[test]
    fn the_digits_of_a_list_are_written_in_capitals() {
        let scheme = Scheme::hex("x-a").list(b',', "v1=").timestamp(Timestamp::entry("t=")).signed(&[
            Part::Timestamp,
            Part::Text("."),
            Part::Body,
        ]);
        let request = SignedRequest::with_scheme(scheme, &Secret::new("whsec_abc123").unwrap(), "{}");
        let capital = capitals(&scheme, request.clone());
        let value = |request: &SignedRequest| {
            let (_, value) = request.headers().iter().find(|(name, _)| name == "x-a").unwrap();
            String::from_utf8(value.clone()).unwrap()
        };
        let (front, digits) = value(&request)
            .rsplit_once('=')
            .map(|(front, digits)| (front.to_owned(), digits.to_owned()))
            .unwrap();
        assert_eq!(value(&capital), format!("{front}={}", digits.to_uppercase()));
    }

    #[test]
    fn a_padded_body_has_its_size_and_its_form() {
        for (body, start, end) in [
            ("{}", r#"{"padding":"x"#, r#"x"}"#),
            (r#"{"a":1}"#, r#"{"padding":"x"#, r#"x","a":1}"#),
            ("token=1", "token=1&padding=x", "x"),
        ] {
            let padded = padded(body.as_bytes(), 100);
            let text = String::from_utf8(padded).unwrap();
            assert!(text.len() == 100 && text.starts_with(start) && text.ends_with(end), "{text}");
        }
    }
}
