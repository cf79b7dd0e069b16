//! The differences between the bytes that were signed and the bytes that came.

use std::time::{Duration, Instant};

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

/// The time for a comparison. After it, the differences are coarse, but still right.
const TIME: Duration = Duration::from_millis(300);

/// Parts that a page can show. Behind them, everything is one difference.
const PARTS: usize = 2_000;

/// A part of one text or of both, and its length in bytes.
pub(super) type Span = (Kind, usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Same = 0,
    Signed = 1,
    Came = 2,
}

/// The parts, in the order of both texts. The signed bytes of a difference come before the bytes that came.
pub(super) fn spans(signed: &[u8], came: &[u8]) -> Vec<Span> {
    let (old, new) = (tokens(signed), tokens(came));
    let until = Instant::now().checked_add(TIME);
    let length = |tokens: &[&[u8]], start: usize, count: usize| -> usize {
        tokens.iter().skip(start).take(count).map(|token| token.len()).sum()
    };
    let ops = capture_diff_slices_deadline(Algorithm::Myers, &old, &new, until);
    let spans = ops.into_iter().flat_map(|op| match op {
        DiffOp::Equal { old_index, len, .. } => [Some((Kind::Same, length(&old, old_index, len))), None],
        DiffOp::Delete { old_index, old_len, .. } => {
            [Some((Kind::Signed, length(&old, old_index, old_len))), None]
        }
        DiffOp::Insert { new_index, new_len, .. } => {
            [Some((Kind::Came, length(&new, new_index, new_len))), None]
        }
        DiffOp::Replace { old_index, old_len, new_index, new_len } => [
            Some((Kind::Signed, length(&old, old_index, old_len))),
            Some((Kind::Came, length(&new, new_index, new_len))),
        ],
    });
    bounded(spans.flatten().collect())
}

fn bounded(mut spans: Vec<Span>) -> Vec<Span> {
    let rest = spans.split_off(PARTS.min(spans.len()));
    let length =
        |but: Kind| rest.iter().filter(|(kind, _)| *kind != but).map(|(_, length)| length).sum::<usize>();
    let rest = [(Kind::Signed, length(Kind::Came)), (Kind::Came, length(Kind::Signed))];
    spans.extend(rest.into_iter().filter(|(_, length)| *length > 0));
    spans
}

/// Words, escapes of JSON, and single other characters. A difference then covers what a reader sees as one thing.
fn tokens(mut text: &[u8]) -> Vec<&[u8]> {
    let mut tokens = Vec::new();
    while let Some((token, rest)) =
        text.split_at_checked(token_length(text)).filter(|(token, _)| !token.is_empty())
    {
        tokens.push(token);
        text = rest;
    }
    tokens
}

fn token_length(text: &[u8]) -> usize {
    let run = |of: fn(&u8) -> bool| text.iter().take_while(|byte| of(byte)).count();
    match text {
        [] => 0,
        [b'\\', b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(|byte| byte.is_ascii_hexdigit()) => 6,
        [b'\\', _, ..] => 2,
        [first, ..] if first.is_ascii_alphanumeric() => run(u8::is_ascii_alphanumeric),
        // The first byte of a character in UTF-8, and the ones that continue it.
        [0xc2..=0xf4, rest @ ..] => {
            rest.iter().take(3).take_while(|byte| matches!(byte, 0x80..=0xbf)).count().saturating_add(1)
        }
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::Kind::{Came, Same, Signed};
    use super::*;

    /// Both texts, put together again.
    fn texts(spans: &[Span], signed: &[u8], came: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        let (mut signed, mut came) = (signed, came);
        for (kind, length) in spans {
            if *kind != Came {
                left.extend_from_slice(signed.split_off(..*length).unwrap());
            }
            if *kind != Signed {
                right.extend_from_slice(came.split_off(..*length).unwrap());
            }
        }
        assert!(signed.is_empty() && came.is_empty());
        (left, right)
    }

    #[test]
    fn a_difference_is_exact_to_the_byte() {
        for (signed, came, expected) in [
            ("{}", "{}\n", vec![(Same, 2), (Came, 1)]),
            ("{}", "{}", vec![(Same, 2)]),
            ("", "x", vec![(Came, 1)]),
            ("{\"a\": 1}", "{\"a\":1}", vec![(Same, 5), (Signed, 1), (Same, 2)]),
            ("caf\\u00e9", "café", vec![(Same, 3), (Signed, 6), (Came, 2)]),
            ("a\\/b", "a/b", vec![(Same, 1), (Signed, 2), (Came, 1), (Same, 1)]),
            ("1.0", "1", vec![(Same, 1), (Signed, 2)]),
        ] {
            assert_eq!(spans(signed.as_bytes(), came.as_bytes()), expected, "{signed} {came}");
        }
    }

    #[test]
    fn the_parts_make_both_texts_again() {
        let mut bytes: Vec<u8> = (0..=255).collect();
        let signed = bytes.clone();
        bytes.reverse();
        bytes.extend_from_slice(b"\\u12 \\ \xf4\x8f\xbf\xbf\xc3");
        for (left, right) in [(&signed, &bytes), (&bytes, &signed)] {
            assert_eq!(texts(&spans(left, right), left, right), (left.clone(), right.clone()));
        }
    }

    #[test]
    fn a_hostile_pair_takes_no_long_time() {
        let signed: Vec<u8> =
            (0..256 * 1024_u32).map(|place| b"{}[]:,\" "[(place * 7 % 8) as usize]).collect();
        let came: Vec<u8> =
            (0..256 * 1024_u32).map(|place| b"{}[]:,\" "[(place % 61 * (place % 53) % 8) as usize]).collect();
        let start = Instant::now();
        let spans = spans(&signed, &came);
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
        assert!(spans.len() <= PARTS + 2);
        assert_eq!(texts(&spans, &signed, &came), (signed, came));
    }
}
