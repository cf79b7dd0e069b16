//! A request whose body is arriving.

mod body;
mod judge;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use self::body::Body;
pub(crate) use self::body::Total;
pub(crate) use self::judge::Judge;
use crate::claim::Claim;
use crate::keys::Keys;
use crate::mac::Mac;
use crate::{Event, Headers, Provider, Rejection, Unsigned, Verified, Verifier};

/// A request whose headers have been accepted and whose body is arriving. [`Verifier::begin`](crate::Verifier::begin) makes it.
///
/// Each chunk is hashed as it arrives, with the current secret. The body is untrusted and stays inside until [`verify`](Self::verify) has
/// checked the signature. To give up on a request, drop it.
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
    verifier: Verifier<P>,
    /// The keys with which the request has begun.
    keys: Arc<Keys>,
    unsigned: Unsigned,
    claim: Claim,
    mac: Mac,
    body: Body,
    /// The reason of the first refusal. A request that was refused stays refused.
    refused: Option<Rejection>,
}

impl<P: Provider> Incoming<P> {
    pub(crate) fn begin(headers: &(impl Headers + ?Sized), verifier: Verifier<P>) -> Result<Self, Rejection> {
        let claim = verifier.judge().headers(headers)?;
        let unsigned = Unsigned::read::<P>(headers);
        let keys = verifier.keys_to_keep();
        let mac = keys.start(verifier.scheme(), &claim);
        let body = Body::new(verifier.settings(), verifier.total());
        Ok(Self { verifier, keys, unsigned, claim, mac, body, refused: None })
    }

    /// Takes the next chunk of the body, of any length. A body that comes as one chunk is never copied.
    ///
    /// # Errors
    ///
    /// - [`Rejection::BodyTooLarge`] if the chunk would exceed the [limit of this body](crate::Verifier::body_limit);
    /// - [`Rejection::BodiesExceedTotalLimit`] if it would exceed the [limit of all bodies](crate::Verifier::total_body_limit).
    ///
    /// An error drops all chunks. The request is then refused for good, and each later call returns the same error.
    pub fn update(&mut self, chunk: impl Into<Bytes>) -> Result<(), Rejection> {
        self.keep(chunk.into()).map_err(|rejection| self.verifier.refused(rejection))
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

    /// Ends the body, checks its signature and decodes its event.
    ///
    /// # Errors
    ///
    /// The signature does not match. The signed time is outside its [tolerance](crate::Verifier::tolerance). The body does not have the
    /// provider's envelope. The event is older than [`max_age`](crate::Verifier::max_age).
    pub fn verify<E: Event<Provider = P>>(mut self) -> Result<Verified<E>, Rejection> {
        let verifier = &self.verifier;
        if let Some(rejection) = self.refused {
            return Err(verifier.refused(rejection));
        }
        let body = self.body.take();
        let matching = self.keys.label_after(&mut self.mac, verifier.scheme(), &self.claim, &body);
        verifier.judge().body(&mut self.claim, matching, body, self.unsigned)
    }

    fn check_refused(&self) -> Result<(), Rejection> {
        self.refused.clone().map_or(Ok(()), Err)
    }
}

impl<P: Provider> fmt::Debug for Incoming<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming")
            .field("provider", &P::NAME)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::keys::HASHED_AGAIN;
    use crate::{Custom, Hook, Raw, Scheme, Secret, Secrets, VerifyError, hook};

    /// Python's hmac signed it with the key `new`. The event happened at 2026-01-15T12:30:00Z.
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
    fn a_body_may_have_as_many_bytes_as_the_limit() {
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
    fn only_a_declared_length_above_the_limit_is_refused() {
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
    fn the_signature_header_must_be_sent_once() {
        let reason = |rejection| match rejection {
            Some(Rejection::InvalidSignature { header, reason }) if header == "x-webhook-signature" => reason,
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
    fn chunks_become_one_body_and_a_single_chunk_is_not_copied() {
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
    fn each_secret_of_a_set_is_accepted_and_named() {
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
    fn only_a_delivery_that_the_current_secret_did_not_sign_is_hashed_again() {
        let signed_by = |place: usize| {
            let text =
                |other: usize| if other == place { "new".to_owned() } else { format!("secret {other}") };
            let secret = |other| Secret::new(text(other)).unwrap();
            let secrets = (2..=Secrets::MAX).fold(Secrets::new("1", secret(1)).unwrap(), |secrets, other| {
                secrets.also(&other.to_string(), secret(other)).unwrap()
            });
            let before = HASHED_AGAIN.get();
            let verified = Verifier::new(secrets).unwrap().verify::<hook::Event>(&HEADERS, BODY);
            (verified.map(|verified| verified.secret_label().to_owned()).ok(), HASHED_AGAIN.get() - before)
        };
        assert_eq!(signed_by(1), (Some("1".to_owned()), 0));
        assert_eq!(signed_by(2), (Some("2".to_owned()), 1));
        assert_eq!(signed_by(8), (Some("8".to_owned()), 7));
        // No secret of the set signed it.
        assert_eq!(signed_by(9), (None, 7));
    }

    #[test]
    fn many_tags_in_a_header_cost_one_hash_for_each_secret() {
        let secret = |text| Secret::new(text).unwrap();
        let secrets = Secrets::new("a", secret("new")).unwrap().also("b", secret("old")).unwrap();
        let scheme = Scheme::hex("x-signature").list(b',', "v1=");
        let verifier = Verifier::<Custom>::for_scheme(scheme, secrets).unwrap();
        // Miri takes minutes for ten thousand.
        let tags = if cfg!(miri) { 100 } else { 10_000 };
        let value = vec![format!("v1={}", "0".repeat(64)); tags].join(",");
        let before = HASHED_AGAIN.get();
        let refused = verifier.verify::<Raw<Custom>>(&[("x-signature", value)], BODY).err();
        let header = "x-signature".into();
        assert_eq!(refused, Some(Rejection::InvalidSignature { header, reason: VerifyError::Mismatch }));
        assert_eq!(HASHED_AGAIN.get() - before, 1);
    }

    #[test]
    fn an_event_is_stale_once_it_is_older_than_max_age() {
        fn now() -> SystemTime {
            let happened = SystemTime::UNIX_EPOCH + Duration::from_secs(1_768_480_200);
            happened + Duration::from_secs(86_400)
        }
        let max_age = |seconds| {
            let verifier = verifier().max_age(Duration::from_secs(seconds)).clock(now);
            verifier.verify::<hook::Event>(&HEADERS, BODY).err()
        };
        assert_eq!(max_age(86_400), None);
        assert_eq!(
            max_age(86_399),
            Some(Rejection::StaleEvent {
                age: Some(Duration::from_secs(86_400)),
                max_age: Duration::from_secs(86_399)
            })
        );
    }
}
