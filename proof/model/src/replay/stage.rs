//! The library's attempt, with a store and a handler that do what the replay says.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use countersign::dedupe::{self, Dedupe, DedupeStore, DeliveryKey, Handled};
use countersign::testing::SignedRequest;
use countersign::{Envelope, Provider, Raw, Scheme, Secret, Verified, Verifier};

use crate::OnStoreError;
use crate::dedupe::Claim;
use crate::dedupe::machine::{Failure, Input};
use crate::protocol::HORIZON;
use crate::world::Verb;

pub(super) type LibraryAttempt = Pin<Box<dyn Future<Output = Handled<Result<(), Failure>>>>>;

/// The handler and the store of the library's attempt. Both do what the replay says.
#[derive(Clone, Default)]
pub(super) struct Stage(Arc<Mutex<Props>>);

#[derive(Default)]
pub(super) struct Props {
    /// The verb that was called, until the replay has seen it.
    pub(super) called: Option<Verb>,
    /// The next answer of the store.
    pub(super) answer: Option<Input>,
    /// How often the handler was polled.
    pub(super) polls: usize,
    /// The result of the handler at its next poll.
    pub(super) result: Option<Result<(), Failure>>,
}

impl Stage {
    /// An attempt of the library. It begins when it is first polled.
    pub(super) fn attempt(&self, on_store_error: OnStoreError) -> LibraryAttempt {
        let secret = Secret::new("a secret of the model").expect("a secret");
        let request = SignedRequest::new::<Modelled>(&secret, r#"{"id":"evt_1"}"#);
        let verifier = Verifier::<Modelled>::new(secret).expect("a verifier");
        let verified: Verified<Raw<Modelled>> =
            verifier.verify(request.headers(), request.body().clone()).expect("a genuine request");
        let dedupe =
            Dedupe::new(self.clone()).on_store_error(on_store_error).endpoint("model").expect("a name");
        let handler = self.clone().handler();
        Box::pin(async move { dedupe.handle(&verified, handler, Result::is_ok).await })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Props> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, verb: Verb) -> io::Result<Input> {
        self.lock().called = Some(verb);
        match poll_fn(|_| self.lock().answer.take().map_or(Poll::Pending, Poll::Ready)).await {
            Input::StoreFailed => Err(io::Error::other("the store fails")),
            answer => Ok(answer),
        }
    }

    async fn handler(self) -> Result<(), Failure> {
        poll_fn(|_| {
            let mut props = self.lock();
            props.polls += 1;
            props.result.take().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

impl DedupeStore for Stage {
    type Error = io::Error;

    async fn claim(&self, _: &DeliveryKey, lease: Duration) -> io::Result<dedupe::Claim> {
        assert_eq!(lease, HORIZON / 8);
        match self.answer(Verb::Claim).await? {
            Input::Claim(Claim::Claimed(token)) => {
                Ok(dedupe::Claim::Claimed(dedupe::ClaimToken::new(*token.as_bytes())))
            }
            Input::Claim(Claim::InFlight { retry_after }) => Ok(dedupe::Claim::InFlight { retry_after }),
            Input::Claim(Claim::Done) => Ok(dedupe::Claim::Done),
            other => panic!("{other:?} is no answer to a claim"),
        }
    }

    async fn complete(&self, _: &DeliveryKey, _: Duration) -> io::Result<()> {
        self.answer(Verb::Complete).await.map(drop)
    }

    async fn release(&self, _: &DeliveryKey, token: &dedupe::ClaimToken) -> io::Result<()> {
        assert_eq!(token.as_bytes(), &[0; 16], "the token of attempt 0");
        self.answer(Verb::Release).await.map(drop)
    }
}

/// A provider with the model's times.
struct Modelled;

impl Provider for Modelled {
    const NAME: &'static str = "modelled";
    const SCHEME: Scheme = Scheme::sha256("x-signature");
    const ENVELOPE: Option<Envelope> = Some(Envelope::untyped().id("id"));
    const RETRY_HORIZON: Option<Duration> = Some(HORIZON);
}
