//! `countersign probe`

use std::io::Write;
use std::time::{Duration, Instant};

use countersign::scheme::Encoding;
use countersign::testing::{SignedRequest, forgeries_with};
use countersign::{Scheme, Secret};
use serde::Serialize;

use super::send::as_sent;
use crate::cli::Probe;
use crate::failure::{Failure, Result, Verdict};
use crate::http1::{Answer, Framing, PATIENCE, Target, exchange};
use crate::provider::Provider;
use crate::{output, payload, secrets};

/// One request, and the right answer to it.
struct Case<'a> {
    name: &'static str,
    description: &'static str,
    /// Makes the request at the moment at which it is sent, because its signed time must be the present then.
    make: Box<dyn Fn() -> SignedRequest + 'a>,
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
    let secret = secrets::current(&args.secrets, &provider.scheme)?;
    let target = Target::new(&args.url)?;
    let limit =
        args.limit.map(usize::try_from).transpose().map_err(Failure::new)?.unwrap_or(provider.body_limit);
    let body = payload::body(&provider, args.event.as_deref(), args.data.as_deref())?;
    let cases = cases(provider.scheme, &secret, &body, limit);
    if !args.json {
        writeln!(out, "sends {} requests to {}, one after the other", cases.len(), args.url)?;
        out.flush()?;
    }
    let start = Instant::now();
    let budget = Budget { all: Duration::from_secs(args.timeout.into()), spent: || start.elapsed() };
    let rows = try_all(&cases, &budget, |case, patience| {
        let request = as_sent(&provider, &(case.make)(), args.event.as_deref(), &target);
        exchange(&target, &request, case.framing, patience)
    })?;
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
        if let Some(hint) = hint(&rows, args) {
            writeln!(out, "{hint}")?;
        }
    }
    Ok(Verdict::of(right == rows.len()))
}

fn cases<'a>(scheme: Scheme, secret: &'a Secret, body: &'a [u8], limit: usize) -> Vec<Case<'a>> {
    let signed = move |body: &[u8]| SignedRequest::with_scheme(scheme, secret, body.to_vec());
    let genuine = move || signed(body);
    let full = move || signed(&padded(body, limit));
    let over = move || signed(&padded(body, limit.saturating_add(1)));
    let mut cases = vec![
        case("genuine", "a delivery as the provider makes it", genuine),
        case("repeat", "the same delivery once more", genuine),
        case("chunked", "a delivery without a declared length", genuine).chunked(),
    ];
    if scheme.encoding() == Encoding::Hex {
        let in_capitals = move || capitals(&scheme, genuine());
        cases.push(case("digits-in-capitals", "the right tag in capital hex digits", in_capitals));
    }
    let odd = move || signed(&odd(body));
    cases.push(case("beyond-ascii", "a body with characters beyond ASCII and odd white space", odd));
    cases.extend(forged(scheme, secret, body));
    cases.extend([
        case("limit", "a signed body as large as the limit", full),
        case("over-limit", "a signed body that is one byte larger", over).refused(),
        case("over-limit-chunked", "the same without a declared length", over).chunked().refused(),
        case("genuine-after-all", "a delivery at the end", genuine),
    ]);
    cases
}

/// The forgeries of the test kit.
fn forged<'a>(scheme: Scheme, secret: &'a Secret, body: &'a [u8]) -> impl Iterator<Item = Case<'a>> {
    let forgeries = move || forgeries_with(scheme, secret, body.to_vec());
    forgeries().into_iter().enumerate().map(move |(place, first)| {
        let (name, description) = (first.name(), first.description());
        let now = move || forgeries().swap_remove(place).into_request();
        case(name, description, now).refused()
    })
}

fn case<'a>(
    name: &'static str,
    description: &'static str,
    make: impl Fn() -> SignedRequest + 'a,
) -> Case<'a> {
    Case { name, description, make: Box::new(make), framing: Framing::Length, accept: true }
}

impl Case<'_> {
    fn chunked(self) -> Self {
        Self { framing: Framing::Chunked, ..self }
    }

    fn refused(self) -> Self {
        Self { accept: false, ..self }
    }
}

/// Writes the digits of the tag in capitals. The tag is the last thing in the value.
fn capitals(scheme: &Scheme, signed: SignedRequest) -> SignedRequest {
    let header = scheme.header();
    let value = signed.headers().iter().find(|(name, _)| name == header).map(|(_, value)| value.clone());
    let mut value = value.unwrap_or_default();
    let digits = scheme.mac_algorithm().tag_bytes().saturating_mul(2);
    value.iter_mut().rev().take(digits).for_each(u8::make_ascii_uppercase);
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
    cases: &[Case<'_>],
    budget: &Budget<C>,
    mut ask: impl FnMut(&Case<'_>, Duration) -> Result<Answer>,
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

fn row(case: &Case<'_>, tried: bool, status: Option<u16>) -> Row {
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

/// The advice for an endpoint that refuses the first delivery, and not for its signature: it probably takes other events.
fn hint(rows: &[Row], args: &Probe) -> Option<&'static str> {
    let refused = rows.first()?.status.is_some_and(|status| (400..500).contains(&status) && status != 401);
    match (&args.event, &args.data) {
        _ if !refused => None,
        (None, None) => {
            Some("name an event that the endpoint takes: --event EVENT, and its payload with --data")
        }
        (Some(_), None) => Some("give the payload that the endpoint takes: --data JSON, or --data @FILE"),
        _ => None,
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

    use countersign::{Hook, Part, Timestamp};

    use super::*;

    fn case(name: &'static str, accept: bool) -> Case<'static> {
        let secret = Secret::new("whsec_abc123").unwrap();
        let case = super::case(name, "", move || SignedRequest::new::<Hook>(&secret, "{}"));
        Case { accept, ..case }
    }

    #[test]
    fn the_digits_of_a_list_are_written_in_capitals() {
        let scheme = Scheme::hex("x-a").list(b',', "v1=").timestamp(Timestamp::entry("t=")).signed(&[
            Part::Timestamp,
            Part::Text("."),
            Part::Body,
        ]);
        let request = SignedRequest::with_scheme(scheme, &Secret::new("whsec_abc123").unwrap(), "{}");
        let capital = capitals(&scheme, request.clone());
        let value = |request: &SignedRequest| {
            let (_, value) = request.headers().iter().find(|(name, _)| name == "x-a").unwrap();
            String::from_utf8(value.clone()).unwrap()
        };
        let (front, digits) = value(&request)
            .rsplit_once('=')
            .map(|(front, digits)| (front.to_owned(), digits.to_owned()))
            .unwrap();
        assert_eq!(value(&capital), format!("{front}={}", digits.to_uppercase()));
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
