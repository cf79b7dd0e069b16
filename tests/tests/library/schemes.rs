//! Properties of any scheme that makes sense. ring signs the deliveries, by the plan of a scheme and not by the scheme itself.

mod plan;

use std::cell::Cell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use countersign::{Custom, Raw, Rejection, Secret, Verified, Verifier, VerifyError};
use proptest::prelude::*;
use proptest::sample::Index;

use self::plan::{Delivery, Plan, deliveries};

thread_local! {
    /// The clock of the verifiers. They take a function without captures.
    static NOW: Cell<SystemTime> = const { Cell::new(UNIX_EPOCH) };
}

fn verifier(plan: &Plan, now: SystemTime) -> Verifier<Custom> {
    NOW.set(now);
    let secret = Secret::new(plan.secret()).unwrap();
    Verifier::<Custom>::for_scheme(plan.scheme(), secret).unwrap().clock(|| NOW.get())
}

fn verify(plan: &Plan, sent: &Delivery) -> Result<(), VerifyError> {
    let secret = Secret::new(plan.secret()).unwrap();
    plan.scheme().verify_request(&secret, &sent.headers(plan), &sent.body, sent.now)
}

fn verify_in_chunks(
    plan: &Plan,
    sent: &Delivery,
    cuts: &[Index],
) -> Result<Verified<Raw<Custom>>, Rejection> {
    let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(sent.body.len() + 1)).collect();
    ends.extend([0, sent.body.len()]);
    ends.sort_unstable();
    let mut incoming = verifier(plan, sent.now).begin(&sent.headers(plan))?;
    for ends in ends.windows(2) {
        incoming.update(Bytes::copy_from_slice(&sent.body[ends[0]..ends[1]]))?;
    }
    incoming.verify()
}

proptest! {
    #[test]
    fn a_signed_delivery_is_accepted_in_any_chunks(
        (plan, delivery) in deliveries(), cuts in proptest::collection::vec(any::<Index>(), 0..6),
    ) {
        let sent = delivery.signed(&plan);
        prop_assert_eq!(verify(&plan, &sent), Ok(()));
        let verified = verify_in_chunks(&plan, &sent, &cuts);
        let Ok(verified) = verified else { return Err(TestCaseError::fail(format!("{verified:?}"))) };
        prop_assert_eq!(verified.body(), &sent.body);
        prop_assert_eq!(verified.event_id(), plan.has_id().then_some(&*sent.id));
        prop_assert_eq!(verified.sent_at(), plan.time.as_ref().map(|_| sent.time));
    }

    #[test]
    fn a_delivery_that_was_changed_is_refused(
        (plan, delivery) in deliveries(), at in any::<Index>(), by in 1..=255_u8, change in 0..6_u8, other in "[!-~]{1,30}",
    ) {
        let mut sent = delivery.signed(&plan);
        match change {
            0 => sent.body.insert(at.index(sent.body.len() + 1), by),
            1 if !sent.body.is_empty() => { let at = at.index(sent.body.len()); sent.body[at] ^= by; }
            2 if !sent.body.is_empty() => { let at = at.index(sent.body.len()); sent.body.remove(at); }
            3 if plan.has_id() && sent.id != other => sent.id = other,
            4 if plan.has_signed_time_text() => sent.time_text = if at.index(2) == 0 { other } else { format!("0{}", sent.time_text) },
            _ => { let at = at.index(sent.tag.len()); sent.tag[at] ^= by; }
        }
        let verdict = verify(&plan, &sent);
        prop_assert!(verdict.is_err());
        let refused = verify_in_chunks(&plan, &sent, &[]);
        let Err(Rejection::InvalidSignature { reason, .. }) = refused else {
            return Err(TestCaseError::fail(format!("{refused:?}")));
        };
        prop_assert_eq!(Err(reason), verdict);
    }

    #[test]
    fn a_time_outside_the_tolerance_is_refused_by_the_exact_excess(
        (plan, delivery) in deliveries(), excess in 1..100_000_u64, is_old in any::<bool>(),
    ) {
        if plan.time.is_none() {
            return Ok(());
        }
        let sent = delivery.signed(&plan);
        let by = Duration::from_secs(excess);
        let tolerance = plan.scheme().signed_time().unwrap().default_tolerance();
        let (now, expected) = if is_old {
            (sent.time + tolerance + by, VerifyError::TooOld { by })
        } else {
            (sent.time - tolerance - by, VerifyError::FromTheFuture { by })
        };
        prop_assert_eq!(verify(&plan, &Delivery { now, ..sent }), Err(expected));
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// If a signed text could be cut into its parts in two ways, a forger could move bytes from one part to another and keep the signature.
    #[test]
    fn a_signed_text_is_cut_in_one_way_only(
        (plan, delivery) in deliveries(), id in "[0-9:.TZ+-]{1,12}", body in "[0-9:.TZ+-]{0,24}",
    ) {
        if plan.has_time_in_body() {
            return Ok(());
        }
        let sent = Delivery { id: plan.legal_id(&id), body: body.into_bytes(), ..delivery }.signed(&plan);
        let sent_parts = (sent.id.clone(), sent.time_text.clone(), sent.body.clone());
        for (id, time_text, body) in plan.cuts(&sent) {
            let cut = Delivery { id, time_text, body, ..sent.clone() };
            let is_same = (cut.id.clone(), cut.time_text.clone(), cut.body.clone()) == sent_parts;
            prop_assert_eq!(verify(&plan, &cut).is_ok(), is_same, "{:?}", cut);
        }
    }
}
