//! A request under way.

mod body;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use bytes::Bytes;

use self::body::Body;
pub(crate) use self::body::Total;
use crate::keys::Keys;
use crate::mac::{Mac, Tag};
use crate::verified::Facts;
use crate::verifier::Settings;
use crate::{
    Event, Headers, Message, Provider, Rejection, Unsigned, Verified, VerifyError, report, signature,
};

/// A request whose headers are in order and whose body is arriving. From [`Verifier::begin`](crate::Verifier::begin).
///
/// Each chunk is hashed as it arrives, with the current secret. Nothing is known of the body before [`verify`](Self::verify); a request
/// that is dropped before leaves nothing behind.
///
/// ```
/// # use countersign::{Rejection, Verified, Verifier, Workspace, workspace};
/// # fn receive(verifier: &Verifier<Workspace>, headers: &[(String, Vec<u8>)], chunks: Vec<Vec<u8>>) -> Result<(), Rejection> {
/// let mut incoming = verifier.begin(headers)?;
/// for chunk in chunks {
///     incoming.update(chunk)?;
/// }
/// let verified = incoming.verify::<workspace::Event>()?;
/// # Ok(()) }
/// ```
pub struct Incoming<P> {
    keys: Arc<Keys>,
    tenant: Option<Arc<str>>,
    settings: Settings,
    unsigned: Unsigned,
    tag: Tag,
    mac: Mac,
    body: Body,
    /// Why no more is taken. Refused once is refused for good.
    refused: Option<Rejection>,
    provider: PhantomData<fn() -> P>,
}

impl<P: Provider> Incoming<P> {
    /// The order is that of suspicion: who cannot even write a signature learns nothing but that.
    pub(crate) fn begin(
        headers: &(impl Headers + ?Sized),
        keys: Arc<Keys>,
        tenant: Option<Arc<str>>,
        settings: Settings,
        total: Total,
    ) -> Result<Self, Rejection> {
        let tag = claimed_tag::<P>(headers)?;
        check_encoding(headers)?;
        check_declared_length(headers, settings.body_limit)?;
        Ok(Self {
            mac: keys.start(),
            keys,
            tenant,
            body: Body::new(&settings, total),
            settings,
            unsigned: Unsigned::read::<P>(headers),
            tag,
            refused: None,
            provider: PhantomData,
        })
    }

    /// Takes the next chunk of the body, of any length. A body that comes as one chunk is never copied.
    ///
    /// # Errors
    ///
    /// - [`Rejection::BodyTooLarge`] where the chunk would exceed the limit;
    /// - [`Rejection::BodiesExceedTotalLimit`] where it would exceed the [limit of all bodies](crate::Verifier::total_body_limit).
    ///
    /// The chunk is not kept then, what was kept is dropped, and the request is refused for good.
    pub fn update(&mut self, chunk: impl Into<Bytes>) -> Result<(), Rejection> {
        self.keep(chunk.into()).map_err(|rejection| report::refused(P::NAME, rejection))
    }

    fn keep(&mut self, chunk: Bytes) -> Result<(), Rejection> {
        self.check_refused()?;
        if let Err(rejection) = self.body.make_room(chunk.len()) {
            self.body.clear();
            self.refused = Some(rejection.clone());
            return Err(rejection);
        }
        self.mac.update(&chunk);
        self.body.append(chunk);
        Ok(())
    }

    /// Gives the verdict on the whole body, and then the event in it.
    ///
    /// # Errors
    ///
    /// The signature does not match, the body is outside the sender's envelope, or the event is older than
    /// [`max_age`](crate::Verifier::max_age).
    pub fn verify<E: Event<Provider = P>>(self) -> Result<Verified<E>, Rejection> {
        self.verdict().inspect(report::accepted).map_err(|rejection| report::refused(P::NAME, rejection))
    }

    fn verdict<E: Event<Provider = P>>(mut self) -> Result<Verified<E>, Rejection> {
        self.check_refused()?;
        let body = self.body.take();
        let secret_label = self
            .keys
            .matching_label(self.mac, &body, &self.tag)
            .ok_or_else(|| invalid_signature::<P>(VerifyError::Mismatch))?;

        // From here on the body is authentic.
        let message = Message::new(P::ENVELOPE.as_ref(), &body);
        let (event_id, occurred_at) = (message.id(), message.time());
        let event = E::decode(message).map_err(Rejection::MalformedEnvelope)?;
        if let Some(max_age) = self.settings.max_age {
            let now = (self.settings.clock)();
            // A time in the future has no age, and is not stale.
            if occurred_at.is_none_or(|then| now.duration_since(then).is_ok_and(|age| age > max_age)) {
                return Err(Rejection::StaleEvent { max_age });
            }
        }
        let (tenant, unsigned) = (self.tenant, self.unsigned);
        let facts = Facts { body, event_id, occurred_at, secret_label, tenant, route: None, unsigned };
        Ok(Verified { event, facts })
    }

