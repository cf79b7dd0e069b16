//! The advice for an endpoint that refuses the genuine delivery. Nothing that it refuses after that says anything.

use super::Row;
use crate::cli::Probe;
use crate::http1::Answer;
use crate::output;

/// Why the probe ends after its first request. `None` if the delivery was taken.
pub(super) fn stopped(genuine: &Row, answer: &Answer, args: &Probe) -> Option<String> {
    let status = genuine.status.filter(|_| !genuine.right)?;
    Some(match status {
        401 => "is it the secret or the scheme? See that the endpoint has the secret of this probe, and verifies this provider's scheme".to_owned(),
        403 => "does something in front of the endpoint refuse it, such as a firewall or a check against CSRF? Or is it the secret?".to_owned(),
        404 | 410 => "is the path right?".to_owned(),
        405 | 501 => "does this path take POST?".to_owned(),
        408 | 425 | 429 => "does something in front of the endpoint limit the requests?".to_owned(),
        413 => "is the endpoint's body limit below this small body?".to_owned(),
        415 => "does the endpoint take another content type? Set it with -H 'content-type: …'".to_owned(),
        300..=399 => redirect(answer),
        400..=499 => events(args).to_owned(),
        502..=504 => "does the service behind this proxy run?".to_owned(),
        500..=599 => "the endpoint fails at a genuine delivery; its log says why".to_owned(),
        _ => "an endpoint answers a delivery with 2xx".to_owned(),
    })
}

fn redirect(answer: &Answer) -> String {
    let to = answer.header("location").map(|url| format!(" to {}", output::clean(&url))).unwrap_or_default();
    format!(
        "it redirects{to}; probe that URL, and give it to the provider, since many turn a redirected POST into a GET without a body"
    )
}

/// The endpoint probably takes other events.
fn events(args: &Probe) -> &'static str {
    match (&args.event, &args.data, &args.body) {
        _ if args.provider.provider.is_none() && args.body.is_none() => {
            "give the body that the endpoint takes with --body FILE, and a header that it needs with -H"
        }
        (_, _, Some(_)) => "is this body what the endpoint takes? A header that it needs can be set with -H",
        (None, None, _) => {
            "name an event that the endpoint takes: --event EVENT, and its payload with --data, or the whole body with --body"
        }
        (Some(_), None, _) => {
            "give the payload that the endpoint takes: --data JSON, or --data @FILE, or the whole body with --body"
        }
        _ => "is this event what the endpoint takes? A header that it needs can be set with -H",
    }
}
