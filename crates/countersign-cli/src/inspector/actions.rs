//! The actions of the page: it sends a delivery again, saves it, and sends samples and forgeries.

use std::time::{Instant, SystemTime};

use countersign::Secret;
use countersign::testing::{ProviderInfo, SignedRequest, forgeries_with};
use serde::{Deserialize, Serialize};

use super::delivery::{Answered, Answerer, Got};
use super::store::Store;
use super::view::{in_millis, short};
use crate::commands::listen::Received;
use crate::commands::send::as_sent;
use crate::failure::{Failure, Result};
use crate::http1::{Framing, PATIENCE, Request, Target, exchange};
use crate::payload;

/// A wish of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    /// The name of a forgery. `None` is a genuine delivery.
    forgery: Option<String>,
    event_type: Option<String>,
}

/// A text to find in the bodies of the deliveries that came after the one with a number.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    text: String,
    after: u64,
}

/// The answer to a sample or a forgery.
#[derive(Debug, Serialize)]
pub(super) struct Sent {
    status: u16,
    reason: String,
    milliseconds: f64,
    /// Whether the endpoint accepted a genuine delivery, or refused a forgery.
    right: bool,
}

/// A forgery in the list of the page.
#[derive(Debug, Serialize)]
pub(super) struct Listed {
    name: &'static str,
    description: &'static str,
}

/// Sends a request to the target.
pub(crate) fn ask(
    target: &Target,
    request: &Request,
    by: Answerer,
) -> (Answered, Option<crate::http1::Answer>) {
    let (time, start) = (SystemTime::now(), Instant::now());
    let outcome = exchange(target, request, Framing::Length, PATIENCE);
    let elapsed = start.elapsed();
    match outcome {
        Ok(answer) => (Answered { time, by, elapsed, outcome: Ok(Got::from(&answer)) }, Some(answer)),
        Err(failure) => (Answered { time, by, elapsed, outcome: Err(failure.message().to_owned()) }, None),
    }
}

/// Makes the request that the page wants, and sends it.
pub(super) fn send(provider: &ProviderInfo, secret: &Secret, target: &Target, order: &Order) -> Result<Sent> {
    let event_type = order.event_type.as_deref();
    let body = payload::body(provider, event_type, None)?;
    let signed = match &order.forgery {
        None => SignedRequest::with_scheme(provider.scheme, secret, body),
        Some(name) => forgeries_with(provider.scheme, secret, body)
            .into_iter()
            .find(|forgery| forgery.name() == name)
            .ok_or_else(|| Failure::new("no such forgery"))?
            .into_request(),
    };
    let start = Instant::now();
    let answer =
        exchange(target, &as_sent(provider, &signed, event_type, &[], target), Framing::Length, PATIENCE)?;
    let milliseconds = in_millis(start.elapsed());
    let is_refusal = (400..500).contains(&answer.status);
    Ok(Sent {
        right: if order.forgery.is_some() { is_refusal } else { answer.is_success() },
        status: answer.status,
        reason: short(&answer.reason),
        milliseconds,
    })
}

/// The numbers of the deliveries that have a text in their bodies. Capital and small letters of ASCII are the same.
pub(super) fn search(store: &Store, Search { text, after }: &Search) -> Vec<u64> {
    let text = text.as_bytes();
    if text.is_empty() {
        return Vec::new();
    }
    let has = |body: &[u8]| body.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text));
    let all = store.behind(*after);
    all.iter().filter(|(_, received)| has(&received.request.body)).map(|(number, _)| *number).collect()
}

/// All forgeries of a sample.
pub(super) fn forgeries(provider: &ProviderInfo, secret: &Secret) -> Result<Vec<Listed>> {
    let all = forgeries_with(provider.scheme, secret, payload::body(provider, None, None)?);
    Ok(all
        .iter()
        .map(|forgery| Listed { name: forgery.name(), description: forgery.description() })
        .collect())
}

/// The bytes of a file that `verify --request` reads.
pub(super) fn as_file(received: &Received) -> Vec<u8> {
    received.request.to_bytes(&received.request.path, None, Framing::Length)
}
