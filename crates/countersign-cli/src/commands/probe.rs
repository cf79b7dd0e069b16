//! `countersign probe`

mod cases;
mod gravity;
mod patterns;
mod refused;
mod report;

use std::io::Write;
use std::time::{Duration, Instant};

use serde::Serialize;

use self::cases::{Case, cases};
use self::gravity::{Gravity, gravity};
use self::refused::stopped;
use super::send::{as_sent, body};
use crate::cli::Probe;
use crate::failure::{Failure, Result, Verdict};
use crate::http1::{Answer, PATIENCE, Target, exchange};
use crate::output;
use crate::provider::Provider;
use crate::secrets;

/// The result of one request.
#[derive(Serialize)]
struct Row {
    name: &'static str,
    description: &'static str,
    expected: &'static str,
    /// `false` if no time was left for the request.
    tried: bool,
    /// `None` if the connection was closed without an answer, or the request was not tried.
    status: Option<u16>,
    /// Why there is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    right: bool,
    /// How bad a wrong answer is.
    gravity: Option<Gravity>,
}

/// The result of all requests.
struct Probed {
    rows: Vec<Row>,
    /// Why the probe ended after the first request.
    stopped: Option<String>,
}

/// The time for all requests together. An endpoint that answers the first request and then stalls must not take the full time for each
/// of the others.
struct Budget<C> {
    all: Duration,
    /// The time since the start.
    spent: C,
}

pub(crate) fn run(args: &Probe, out: &mut dyn Write) -> Result<Verdict> {
    let provider = Provider::new(&args.provider)?.info;
    let secret = secrets::current(&args.secrets, &provider.scheme)?;
    let target = Target::new(&args.url)?;
    let limit =
        args.limit.map(usize::try_from).transpose().map_err(Failure::new)?.unwrap_or(provider.body_limit);
    let body = body(&provider, args.event.as_deref(), args.data.as_deref(), args.body.as_deref())?;
    let cases = cases(provider.scheme, &secret, &body, limit);
    if !args.json {
        let (count, url, seconds) = (cases.len(), &args.url, args.timeout);
        let words = format!(
            "sends {count} requests to {url}, one after the other, in {seconds} s at most; the body limit is {limit} bytes (--limit)"
        );
        output::sentence(&words, output::width(), out)?;
        out.flush()?;
    }
    let start = Instant::now();
    let budget = Budget { all: Duration::from_secs(args.timeout.into()), spent: || start.elapsed() };
    let ask = |case: &Case<'_>, patience| {
        let request =
            as_sent(&provider, &(case.make)(), args.event.as_deref(), &args.more.with_header, &target);
        exchange(&target, &request, case.framing, patience)
    };
    let probed = try_all(&cases, &budget, ask, |genuine, answer| stopped(genuine, answer, args))?;
    if args.json {
        report::json(&probed, out)?;
    } else {
        report::print(&probed, args.timeout, args.verbose, out)?;
    }
    Ok(Verdict::of(probed.rows.len() == cases.len() && probed.rows.iter().all(|row| row.right)))
}

/// Sends the cases one after the other, as long as time is left. It ends if the genuine delivery is refused.
fn try_all<C: Fn() -> Duration>(
    cases: &[Case<'_>],
    budget: &Budget<C>,
    mut ask: impl FnMut(&Case<'_>, Duration) -> Result<Answer>,
    stop: impl Fn(&Row, &Answer) -> Option<String>,
) -> Result<Probed> {
    let mut rows = Vec::new();
    for case in cases {
        let left = budget.all.saturating_sub((budget.spent)());
        if left.is_zero() {
            rows.push(Row::new(case, None));
            continue;
        }
        match ask(case, left.min(PATIENCE)) {
            // An endpoint that cannot be reached is a failure. A connection that ends without an answer later on is a result.
            Err(failure) if case.name == "genuine" => return Err(failure),
            Ok(answer) if case.name == "genuine" => {
                let genuine = Row::new(case, Some(Ok(answer.status)));
                let stopped = stop(&genuine, &answer);
                rows.push(genuine);
                if stopped.is_some() {
                    return Ok(Probed { rows, stopped });
                }
            }
            Ok(answer) => rows.push(Row::new(case, Some(Ok(answer.status)))),
            Err(Failure::Message(message)) => rows.push(Row::new(case, Some(Err(message)))),
            Err(Failure::OutputClosed) => return Err(Failure::OutputClosed),
        }
    }
    Ok(Probed { rows, stopped: None })
}

impl Row {
    /// The row of an answer, or of an error in its place. `None` if the request was not tried.
    fn new(case: &Case<'_>, result: Option<Result<u16, String>>) -> Self {
        let tried = result.is_some();
        let (status, error) = match result {
            Some(Ok(status)) => (Some(status), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        let mut row = Self {
            name: case.name,
            description: case.description,
            expected: if case.accept { "2xx" } else { "4xx" },
            tried,
            status,
            error,
            right: false,
            gravity: None,
        };
        // A refusal is 4xx, since 5xx makes the provider try again. Closing the connection refuses a body that is too large.
        let is_refused = status
            .map_or(tried && case.name.starts_with("over-limit"), |status| (400..500).contains(&status));
        row.right = if case.accept { row.is_taken() } else { is_refused };
        if tried && !row.right {
            row.gravity = Some(gravity(case.name, case.accept || row.is_taken()));
        }
        row
    }

    fn is_taken(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

#[cfg(test)]
mod tests;
