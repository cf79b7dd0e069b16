//! `countersign probe`

use std::io::Write;
use std::time::{Duration, Instant};

use countersign::Secret;
use countersign::testing::{ProviderInfo, SignedRequest, forgeries_with};
use serde::Serialize;

use super::send::as_sent;
use crate::cli::Probe;
use crate::failure::{Failure, Result, Verdict};
use crate::http1::{Answer, Framing, PATIENCE, Request, Target, exchange};
use crate::provider::Provider;
use crate::{output, payload, secrets};

/// One request, and the right answer to it.
struct Case {
    name: &'static str,
    description: &'static str,
    request: Request,
    framing: Framing,
    accept: bool,
}

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
    right: bool,
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
    let secret = secrets::current(&args.secrets)?;
    let target = Target::new(&args.url)?;
    let cases = cases(&provider, &secret, &target, usize::try_from(args.limit).map_err(Failure::new)?)?;
    if !args.json {
        writeln!(out, "sends {} requests to {}, one after the other", cases.len(), args.url)?;
        out.flush()?;
    }
    let start = Instant::now();
    let budget = Budget { all: Duration::from_secs(args.timeout.into()), spent: || start.elapsed() };
    let rows =
        try_all(&cases, &budget, |case, patience| exchange(&target, &case.request, case.framing, patience))?;
    let count = |matches: fn(&Row) -> bool| rows.iter().filter(|row| matches(row)).count();
    let (right, tried) = (count(|row| row.right), count(|row| row.tried));
    if args.json {
        let report = serde_json::json!({ "sent": tried, "right": right, "rows": rows });
        output::json(out, &report)?;
    } else {
        table(&rows, args.verbose, out)?;
        let untried = rows.len().saturating_sub(tried);
        let out_of_time = if untried > 0 {
            format!("; {untried} not tried, since the {} s of --timeout were over", args.timeout)
        } else {
            String::new()
        };
        let all = right == rows.len();
        writeln!(out, "{}{out_of_time}", output::word(all, &format!("{right} of {} right", rows.len())))?;
    }
    Ok(Verdict::of(right == rows.len()))
}

fn cases(provider: &ProviderInfo, secret: &Secret, target: &Target, limit: usize) -> Result<Vec<Case>> {
    let body = payload::body(provider, None, None)?;
    let signed = |body: Vec<u8>| SignedRequest::with_scheme(provider.scheme, secret, body);
    let case = |name, description, signed: SignedRequest| Case {
        name,
        description,
        request: as_sent(provider, &signed, None, target),
        framing: Framing::Length,
        accept: true,
    };
    let genuine = || signed(body.clone());
    let (full, over) = (signed(padded(&body, limit)), signed(padded(&body, limit.saturating_add(1))));
    let in_capitals = capitals(provider, genuine());
    let mut cases = vec![
        case("genuine", "a delivery as the provider makes it", genuine()),
        case("repeat", "the same delivery once more", genuine()),
        case("chunked", "a delivery without a declared length", genuine()).chunked(),
        case("digits-in-capitals", "the right tag in capital hex digits", in_capitals),
        case("beyond-ascii", "a body with characters beyond ASCII and odd white space", signed(odd(&body))),
    ];
    let forgeries = forgeries_with(provider.scheme, secret, body.clone());
    cases.extend(
        forgeries
            .into_iter()
            .map(|forgery| case(forgery.name(), forgery.description(), forgery.into_request()).refused()),
    );
    cases.extend([
        case("limit", "a signed body as large as the limit", full),
        case("over-limit", "a signed body that is one byte larger", over.clone()).refused(),
        case("over-limit-chunked", "the same without a declared length", over).chunked().refused(),
        case("genuine-after-all", "a delivery at the end", genuine()),
    ]);
    Ok(cases)
}

impl Case {
    fn chunked(self) -> Self {
        Self { framing: Framing::Chunked, ..self }
    }

    fn refused(self) -> Self {
        Self { accept: false, ..self }
    }
}

fn capitals(provider: &ProviderInfo, signed: SignedRequest) -> SignedRequest {
    let header = provider.scheme.header();
    let value = signed.headers().iter().find(|(name, _)| name == header).map(|(_, value)| value.clone());
    let mut value = value.unwrap_or_default();
    value.iter_mut().skip(provider.scheme.tag_prefix().len()).for_each(u8::make_ascii_uppercase);
    signed.with(header, value)
}

