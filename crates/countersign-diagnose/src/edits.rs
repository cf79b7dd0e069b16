//! Values that programs change when they parse JSON and write it again.
//!
//! A change replaces parts of the text and leaves all else as it came. Some values may have been changed and others not, so several
//! choices are tried: all values, each one, and each set of a few.

use crate::json::{Dialect, Json, Numbers, Token};

/// Most values of which each set is tried.
const FEW: usize = 6;

/// Longest text, in bytes, of which some values are changed and others not.
pub(crate) const LONG: usize = 64 * 1024;

/// Most values that are changed.
const MOST: usize = 50_000;

/// Most values that are tried one at a time.
pub(crate) const MANY: usize = 24;

/// Most texts that restore rounded integers.
const MAX_RESTORED: usize = 4096;

/// Number of bytes that these texts have together.
const MAX_RESTORED_BYTES: usize = 4 * 1024 * 1024;

/// Bytes of the text from the first place to the second, and what stands there instead.
#[derive(Clone)]
pub(crate) struct Edit {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) text: String,
}

/// Each empty array as an empty object.
pub(crate) fn with_empty_objects(json: &Json<'_>) -> Vec<String> {
    chosen(json, &empty(json, '[', "{}"))
}

/// Each empty object as an empty array.
pub(crate) fn with_empty_arrays(json: &Json<'_>) -> Vec<String> {
    chosen(json, &empty(json, '{', "[]"))
}

/// Each null as an empty string.
pub(crate) fn with_empty_strings(json: &Json<'_>) -> Vec<String> {
    chosen(json, &values(json, |token| (token == Token::Word("null")).then(|| "\"\"".to_owned())))
}

/// Each empty string as null.
pub(crate) fn with_nulls(json: &Json<'_>) -> Vec<String> {
    chosen(json, &values(json, |token| (token == Token::Text("")).then(|| "null".to_owned())))
}

/// Each integer with the fraction `.0`, and each number with two decimals.
pub(crate) fn with_fractions(json: &Json<'_>) -> Vec<String> {
    let zero = values(json, |token| integer(token).map(|digits| format!("{digits}.0")));
    let cents = values(json, two_decimals);
    [chosen(json, &zero), chosen(json, &cents)].concat()
}

/// Each number as a string.
pub(crate) fn with_quoted_numbers(json: &Json<'_>) -> Vec<String> {
    chosen(
        json,
        &values(json, |token| match token {
            Token::Number(digits) => Some(format!("\"{digits}\"")),
            _ => None,
        }),
    )
}

/// Each string with a number in it as that number.
pub(crate) fn with_bare_numbers(json: &Json<'_>) -> Vec<String> {
    chosen(
        json,
        &values(json, |token| match token {
            Token::Text(text) => {
                Json::parse(text.as_bytes()).filter(Json::is_number).map(|_| text.to_owned())
            }
            _ => None,
        }),
    )
}

/// Each time of ISO 8601 without the zeros at the end of its fraction.
pub(crate) fn with_short_times(json: &Json<'_>) -> Vec<String> {
    let short = |text: &str| {
        let (seconds, fraction, zone) = time(text)?;
        let fraction = fraction.trim_end_matches('0');
        Some(format!("\"{seconds}{}{fraction}{zone}\"", if fraction.is_empty() { "" } else { "." }))
    };
    chosen(json, &times(json, short))
}

/// Each time of ISO 8601 with the zeros of a fraction of three, six or seven digits.
pub(crate) fn with_long_times(json: &Json<'_>) -> Vec<String> {
    let long = |width: usize| {
        times(json, move |text| {
            let (seconds, fraction, zone) = time(text)?;
            Some(format!("\"{seconds}.{fraction:0<width$}{zone}\""))
        })
    };
    [3, 6, 7].into_iter().flat_map(|width| chosen(json, &long(width))).collect()
}

/// Each time with its zone in another spelling.
pub(crate) fn with_other_zones(json: &Json<'_>) -> Vec<String> {
    let zone = |from: &'static str, to: &'static str| {
        times(json, move |text| {
            let (_, _, zone) = time(text)?;
            (zone == from).then(|| format!("\"{}{to}\"", text.strip_suffix(from).unwrap_or(text)))
        })
    };
    let zones = [("Z", "+00:00"), ("+00:00", "Z"), ("Z", "+0000"), ("+0000", "Z")];
    zones.into_iter().flat_map(|(from, to)| chosen(json, &zone(from, to))).collect()
}

