//! `countersign send`

use std::io::Write;
use std::path::Path;
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
    if args.forge.as_deref() == Some("help") {
        return list(args, out);
    }
    let url = args
        .url
        .as_deref()
        .ok_or_else(|| Failure::new("no URL: name the endpoint, such as http://127.0.0.1:3000/webhook"))?;
    let target = Target::new(url)?;
    let request = match &args.capture.request {
        Some(path) => {
            let captured = input::request(path, &args.capture, args.body())?;
            captured.notes.iter().for_each(|note| output::note(note));
            let mut request = captured.request;
            request.set_headers(&args.more.with_header);
            request
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
    let event_type = args.event.as_deref();
    let body = body(&provider, event_type, args.data.as_deref(), args.body())?;
    let signed = match &args.forge {
        None => SignedRequest::with_scheme_at(provider.scheme, &secret, body, clock::now(), None),
        Some(name) => forged(name, forgeries(args, provider.scheme, &secret, body))?,
    };
    Ok(as_sent(&provider, &signed, event_type, &args.more.with_header, target))
}

/// The body of a file, or a body as the provider would send it now.
pub(crate) fn body(
    provider: &ProviderInfo,
    event_type: Option<&str>,
    data: Option<&str>,
    path: Option<&Path>,
) -> Result<Vec<u8>> {
    let Some(path) = path else { return payload::body(provider, event_type, data) };
    check_event_of_body(provider, event_type)?;
    input::bytes(Some(path))
}

fn forgeries(args: &Send, scheme: Scheme, secret: &Secret, body: Vec<u8>) -> Vec<Forgery> {
    match args.clock.at {
        None => forgeries_with(scheme, secret, body),
        Some(time) => forgeries_with_at(scheme, secret, body, time),
    }
}

fn forged(name: &str, mut forgeries: Vec<Forgery>) -> Result<SignedRequest> {
    let place = forgeries.iter().position(|forgery| forgery.name() == name).ok_or_else(|| {
        Failure::new(format_args!(
            "no forgery '{}'; 'countersign send --forge help' lists them",
            name.escape_debug()
        ))
    })?;
    Ok(forgeries.swap_remove(place).into_request())
}

/// Lists the forgeries of a provider. Nothing is sent, so any secret will do.
fn list(args: &Send, out: &mut dyn Write) -> Result<Verdict> {
    let is_named = args.provider.provider.is_some() || args.provider.scheme.header.is_some();
    let scheme = if is_named {
        Provider::new(&args.provider)?.info.scheme
    } else {
        Scheme::hex("x-signature").prefix("sha256=")
    };
    let forgeries = forgeries_with(scheme, &secrets::example(&scheme)?, "{}");
    if args.json {
        let described =
            |forgery: &Forgery| json!({ "name": forgery.name(), "description": forgery.description() });
        output::json(out, &forgeries.iter().map(described).collect::<Vec<_>>())?;
        return Ok(Verdict::Good);
    }
    for forgery in forgeries {
        output::row(forgery.name(), 23, forgery.description(), output::width(), out)?;
    }
    if !is_named {
        output::note(
            "these are for a signature such as 'sha256=…'; other schemes have others, so add --provider NAME",
        );
    }
    Ok(Verdict::Good)
}

/// The event type of a whole body is in the body, unless its provider writes it in a header.
fn check_event_of_body(provider: &ProviderInfo, event_type: Option<&str>) -> Result<()> {
    if event_type.is_some() && type_header(provider).is_none() {
        return Err(Failure::new(format_args!(
            "the event type {} is in the body, so it is no option beside --body; leave out --event",
            payload::of(provider)
        )));
    }
    payload::check_event_type(provider, event_type)
}

/// The header in which a provider writes the event type.
fn type_header(provider: &ProviderInfo) -> Option<&'static str> {
    let type_header = provider.envelope.and_then(|envelope| envelope.unsigned_type_header());
    type_header.or(provider.event_header)
}

/// Adds the provider's other headers to a signed request, and then more headers, which replace those of their names.
pub(crate) fn as_sent(
    provider: &ProviderInfo,
    signed: &SignedRequest,
    event_type: Option<&str>,
    more: &[(String, Vec<u8>)],
    target: &Target,
) -> Request {
    let event_type = event_type.or_else(|| provider.samples.first()?.event_type);
    let type_header = type_header(provider).zip(event_type);
    let mut headers = signed.headers().to_vec();
    let agent = concat!("countersign/", env!("CARGO_PKG_VERSION"));
    headers.push(("user-agent".to_owned(), agent.into()));
    headers.extend(type_header.map(|(name, event_type)| (name.to_owned(), event_type.as_bytes().to_vec())));
    headers.extend(provider.delivery_header.map(|name| (name.to_owned(), payload::unique().into_bytes())));
    let mut request = Request {
        method: signed.method().to_owned(),
        path: target.path().to_owned(),
        headers,
        body: signed.body().to_vec(),
    };
    request.set_headers(more);
    request
}

fn print(json: bool, answer: &Answer, elapsed: Duration, out: &mut dyn Write) -> Result<()> {
    let body = String::from_utf8_lossy(&answer.body);
    if json {
        // Microseconds are noise, but an endpoint on this machine answers within a millisecond.
        let ms = (elapsed.as_secs_f64() * 10_000.0).round() / 10.0;
        return output::json(out, &json!({ "status": answer.status, "milliseconds": ms, "body": body }));
    }
    let status = output::word(answer.is_success(), &format!("{} {}", answer.status, answer.reason));
    writeln!(out, "{status} in {elapsed:.1?}")?;
    if let Some(url) = answer.header("location").filter(|_| matches!(answer.status, 300..=399)) {
        let words = format!("it redirects to {}, and many providers do not follow", output::clean(&url));
        output::sentence(&words, output::width(), out)?;
    }
    if !body.is_empty() {
        writeln!(out, "{}", body.lines().map(output::clean).collect::<Vec<_>>().join("\n"))?;
    }
    Ok(())
}
