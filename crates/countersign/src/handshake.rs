//! Handshakes: some providers test an endpoint before they send events to it.
//!
//! The test is a request with a text, and the answer repeats the text or signs it. Each function here takes such a request and makes its
//! answer. A [`Reply`] is a response in axum and actix-web, and so is a [`Refusal`].
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use axum::extract::{RawQuery, State};
//! use axum::response::{IntoResponse, Response};
//! use countersign::handshake::{self, Refusal, Reply};
//! use countersign::providers::Slack;
//! use countersign::{Raw, Secret, Verified};
//!
//! /// A handshake by `GET` is not signed. The verify token is its only proof.
//! async fn handshake(State(token): State<Secret>, RawQuery(query): RawQuery) -> Result<Reply, Refusal> {
//!     handshake::meta(query.as_deref().unwrap_or_default(), &token)
//! }
//!
//! /// A handshake by `POST` is signed like a delivery, so it is verified first.
//! async fn hook(delivery: Verified<Raw<Slack>>) -> Result<Response, Refusal> {
//!     if let Some(reply) = handshake::slack(&delivery)? {
//!         return Ok(reply.into_response());
//!     }
//!     println!("an ordinary delivery of {} bytes", delivery.body().len());
//!     Ok(().into_response())
//! }
//! # }
//! ```
//!
//! # Which handshakes are safe to answer
//!
//! - A signed handshake is verified before it is answered. The functions take a [`Verified`], and nobody else can make one.
//! - A text is repeated only if it has 1 to 256 visible ASCII characters and none of `<`, `>`, `&`, `"` and `'`. Anybody can make a
//!   browser send a `GET` handshake. If the answer could hold markup, a browser that ignores the content type would run a stranger's script
//!   under the address of the service. `X-Content-Type-Options: nosniff` also tells the browser to keep to the content type.
//! - No text of an unsigned request is ever signed. Some providers ask for this. The answer would be a genuine signature of a body that
//!   a stranger chose, so this module has no function for it. [`zoom`] signs a token after its request was verified, and the token's
//!   alphabet keeps it from being a signed text of a delivery.
//! - No secret is taken from a handshake. Some providers deliver the secret in their first request. Copy it into the configuration by hand.

mod query;
mod reply;

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

pub use self::reply::{Refusal, Reply};
use crate::{Algorithm, Event, Part, Scheme, Secret, Verified, Verifier, mac, report};

/// The handshake of Meta (WhatsApp, Messenger, Instagram): a `GET` with `hub.mode`, `hub.verify_token` and `hub.challenge` in its query.
///
/// `query` is the query of the request as it was sent, without the question mark. `token` is the verify token that you have typed into
/// Meta's App Dashboard. It is a secret of its own, and not the app secret that signs the deliveries. It is compared in constant time.
///
/// ```
/// use countersign::{Secret, handshake};
///
/// let token = Secret::new("meatyhamhock")?;
/// let query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meatyhamhock";
/// assert_eq!(handshake::meta(query, &token)?.body(), "1158201444");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// The verify token is wrong, the mode is not `subscribe`, the challenge is not safe to repeat, or the query is malformed. A parameter that
/// is missing or sent twice is refused as well.
pub fn meta(query: &str, token: &Secret) -> Result<Reply, Refusal> {
    let answer = || {
        let claimed = query::only(query, "hub.verify_token")?;
        if !mac::is_secret(token.bytes(), claimed.as_bytes()) {
            return Err(Refusal::WrongVerifyToken);
        }
        if query::only(query, "hub.mode")? != "subscribe" {
            return Err(Refusal::Mode);
        }
        repeat(query::only(query, "hub.challenge")?)
    };
    answer().map_err(|refusal| report::handshake_refused("meta", refusal))
}

/// The handshake of Dropbox: a `GET` with `challenge` in its query.
///
/// `query` is the query of the request as it was sent, without the question mark. The request does not prove who sent it, so anybody gets
/// an answer. The answer says only that this address wants notifications.
///
/// # Errors
///
/// The challenge is missing, sent twice or not safe to repeat, or the query is malformed.
pub fn dropbox(query: &str) -> Result<Reply, Refusal> {
    query::only(query, "challenge")
        .and_then(repeat)
        .map_err(|refusal| report::handshake_refused("dropbox", refusal))
}

/// The handshake of Slack: a signed body with the type `url_verification`. `None` if the body is an ordinary delivery.
///
/// Take the request as [`Raw`](crate::Raw), because a handshake is outside the envelope of Slack's events. It has no event time either, so
/// [`max_age`](Verifier::max_age) refuses it. Slack signs the time of each request, so it needs no `max_age`.
///
/// # Errors
///
/// The body is a handshake, but its challenge is missing or not safe to repeat.
pub fn slack<E: Event>(verified: &Verified<E>) -> Result<Option<Reply>, Refusal> {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        r#type: Cow<'a, str>,
        #[serde(borrow)]
        challenge: Option<&'a RawValue>,
    }
    match object::<Body<'_>>(verified.body()) {
        Some(body) if body.r#type == "url_verification" => signed("slack", body.challenge),
        _ => Ok(None),
    }
}