    fn check_refused(&self) -> Result<(), Rejection> {
        self.refused.clone().map_or(Ok(()), Err)
    }
}

impl<P: Provider> fmt::Debug for Incoming<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming")
            .field("sender", &P::NAME)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

fn invalid_signature<P: Provider>(reason: VerifyError) -> Rejection {
    Rejection::InvalidSignature { header: P::SCHEME.header(), reason }
}

/// Reads the only value of the signature header. A second one is refused, even if it is equal: which of them counts would be
/// for the readers in between to decide.
fn claimed_tag<P: Provider>(headers: &(impl Headers + ?Sized)) -> Result<Tag, Rejection> {
    let mut values = headers.values(P::SCHEME.header());
    let value = values.next().ok_or(VerifyError::Missing);
    let only = if values.next().is_some() { Err(VerifyError::Repeated) } else { value };
    only.and_then(|value| signature::parse(P::SCHEME.format(), value)).map_err(invalid_signature::<P>)
}

/// An encoded body is refused and never decoded: what is verified must be what is handed over, and a small body must not
/// become a large one.
fn check_encoding(headers: &(impl Headers + ?Sized)) -> Result<(), Rejection> {
    if headers.values("content-encoding").all(|value| value.trim_ascii().eq_ignore_ascii_case(b"identity")) {
        Ok(())
    } else {
        Err(Rejection::ContentEncoding)
    }
}

