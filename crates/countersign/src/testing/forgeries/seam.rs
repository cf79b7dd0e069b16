//! Forgeries that move a byte between two signed parts.
//!
//! If two parts touch, a byte can move from one to the other and the signed text stays the same. The tag stays right, so only the grammar
//! of the parts refuses such a request.

use super::forge::{Forge, Made};
use crate::signer::Draft;
use crate::{Part, Scheme};

/// A part that has no fixed text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    Id,
    Time,
    Body,
}

impl Piece {
    fn of(part: Part<'_>) -> Option<Self> {
        match part {
            Part::Text(_) => None,
            Part::Timestamp => Some(Self::Time),
            Part::Id(_) => Some(Self::Id),
            Part::Body => Some(Self::Body),
        }
    }
}

/// Whether these parts touch, in this order.
fn touch(scheme: &Scheme, left: Piece, right: Piece) -> bool {
    let pieces: Vec<_> = scheme.parts().map(Piece::of).collect();
    pieces.windows(2).any(|pair| pair == [Some(left), Some(right)])
}

/// Whether these parts touch, in either order.
pub(super) fn is_seam(scheme: &Scheme, one: Piece, other: Piece) -> bool {
    touch(scheme, one, other) || touch(scheme, other, one)
}

impl Forge {
    /// Moves the byte at the seam from one part to the other.
    ///
    /// Only a visible character moves. A proxy or a server would remove a blank from the end of a header.
    pub(super) fn moved(&self, from: Piece, to: Piece) -> Made {
        let mut source = self.piece(from);
        let mut target = self.piece(to);
        if touch(&self.scheme, from, to) {
            target.insert(0, source.pop().filter(u8::is_ascii_graphic)?);
        } else {
            target.push(source.first().copied().filter(u8::is_ascii_graphic)?);
            source.remove(0);
        }
        let changed = |piece, unchanged: &[u8]| match piece {
            piece if piece == from => source.clone(),
            piece if piece == to => target.clone(),
            _ => unchanged.to_vec(),
        };
        let text = |bytes| String::from_utf8(bytes).ok();
        let draft = Draft {
            time: text(changed(Piece::Time, self.draft.time.as_bytes()))?,
            id: text(changed(Piece::Id, self.draft.id.as_bytes()))?,
            scheme: self.scheme,
        };
        self.kept_tag(&draft, changed(Piece::Body, &self.body))
    }

    fn piece(&self, piece: Piece) -> Vec<u8> {
        match piece {
            Piece::Id => self.draft.id.clone().into_bytes(),
            Piece::Time => self.draft.time.clone().into_bytes(),
            Piece::Body => self.body.to_vec(),
        }
    }
}
