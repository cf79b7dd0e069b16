//! The signed text, as parts.

use super::text::Text;

/// A part of the signed text. [`Scheme::signed`](crate::Scheme::signed) puts parts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Part<'a> {
    /// A fixed text.
    Text(&'a str),
    /// The signed time, character for character as it was sent.
    Timestamp,
    /// An id that is signed: the value of the header with this name. [`Verified::event_id`](crate::Verified::event_id) returns it.
    Id(&'a str),
    /// The raw body.
    Body,
}

/// A part as it is stored. The fixed texts stand in a pool, one after the other, and each part knows the length of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Stored {
    Text(u8),
    Timestamp,
    Id,
    Body,
}

/// A part as it is hashed. A [`Part`] has its texts as `&str`, and to check them for each request would take longer than to hash them.
#[derive(Clone, Copy)]
pub(crate) enum Piece<'a> {
    Text(&'a [u8]),
    Timestamp,
    Id,
    Body,
}

/// The most parts of a signed text.
const MOST_PARTS: usize = 8;

/// The signed text of a scheme, and the facts about its parts that the checks and the parser need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SignedText {
    parts: [Stored; MOST_PARTS],
    count: u8,
    pool: Text<192>,
    id: Text<64>,
    pub(super) facts: Facts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Facts {
    /// The first mistake in the parts.
    pub(super) fault: Option<&'static str>,
    pub(super) has_body: bool,
    pub(super) has_time: bool,
    pub(super) has_id: bool,
    /// The time follows the id directly.
    pub(super) is_id_before_time: bool,
    /// The time touches another part, or a digit. Only a fixed number of digits then shows where the time ends.
    pub(super) is_time_exact: bool,
    /// The first byte of the fixed text after the id.
    pub(super) after_id: Option<u8>,
}

impl SignedText {
    /// The body alone.
    pub(super) const BODY: Self = Self::new(&[Part::Body]);

    pub(super) const fn new(parts: &[Part<'_>]) -> Self {
        let mut signed = Self {
            parts: [Stored::Body; MOST_PARTS],
            count: 0,
            pool: Text::EMPTY,
            id: Text::EMPTY,
            facts: Facts {
                fault: None,
                has_body: false,
                has_time: false,
                has_id: false,
                is_id_before_time: false,
                is_time_exact: false,
                after_id: None,
            },
        };
        let (mut before, mut rest) = (None, parts);
        let mut free = signed.parts.as_mut_slice();
        while let [part, after @ ..] = rest {
            let Some((slot, others)) = free.split_first_mut() else {
                signed.facts.fault = Some("a signed text has at most 8 parts");
                break;
            };
            let stored;
            (stored, signed.pool, signed.id) = store(*part, signed.pool, signed.id, &mut signed.facts);
            *slot = stored;
            free = others;
            signed.count = signed.count.saturating_add(1);
            signed.facts.note(before, *part, after.first());
            before = Some(*part);
            rest = after;
        }
        signed
    }

    /// The parts in their order.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        self.pieces().map(|piece| match piece {
            // The bytes are always UTF-8, because they are copied from whole `str`s.
            Piece::Text(text) => Part::Text(std::str::from_utf8(text).unwrap_or_default()),
            Piece::Timestamp => Part::Timestamp,
            Piece::Id => Part::Id(self.id.as_str()),
            Piece::Body => Part::Body,
        })
    }

    /// The same parts, as a request is hashed.
    #[inline]
    pub(crate) fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let mut pool = self.pool.as_bytes();
        self.parts.iter().take(usize::from(self.count)).map(move |stored| match stored {
            Stored::Text(len) => {
                let (text, rest) = pool.split_at_checked(usize::from(*len)).unwrap_or_default();
                pool = rest;
                Piece::Text(text)
            }
            Stored::Timestamp => Piece::Timestamp,
            Stored::Id => Piece::Id,
            Stored::Body => Piece::Body,
        })
    }

    /// Whether only the body is signed, so that nothing is hashed before it or after it.
    pub(crate) const fn is_body_alone(&self) -> bool {
        self.count <= 1
    }

    /// The header of the signed id.
    pub(crate) const fn id_header(&self) -> Option<&Text<64>> {
        if self.facts.has_id { Some(&self.id) } else { None }
    }
}

const fn store(
    part: Part<'_>,
    pool: Text<192>,
    id: Text<64>,
    facts: &mut Facts,
) -> (Stored, Text<192>, Text<64>) {
    match part {
        Part::Text(text) => match pool.and(text) {
            // The pool has at most 192 bytes, so the length of a text in it fits.
            #[allow(clippy::cast_possible_truncation, reason = "at most 192")]
            Some(pool) => (Stored::Text(text.len() as u8), pool, id),
            None => {
                facts.fault = Some("the fixed texts of a signed text have at most 192 bytes together");
                (Stored::Text(0), pool, id)
            }
        },
        Part::Timestamp => (Stored::Timestamp, pool, id),
        Part::Id(name) => match Text::new(name) {
            Some(id) => (Stored::Id, pool, id),
            None => {
                facts.fault = Some("the name of a header has at most 64 bytes");
                (Stored::Id, pool, id)
            }
        },
        Part::Body => (Stored::Body, pool, id),
    }
}

impl Facts {
    /// Looks at a part between its neighbours.
    ///
    /// The checks make sure that two different deliveries never have the same signed text. Otherwise a forger could move bytes from one
    /// part to the next and keep the signature. So the form of an id or a time must show where it begins and ends.
    const fn note(&mut self, before: Option<Part<'_>>, part: Part<'_>, after: Option<&Part<'_>>) {
        let fault = match part {
            Part::Text(text) if text.is_empty() => {
                Some("a fixed text of the signed text is empty: remove it")
            }
            Part::Text(_) => None,
            Part::Body if self.has_body => Some("the body is signed twice: keep one Part::Body"),
            Part::Body => {
                self.has_body = true;
                None
            }
            Part::Timestamp if self.has_time => Some("the time is signed twice: keep one Part::Timestamp"),
            Part::Timestamp => {
                self.has_time = true;
                self.is_time_exact = touches(before, true) || touches(after.copied(), false);
                None
            }
            Part::Id(_) if self.has_id => Some("two ids are signed: keep one Part::Id"),
            Part::Id(_) if self.has_body => Some("the id must stand before the body"),
            Part::Id(_) => {
                self.has_id = true;
                self.note_after_id(after)
            }
        };
        if self.fault.is_none() {
            self.fault = fault;
        }
    }

    const fn note_after_id(&mut self, after: Option<&Part<'_>>) -> Option<&'static str> {
        match after {
            Some(Part::Text(text)) => {
                self.after_id = text.as_bytes().first().copied();
                None
            }
            Some(Part::Timestamp) => {
                self.is_id_before_time = true;
                None
            }
            _ => Some("a fixed text or an RFC 3339 time must follow the id, so that the id has an end"),
        }
    }
}

/// Whether digits could move between the time and this neighbour. They can if it is another part, or a fixed text with a digit at its edge.
const fn touches(neighbour: Option<Part<'_>>, is_before: bool) -> bool {
    match neighbour {
        None => false,
        Some(Part::Text(text)) => {
            let edge = if is_before { text.as_bytes().last() } else { text.as_bytes().first() };
            matches!(edge, Some(b'0'..=b'9'))
        }
        Some(_) => true,
    }
}