/// Each boolean that came as a string or as a number.
pub(crate) fn with_booleans(json: &Json<'_>) -> Vec<String> {
    let word = |token: Token<'_>| match token {
        Token::Text(text @ ("true" | "false")) => Some(text.to_owned()),
        _ => None,
    };
    let bit = |token: Token<'_>| match token {
        Token::Number("1") | Token::Text("1") => Some("true".to_owned()),
        Token::Number("0") | Token::Text("0" | "") => Some("false".to_owned()),
        _ => None,
    };
    [chosen(json, &values(json, word)), chosen(json, &values(json, bit))].concat()
}

/// Each boolean as a string, and as a number.
pub(crate) fn without_booleans(json: &Json<'_>) -> Vec<String> {
    let write = |[yes, no]: [&'static str; 2]| {
        values(json, move |token| match token {
            Token::Word("true") => Some(yes.to_owned()),
            Token::Word("false") => Some(no.to_owned()),
            _ => None,
        })
    };
    let all = [["\"true\"", "\"false\""], ["1", "0"], ["\"1\"", "\"0\""]];
    all.into_iter().flat_map(|words| chosen(json, &write(words))).collect()
}

/// Each string with white space at an end, one at a time.
pub(crate) fn with_white_space(json: &Json<'_>) -> Vec<String> {
    let ways: [fn(&str) -> String; 5] = [
        |text| format!("\"{text} \""),
        |text| format!("\" {text}\""),
        |text| format!("\" {text} \""),
        |text| format!("\"{text}\\n\""),
        |text| format!("\"{text}\\r\\n\""),
    ];
    let change = |way: fn(&str) -> String| {
        values(json, move |token| match token {
            Token::Text(text) => Some(way(text)),
            _ => None,
        })
    };
    let is_short = json.text().len() <= LONG;
    let edits = ways.into_iter().filter(|_| is_short).flat_map(|way| change(way).into_iter().take(MANY));
    let all: Vec<Edit> = edits.collect();
    all.iter().filter_map(|edit| applied(json.text(), std::slice::from_ref(edit))).collect()
}

/// The integers that JavaScript rounds to those that came: one of them, or two.
pub(crate) fn with_exact_integers<'j>(json: &'j Json<'_>) -> impl Iterator<Item = String> + 'j {
    let rounded: Vec<Vec<Edit>> = json.spans().filter_map(|(token, start)| exact(token, start)).collect();
    let sets: Vec<Vec<Edit>> = match rounded.as_slice() {
        [only] => only.iter().map(|edit| vec![edit.clone()]).collect(),
        [first, second] if first.len().saturating_mul(second.len()) <= MAX_RESTORED => {
            let pairs =
                first.iter().flat_map(|one| second.iter().map(move |two| vec![one.clone(), two.clone()]));
            pairs.collect()
        }
        _ => Vec::new(),
    };
    let is_cheap = json.text().len().saturating_mul(sets.len()) <= MAX_RESTORED_BYTES;
    sets.into_iter().filter(move |_| is_cheap).filter_map(|edits| applied(json.text(), &edits))
}

/// Whether an integer came that JavaScript has probably rounded.
pub(crate) fn has_rounded_integers(json: &Json<'_>) -> bool {
    json.spans().any(|(token, start)| exact(token, start).is_some())
}

/// The integers of 64 bits that are rounded to the same double as this one, the nearest first, if it is spelled as JavaScript spells it.
fn exact(token: Token<'_>, start: usize) -> Option<Vec<Edit>> {
    let digits = integer(token)?;
    let came: i128 = digits.parse().ok().filter(|came: &i128| came.unsigned_abs() > 1 << 53)?;
    let text = Json::parse(digits.as_bytes())?.write(Dialect::KEPT.numbers(Numbers::JavaScript))?;
    let double: f64 = digits.parse().ok()?;
    // The text of a double is the shortest that names it, and so it may differ from the double itself.
    let center = whole(double).filter(|_| text == digits)?;
    let next = f64::from_bits(double.abs().to_bits().checked_add(1)?);
    let gap = whole(next)?.checked_sub(whole(double.abs())?)?;
    let reach = gap.checked_div(2)?;
    let same = |integer: &i128| {
        integer.to_string().parse() == Ok(double) && *integer != came && i64::try_from(*integer).is_ok()
    };
    let near = (0..=reach).flat_map(|step| [center.saturating_sub(step), center.saturating_add(step)]);
    let end = start.checked_add(digits.len())?;
    Some(near.filter(same).map(|integer| Edit { start, end, text: integer.to_string() }).collect())
}

