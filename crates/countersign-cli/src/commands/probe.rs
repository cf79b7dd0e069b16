//! `countersign probe`

use std::io::Write;

use countersign::testing::{SignedRequest, forgeries_with};
use countersign::{Format, Secret};
use serde::Serialize;

use super::send::as_sent;
use crate::cli::Probe;
use crate::failure::{Failure, Result, Verdict};
use crate::http1::{Framing, Request, Target, exchange};
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
    /// `None` where the connection was closed without an answer.
    status: Option<u16>,
    right: bool,
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
    let rows = cases.iter().map(|case| try_out(&target, case)).collect::<Result<Vec<Row>>>()?;
    let right = rows.iter().filter(|row| row.right).count();
    if args.json {
        let report = serde_json::json!({ "sent": rows.len(), "right": right, "rows": rows });
        output::json(out, &report)?;
    } else {
        table(&rows, args.verbose, out)?;
        let all = right == rows.len();
        writeln!(out, "{}", output::word(all, &format!("{right} of {} right", rows.len())))?;
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

fn try_out(target: &Target, case: &Case) -> Result<Row> {
    let status = match exchange(target, &case.request, case.framing) {
        Ok(answer) => Some(answer.status),
        // Nobody there at all is not a finding; a connection that is cut off by an oversized or malformed request is.
        Err(failure) if case.accept && case.name == "genuine" => return Err(failure),
        Err(_) => None,
    };
    let accepted = status.is_some_and(|status| (200..300).contains(&status));
    // A refusal is an answer, and no crash: 5xx makes the sender try again. Closing on too large a body is a refusal too.
    let refused = status.map_or(case.name.starts_with("over-limit"), |status| (400..500).contains(&status));
    Ok(Row {
        name: case.name,
        description: case.description,
        expected: if case.accept { "2xx" } else { "4xx" },
        status,
        right: if case.accept { accepted } else { refused },
    })
}

fn table(rows: &[Row], verbose: bool, out: &mut dyn Write) -> Result<()> {
    for row in rows.iter().filter(|row| verbose || !row.right) {
        let verdict = match (row.right, row.status) {
            (true, _) => output::word(true, "right          "),
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
