//! The text that the scheme signs, as it was built for one delivery.

use countersign::scheme::TimeSource;
use countersign::{Part, Scheme};
use serde::Serialize;

use super::mask::{masked, without_tags};
use super::view::short;
use crate::http1::Request;

/// A part of the signed text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "part", rename_all = "lowercase")]
pub(super) enum Piece {
    /// A fixed text.
    Text { text: String },
    /// The signed time. `None` if it did not come.
    Timestamp { text: Option<String> },
    /// The signed id. `None` if it did not come.
    Id { text: Option<String> },
    /// The body, and its number of bytes.
    Body { bytes: usize },
}

pub(super) fn pieces(scheme: &Scheme, request: &Request) -> Vec<Piece> {
    let piece = |part: Part<'_>| match part {
        Part::Text(text) => Piece::Text { text: text.to_owned() },
        Part::Timestamp => Piece::Timestamp { text: time(scheme, request) },
        Part::Id(name) => Piece::Id { text: header(scheme, request, name) },
        _ => Piece::Body { bytes: request.body.len() },
    };
    scheme.parts().map(piece).collect()
}

/// Whether a header is part of the signature or of the signed text, in a word.
pub(super) fn part_of_header(scheme: &Scheme, name: &str) -> Option<&'static str> {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    let is_time = scheme
        .signed_time()
        .is_some_and(|time| matches!(time.source(), TimeSource::Header(other) if is(other)));
    match () {
        () if is(scheme.header()) => Some("signature"),
        () if is_time => Some("signed time"),
        () if scheme.id_header().is_some_and(is) => Some("signed id"),
        () => None,
    }
}

/// The text of the signed time, as it came.
fn time(scheme: &Scheme, request: &Request) -> Option<String> {
    match scheme.signed_time()?.source() {
        TimeSource::Header(name) => header(scheme, request, name),
        TimeSource::Entry(prefix) => {
            let value = request.header(scheme.header())?;
            let mut entries = value.split(char::from(scheme.separator()?));
            // A provider may have exchanged the time and the tag.
            entries.find_map(|entry| Some(short(&without_tags(entry.trim().strip_prefix(prefix)?))))
        }
        _ => None,
    }
}

/// The value of a header as the page shows it: masked and short.
fn header(scheme: &Scheme, request: &Request, name: &str) -> Option<String> {
    let value = request.header(name)?;
    Some(short(&masked(name, value.as_bytes(), scheme.header())))
}

#[cfg(test)]
mod tests {
    use countersign::testing::ProviderInfo;

    use super::*;

    fn request(headers: &[(&str, &str)]) -> Request {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()));
        Request {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            headers: headers.collect(),
            body: b"{}".to_vec(),
        }
    }

    fn text(text: &str) -> Piece {
        Piece::Text { text: text.to_owned() }
    }

    fn time(text: &str) -> Piece {
        Piece::Timestamp { text: Some(text.to_owned()) }
    }

    #[test]
    fn the_signed_text_has_the_parts_of_the_scheme() {
        let body = Piece::Body { bytes: 2 };
        for (provider, headers, expected) in [
            ("github", vec![], vec![body.clone()]),
            ("stripe", vec![("Stripe-Signature", "v1=ab, t=17")], vec![time("17"), text("."), body.clone()]),
            (
                "slack",
                vec![("x-slack-request-timestamp", "17")],
                vec![text("v0:"), time("17"), text(":"), body.clone()],
            ),
            (
                "slack",
                vec![("x-slack-request-timestamp", "1\u{202e}7\u{1b}")],
                vec![text("v0:"), time("1\u{fffd}7\u{fffd}"), text(":"), body.clone()],
            ),
            (
                "stripe",
                vec![("stripe-signature", "v1=17,t=757107ea0eb2509fc211221cce984b8a")],
                vec![time("757107… (32 characters)"), text("."), body.clone()],
            ),
            ("slack", vec![], vec![text("v0:"), Piece::Timestamp { text: None }, text(":"), body.clone()]),
            (
                "standard-webhooks",
                vec![("webhook-id", "msg_1"), ("webhook-timestamp", "17")],
                vec![
                    Piece::Id { text: Some("msg_1".to_owned()) },
                    text("."),
                    time("17"),
                    text("."),
                    body.clone(),
                ],
            ),
        ] {
            let scheme = ProviderInfo::find(provider).unwrap().scheme;
            assert_eq!(pieces(&scheme, &request(&headers)), expected, "{provider}");
        }
    }

    #[test]
    fn signed_headers_are_marked() {
        let scheme = ProviderInfo::find("standard-webhooks").unwrap().scheme;
        for (name, part) in [
            ("Webhook-Signature", Some("signature")),
            ("webhook-timestamp", Some("signed time")),
            ("Webhook-Id", Some("signed id")),
            ("content-type", None),
        ] {
            assert_eq!(part_of_header(&scheme, name), part, "{name}");
        }
    }
}
