//! Output: lines for people, and JSON for programs.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use terminal_size::{Height, Width};

use crate::failure::Result;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const LABEL: Style = Style::new().dimmed();

/// Most characters of a line. A wider terminal is hard to read.
pub(crate) const WIDEST: usize = 100;

/// Most characters of a line on the output. A file or a program gets whole lines.
pub(crate) fn width() -> usize {
    at_most(terminal_size::terminal_size_of(io::stdout()))
}

/// The same for the error stream.
fn error_width() -> usize {
    at_most(terminal_size::terminal_size_of(io::stderr()))
}

fn at_most(terminal: Option<(Width, Height)>) -> usize {
    terminal.map_or(usize::MAX, |(width, _)| WIDEST.min(width.0.into()))
}

/// Prints a finding: what is wrong, in red, or what is right, in green.
pub(crate) fn finding(indent: &str, text: &str, good: bool, width: usize, out: &mut dyn Write) -> Result<()> {
    for line in wrapped(text, width.saturating_sub(indent.len())) {
        writeln!(out, "{indent}{}", word(good, &line))?;
    }
    Ok(())
}

/// Prints a text behind its label. Its other lines begin under its first one.
pub(crate) fn labelled(
    indent: &str,
    label: &str,
    text: &str,
    width: usize,
    out: &mut dyn Write,
) -> Result<()> {
    let margin = indent.len().saturating_add(label.len()).saturating_add(2);
    hanging(&format!("{indent}{LABEL}{label}:{LABEL:#} "), margin, text, width, out)
}

/// Prints a text behind its start, which may have a colour. A line that is broken goes on after a margin. The text's own lines keep theirs.
pub(crate) fn hanging(
    start: &str,
    margin: usize,
    text: &str,
    width: usize,
    out: &mut dyn Write,
) -> Result<()> {
    let mut start = start.to_owned();
    for own in text.split('\n') {
        for line in wrapped(own, width.saturating_sub(margin)) {
            writeln!(out, "{start}{line}")?;
            start = " ".repeat(margin);
        }
        start.clear();
    }
    Ok(())
}

/// Prints a row of two columns. The other lines of the second one begin under its first one.
pub(crate) fn row(name: &str, column: usize, text: &str, width: usize, out: &mut dyn Write) -> Result<()> {
    hanging(&format!("{name:column$}"), column, text, width, out)
}

/// Prints a sentence.
pub(crate) fn sentence(text: &str, width: usize, out: &mut dyn Write) -> Result<()> {
    hanging("", 0, text, width, out)
}

/// Breaks a text into lines of at most `width` characters. A longer word gets a line of its own.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count().saturating_add(word.chars().count()) < width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A word in green or red. The output stream removes the colours if it is no terminal.
pub(crate) fn word(good: bool, word: &str) -> String {
    let style = if good { GOOD } else { BAD };
    format!("{style}{word}{style:#}")
}

/// Prints a note for people. It goes to the error stream, so that programs that read the output do not see it.
pub(crate) fn note(text: &str) {
    to_errors("note", text);
}

/// Prints a message and its kind to the error stream.
pub(crate) fn to_errors(kind: &str, text: &str) {
    // If the error stream is closed, nobody reads the message.
    row(&format!("{kind}: "), kind.len().saturating_add(2), text, error_width(), &mut anstream::stderr())
        .ok();
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
    fn long_lines_are_wrapped_between_words() {
        let long = format!("{} {}", "word ".repeat(20).trim(), "é".repeat(100));
        let lines = wrapped(&long, 88);
        assert_eq!(lines.iter().map(|line| line.chars().count()).collect::<Vec<_>>(), [84, 14, 100]);
        assert_eq!(lines.join(" "), long);
        let mut out = Vec::new();
        labelled("  ", "by", "one two three", 14, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), format!("  {LABEL}by:{LABEL:#} one two\n      three\n"));
        let mut out = Vec::new();
        row("name", 6, "one two three", 14, &mut out).unwrap();
        sentence("one two three", 8, &mut out).unwrap();
        row("a: ", 3, "one two\n  1 three", 8, &mut out).unwrap();
        let printed = "name  one two\n      three\none two\nthree\na: one\n   two\n  1\n   three\n";
        assert_eq!(String::from_utf8(out).unwrap(), printed);
    }

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
