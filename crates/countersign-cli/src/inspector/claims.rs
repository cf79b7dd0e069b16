//! The event type and the id of a delivery that was not verified. They are shown, and never decide anything.

use countersign::Envelope;
use countersign::testing::ProviderInfo;
use serde_json::Value;

use crate::commands::listen::Received;
use crate::commands::verify::Report;
use crate::http1::Request;

/// Longest text that is shown, in characters.
const LONGEST: usize = 200;

/// Largest body that is read for them, in bytes.
const LARGEST: usize = 1024 * 1024;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Claims {
    pub(super) event_type: Option<String>,
    pub(super) event_id: Option<String>,
    /// The id in the provider's unsigned header, which names one delivery and not one event.
    pub(super) delivery_id: Option<String>,
}

impl Claims {
    /// The event type and the id. Those of a refused delivery are only claimed, because nobody has verified them.
    pub(super) fn of(provider: &ProviderInfo, received: &Received) -> Self {
        match &received.judged.verdict {
            Report::Valid { event, event_id, .. } => {
                let delivery_id = Self::delivery_id(provider, &received.request);
                Self { event_type: event.clone(), event_id: event_id.clone(), delivery_id }
            }
            Report::Refused { .. } => Self::read(provider, &received.request),
        }
    }

    fn read(provider: &ProviderInfo, request: &Request) -> Self {
        let envelope = provider.envelope.as_ref();
        let json = Some(&request.body)
            .filter(|body| body.len() <= LARGEST)
            .and_then(|body| serde_json::from_slice::<Value>(body).ok());
        let in_body = |path: Option<&str>| text(at(json.as_ref()?, path?)?);
        let in_header = |name: Option<&str>| header(request, name?);
        let type_header = envelope.and_then(Envelope::unsigned_type_header).or(provider.event_header);
        Self {
            event_type: in_body(envelope.and_then(Envelope::type_key)).or_else(|| in_header(type_header)),
            event_id: in_header(provider.scheme.id_header())
                .or_else(|| in_body(envelope.and_then(Envelope::id_key))),
            delivery_id: Self::delivery_id(provider, request),
        }
    }

    fn delivery_id(provider: &ProviderInfo, request: &Request) -> Option<String> {
        header(request, provider.delivery_header?)
    }
}

/// The value at a path of keys, such as `event.id`.
fn at<'v>(json: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(json, |value, key| value.get(key))
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(shortened)
}

fn header(request: &Request, name: &str) -> Option<String> {
    request.header(name).map(|value| shortened(&value))
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(provider: &str, headers: &[(&str, &str)], body: &str) -> Claims {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()));
        let request = Request {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            headers: headers.collect(),
            body: body.into(),
        };
        Claims::read(ProviderInfo::find(provider).unwrap(), &request)
    }

    fn some(event_type: Option<&str>, event_id: Option<&str>) -> Claims {
        Claims {
            event_type: event_type.map(str::to_owned),
            event_id: event_id.map(str::to_owned),
            delivery_id: None,
        }
    }

    #[test]
    fn the_event_type_is_in_the_body_or_in_a_header() {
        assert_eq!(claims("github", &[("X-GitHub-Event", "push")], "{}"), some(Some("push"), None));
        let delivery = claims("github", &[("X-GitHub-Delivery", "72d3162e")], "{}");
        assert_eq!((delivery.event_id, delivery.delivery_id.as_deref()), (None, Some("72d3162e")));
        let body = r#"{"id":"evt_1","type":"charge.failed"}"#;
        assert_eq!(claims("stripe", &[], body), some(Some("charge.failed"), Some("evt_1")));
        assert_eq!(claims("stripe", &[], "no JSON"), some(None, None));
        let long = format!(r#"{{"type":"{}"}}"#, "x".repeat(1000));
        assert_eq!(claims("stripe", &[], &long).event_type.map(|text| text.len()), Some(LONGEST));
    }
}
