//! A signer makes what a verifier accepts.

use std::time::{Duration, SystemTime};

use countersign::providers::Slack;
use countersign::{Raw, Rejection, Secret, Signer, Verifier, VerifyError};

fn secret() -> Secret {
    Secret::new("a secret").unwrap()
}

fn verdict(headers: &[(String, String)]) -> Result<(), Rejection> {
    let verifier = Verifier::<Slack>::new(secret()).unwrap();
    verifier.verify::<Raw<Slack>>(headers, "{}").map(drop)
}

#[test]
fn a_delivery_is_signed_now_or_at_another_time() {
    let signer = Signer::<Slack>::new(&secret()).unwrap();
    verdict(&signer.sign("{}")).unwrap();
    let hour_ago = SystemTime::now() - Duration::from_secs(60 * 60);
    let refused = verdict(&signer.sign_at("{}", hour_ago)).unwrap_err();
    assert!(
        matches!(refused, Rejection::InvalidSignature { reason: VerifyError::TooOld { .. }, .. }),
        "{refused}"
    );
}

#[test]
fn debug_names_the_provider_alone() {
    assert_eq!(
        format!("{:?}", Signer::<Slack>::new(&secret()).unwrap()),
        r#"Signer { provider: "slack", .. }"#
    );
}
