//! Output: lines for people, and JSON for programs.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::failure::Result;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// A word in green or red. The output stream removes the colours if it is no terminal.
pub(crate) fn word(good: bool, word: &str) -> String {
    let style = if good { GOOD } else { BAD };
    format!("{style}{word}{style:#}")
}

/// Prints one line of JSON.
pub(crate) fn json(out: &mut dyn Write, value: &impl Serialize) -> Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

/// Makes a stranger's text safe for a terminal. It replaces control characters, and characters that turn the direction of a line.
pub(crate) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || turns(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// The marks, embeddings, overrides and isolates of Unicode's bidirectional algorithm.
const fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_reaches_a_terminal() {
        for hostile in [
            '\0', '\n', '\r', '\u{7}', '\u{8}', '\u{1b}', '\u{7f}', '\u{9b}', '\u{202e}', '\u{2066}',
            '\u{200f}',
        ] {
            assert_eq!(clean(&format!("a{hostile}b")), "a\u{fffd}b", "{}", hostile.escape_unicode());
        }
        assert_eq!(clean("Zoë 😀 שלום\u{200d}"), "Zoë 😀 שלום\u{200d}");
    }
}
