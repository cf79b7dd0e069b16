//! The escapes in the texts that programs and shells print or read.

/// The character that a backslash and this sign stand for. Its digits are taken from `rest`. `None` if they are no character.
pub(super) fn escaped(sign: char, rest: &mut impl Iterator<Item = char>) -> Option<char> {
    let mut number =
        |digits: usize| u32::from_str_radix(&rest.by_ref().take(digits).collect::<String>(), 16).ok();
    match sign {
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'v' => Some('\u{b}'),
        'x' => char::from_u32(number(2)?),
        'u' => {
            let first = u16::try_from(number(4)?).ok()?;
            // A character of more than 16 bits is written as two escapes.
            let is_pair = (0xd800..0xdc00).contains(&first);
            let second = if is_pair { pair(rest) } else { None };
            char::decode_utf16([first].into_iter().chain(second)).next()?.ok()
        }
        other => Some(other),
    }
}

/// The second of two escapes, with its own backslash.
fn pair(rest: &mut impl Iterator<Item = char>) -> Option<u16> {
    let half: String = rest.take(6).collect();
    u16::from_str_radix(half.strip_prefix("\\u")?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_escape_is_a_character() {
        for (text, character) in [
            ("n", Some('\n')),
            ("r", Some('\r')),
            ("t", Some('\t')),
            ("b", Some('\u{8}')),
            ("f", Some('\u{c}')),
            ("v", Some('\u{b}')),
            ("\\", Some('\\')),
            ("'", Some('\'')),
            ("x41", Some('A')),
            ("xe9", Some('é')),
            ("u00e9", Some('é')),
            ("ud83d\\ude00", Some('😀')),
            ("ud83d", None),
            ("ud83d\\u0041", None),
            ("ude00", None),
            ("xzz", None),
            ("u12", Some('\u{12}')),
        ] {
            let mut signs = text.chars();
            assert_eq!(escaped(signs.next().unwrap(), &mut signs), character, "{text}");
            assert_eq!(signs.next(), None, "{text}");
        }
    }
}