/// The handshake of Twitch: a signed body with a `challenge` and a `subscription`. `None` if the body is an ordinary delivery.
///
/// The header `Twitch-Eventsub-Message-Type` names the handshake too. Nobody signs that header, so the body alone decides. A body with an
/// `event` is a notification, whatever else it has.
///
/// # Errors
///
/// The body is a handshake, but its challenge is not safe to repeat.
pub fn twitch<E: Event>(verified: &Verified<E>) -> Result<Option<Reply>, Refusal> {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        subscription: &'a RawValue,
        #[serde(borrow)]
        challenge: &'a RawValue,
        #[serde(borrow)]
        event: Option<&'a RawValue>,
    }
    match object::<Body<'_>>(verified.body()) {
        Some(body) if is_object(body.subscription.get().as_bytes()) && body.event.is_none() => {
            signed("twitch", Some(body.challenge))
        }
        _ => Ok(None),
    }
}

/// The handshake of Zoom: a signed body with the event `endpoint.url_validation`. `None` if the body is an ordinary delivery.
///
/// The answer repeats the `plainToken` and has its HMAC-SHA256 in hex, made with the secret that verified this request. `verifier` is the
/// one that verified it, or a clone.
///
/// A token is signed only if it has 1 to 128 characters out of `A-Z`, `a-z`, `0-9`, `_` and `-`. Zoom signs `v0:{timestamp}:{body}`. A
/// token has no colon, so the answer to a handshake is never the signature of a delivery. A provider whose signed text could be a token,
/// such as one that signs the body alone, is refused.
///
/// # Errors
///
/// The body is a handshake, but its token is missing or has other characters, or the provider does not sign like Zoom. The verifier is not
/// the one that verified the request, or has replaced the secret since.
pub fn zoom<E: Event>(
    verifier: &Verifier<E::Provider>,
    verified: &Verified<E>,
) -> Result<Option<Reply>, Refusal> {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        event: Cow<'a, str>,
        #[serde(borrow)]
        payload: Option<&'a RawValue>,
    }
    match object::<Body<'_>>(verified.body()) {
        Some(body) if body.event == "endpoint.url_validation" => validate(verifier, verified, body.payload)
            .map(Some)
            .map_err(|refusal| report::handshake_refused("zoom", refusal)),
        _ => Ok(None),
    }
}

/// Signs the token of a verified handshake of Zoom.
fn validate<E: Event>(
    verifier: &Verifier<E::Provider>,
    verified: &Verified<E>,
    payload: Option<&RawValue>,
) -> Result<Reply, Refusal> {
    #[derive(Deserialize)]
    struct Payload<'a> {
        #[serde(borrow, rename = "plainToken")]
        plain_token: Cow<'a, str>,
    }
    if !never_signs_a_token(verifier.scheme()) {
        return Err(Refusal::OtherScheme);
    }
    let payload = payload.and_then(|json| object::<Payload<'_>>(json.get().as_bytes()));
    let token = payload.map(|payload| payload.plain_token).ok_or(Refusal::PlainToken)?;
    if token.is_empty() || token.len() > MAX_PLAIN_TOKEN || !has_alphabet_of_tokens(&token) {
        return Err(Refusal::PlainToken);
    }
    let mut mac = verifier.key_of(verified).ok_or(Refusal::OtherSecret)?.start();
    mac.update(token.as_bytes());
    let signature = hex::encode(mac.into_tag());
    // The token and the signature need no escapes in JSON.
    Ok(Reply::json(format!(r#"{{"plainToken":"{token}","encryptedToken":"{signature}"}}"#)))
}

/// Whether the scheme is like Zoom's: HMAC-SHA256 of a text that has a literal outside the alphabet of tokens, such as a colon.
fn never_signs_a_token(scheme: &Scheme) -> bool {
    let is_outside = |part: Part<'_>| matches!(part, Part::Text(literal) if !has_alphabet_of_tokens(literal));
    scheme.mac_algorithm() == Algorithm::HmacSha256 && scheme.parts().any(is_outside)
}

fn has_alphabet_of_tokens(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// The longest challenge that is repeated, in bytes.
const MAX_CHALLENGE: usize = 256;

/// The longest token that is signed, in bytes.
const MAX_PLAIN_TOKEN: usize = 128;

/// Repeats the challenge of a verified handshake, which is a JSON string.
fn signed(provider: &'static str, challenge: Option<&RawValue>) -> Result<Option<Reply>, Refusal> {
    challenge
        .and_then(|json| serde_json::from_str::<String>(json.get()).ok())
        .ok_or(Refusal::Challenge)
        .and_then(repeat)
        .map(Some)
        .map_err(|refusal| report::handshake_refused(provider, refusal))
}

/// Repeats a challenge as plain text, if no browser can take it for anything else.
fn repeat(challenge: String) -> Result<Reply, Refusal> {
    let harmless = |byte: u8| byte.is_ascii_graphic() && !b"<>&\"'".contains(&byte);
    if challenge.is_empty() || challenge.len() > MAX_CHALLENGE || !challenge.bytes().all(harmless) {
        return Err(Refusal::Challenge);
    }
    Ok(Reply::text(challenge))
}

/// Reads a JSON object, and skips the keys that `T` does not have. `None` if it is anything else, such as the form of a slash command.
fn object<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Option<T> {
    // serde would also read a struct from an array of its fields.
    is_object(json).then(|| serde_json::from_slice(json).ok()).flatten()
}

fn is_object(json: &[u8]) -> bool {
    json.trim_ascii_start().first() == Some(&b'{')
}

#[cfg(test)]
mod tests;
