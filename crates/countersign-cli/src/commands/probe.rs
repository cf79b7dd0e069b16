//! `countersign probe`

use std::io::Write;
use std::time::{Duration, Instant};

use countersign::testing::{SignedRequest, forgeries_with};
use countersign::{Format, Secret};
use serde::Serialize;

use super::send::as_sent;
use crate::cli::Probe;
use crate::failure::{Failure, Result, Verdict};
use crate::http1::{Answer, Framing, PATIENCE, Request, Target, exchange};
use crate::sender::{Facts, Sender};
use crate::{output, payload, secrets};

/// One request, and what is right to do with it.
struct Case {
    name: &'static str,
    description: &'static str,
    request: Request,
    framing: Framing,
    accept: bool,
}

/// What came of it.
#[derive(Serialize)]
struct Row {
    name: &'static str,
    description: &'static str,
    expected: &'static str,
    /// `false` where no time was left for it.
    tried: bool,
    /// `None` where the connection was closed without an answer, or the request was not tried.
    status: Option<u16>,
    right: bool,
}

/// The time for all requests together: an endpoint that answers the first one and then stalls must not take the time of each.
struct Budget<C> {
    all: Duration,
    /// How long it has been since the start.
    spent: C,
}

pub(crate) fn run(args: &Probe, out: &mut dyn Write) -> Result<Verdict> {
    let facts = Sender::new(&args.sender)?.facts();
    let secret = secrets::current(&args.secrets)?;
    let target = Target::new(&args.url)?;
    let cases = cases(&facts, &secret, &target, usize::try_from(args.limit).map_err(Failure::new)?)?;
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

fn cases(facts: &Facts, secret: &Secret, target: &Target, limit: usize) -> Result<Vec<Case>> {
    let body = payload::body(facts, None, None)?;
    let signed = |body: Vec<u8>| SignedRequest::with_scheme(facts.scheme, secret, body);
    let case = |name, description, signed: SignedRequest| Case {
        name,
        description,
        request: as_sent(facts, &signed, None, target),
        framing: Framing::Length,
        accept: true,
    };
    let genuine = || signed(body.clone());
    let (full, over) = (signed(padded(&body, limit)), signed(padded(&body, limit.saturating_add(1))));
    let in_capitals = capitals(facts, genuine());
    let mut cases = vec![
        case("genuine", "a delivery as the sender makes it", genuine()),
        case("repeat", "the same delivery once more", genuine()),
        case("chunked", "a delivery without a declared length", genuine()).chunked(),
        case("digits-in-capitals", "the right tag in capital hex digits", in_capitals),
        case("beyond-ascii", "a body with characters beyond ASCII and odd white space", signed(odd(&body))),
    ];
    let forgeries = forgeries_with(facts.scheme, secret, body.clone());
    cases.extend(
        forgeries
            .into_iter()
            .map(|forgery| case(forgery.name(), forgery.description(), forgery.into_request()).refused()),
    );
    cases.extend([
        case("limit", "a signed body as large as the limit", full),
        case("over-limit", "a signed body of one byte more", over.clone()).refused(),
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

fn capitals(facts: &Facts, signed: SignedRequest) -> SignedRequest {
    let header = facts.scheme.header();
    let value = signed.headers().iter().find(|(name, _)| name == header).map(|(_, value)| value.clone());
    let mut value = value.unwrap_or_default();
    let prefix = if facts.scheme.format() == Format::Hex { 0 } else { "sha256=".len() };
    value.iter_mut().skip(prefix).for_each(u8::make_ascii_uppercase);
    signed.with(header, value)
}

/// The same event, in bytes that no JSON library would write again.
fn odd(body: &[u8]) -> Vec<u8> {
    let rest = body.strip_prefix(b"{").unwrap_or(body);
    let comma: &[u8] = if rest == b"}" { b"" } else { b" ,\t" };
    [b"{ \"note\" :\"Zo\xc3\xab \\u00e9 \\/ 1.0\", \"n\":1.0".as_slice(), comma, rest].concat()
}

/// A body of so many bytes, in JSON that every library writes again as it is.
fn padded(body: &[u8], bytes: usize) -> Vec<u8> {
    let (start, end) = (b"{\"padding\":\"".as_slice(), b"\"".as_slice());
    let rest = body.strip_prefix(b"{").unwrap_or(body);
    let comma: &[u8] = if rest == b"}" { b"" } else { b"," };
    let fixed = [start, end, comma, rest].iter().map(|part| part.len()).sum();
    [start, "x".repeat(bytes.saturating_sub(fixed)).as_bytes(), end, comma, rest].concat()
}

/// Asks for each case in turn, as long as there is time.
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
                // Nobody there at all is not a finding; a connection that is cut off by an oversized or malformed request is.
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
    // A refusal is an answer, and no crash: 5xx makes the sender try again. Closing on too large a body is a refusal too.
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
            // No answer, a redirect, an error of the endpoint's own.
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
    fn an_endpoint_that_stalls_takes_the_budget_once_and_not_the_time_of_each() {
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
            // It answers the first one after 5 s, and nothing else.
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
