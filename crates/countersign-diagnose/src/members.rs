//! Members of objects that programs leave out, add or rename.

use crate::edits::{Edit, LONG, MANY, applied};
use crate::json::{Json, Token};

/// Most members that are left out together at an end of the body.
const MANY_TOGETHER: usize = 6;

/// Empty values of one kind or another.
#[derive(Clone, Copy)]
struct Empty {
    null: bool,
    string: bool,
    nested: bool,
}

const NULL: Empty = Empty { null: true, string: false, nested: false };
const STRING: Empty = Empty { null: false, string: true, nested: false };
const NESTED: Empty = Empty { null: false, string: false, nested: true };

/// The text without the members that are null.
pub(crate) fn without_nulls(json: &Json<'_>) -> Option<String> {
    without(json, NULL)
}

/// The text without the members that are empty strings, or empty objects and arrays, or several of these and null.
pub(crate) fn without_empty(json: &Json<'_>) -> impl Iterator<Item = String> {
    let kinds = [
        STRING,
        NESTED,
        Empty { null: true, ..STRING },
        Empty { null: true, ..NESTED },
        Empty { string: true, ..NESTED },
        Empty { null: true, string: true, nested: true },
    ];
    kinds.into_iter().filter_map(|empty| without(json, empty))
}

fn without(json: &Json<'_>, empty: Empty) -> Option<String> {
    let tokens: Vec<(Token<'_>, usize)> = json.spans().collect();
    let mut kept: Vec<(Token<'_>, usize)> = Vec::with_capacity(tokens.len());
    for (token, place) in tokens.iter().copied() {
        let is_comma = matches!((token, kept.last()), (Token::Comma, Some((Token::Open(_), _))));
        if matches!((token, kept.last()), (Token::Close(_), Some((Token::Comma, _)))) {
            kept.pop();
        }
        if is_comma {
            continue;
        }
        kept.push((token, place));
        if let Some(length) = empty.member(&kept) {
            kept.truncate(kept.len().saturating_sub(length));
            // The comma in front goes too, unless the member is the first one. Then the comma behind it goes.
            kept.pop_if(|(before, _)| *before == Token::Comma);
        }
    }
    let part = |(token, place): &(Token<'_>, usize)| json.text().get(*place..place.checked_add(token.len())?);
    (kept.len() < tokens.len()).then(|| kept.iter().filter_map(part).collect())
}

impl Empty {
    /// The number of tokens of an empty member at the end of a text.
    fn member(self, tokens: &[(Token<'_>, usize)]) -> Option<usize> {
        match tokens {
            [.., (Token::Text(_), _), (Token::Colon, _), (Token::Word("null"), _)] if self.null => Some(3),
            [.., (Token::Text(_), _), (Token::Colon, _), (Token::Text(""), _)] if self.string => Some(3),
            [.., (Token::Text(_), _), (Token::Colon, _), (Token::Open(_), _), (Token::Close(_), _)]
                if self.nested =>
            {
                Some(4)
            }
            _ => None,
        }
    }
}

/// The text without one of its outermost members, or without several at an end.
pub(crate) fn without_some(json: &Json<'_>) -> Vec<String> {
    let members = outermost(json);
    let count = members.len();
    let few = if json.text().len() > LONG { 2 } else { MANY };
    let one = (0..count).rev().take(few).map(|place| place..place.saturating_add(1));
    let several = 2..=MANY_TOGETHER.min(few).min(count.saturating_sub(1));
    let ends = several.flat_map(|number| [count.saturating_sub(number)..count, 0..number]);
    // The comma that goes is the one behind, and the one in front of the last members.
    let cut = |out: std::ops::Range<usize>| {
        let before = out.start.checked_sub(1).and_then(|before| members.get(before));
        let (start, end) = match (members.get(out.end), before) {
            (Some(behind), _) => (members.get(out.start)?.start, behind.start),
            (None, Some(before)) => (before.end, members.last()?.end),
            (None, None) => return None,
        };
        applied(json.text(), &[Edit { start, end, text: String::new() }])
    };
    one.chain(ends).filter_map(cut).collect()
}

/// The places of the members of an object, from the key to the end of the value.
fn outermost(json: &Json<'_>) -> Vec<std::ops::Range<usize>> {
    let mut members = Vec::new();
    let (mut depth, mut start, mut end) = (0_usize, None, 0);
    for (token, place) in json.spans().take_while(|_| json.is_nested()[0]) {
        match token {
            Token::Open(_) => depth = depth.saturating_add(1),
            Token::Close(_) => depth = depth.saturating_sub(1),
            Token::Text(_) if depth == 1 && start.is_none() => start = Some(place),
            _ => {}
        }
        if depth == 0 || (depth == 1 && token == Token::Comma) {
            members.extend(start.take().map(|start| start..end));
        }
        end = place.saturating_add(token.len());
    }
    members
}

/// The text with its keys in another case: `user_id`, `userId`, `UserId`.
pub(crate) fn recased(json: &Json<'_>) -> Vec<String> {
    let cases: [fn(&str) -> String; 3] = [snake, |key| camel(key, false), |key| camel(key, true)];
    let next = json.spans().skip(1);
    let keys: Vec<(&str, usize)> = json
        .spans()
        .zip(next)
        .filter_map(|((token, place), (next, _))| match token {
            Token::Text(key) if next == Token::Colon && key.is_ascii() && !key.contains('\\') => {
                Some((key, place))
            }
            _ => None,
        })
        .collect();
    let edit = |case: fn(&str) -> String| {
        move |(key, place): &(&str, usize)| {
            let start = place.checked_add(1)?;
            Some(Edit { start, end: start.checked_add(key.len())?, text: case(key) })
        }
    };
    let write = |case| applied(json.text(), &keys.iter().filter_map(edit(case)).collect::<Vec<_>>());
    cases.into_iter().filter_map(write).collect()
}

fn snake(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    for letter in key.chars() {
        if letter.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

fn camel(key: &str, is_first_large: bool) -> String {
    let mut is_large = is_first_large;
    let mut out = String::with_capacity(key.len());
    for letter in key.chars() {
        if letter == '_' && !out.is_empty() {
            is_large = true;
            continue;
        }
        let is_small = out.is_empty() && !is_first_large;
        out.push(match letter {
            _ if is_large => letter.to_ascii_uppercase(),
            _ if is_small => letter.to_ascii_lowercase(),
            other => other,
        });
        is_large = false;
    }
    out
}
