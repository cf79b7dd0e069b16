//! The text of `--signed`.

use crate::failure::{Failure, Result};

/// A piece of the signed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Timestamp,
    Id,
    Body,
}

/// Takes a template apart: `{body}`, `{timestamp}` and `{id}` are places, `{{` is a brace, and everything else is fixed text.
pub(super) fn pieces(template: &str) -> Result<Vec<Piece>> {
    let (mut pieces, mut text, mut rest) = (Vec::new(), String::new(), template);
    while let Some((before, behind)) = rest.split_once('{') {
        text.push_str(before);
        if let Some(literal) = behind.strip_prefix('{') {
            text.push('{');
            rest = literal;
            continue;
        }
        let (place, after) = behind.split_once('}').and_then(|(name, after)| Some((place(name)?, after))).ok_or_else(|| {
            Failure::new("--signed has an unknown place; the places are {body}, {timestamp} and {id}, and '{{' is a brace")
        })?;
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        pieces.push(place);
        rest = after;
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}

fn place(name: &str) -> Option<Piece> {
    match name {
        "body" => Some(Piece::Body),
        "timestamp" => Some(Piece::Timestamp),
        "id" => Some(Piece::Id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Piece {
        Piece::Text(text.to_owned())
    }

    #[test]
    fn places_and_texts_alternate() {
        for (template, expected) in [
            ("{body}", vec![Piece::Body]),
            ("v0:{timestamp}:{body}", vec![text("v0:"), Piece::Timestamp, text(":"), Piece::Body]),
            ("{id}{timestamp}{body}", vec![Piece::Id, Piece::Timestamp, Piece::Body]),
            ("{{{body}}", vec![text("{"), Piece::Body, text("}")]),
            ("a{{b}c{{", vec![text("a{b}c{")]),
            ("}ü", vec![text("}ü")]),
            ("", vec![]),
        ] {
            assert_eq!(pieces(template).unwrap(), expected, "{template}");
        }
    }

    #[test]
    fn an_unknown_place_is_a_mistake() {
        for template in ["{Body}", "{body", "{", "{}", "{url}{body}", "{time{body}"] {
            assert!(pieces(template).is_err(), "{template}");
        }
    }
}
