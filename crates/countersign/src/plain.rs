//! Text of strangers, made fit for a log line and for a message.

/// The first `most` characters of a text, without quotes around them.
///
/// A character that could break a line, or change how a terminal shows it, is escaped as in `\n` and `\u{1b}`.
pub(crate) fn plain(text: &str, most: usize) -> String {
    let mut plain = String::with_capacity(text.len().min(most));
    for character in text.chars().take(most) {
        if is_disruptive(character) {
            plain.extend(character.escape_default());
        } else {
            plain.push(character);
        }
    }
    plain
}

/// Whether a character is a control, changes the direction of a text, ends a line, or is not visible.
fn is_disruptive(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn text_that_people_write_stays_as_it_is() {
        for text in ["", "user.deleted", r#"a "b" \ 'c'"#, "Grüße, 日本語 हिन्दी 🦀"] {
            assert_eq!(plain(text, 100), text);
        }
    }

    #[test]
    fn no_character_breaks_a_line_or_a_terminal() {
        for (text, expected) in [
            ("a\r\nERROR b\t", r"a\r\nERROR b\t"),
            ("\u{1b}[31m\u{9b}2J\u{7f}\0", r"\u{1b}[31m\u{9b}2J\u{7f}\u{0}"),
            ("a\u{202e}b\u{2066}c\u{2028}d\u{2029}", r"a\u{202e}b\u{2066}c\u{2028}d\u{2029}"),
            ("\u{feff}a\u{200b}\u{ad}\u{e0041}", r"\u{feff}a\u{200b}\u{ad}\u{e0041}"),
        ] {
            assert_eq!(plain(text, 100), expected);
        }
    }

    #[test]
    fn a_long_text_is_cut_after_a_number_of_characters() {
        assert_eq!(plain("éééé", 3), "ééé");
        assert_eq!(plain("\n\n\n", 2), r"\n\n");
    }
}
