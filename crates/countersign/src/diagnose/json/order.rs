//! The members of objects in another order.

use std::borrow::Cow;

use super::{Order, Token, unescape};

/// Deepest nesting that is put in order: each level copies what is in it.
const MAX_DEPTH: usize = 64;

type Key = (Option<u32>, Vec<u32>);
type Member<'a> = (Key, Vec<Token<'a>>);

/// The same tokens in `order`. `None` where they nest too deeply.
pub(super) fn reordered<'t, 'a>(tokens: &'t [Token<'a>], order: Order) -> Option<Cow<'t, [Token<'a>]>> {
    let worth_it = match order {
        Order::Kept => false,
        Order::Sorted | Order::SortedScript => true,
        Order::Script => keys(tokens).any(|key| index(key).is_some()),
    };
    if !worth_it {
        return Some(Cow::Borrowed(tokens));
    }
    let mut out = Vec::with_capacity(tokens.len());
    value(&mut tokens.iter().copied(), order, 0, &mut out)?;
    Some(Cow::Owned(out))
}

fn keys<'t, 'a>(tokens: &'t [Token<'a>]) -> impl Iterator<Item = &'a str> + use<'t, 'a> {
    tokens.iter().zip(tokens.iter().skip(1)).filter_map(|pair| match pair {
        (Token::Text(key), Token::Colon) => Some(*key),
        _ => None,
    })
}

/// Copies one value. Gives back the token that ended it, if that was not its own: a comma, or the bracket around it.
fn value<'a>(
    tokens: &mut impl Iterator<Item = Token<'a>>,
    order: Order,
    depth: usize,
    out: &mut Vec<Token<'a>>,
) -> Option<()> {
    let first = tokens.next()?;
    put(first, tokens, order, depth, out)
}

fn put<'a>(
    first: Token<'a>,
    tokens: &mut impl Iterator<Item = Token<'a>>,
    order: Order,
    depth: usize,
    out: &mut Vec<Token<'a>>,
) -> Option<()> {
    match first {
        Token::Open(_) if depth >= MAX_DEPTH => None,
        Token::Open('{') => object(tokens, order, depth, out),
        Token::Open(_) => array(first, tokens, order, depth, out),
        scalar => {
            out.push(scalar);
            Some(())
        }
    }
}

fn array<'a>(
    first: Token<'a>,
    tokens: &mut impl Iterator<Item = Token<'a>>,
    order: Order,
    depth: usize,
    out: &mut Vec<Token<'a>>,
) -> Option<()> {
    out.push(first);
    loop {
        match tokens.next()? {
            end @ Token::Close(_) => {
                out.push(end);
                return Some(());
            }
            Token::Comma => out.push(Token::Comma),
            item => put(item, tokens, order, depth.saturating_add(1), out)?,
        }
    }
}

fn object<'a>(
    tokens: &mut impl Iterator<Item = Token<'a>>,
    order: Order,
    depth: usize,
    out: &mut Vec<Token<'a>>,
) -> Option<()> {
    let mut members: Vec<Member<'a>> = Vec::new();
    let end = loop {
        match tokens.next()? {
            Token::Comma => {}
            Token::Text(name) => {
                let mut member = vec![Token::Text(name), tokens.next()?];
                value(tokens, order, depth.saturating_add(1), &mut member)?;
                members.push((sort_key(name, order), member));
            }
            end => break end,
        }
    };
    // Stable: members that the order does not tell apart stay as they came.
    members.sort_by(|(one, _), (other, _)| one.cmp(other));
    out.push(Token::Open('{'));
    for (number, (_, member)) in members.into_iter().enumerate() {
        if number > 0 {
            out.push(Token::Comma);
        }
        out.extend(member);
    }
    out.push(end);
    Some(())
}

fn sort_key(name: &str, order: Order) -> Key {
    match order {
        // `None` would come before any number, so that what has no number gets the one that no index can be.
        Order::Script => (Some(index(name).unwrap_or(u32::MAX)), Vec::new()),
        Order::SortedScript => {
            (Some(index(name).unwrap_or(u32::MAX)), unescape(name).flat_map(units).collect())
        }
        Order::Kept | Order::Sorted => (None, unescape(name).collect()),
    }
}

/// JavaScript compares by UTF-16, where the characters beyond U+FFFF come before U+E000.
fn units(point: u32) -> impl Iterator<Item = u32> {
    let high = point.checked_sub(0x1_0000).map(|offset| 0xd800 | (offset >> 10));
    high.into_iter().chain([high.map_or(point, |_| 0xdc00 | (point & 0x3ff))])
}

/// An array index of ECMAScript: a whole number below 2^32 - 1, written in the one shortest way.
fn index(name: &str) -> Option<u32> {
    let shortest = name == "0" || !name.starts_with(['0', '+']);
    name.parse().ok().filter(|number| shortest && *number < u32::MAX)
}