/// The integer that a large double is.
fn whole(double: f64) -> Option<i128> {
    format!("{double:.0}").parse().ok()
}

fn integer(token: Token<'_>) -> Option<&str> {
    match token {
        Token::Number(digits) if !digits.contains(['.', 'e', 'E']) => Some(digits),
        _ => None,
    }
}

fn two_decimals(token: Token<'_>) -> Option<String> {
    let Token::Number(digits) = token else { return None };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    (!digits.contains(['e', 'E'])).then(|| format!("{whole}.{fraction:0<2}"))
}

/// The parts of a time: up to its seconds, the digits of its fraction, the zone.
fn time(text: &str) -> Option<(&str, &str, &str)> {
    const SHAPE: &str = "dddd-dd-ddTdd:dd:dd";
    let (seconds, rest) = text.split_at_checked(SHAPE.len())?;
    let fits = |(byte, shape): (u8, u8)| if shape == b'd' { byte.is_ascii_digit() } else { byte == shape };
    let is_time = seconds.bytes().zip(SHAPE.bytes()).all(fits);
    let digits = rest.strip_prefix('.').unwrap_or("");
    let end = digits.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(digits.len());
    let (fraction, zone) = digits.split_at_checked(end)?;
    let zone = if digits.is_empty() { rest } else { zone };
    (is_time && (zone == "Z" || zone.starts_with(['+', '-']))).then_some((seconds, fraction, zone))
}

fn times(json: &Json<'_>, change: impl Fn(&str) -> Option<String>) -> Vec<Edit> {
    values(json, |token| match token {
        Token::Text(text) => change(text),
        _ => None,
    })
}

fn empty(json: &Json<'_>, open: char, text: &str) -> Vec<Edit> {
    let pairs = json.spans().zip(json.spans().skip(1));
    let is_empty = |pair: &((Token<'_>, usize), (Token<'_>, usize))| {
        pair.0.0 == Token::Open(open) && matches!(pair.1.0, Token::Close(_))
    };
    let edit = |((_, start), (_, close)): ((Token<'_>, usize), (Token<'_>, usize))| Edit {
        start,
        end: close.saturating_add(1),
        text: text.to_owned(),
    };
    pairs.filter(is_empty).map(edit).collect()
}

/// The values that `change` changes. A key is no value.
pub(crate) fn values(json: &Json<'_>, change: impl Fn(Token<'_>) -> Option<String>) -> Vec<Edit> {
    let next = json.spans().skip(1).map(|(token, _)| Some(token)).chain([None]);
    let values = json.spans().zip(next).filter(|(_, next)| *next != Some(Token::Colon));
    let edit = |((token, start), _): ((Token<'_>, usize), _)| {
        Some(Edit { start, end: start.checked_add(token.len())?, text: change(token)? })
    };
    let is_change = |edit: &Edit| json.text().get(edit.start..edit.end) != Some(&edit.text);
    let edits: Vec<Edit> = values.filter_map(edit).filter(is_change).take(MOST + 1).collect();
    if edits.len() > MOST { Vec::new() } else { edits }
}

/// The text with all edits, with each one, and with each set of a few.
pub(crate) fn chosen(json: &Json<'_>, edits: &[Edit]) -> Vec<String> {
    let all = (!edits.is_empty()).then(|| applied(json.text(), edits)).flatten();
    let is_long = json.text().len() > LONG;
    let one = edits.iter().take(if edits.len() > 1 && !is_long { MANY } else { 0 });
    let one = one.filter_map(|edit| applied(json.text(), std::slice::from_ref(edit)));
    let sets = if (3..=FEW).contains(&edits.len()) { 1_u32 << edits.len() } else { 0 };
    let sets = (0..sets).filter(|set| set.count_ones() > 1).filter_map(|set| {
        let is_in = |place: &usize| set >> *place & 1 == 1;
        let some: Vec<Edit> = edits
            .iter()
            .enumerate()
            .filter(|(place, _)| is_in(place))
            .map(|(_, edit)| edit.clone())
            .collect();
        applied(json.text(), &some)
    });
    all.into_iter().chain(one).chain(sets).collect()
}

/// The text with edits in ascending order.
pub(crate) fn applied(text: &str, edits: &[Edit]) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for edit in edits {
        out.push_str(text.get(end..edit.start)?);
        out.push_str(&edit.text);
        end = edit.end;
    }
    out.push_str(text.get(end..)?);
    Some(out)
}
