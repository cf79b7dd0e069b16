//! Another delivery with the same signed text.

use countersign::scheme::TimeSource;
use countersign::{Part, Scheme, Timestamp};

use crate::reference::{Headers, signed_text, texts};

/// The variable parts of a signed text.
#[derive(Clone, Copy, PartialEq)]
struct Cut<'t> {
    time: &'t [u8],
    id: &'t [u8],
    body: &'t [u8],
}

/// The headers and the body.
pub type Request = (Vec<(String, Vec<u8>)>, Vec<u8>);

/// The longest signed text that is cut.
const MOST: usize = 80;

/// Cuts the signed text of a delivery into its parts at other places, in one of all ways, and keeps the tag. `None` if this way is the
/// delivery itself, or if the text is long.
pub fn moved(scheme: &Scheme, headers: &Headers, body: &[u8], way: usize) -> Option<Request> {
    let texts = texts(scheme, headers);
    let text = signed_text(scheme, &texts, body);
    if text.len() > MOST {
        return None;
    }
    let genuine = Cut { time: &texts.time, id: &texts.id, body };
    let mut cuts = Vec::new();
    cut(&scheme.parts().collect::<Vec<_>>(), &text, genuine, &mut cuts);
    let other = cuts[way % cuts.len()];
    (other != genuine).then(|| (with_texts(scheme, headers, genuine, other), other.body.to_vec()))
}

/// Finds all ways to cut a text.
fn cut<'t>(parts: &[Part<'_>], text: &'t [u8], begun: Cut<'t>, found: &mut Vec<Cut<'t>>) {
    let Some((part, others)) = parts.split_first() else {
        if text.is_empty() {
            found.push(begun);
        }
        return;
    };
    if let Part::Text(fixed) = part {
        if let Some(rest) = text.strip_prefix(fixed.as_bytes()) {
            cut(others, rest, begun, found);
        }
        return;
    }
    // The last part takes everything.
    let shortest = if others.is_empty() { text.len() } else { 0 };
    for end in shortest..=text.len() {
        let (taken, rest) = text.split_at(end);
        let begun = match part {
            Part::Timestamp => Cut { time: taken, ..begun },
            Part::Id(_) => Cut { id: taken, ..begun },
            _ => Cut { body: taken, ..begun },
        };
        cut(others, rest, begun, found);
    }
}

/// The headers with another time and another id.
fn with_texts(scheme: &Scheme, headers: &Headers, old: Cut<'_>, new: Cut<'_>) -> Vec<(String, Vec<u8>)> {
    let time = scheme.signed_time().map(Timestamp::source);
    let value = |name: &str, value: &[u8]| match time {
        Some(TimeSource::Header(time)) if time == name => new.time.to_vec(),
        Some(TimeSource::Entry(prefix)) if name == scheme.header() => {
            let entry = [prefix.as_bytes(), old.time].concat();
            let rest = value.strip_prefix(&*entry).expect("the entry of the time is the first");
            [prefix.as_bytes(), new.time, rest].concat()
        }
        _ if scheme.id_header() == Some(name) => new.id.to_vec(),
        _ => value.to_vec(),
    };
    headers.iter().map(|(name, old)| (name.clone(), value(name, old))).collect()
}
