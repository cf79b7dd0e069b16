//! Bolt, a made-up courier: it signs the time with the body, and its secret is base64.

use countersign::{Envelope, KeyEncoding, Part, Provider, Scheme, Timestamp};

/// The provider. It signs `<time>.<body>` by `X-Bolt-Signature: v1=<base64>`, with the time in `X-Bolt-Time`. Its secrets look like
/// `bolt_c2VjcmV0`, and the base64 encodes the key. Its bodies look like `{"event":{"type":"parcel.delivered"},"parcel":{…}}`.
#[derive(Debug)]
pub(crate) struct Bolt;

impl Provider for Bolt {
    const NAME: &'static str = "bolt";
    const SCHEME: Scheme = Scheme::base64("x-bolt-signature")
        .prefix("v1=")
        .key(KeyEncoding::Base64 { strip: "bolt_" })
        .timestamp(Timestamp::header("x-bolt-time"))
        .signed(&[Part::Timestamp, Part::Text("."), Part::Body]);
    const ENVELOPE: Option<Envelope> = Some(Envelope::new("event.type", "parcel"));
}

countersign::events! {
    /// The events of Bolt.
    pub(crate) enum Event for Bolt {
        /// A parcel has arrived. Its payload is undocumented.
        "parcel.delivered" => ParcelDelivered,
    }
}

/// One line for each event, as a handler would tell them apart.
pub(crate) fn describe(event: &Event) -> &str {
    match event {
        Event::ParcelDelivered(parcel) => parcel.as_str(),
        Event::Unknown(unknown) => unknown.payload().as_str(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use countersign::{Rejection, Secret, Verified, Verifier};

    use super::*;

    /// Python's hmac signed it with the key `secret`.
    const BODY: &str = r#"{"event":{"type":"parcel.delivered"},"parcel":{"id":7}}"#;
    const SIGNATURE: &str = "v1=OGTcyd5Y3XXaN4lUcm5xP3scJiZoJ9xiTsayznXQlfQ=";

    fn receive(body: &'static str, clock: fn() -> SystemTime) -> Result<Verified<Event>, Rejection> {
        let verifier = Verifier::<Bolt>::new(Secret::new("bolt_c2VjcmV0").unwrap()).unwrap().clock(clock);
        verifier.verify(&[("X-Bolt-Signature", SIGNATURE), ("X-Bolt-Time", "1771151400")], body)
    }

    fn signed_at() -> SystemTime {
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(1_771_151_400)).unwrap()
    }

    fn five_minutes_and_a_second_later() -> SystemTime {
        signed_at().checked_add(Duration::from_secs(301)).unwrap()
    }

    #[test]
    fn another_implementation_makes_the_same_signature() {
        let event = receive(BODY, signed_at).unwrap();
        assert_eq!(event.sent_at(), Some(signed_at()));
        assert_eq!(describe(&event), r#"{"id":7}"#);
    }

    #[test]
    fn an_altered_or_an_old_delivery_is_refused() {
        assert_eq!(receive("{}", signed_at).unwrap_err().status(), 401);
        assert_eq!(receive(BODY, five_minutes_and_a_second_later).unwrap_err().status(), 401);
    }

    #[test]
    fn a_secret_without_its_prefix_is_refused() {
        assert!(Verifier::<Bolt>::new(Secret::new("c2VjcmV0").unwrap()).is_err());
    }
}
