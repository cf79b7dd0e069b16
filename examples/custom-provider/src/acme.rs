//! Acme, a made-up shop: every body has the same envelope, so its events are typed.

use countersign::{Envelope, Payload, Provider, Scheme};
use serde::Deserialize;

/// The provider. It signs by `X-Acme-Signature: <hex>`, and its bodies look like
/// `{"id":"evt_1","type":"order.created","created_at":"2026-03-01T09:00:00Z","data":{…}}`.
#[derive(Debug)]
pub(crate) struct Acme;

impl Provider for Acme {
    const NAME: &'static str = "acme";
    const SCHEME: Scheme = Scheme::hex("x-acme-signature");
    const ENVELOPE: Option<Envelope> = Some(Envelope::new("type", "data").id("id").time("created_at"));
}

countersign::events! {
    /// The events of Acme.
    pub(crate) enum Event for Acme {
        /// An order came in.
        "order.created" => OrderCreated(Order),
        /// An order was paid back. Its payload is undocumented.
        "order.refunded" => OrderRefunded,
    }
}

/// The payload of `order.created`.
#[derive(Deserialize)]
pub(crate) struct Order {
    pub(crate) number: String,
    pub(crate) total_cents: u64,
    /// The shape is not documented, so this stays JSON.
    pub(crate) notes: Option<Payload>,
}

/// One line for each event, as a handler would tell them apart.
pub(crate) fn describe(event: &Event) -> String {
    match event {
        Event::OrderCreated(order) => {
            let notes = order.notes.as_ref().map_or("none", Payload::as_str);
            format!("order {} over {} cents, notes: {notes}", order.number, order.total_cents)
        }
        Event::OrderRefunded(data) => format!("a refund: {}", data.as_str()),
        Event::Unknown(unknown) => match unknown.mismatch() {
            None => format!("new to us: {}", unknown.event_type()),
            Some(mismatch) => format!("{} has changed: {mismatch}", unknown.event_type()),
        },
    }
}

#[cfg(test)]
mod tests {
    use countersign::testing::SignedRequest;
    use countersign::{Rejection, Secret, Verified, Verifier};

    use super::*;

    fn receive(body: &'static str) -> Result<Verified<Event>, Rejection> {
        let secret = Secret::new("acme's secret").unwrap();
        let request = SignedRequest::new::<Acme>(&secret, body);
        Verifier::<Acme>::new(secret).unwrap().verify(request.headers(), request.body().clone())
    }

    #[test]
    fn each_event_is_typed_or_handed_over_as_json() {
        let cases = [
            (
                r#"{"type":"order.created","data":{"number":"A-7","total_cents":1250,"notes":["gift"]}}"#,
                r#"order A-7 over 1250 cents, notes: ["gift"]"#,
            ),
            (r#"{"data":{"number":"A-7"},"type":"order.refunded"}"#, r#"a refund: {"number":"A-7"}"#),
            (r#"{"type":"order.shipped","data":null}"#, "new to us: order.shipped"),
            (
                r#"{"type":"order.created","data":{"number":"A-7"}}"#,
                "order.created has changed: payload does not fit: missing field 'total_cents' at line 1 column 16",
            ),
        ];
        for (body, line) in cases {
            assert_eq!(describe(&receive(body).unwrap()), line);
        }
    }

    #[test]
    fn id_and_time_are_read_from_the_envelope() {
        let event = receive(r#"{"id":"evt_1","type":"order.refunded","created_at":"1970-01-01T00:01:00Z"}"#);
        let event = event.unwrap();
        assert_eq!(event.event_id(), Some("evt_1"));
        let minute = std::time::Duration::from_secs(60);
        assert_eq!(event.occurred_at(), Some(std::time::SystemTime::UNIX_EPOCH + minute));
    }

    #[test]
    fn a_body_outside_the_envelope_is_refused() {
        assert_eq!(receive(r#"{"data":{}}"#).unwrap_err().status(), 400);
    }
}
