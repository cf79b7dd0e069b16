//! The members of objects in another order.

use std::borrow::Cow;
use std::ops::Range;

use super::Order;
use super::string::unescape;
use super::token::Token;

/// Deepest nesting that is put in order. The limit is there because `Reorder::value` calls itself.
const MAX_DEPTH: usize = 64;

type Key = (Option<u32>, Vec<u32>);

/// The same tokens in `order`. The result is `None` if they nest too deeply.
pub(super) fn reordered<'t, 'a>(tokens: &'t [Token<'a>], order: Order) -> Option<Cow<'t, [Token<'a>]>> {
    let worth_it = match order {
        Order::Kept => false,
        Order::Sorted | Order::SortedJavaScript | Order::Length => true,
        Order::JavaScript => keys(tokens).any(|key| index(key).is_some()),
    };
    if !worth_it {
        return Some(Cow::Borrowed(tokens));
    }
    let mut reorder =
        Reorder { tokens, ends: ends(tokens), sort: Sort::By(order), out: Vec::with_capacity(tokens.len()) };
    reorder.value(0, 0)?;
    Some(Cow::Owned(reorder.out))
}

/// Number of orders that the members of all objects can have. The result is `None` if it is beyond 32 bits.
pub(super) fn count(tokens: &[Token<'_>]) -> Option<u32> {
    let (mut open, mut count) = (Vec::new(), 1_u32);
    for token in tokens {
        match (token, open.last_mut()) {
            (Token::Open(_), _) => open.push(0_u32),
            (Token::Close(_), _) => drop(open.pop()),
            // Each member multiplies the number of orders of its object.
            (Token::Colon, Some(members)) => {
                *members = members.checked_add(1)?;
                count = count.checked_mul(*members)?;
            }
            _ => {}
        }
    }
    Some(count)
}

/// The same tokens in the order with this number.
pub(super) fn nth<'a>(tokens: &[Token<'a>], number: u32) -> Option<Vec<Token<'a>>> {
    let sort = Sort::Number(number);
    let mut reorder = Reorder { tokens, ends: ends(tokens), sort, out: Vec::with_capacity(tokens.len()) };
    reorder.value(0, 0)?;
    Some(reorder.out)
}

/// How the members of an object are ordered.
#[derive(Clone, Copy)]
enum Sort {
    By(Order),
    /// By a number, of which each object takes a part.
    Number(u32),
}

fn keys<'t, 'a>(tokens: &'t [Token<'a>]) -> impl Iterator<Item = &'a str> + use<'t, 'a> {
    tokens.iter().zip(tokens.iter().skip(1)).filter_map(|pair| match pair {
        (Token::Text(key), Token::Colon) => Some(*key),
        _ => None,
    })
}

/// The place of the last token of each value, at the place of its first token.
fn ends(tokens: &[Token<'_>]) -> Vec<usize> {
    let mut ends: Vec<usize> = (0..tokens.len()).collect();
    let mut open = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        match token {
            Token::Open(_) => open.push(place),
            Token::Close(_) => {
                if let Some(end) = open.pop().and_then(|start| ends.get_mut(start)) {
                    *end = place;
                }
            }
            _ => {}
        }
    }
    ends
}

/// Writes each token once, because it steps over the content of an object while it sorts the members.
struct Reorder<'t, 'a> {
    tokens: &'t [Token<'a>],
    ends: Vec<usize>,
    sort: Sort,
    out: Vec<Token<'a>>,
}

impl Reorder<'_, '_> {
    /// Writes the value that begins at `place`, and returns the place after it.
    fn value(&mut self, place: usize, depth: usize) -> Option<usize> {
        let end = *self.ends.get(place)?;
        let first = *self.tokens.get(place)?;
        self.out.push(first);
        if let Token::Open(bracket) = first {
            let inside = depth.checked_add(1).filter(|inside| *inside <= MAX_DEPTH)?;
            let items = place.checked_add(1)?..end;
            if bracket == '{' {
                self.object(items, inside)?;
            } else {
                self.array(items, inside)?;
            }
            self.out.push(*self.tokens.get(end)?);
        }
        end.checked_add(1)
    }

    fn array(&mut self, items: Range<usize>, depth: usize) -> Option<()> {
        let mut place = items.start;
        while place != items.end {
            // A comma is written as if it were a value.
            place = self.value(place, depth)?;
        }
        Some(())
    }

    fn object(&mut self, items: Range<usize>, depth: usize) -> Option<()> {
        let mut members: Vec<(Key, usize)> = Vec::new();
        let mut place = items.start;
        while place != items.end {
            if let Token::Text(name) = self.tokens.get(place)? {
                let key = match self.sort {
                    Sort::By(order) => sort_key(name, order),
                    Sort::Number(_) => (None, Vec::new()),
                };
                members.push((key, place));
                place = place.checked_add(2)?;
            }
            place = self.ends.get(place)?.checked_add(1)?;
        }
        // Members with equal keys keep their order, because the place is a part of what is sorted.
        members.sort_unstable();
        if let Sort::Number(number) = &mut self.sort {
            members = shuffled(members, number);
        }
        for (number, (_, name)) in members.into_iter().enumerate() {
            if number > 0 {
                self.out.push(Token::Comma);
            }
            let value = name.checked_add(2)?;
            self.out.extend(self.tokens.get(name..value)?);
            self.value(value, depth)?;
        }
        Some(())
    }
}

/// The members in the order that the number names. The rest of it names the orders of other objects.
fn shuffled<T>(mut members: Vec<T>, number: &mut u32) -> Vec<T> {
    let mut out = Vec::with_capacity(members.len());
    while let Some(count) = u32::try_from(members.len()).ok().filter(|count| *count > 0) {
        let place = number.checked_rem(count).unwrap_or_default();
        *number = number.checked_div(count).unwrap_or_default();
        out.push(members.remove(usize::try_from(place).unwrap_or_default()));
    }
    out
}

fn sort_key(name: &str, order: Order) -> Key {
    match order {
        // A key that is no index gets a number above all indices. `None` would come before them.
        Order::JavaScript => (Some(index(name).unwrap_or(u32::MAX)), Vec::new()),
        Order::SortedJavaScript => {
            (Some(index(name).unwrap_or(u32::MAX)), unescape(name).flat_map(units).collect())
        }
        Order::Length => (Some(bytes(unescape(name))), unescape(name).collect()),
        Order::Kept | Order::Sorted => (None, unescape(name).collect()),
    }
}

/// Length in UTF-8.
fn bytes(points: impl Iterator<Item = u32>) -> u32 {
    points
        .filter_map(char::from_u32)
        .fold(0, |sum: u32, point| sum.saturating_add(u32::try_from(point.len_utf8()).unwrap_or(4)))
}

/// JavaScript compares by UTF-16, in which the characters above U+FFFF come before U+E000.
fn units(point: u32) -> impl Iterator<Item = u32> {
    let mut units = [0; 2];
    let count = char::from_u32(point).map_or(0, |character| character.encode_utf16(&mut units).len());
    let lone = (count == 0).then_some(point);
    units.into_iter().take(count).map(u32::from).chain(lone)
}

/// An array index of ECMAScript: an integer below 2^32 - 1 in its shortest spelling. The integer 2^32 - 1 is none, and is sorted as none.
fn index(name: &str) -> Option<u32> {
    let shortest = name == "0" || !name.starts_with(['0', '+']);
    name.parse().ok().filter(|_| shortest)
}
