use std::cell::{Cell, RefCell};

use countersign::testing::SignedRequest;
use countersign::{Hook, Secret};

use super::*;

fn case(name: &'static str, accept: bool) -> Case<'static> {
    let secret = Secret::new("whsec_abc123").unwrap();
    let case = cases::case(name, "", move || SignedRequest::new::<Hook>(&secret, "{}"));
    Case { accept, ..case }
}

#[test]
fn an_endpoint_that_stalls_takes_the_budget_once_and_not_for_each_request() {
    let named = ["genuine", "unsigned", "over-limit", "zero-tag", "over-limit-chunked", "genuine-after-all"];
    let cases = named.map(|name| case(name, name.starts_with("genuine")));
    let spent = Cell::new(Duration::ZERO);
    let given = RefCell::new(Vec::new());
    let budget = Budget { all: Duration::from_secs(75), spent: || spent.get() };
    let ask = |case: &Case<'_>, patience: Duration| {
        given.borrow_mut().push(patience.as_secs());
        let genuine = case.name == "genuine";
        // The endpoint answers the first request after 5 s, and no other.
        spent.set(spent.get() + if genuine { Duration::from_secs(5) } else { patience });
        if genuine { Ok(Answer::new(204, "", "")) } else { Err(Failure::new("it took too long")) }
    };
    let probed = try_all(&cases, &budget, ask, |_, _| None).unwrap();
    let rows = &probed.rows;
    assert_eq!(*given.borrow(), [30, 30, 30, 10]);
    let seen: Vec<_> = rows.iter().map(|row| (row.tried, row.right, row.status)).collect();
    let untried = (false, false, None);
    // An endpoint may hang up on a body over the limit.
    let silent = |right| (true, right, None);
    assert_eq!(seen, [(true, true, Some(204)), silent(false), silent(true), silent(false), untried, untried]);
    let mut out = Vec::new();
    report::print(&probed, 75, false, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(
        text.contains(
            " the 75 s of --timeout are over, so these are not tried: over-limit-chunked, genuine-after-all\n"
        ),
        "{text}"
    );
    assert!(text.contains("expected 4xx, got it took too long"), "{text}");
}

/// The rows of an endpoint that answers each request by its name.
fn rows(answer: impl Fn(&str) -> u16) -> Vec<Row> {
    let secret = Secret::new("whsec_abc123").unwrap();
    let scheme = countersign::testing::ProviderInfo::find("massu").unwrap().scheme;
    let all = cases(scheme, &secret, b"{}", 2048);
    all.iter().map(|case| Row::new(case, Some(Ok(answer(case.name))))).collect()
}

/// Wrong answers to some requests, their status, and the start of the sentence.
#[rustfmt::skip]
const MISTAKES: &[(&[&str], u16, &str)] = &[
    (&["unsigned", "empty-signature"], 200, "it does not check when the header is missing"),
    (&["empty-signature"], 200, "it does not check when the header is empty"),
    (&["zero-tag", "other-secret"], 200, "it looks for a signature and does not compare it"),
    (&["one-digit", "half-tag", "one-digit-short"], 200, "it compares with a prefix"),
    (&["empty-secret"], 200, "its key is empty"),
    (&["body-bit-flipped", "body-twice"], 200, "it does not hash the body"),
    (&["body-with-newline", "body-with-space"], 200, "it re-serialises the JSON"),
    (&["beyond-ascii"], 401, "it re-serialises the JSON"),
    (&["body-with-newline"], 200, "it strips white space from the body"),
    (&["sha1"], 200, "it lets the header choose the algorithm"),
    (&["other-format"], 200, "it takes bare digits"),
    (&["digits-in-capitals"], 401, "it compares hex digits as text"),
    (&["chunked"], 411, "it does not read a body without a Content-Length"),
    (&["repeat"], 409, "it refuses a repeat"),
    (&["limit"], 413, "its body limit is below the one of this probe"),
    (&["over-limit"], 200, "it has no body limit"),
    (&["high-bytes"], 500, "it fails at a malformed signature"),
    (&["genuine-after-all"], 429, "something limits its requests"),
];

#[test]
fn the_commonest_mistakes_are_named() {
    let right = |name: &str| {
        let accept = [
            "genuine",
            "repeat",
            "chunked",
            "digits-in-capitals",
            "beyond-ascii",
            "limit",
            "genuine-after-all",
        ];
        if accept.contains(&name) { 204 } else { 401 }
    };
    let wrong = |wrong: &'static [&'static str], status: u16| {
        move |name: &str| if wrong.contains(&name) { status } else { right(name) }
    };
    assert!(patterns::patterns(&rows(right)).is_empty());
    for (names, status, says) in MISTAKES {
        let said = patterns::patterns(&rows(wrong(names, *status)));
        assert!(said.len() == 1 && said[0].starts_with(says), "{names:?}: {said:?}");
    }
    assert_eq!(
        patterns::patterns(&rows(|_| 200))[0].split(':').next(),
        Some("it checks no signature at all")
    );
}

#[test]
fn findings_are_ordered_by_gravity() {
    let probed = Probed {
        rows: rows(|name| match name {
            "one-digit" | "prefix-in-capitals" | "genuine" => 200,
            "over-limit" => 302,
            "chunked" => 400,
            _ => 401,
        }),
        stopped: None,
    };
    let mut out = Vec::new();
    report::print(&probed, 60, false, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let places = [
        "critical: ",
        "one-digit ",
        "serious: ",
        "chunked ",
        "minor: ",
        "prefix-in-capitals ",
        "over-limit ",
    ]
    .map(|part| text.find(part).unwrap());
    assert!(places.is_sorted(), "{text}");
    assert!(
        text.contains("chunked              expected 2xx, got 400: a delivery without a declared length"),
        "{text}"
    );
}
