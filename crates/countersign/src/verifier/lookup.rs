//! The parts of a verifier that a look-up of tenants needs.

use std::sync::{Arc, LazyLock};

use super::Verifier;
use crate::claim::Claim;
use crate::custom::SchemeOf;
use crate::headers::{Found, Names};
use crate::incoming::Total;
use crate::{Headers, Provider, Rejection, Secret, report};

/// The memory of the unfinished bodies of unknown tenants without a template. Each of their requests has a new verifier, so the count
/// cannot be in the verifier.
static TOTAL: LazyLock<Total> = LazyLock::new(Total::default);

impl<P: Provider> Verifier<P> {
    /// Checks that the signature header, the signed time and the signed id are well formed. A look-up runs only after that.
    pub(crate) fn check_headers(
        template: Option<&Self>,
        headers: &(impl Headers + ?Sized),
    ) -> Result<(), Rejection> {
        let scheme = template.map(|template| template.shared.scheme.clone()).or_else(SchemeOf::known);
        let scheme = scheme.ok_or_else(no_template::<P>)?;
        let claim = Claim::read(&scheme, &Found::read(headers, Names::of(&scheme)));
        let claim = claim.map_err(|reason| scheme.refuse(reason));
        claim.map(drop).map_err(|rejection| report::refused(P::NAME, None, rejection))
    }

    /// A verifier that hashes every body as the template does, and refuses every signature. The default template has the default settings.
    pub(crate) fn of_unknown_tenant(template: Option<Self>) -> Result<Self, Rejection> {
        let template = template.or_else(Self::default_template);
        let verifier = template.ok_or_else(no_template::<P>)?;
        Ok(verifier.set(|settings| settings.unknown_tenant = true))
    }

    fn default_template() -> Option<Self> {
        // Everybody can read this key. It makes the hash take its time, and it accepts nothing.
        let secret = Secret::from_bytes("unknown tenant").ok()?;
        let mut verifier = Self::with_scheme(SchemeOf::known()?, secret).ok()?;
        Arc::make_mut(&mut verifier.shared).total = TOTAL.clone();
        Some(verifier)
    }
}

