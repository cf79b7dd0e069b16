//! `countersign send`

use std::io::Write;
use std::time::{Duration, Instant};

use countersign::testing::{Forgery, ProviderInfo, SignedRequest, forgeries_with, forgeries_with_at};
use countersign::{Scheme, Secret};
use serde_json::json;

use crate::cli::Send;
use crate::failure::{Failure, Result, Verdict};
use crate::http1::{Answer, Framing, PATIENCE, Request, Target, exchange};
use crate::provider::Provider;
use crate::{clock, input, output, payload, secrets};

pub(crate) fn run(args: &Send, out: &mut dyn Write) -> Result<Verdict> {
    let target = Target::new(&args.url)?;
    let request = match &args.capture.request {
        Some(path) => {
            let captured = input::request(path, &args.capture, args.body.as_deref())?;
            captured.notes.iter().for_each(|note| output::note(note));
            captured.request
        }
        None => delivery(args, &target)?,
    };
    let mut good = true;
    for _ in 0..args.repeat {
        let start = Instant::now();
        let answer = exchange(&target, &request, Framing::Length, PATIENCE)?;
        print(args.json, &answer, start.elapsed(), out)?;
        good &= answer.is_success();
    }
    Ok(Verdict::of(good))
}

fn delivery(args: &Send, target: &Target) -> Result<Request> {
    let provider = Provider::new(&args.provider)?.info;
    let secret = secrets::current(&args.secrets, &provider.scheme)?;
    let body = match &args.body {
        Some(path) => {
            check_event_of_body(&provider, args.event.as_deref())?;
            input::bytes(Some(path))?
        }
        None => payload::body(&provider, args.event.as_deref(), args.data.as_deref())?,
    };
    let signed = match &args.forge {
        None => SignedRequest::with_scheme_at(provider.scheme, &secret, body, clock::now(), None),
        Some(name) => forged(name, forgeries(args, provider.scheme, &secret, body))?,
    };
    Ok(as_sent(&provider, &signed, args.event.as_deref(), target))
}

fn forgeries(args: &Send, scheme: Scheme, secret: &Secret, body: Vec<u8>) -> Vec<Forgery> {
    match args.clock.at {
        None => forgeries_with(scheme, secret, body),
        Some(time) => forgeries_with_at(scheme, secret, body, time),
    }
}

fn forged(name: &str, mut forgeries: Vec<Forgery>) -> Result<SignedRequest> {
    if let Some(place) = forgeries.iter().position(|forgery| forgery.name() == name) {
        return Ok(forgeries.swap_remove(place).into_request());
    }
    let list: Vec<String> = forgeries.iter().map(|forgery| format!("  {forgery}")).collect();
    Err(Failure::new(format_args!("no forgery '{}'; there are\n{}", name.escape_debug(), list.join("\n"))))
}

/// The event type of a whole body is in the body, unless its provider writes it in a header.
fn check_event_of_body(provider: &ProviderInfo, event_type: Option<&str>) -> Result<()> {
    if event_type.is_some() && type_header(provider).is_none() {
        return Err(Failure::new(format_args!(
            "the event type of '{}' is in the body, so it is no option beside --body; leave out --event",
            provider.name
        )));
    }
    payload::check_event_type(provider, event_type)
}

/// The header in which a provider writes the event type.
fn type_header(provider: &ProviderInfo) -> Option<&'static str> {
    let type_header = provider.envelope.and_then(|envelope| envelope.unsigned_type_header());
    type_header.or(provider.event_header)
}

/// Adds the provider's other headers to a signed request.
pub(crate) fn as_sent(
    provider: &ProviderInfo,
    signed: &SignedRequest,
    event_type: Option<&str>,
    target: &Target,
) -> Request {
    let event_type = event_type.or_else(|| provider.samples.first()?.event_type);
    let type_header = type_header(provider).zip(event_type);
    let mut headers = signed.headers().to_vec();
    let agent = concat!("countersign/", env!("CARGO_PKG_VERSION"));
    headers.push(("user-agent".to_owned(), agent.into()));
    headers.extend(type_header.map(|(name, event_type)| (name.to_owned(), event_type.as_bytes().to_vec())));
    headers.extend(provider.delivery_header.map(|name| (name.to_owned(), payload::unique().into_bytes())));
    Request {
        method: signed.method().to_owned(),
        path: target.path().to_owned(),
        headers,
        body: signed.body().to_vec(),
    }
}

fn print(json: bool, answer: &Answer, elapsed: Duration, out: &mut dyn Write) -> Result<()> {
    let body = String::from_utf8_lossy(&answer.body);
    if json {
        let ms = elapsed.as_millis();
        return output::json(out, &json!({ "status": answer.status, "milliseconds": ms, "body": body }));
    }
    let status = output::word(answer.is_success(), &format!("{} {}", answer.status, answer.reason));
    writeln!(out, "{status} in {elapsed:.1?}")?;
    if !body.is_empty() {
        writeln!(out, "{}", body.lines().map(output::clean).collect::<Vec<_>>().join("\n"))?;
    }
    Ok(())
}