/// Believes a declared length only where it says that reading on is pointless. A number of any size is understood.
fn check_declared_length(headers: &(impl Headers + ?Sized), limit: usize) -> Result<(), Rejection> {
    let over = |value: &[u8]| {
        let digits = value.trim_ascii();
        let length = digits.iter().try_fold(0_usize, |length, digit| {
            digit
                .is_ascii_digit()
                .then(|| length.saturating_mul(10).saturating_add(usize::from(digit & 0x0f)))
        });
        length.is_some_and(|length| length > limit)
    };
    if headers.values("content-length").any(over) { Err(Rejection::BodyTooLarge { limit }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::mac::STARTED;
    use crate::{Hook, Raw, Secret, Secrets, Verifier, hook};

    /// Signed by Python's hmac with the key `new`; it happened at 2026-01-15T12:30:00Z.
    const BODY: &str =
        r#"{"id":"evt_1","type":"user.deleted","created_at":"2026-01-15T12:30:00Z","data":{}}"#;
    const SIGNATURE: &str = "4f49232d515c82d833d6fa6dedb97ea98da8ea555bb799c4ce20edc648f420ba";
    const HEADERS: [(&str, &str); 1] = [("X-Webhook-Signature", SIGNATURE)];

    fn verifier() -> Verifier<Hook> {
        Verifier::new(Secret::new("new").unwrap()).unwrap()
    }

    fn with(name: &'static str, value: &'static str) -> [(&'static str, &'static str); 2] {
        [HEADERS[0], (name, value)]
    }

    fn too_large(limit: usize) -> Option<Rejection> {
        Some(Rejection::BodyTooLarge { limit })
    }

    #[test]
    fn a_body_is_taken_up_to_the_limit_and_no_further() {
        let length = BODY.len();
        assert!(verifier().body_limit(length).verify::<hook::Event>(&HEADERS, BODY).is_ok());

        let verifier = verifier().body_limit(length - 1);
        assert_eq!(verifier.verify::<hook::Event>(&HEADERS, BODY).err(), too_large(length - 1));
        let mut incoming = verifier.begin(&HEADERS).unwrap();
        incoming.update(&BODY.as_bytes()[..length - 1]).unwrap();
        assert_eq!(incoming.update("}").err(), too_large(length - 1));
        assert_eq!(incoming.update("").err(), too_large(length - 1));
        assert_eq!(incoming.verify::<hook::Event>().err(), too_large(length - 1));
    }

    #[test]
    fn a_declared_length_is_only_ever_too_large() {
        let begin = |length| verifier().body_limit(100).begin(&with("content-length", length)).err();
        for fits in ["0", "100", " 100 ", "000000000000000000000000100", "", "-1", "abc", "101 bytes"] {
            assert_eq!(begin(fits), None, "{fits}");
        }
        for over in ["101", "190", "1000", "99999999999999999999999999"] {
            assert_eq!(begin(over), too_large(100), "{over}");
        }
    }

    #[test]
    fn an_encoded_body_is_refused_before_it_is_read() {
        assert!(verifier().begin(&with("content-encoding", " Identity ")).is_ok());
        for encoding in ["gzip", "", "identity, gzip"] {
            let refused = verifier().begin(&with("content-encoding", encoding)).err();
            assert_eq!(refused, Some(Rejection::ContentEncoding), "{encoding}");
        }
    }

    #[test]
    fn the_signature_is_there_once() {
        let reason = |rejection| match rejection {
            Some(Rejection::InvalidSignature { header: "x-webhook-signature", reason }) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(reason(verifier().begin(&[("x-other", SIGNATURE)]).err()), VerifyError::Missing);
        assert_eq!(
            reason(verifier().begin(&with("x-webhook-signature", SIGNATURE)).err()),
            VerifyError::Repeated
        );
        assert_eq!(reason(verifier().begin(&with("X-WEBHOOK-SIGNATURE", "")).err()), VerifyError::Repeated);
        assert_eq!(reason(verifier().verify::<hook::Event>(&HEADERS, "{}").err()), VerifyError::Mismatch);
    }

    #[test]
    fn chunks_are_one_body_and_a_single_one_is_not_copied() {
        for size in [1, 7, BODY.len()] {
            let mut incoming = verifier().begin(&HEADERS).unwrap();
            for chunk in BODY.as_bytes().chunks(size) {
                incoming.update(chunk).unwrap();
                incoming.update("").unwrap();
            }
            assert!(format!("{incoming:?}").contains(&format!("bytes: {}", BODY.len())));
            assert_eq!(incoming.verify::<Raw<Hook>>().unwrap().body(), BODY);
        }
        let body = Bytes::from(BODY);
        let verified = verifier().verify::<Raw<Hook>>(&HEADERS, body.clone()).unwrap();
        assert_eq!(verified.body().as_ptr(), body.as_ptr());
    }

    #[test]
    fn any_secret_of_the_set_will_do_and_is_named() {
        let secret = |text| Secret::new(text).unwrap();
        let label = |secrets| {
            let verified = Verifier::new(secrets).unwrap().verify::<hook::Event>(&HEADERS, BODY);
            verified.map(|verified| verified.secret_label().to_owned())
        };
        let set =
            |current, other| Secrets::new("a", secret(current)).unwrap().also("b", secret(other)).unwrap();
        assert_eq!(label(set("new", "old")), Ok("a".to_owned()));
        assert_eq!(label(set("old", "new")), Ok("b".to_owned()));
        assert!(label(set("old", "older")).is_err());
    }

    #[test]
    fn a_secret_costs_a_hash_from_the_current_one_on() {
        let place_of_ours = |place: usize| {
            let text =
                |other: usize| if other == place { "new".to_owned() } else { format!("secret {other}") };
            let secret = |other| Secret::new(text(other)).unwrap();
            let secrets = (2..=Secrets::MAX).fold(Secrets::new("1", secret(1)).unwrap(), |secrets, other| {
                secrets.also(&other.to_string(), secret(other)).unwrap()
            });
            let before = STARTED.get();
            let verified = Verifier::new(secrets).unwrap().verify::<hook::Event>(&HEADERS, BODY);
            (verified.map(|verified| verified.secret_label().to_owned()).ok(), STARTED.get() - before)
        };
        assert_eq!(place_of_ours(1), (Some("1".to_owned()), 1));
        assert_eq!(place_of_ours(2), (Some("2".to_owned()), 2));
        assert_eq!(place_of_ours(8), (Some("8".to_owned()), 8));
        // A forgery.
        assert_eq!(place_of_ours(9), (None, 8));
    }

    #[test]
    fn an_event_is_stale_when_it_is_older_than_the_age_and_not_before() {
        fn now() -> SystemTime {
            let happened = SystemTime::UNIX_EPOCH + Duration::from_secs(1_768_480_200);
            happened + Duration::from_secs(86_400)
        }
        let max_age = |seconds| {
            let verifier = verifier().max_age(Duration::from_secs(seconds)).clock(now);
            verifier.verify::<hook::Event>(&HEADERS, BODY).err()
        };
        assert_eq!(max_age(86_400), None);
        assert_eq!(max_age(86_399), Some(Rejection::StaleEvent { max_age: Duration::from_secs(86_399) }));
    }
}
