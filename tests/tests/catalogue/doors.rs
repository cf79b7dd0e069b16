//! The doors of the catalogued providers.
//!
//! A door calls the library's extractor or middleware directly, without a router around it. A router for each of the many providers would
//! take minutes to compile.

mod actix;
mod axum;

use std::cell::Cell;
use std::future::ready;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::{SystemTime, UNIX_EPOCH};

use countersign::{Provider, Raw, Rejection, Scheme, Secret, Verified, Verifier, for_each_catalogued};
use countersign_tests::catalogue::{Delivery, Facts};

/// A provider, as the test sees it.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) doors: &'static [Door],
}

#[derive(Clone, Copy)]
pub(crate) struct Door {
    pub(crate) name: &'static str,
    pub(crate) run: for<'a> fn(&'a Delivery) -> Run<'a>,
}

/// The outcome, or `None` if HTTP cannot carry the delivery.
pub(crate) type Run<'a> = Pin<Box<dyn Future<Output = Option<Outcome>> + 'a>>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The facts, if the door tells them.
    Accepted(Option<Facts>),
    /// The reason, if the door tells it.
    Refused(Option<String>),
}

macro_rules! entries {
    ({} $($provider:ident,)+) => {
        &[$(Entry { name: countersign::providers::$provider::NAME, doors: Of::<countersign::providers::$provider>::DOORS }),+]
    };
}

/// All catalogued providers.
pub(crate) const ENTRIES: &[Entry] = for_each_catalogued!(entries);

struct Of<P>(PhantomData<P>);

impl<P: Provider> Of<P> {
    const DOORS: &'static [Door] = &[
        Door {
            name: "Scheme::verify_request",
            run: |delivery| Box::pin(ready(Some(scheme(&P::SCHEME, delivery)))),
        },
        Door { name: "Verifier::verify", run: |delivery| Box::pin(ready(Some(verify::<P>(delivery)))) },
        Door { name: "axum extractor", run: |delivery| Box::pin(axum::extractor::<P>(delivery)) },
        Door { name: "axum middleware", run: |delivery| Box::pin(axum::middleware::<P>(delivery)) },
        Door { name: "actix extractor", run: |delivery| Box::pin(actix::extractor::<P>(delivery)) },
        Door { name: "actix middleware", run: |delivery| Box::pin(actix::middleware::<P>(delivery)) },
    ];
}

/// The verdict of a scheme alone.
pub(crate) fn scheme(scheme: &Scheme, delivery: &Delivery) -> Outcome {
    let secret = Secret::new(&delivery.secret).unwrap();
    match scheme.verify_request(&secret, &delivery.headers, &delivery.body, delivery.now) {
        Ok(()) => Outcome::Accepted(None),
        Err(reason) => Outcome::Refused(Some(format!("{reason:?}"))),
    }
}

fn verify<P: Provider>(delivery: &Delivery) -> Outcome {
    outcome(verifier::<P>(delivery).verify::<Raw<P>>(&delivery.headers, delivery.body.clone()))
}

thread_local! {
    /// The clock of the verifiers. They take a function without captures.
    static NOW: Cell<SystemTime> = const { Cell::new(UNIX_EPOCH) };
}

fn verifier<P: Provider>(delivery: &Delivery) -> Verifier<P> {
    NOW.set(delivery.now);
    Verifier::new(Secret::new(&delivery.secret).unwrap()).unwrap().clock(|| NOW.get())
}

fn outcome<P: Provider>(verdict: Result<Verified<Raw<P>>, Rejection>) -> Outcome {
    match verdict {
        Ok(verified) => Outcome::Accepted(Some(Facts::of(&verified))),
        Err(Rejection::InvalidSignature { reason, .. }) => Outcome::Refused(Some(format!("{reason:?}"))),
        Err(other) => panic!("{other}"),
    }
}

/// The outcome that an answer shows. Its body is written here a second time, so that a change is noticed.
fn of_answer(status: u16, body: &[u8]) -> Outcome {
    match status {
        200 => Outcome::Accepted(Some(serde_json::from_slice(body).unwrap())),
        401 => {
            assert_eq!(body, br#"{"error":"invalid signature"}"#);
            Outcome::Refused(None)
        }
        other => panic!("{other}"),
    }
}