/// The same event in unusual JSON. No JSON library would write the same bytes again.
fn odd(body: &[u8]) -> Vec<u8> {
    let rest = body.strip_prefix(b"{").unwrap_or(body);
    let comma: &[u8] = if rest == b"}" { b"" } else { b" ,\t" };
    [b"{ \"note\" :\"Zo\xc3\xab \\u00e9 \\/ 1.0\", \"n\":1.0".as_slice(), comma, rest].concat()
}

/// Makes a body of this size. Every JSON library would write the same bytes again.
fn padded(body: &[u8], bytes: usize) -> Vec<u8> {
    let (start, end) = (b"{\"padding\":\"".as_slice(), b"\"".as_slice());
    let rest = body.strip_prefix(b"{").unwrap_or(body);
    let comma: &[u8] = if rest == b"}" { b"" } else { b"," };
    let fixed = [start, end, comma, rest].iter().map(|part| part.len()).sum();
    [start, "x".repeat(bytes.saturating_sub(fixed)).as_bytes(), end, comma, rest].concat()
}

/// Sends the cases one after the other, as long as time is left.
fn try_all<C: Fn() -> Duration>(
    cases: &[Case],
    budget: &Budget<C>,
    mut ask: impl FnMut(&Case, Duration) -> Result<Answer>,
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for case in cases {
        let left = budget.all.saturating_sub((budget.spent)());
        let status = match left {
            Duration::ZERO => None,
            left => match ask(case, left.min(PATIENCE)) {
                Ok(answer) => Some(answer.status),
                // An endpoint that cannot be reached is a failure. A connection that ends without an answer later on is a result.
                Err(failure) if case.name == "genuine" => return Err(failure),
                Err(_) => None,
            },
        };
        rows.push(row(case, !left.is_zero(), status));
    }
    Ok(rows)
}

fn row(case: &Case, tried: bool, status: Option<u16>) -> Row {
    let accepted = status.is_some_and(|status| (200..300).contains(&status));
    // A refusal is 4xx, since 5xx makes the provider try again. Closing the connection refuses a body that is too large.
    let refused =
        status.map_or(tried && case.name.starts_with("over-limit"), |status| (400..500).contains(&status));
    Row {
        name: case.name,
        description: case.description,
        expected: if case.accept { "2xx" } else { "4xx" },
        tried,
        status,
        right: if case.accept { accepted } else { refused },
    }
}

fn table(rows: &[Row], verbose: bool, out: &mut dyn Write) -> Result<()> {
    for row in rows.iter().filter(|row| verbose || !row.right) {
        let verdict = match (row.right, row.status) {
            (true, _) => output::word(true, "right          "),
            _ if !row.tried => output::word(false, "not tried      "),
            (false, Some(200..=299)) => output::word(false, "wrongly taken  "),
            (false, Some(400..=499)) => output::word(false, "wrongly refused"),
            // There was no answer, or a redirect, or an error of the endpoint.
            (false, _) => output::word(false, "failed         "),
        };
        let status = row.status.map_or_else(|| "---".to_owned(), |status| status.to_string());
        writeln!(out, "{verdict}  {status}  {:20} {}", row.name, row.description)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    fn case(name: &'static str, accept: bool) -> Case {
        let request = Request {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        Case { name, description: "", request, framing: Framing::Length, accept }
    }

    #[test]
    fn an_endpoint_that_stalls_takes_the_budget_once_and_not_for_each_request() {
        let cases = [
            case("genuine", true),
            case("unsigned", false),
            case("over-limit", false),
            case("zero-tag", false),
            case("over-limit-chunked", false),
            case("genuine-after-all", true),
        ];
        let spent = Cell::new(Duration::ZERO);
        let given = RefCell::new(Vec::new());
        let budget = Budget { all: Duration::from_secs(75), spent: || spent.get() };
        let rows = try_all(&cases, &budget, |case, patience| {
            given.borrow_mut().push(patience.as_secs());
            let genuine = case.name == "genuine";
            // The endpoint answers the first request after 5 s, and no other.
            spent.set(spent.get() + if genuine { Duration::from_secs(5) } else { patience });
            if genuine { Ok(Answer::new(204, "", "")) } else { Err(Failure::new("it took too long")) }
        })
        .unwrap();
        assert_eq!(*given.borrow(), [30, 30, 30, 10]);
        let seen: Vec<_> = rows.iter().map(|row| (row.tried, row.right, row.status)).collect();
        let untried = (false, false, None);
        // An endpoint may hang up on a body over the limit.
        assert_eq!(
            seen,
            [
                (true, true, Some(204)),
                (true, false, None),
                (true, true, None),
                (true, false, None),
                untried,
                untried
            ]
        );
        let mut out = Vec::new();
        table(&rows, false, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.matches("not tried").count(), 2, "{text}");
    }
}