fn no_template<P: Provider>() -> Rejection {
    let advice = "the scheme is known only at run time, so `Resolve` needs its method `template`";
    report::refused(P::NAME, None, Rejection::Misconfigured { provider: P::NAME, advice })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::HASHED_AGAIN;
    use crate::{Custom, KeyEncoding, Massu, Part, Raw, Scheme, Secrets, Timestamp, VerifyError, massu};

    const BODY: &str = r#"{"type":"security.alert","data":{},"timestamp":"2026-02-15T10:30:00.000Z"}"#;
    /// Python's hmac signed it with the key `old`.
    const HEADERS: [(&str, &str); 1] = [(
        "x-massu-signature-256",
        "sha256=25edc088f5d776b6558e2de3ab5131deb77ea74abfaa8f3b38bc5bf5fd4d556a",
    )];

    fn template() -> Verifier<Massu> {
        Verifier::new(Secret::new("old").unwrap()).unwrap()
    }

    #[test]
    fn an_unknown_tenant_is_refused_even_with_a_signature_of_the_template() {
        assert!(template().verify::<massu::Event>(&HEADERS, BODY).is_ok());
        for template in [Some(template()), None] {
            let unknown = Verifier::of_unknown_tenant(template).unwrap();
            let refused = unknown.verify::<massu::Event>(&HEADERS, BODY).unwrap_err();
            let header = "x-massu-signature-256".into();
            assert_eq!(refused, Rejection::InvalidSignature { header, reason: VerifyError::UnknownTenant });
        }
    }

    #[test]
    fn an_unknown_tenant_has_the_limits_of_the_template() {
        let unknown = Verifier::of_unknown_tenant(Some(template().body_limit(7))).unwrap();
        let refused = unknown.verify::<massu::Event>(&HEADERS, BODY).unwrap_err();
        assert_eq!(refused, Rejection::BodyTooLarge { limit: 7 });
    }

    /// Otherwise the time of the answer would tell which tenants exist.
    #[test]
    fn the_body_of_an_unknown_tenant_is_hashed_with_each_secret_of_the_template() {
        let secret = |text| Secret::new(text).unwrap();
        let secrets = Secrets::new("a", secret("new")).unwrap().also("b", secret("older")).unwrap();
        let known = Verifier::<Massu>::new(secrets).unwrap();
        let unknown = Verifier::of_unknown_tenant(Some(known.clone())).unwrap();
        for verifier in [known, unknown] {
            let before = HASHED_AGAIN.get();
            assert!(verifier.verify::<massu::Event>(&HEADERS, BODY).is_err());
            assert_eq!(HASHED_AGAIN.get() - before, 1);
        }
    }

    #[test]
    fn unknown_tenants_share_one_memory_limit() {
        let large = vec![b'a'; 512 * 1024];
        let limit = template().total_body_limit(0);
        for template in [Some(limit), None] {
            let unknown = || Verifier::of_unknown_tenant(template.clone()).unwrap();
            let mut first = unknown().begin(&HEADERS).unwrap();
            first.update(large.clone()).unwrap();
            assert_eq!(unknown().total().held(), 448 * 1024);
            drop(first);
            assert_eq!(unknown().total().held(), 0);
        }
    }

    #[test]
    fn a_scheme_that_is_known_at_run_time_needs_a_template() {
        let template = Verifier::<Custom>::for_scheme(
            Scheme::hex("x-acme-signature").prefix("v0="),
            Secret::new("old").unwrap(),
        );
        let template = template.unwrap();
        let headers = [("x-acme-signature", format!("v0={}", "0".repeat(64)))];
        assert_eq!(Verifier::check_headers(Some(&template), &headers), Ok(()));
        let malformed = Verifier::check_headers(Some(&template), &[("x-acme-signature", "v0=")]);
        assert_eq!(malformed.unwrap_err().as_str(), "invalid_signature");
        assert!(Verifier::of_unknown_tenant(Some(template)).is_ok());

        assert_eq!(Verifier::<Custom>::check_headers(None, &headers).unwrap_err().as_str(), "misconfigured");
        assert_eq!(Verifier::<Custom>::of_unknown_tenant(None).unwrap_err().as_str(), "misconfigured");
    }

    /// A provider that decodes its secrets, and signs an id and a time.
    struct Standard;

    impl Provider for Standard {
        const NAME: &'static str = "standard";
        const SCHEME: Scheme = Scheme::base64("webhook-signature")
            .list(b' ', "v1,")
            .key(KeyEncoding::Base64 { strip: "whsec_" })
            .timestamp(Timestamp::header("webhook-timestamp"))
            .signed(&[Part::Id("webhook-id"), Part::Text("."), Part::Timestamp, Part::Text("."), Part::Body]);
    }

    #[test]
    fn the_signed_id_and_time_are_read_before_a_look_up_and_judged_after_it() {
        let (id, time) = (("webhook-id", "msg_1".to_owned()), ("webhook-timestamp", "1700000000".to_owned()));
        let signature = ("webhook-signature", format!("v1,{}=", "A".repeat(43)));
        let reason = |headers: &[(&str, String)]| match Verifier::<Standard>::check_headers(None, headers) {
            Ok(()) => None,
            Err(Rejection::InvalidSignature { reason, .. }) => Some(reason),
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!(reason(&[id.clone(), time.clone()]), Some(VerifyError::Missing));
        assert_eq!(reason(&[id.clone(), signature.clone()]), Some(VerifyError::MissingTime));
        assert_eq!(reason(&[time.clone(), signature.clone()]), Some(VerifyError::MissingId));

        // The time was long ago. That is found out after the whole body, and for a genuine signature only.
        let headers = [id, time, signature];
        assert_eq!(reason(&headers), None);
        let unknown = Verifier::<Standard>::of_unknown_tenant(None).unwrap();
        let refused = unknown.verify::<Raw<Standard>>(&headers, BODY).unwrap_err();
        let header = "webhook-signature".into();
        assert_eq!(refused, Rejection::InvalidSignature { header, reason: VerifyError::UnknownTenant });
    }
}
